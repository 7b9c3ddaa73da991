"""The WSGI application, put together."""

import logging
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from tallystick_sandbox.api import api
from tallystick_sandbox.calls import cut_response, json_response, the_store
from tallystick_sandbox.errors import ApiError, ConnectionCutError
from tallystick_sandbox.pages import pages
from tallystick_sandbox.sender import Sender
from tallystick_sandbox.store import Store
from tallystick_sandbox.switches import switches

LARGEST_BODY = 64 * 1024

logger = logging.getLogger(__name__)


def create_app(store: Store, sender: Sender) -> Flask:
    """This function will return the application over a store and a sender of webhooks."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.extensions |= {"store": store, "sender": sender}
    app.before_request(_take_whole)
    app.register_blueprint(api)
    app.register_blueprint(switches)
    app.register_blueprint(pages)
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.register_error_handler(ApiError, _refused)
    app.register_error_handler(ConnectionCutError, _cut)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _failed)
    return app


def _take_whole() -> None:
    """Read the body before anything is refused: over one that was not read the server closes the connection, and the
    next call of a client that keeps its connection open would find nobody.
    """
    request.get_data(parse_form_data=True)


def _healthz() -> Response:
    the_store().reading().execute("SELECT 1 FROM clock").fetchone()
    return json_response({"status": "ok"})


def _refused(error: ApiError) -> Response:
    return json_response(error.body(), error.status)


def _cut(_error: ConnectionCutError) -> Response:
    return cut_response()


def _http_error(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if request.path.startswith("/v1/"):
        code = status.phrase.lower().replace(" ", "_")
        return json_response(ApiError(status, code, error.description or status.phrase).body(), status)
    return Response(status.phrase, status, content_type="text/plain; charset=utf-8")


def _failed(error: Exception) -> Response:
    # The text of the request is not logged: it may hold what a customer typed.
    logger.error("An unexpected error at %s %s", request.method, request.path, exc_info=error)
    return json_response(ApiError(500, "internal_error", "Something went wrong on our side.").body(), 500)
