"""Errors as problem documents (RFC 9457): every refusal says what is wrong, in which field, and what to do."""

import logging
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError

from tallystick.foundation.errors import Conflict, ExpectedError, Invalid, InvalidField, NotAllowed, NotFound
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import database_is_away
from tallystick.wire import builders
from tallystick.wire.references import SUBSCRIPTION

log = logging.getLogger("tallystick.api")

MEDIA_TYPE: Final = "application/problem+json"
IDEMPOTENCY_HEADER: Final = "Idempotency-Key"
TITLES: Final = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not accepted",
    500: "Our mistake",
    503: "Not available",
}
_STATUS_OF_KIND: Final = ((NotFound, 404), (NotAllowed, 403), (Conflict, 409), (Invalid, 422))
# Facts that name one of our things, and the prefix of its public id. Any other id stays inside.
_NAMED: Final = {
    "customer_id": ("customer", builders.CUSTOMER),
    "invoice_id": ("invoice", builders.INVOICE),
    "payment_id": ("payment", builders.PAYMENT),
    "credit_note_id": ("credit_note", builders.CREDIT_NOTE),
    "subscription_id": ("subscription", SUBSCRIPTION),
    # A member of this name is the problem's own.
    "status": ("payment_status", ""),
}


class NotJson(Exception):
    """The body says that it is something else than JSON."""


def problem(
    status: int, code: str, detail: str, *, field: str | None = None, headers: dict[str, str] | None = None, **more: Any
) -> HttpResponse:
    """This function will return a problem document: `code` is for programs, `detail` for people."""
    document = {
        **more,
        "type": f"urn:tallystick:problem:{code}",
        "title": TITLES[status],
        "status": status,
        "detail": detail,
        "code": code,
    }
    if field is not None:
        document["field"] = field
    body = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)


def missing() -> HttpResponse:
    """This function will return the answer for an address that does not exist."""
    return problem(404, "no_such_address", "There is nothing at this address. The API is described at /api/v1/docs.")


def method_not_allowed(allowed: str) -> HttpResponse:
    """This function will return the answer for a method that the address does not take."""
    return problem(405, "method_not_allowed", f"This address takes {allowed} only.", headers={"Allow": allowed})


def of(error: Exception) -> HttpResponse:
    """This function will return the problem document of any error; one that nobody expected is logged and not told."""
    match error:
        case ExpectedError():
            return _expected(error)
        case ValidationError(errors=errors):
            return _not_accepted(errors)
        case AuthenticationError() | HttpError() | RequestDataTooBig() | Http404():
            return _of_frame(error)
    if database_is_away(error):
        log.error("The database is away", exc_info=error)
        return problem(503, "not_available", "Try again in a moment.", headers={"Retry-After": "2"})
    log.error("An API call failed", exc_info=error)
    return problem(500, "our_mistake", "Something went wrong on our side. Quote the header X-Request-ID to support.")


def _of_frame(error: Exception) -> HttpResponse:
    """What Django and django-ninja refuse before a use case is asked."""
    match error:
        case AuthenticationError():
            return problem(
                401,
                "api_key_missing",
                "Send a valid API key in the header “Authorization: Bearer tsk_…”.",
                headers={"WWW-Authenticate": 'Bearer realm="Tallystick"'},
            )
        case RequestDataTooBig():
            return problem(413, "body_too_large", "The body of a request has at most 2.5 MB.")
        case HttpError(__cause__=NotJson()):
            return problem(415, "not_json", "Send the body as JSON, with the header “Content-Type: application/json”.")
        case HttpError():
            return problem(400, "malformed_json", "The body is not JSON (RFC 8259) in UTF-8.")
        case _:
            return missing()


def handle(_request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """This function will answer an error of a view, as django-ninja asks for it."""
    return of(error if isinstance(error, Exception) else error())


def status_of(kind: type[ExpectedError]) -> int:
    """This function will return the HTTP status of an expected error."""
    return next(status for base, status in _STATUS_OF_KIND if issubclass(kind, base))


def _expected(error: ExpectedError) -> HttpResponse:
    facts = error.facts()
    field = error.field
    if isinstance(error, InvalidField):
        field = facts.pop("name")
        facts.pop("reason")
    members = dict(member for name, value in facts.items() if (member := _member(name, value)) is not None)
    return problem(status_of(type(error)), error.code, str(error), field=field, **members)


def _member(name: str, value: Any) -> tuple[str, Any] | None:
    """A fact as a member of the document; nothing when it cannot be told outside."""
    told, prefix = _NAMED.get(name, (name, ""))
    if isinstance(value, UUID):
        return (told, public_id(prefix, value)) if prefix else None
    if isinstance(value, (date, datetime)):
        return told, value.isoformat()
    if isinstance(value, Decimal):
        return told, str(value)
    return (told, value) if isinstance(value, (str, int, bool, type(None))) else None


def _not_accepted(found: list[dict[str, Any]]) -> HttpResponse:
    errors = [{"field": _field(each["loc"]), "message": _message(each)} for each in found]
    if any(each["field"] == IDEMPOTENCY_HEADER for each in errors):
        return problem(
            400,
            "idempotency_key_missing",
            f"Send the header “{IDEMPOTENCY_HEADER}” with 1 to 255 characters, such as a fresh UUID: "
            "it makes the request safe to repeat.",
            field=IDEMPOTENCY_HEADER,
        )
    first = errors[0]
    detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    return problem(422, "not_accepted", detail, field=first["field"] or None, errors=errors)


def _field(place: tuple[str | int, ...]) -> str:
    """The place in the input as people write it, such as `lines[0].quantity`: without our own names of the parts."""
    kind, *rest = place
    if kind == "body":
        rest = rest[1:]
    written = ""
    for part in rest:
        written += f"[{part}]" if isinstance(part, int) else f".{part}" if written else part
    return written


def _message(error: dict[str, Any]) -> str:
    match error["type"]:
        case "missing":
            return "This is required."
        case "extra_forbidden":
            return "There is no such field here."
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            return f"{error['msg']}."
