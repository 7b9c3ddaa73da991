"""One API call: who asks, the faults that strike it, and the idempotency key around its effect."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request

from tallystick_sandbox import faults, merchants
from tallystick_sandbox.errors import ApiError, ConnectionCutError
from tallystick_sandbox.merchants import Merchant
from tallystick_sandbox.sender import Sender
from tallystick_sandbox.store import Store
from tallystick_sandbox.validation import Fields, fingerprint, parse_json

Json = dict[str, Any]
CUT_LENGTH = 512


@dataclass(frozen=True)
class Answer:
    """What an effect answers; `lost` says that the caller must never see it."""

    status: int
    body: Json
    lost: bool = False


Effect = Callable[[sqlite3.Connection, Merchant], Answer]


def the_store() -> Store:
    """This function will return the store of the running application."""
    store: Store = current_app.extensions["store"]
    return store


def the_sender() -> Sender:
    """This function will return the sender of the running application."""
    sender: Sender = current_app.extensions["sender"]
    return sender


def body_fields() -> Fields:
    """This function will return the fields of the JSON body of this request."""
    return Fields(parse_json(request.get_data()))


def body_hash() -> str:
    """This function will return a hash of the JSON body of this request."""
    return fingerprint(parse_json(request.get_data()))


def base_url() -> str:
    """This function will return the address under which the caller reached the service."""
    return request.host_url.rstrip("/")


def authenticated() -> Merchant:
    """This function will return the merchant whose secret key the request bears; 401 without one."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    merchant = merchants.by_secret_key(the_store().reading(), key) if scheme.lower() == "bearer" else None
    if merchant is None:
        raise ApiError(401, "unauthorised", "Send the secret key of a merchant: Authorization: Bearer sk_sandbox_…")
    return merchant


def read(effect: Callable[[sqlite3.Connection, Merchant], Json]) -> Response:
    """This function will answer a question of a merchant, struck by the faults that it ordered."""
    merchant = authenticated()
    struck = _strike_before(merchant)
    return _reply(Answer(200, effect(the_store().reading(), merchant)), struck)


def write(effect: Effect, *, key_required: bool = False) -> Response:
    """This function will do what a merchant asks in one transaction, once per idempotency key.

    The first answer is stored with the effect and replayed; refusals are not stored. A key is refused while its first
    request runs (409) and with another request (422).
    """
    merchant = authenticated()
    key = request.headers.get("Idempotency-Key")
    if key is None and key_required:
        raise ApiError(400, "idempotency_key_missing", "Send an Idempotency-Key header.", "Idempotency-Key")
    if key is not None and not 1 <= len(key) <= 255:
        raise ApiError(400, "idempotency_key_invalid", "An Idempotency-Key has 1 to 255 characters.", "Idempotency-Key")
    stored = _take_key(merchant, key) if key else None
    if stored:
        return _reply(stored, _strike_before(merchant), replayed=True)
    try:
        struck = _strike_before(merchant)
        with the_store().writing() as db:
            answer = effect(db, merchant)
            if key:
                db.execute(
                    "UPDATE idempotency SET status = ?, answer = ? WHERE merchant = ? AND key = ?",
                    (answer.status, json.dumps(answer.body), merchant.id, key),
                )
    except BaseException:
        if key:
            _let_key_go(merchant, key)
        raise
    the_sender().wake()
    return _reply(answer, struck)


def _take_key(merchant: Merchant, key: str) -> Answer | None:
    request_hash = fingerprint(request.method, request.path, body_hash())
    with the_store().writing() as db:
        row = db.execute("SELECT * FROM idempotency WHERE merchant = ? AND key = ?", (merchant.id, key)).fetchone()
        if row is None:
            db.execute(
                "INSERT INTO idempotency (merchant, key, request_hash) VALUES (?, ?, ?)",
                (merchant.id, key, request_hash),
            )
            return None
    if row["request_hash"] != request_hash:
        raise ApiError(422, "idempotency_key_reused", "This key was used for another request.", "Idempotency-Key")
    if row["status"] is None:
        raise ApiError(409, "idempotency_key_in_use", "The first request with this key still runs.", "Idempotency-Key")
    return Answer(row["status"], json.loads(row["answer"]))


def _let_key_go(merchant: Merchant, key: str) -> None:
    with the_store().writing() as db:
        db.execute("DELETE FROM idempotency WHERE merchant = ? AND key = ? AND status IS NULL", (merchant.id, key))


def _strike_before(merchant: Merchant) -> dict[str, float]:
    if not faults.listed(the_store().reading(), merchant.id):
        return {}
    with the_store().writing() as db:
        struck = faults.take_for_answer(db, merchant.id, request.method)
    time.sleep(struck.get(faults.ANSWER_LATE, 0))
    if faults.CUT_BEFORE in struck:
        raise ConnectionCutError
    if faults.ANSWER_500 in struck:
        raise ApiError(500, "internal_error", "Something went wrong on our side.")
    if faults.ANSWER_429 in struck:
        raise ApiError(429, "too_many_requests", "Too many requests. Please try again in a second.")
    return struck


def _reply(answer: Answer, struck: dict[str, float], *, replayed: bool = False) -> Response:
    if (answer.lost and not replayed) or faults.CUT_AFTER in struck:
        raise ConnectionCutError
    body = answer.body
    if faults.WRONG_AMOUNT in struck and "amount" in body:
        body = {**body, "amount": body["amount"] + 100}
    response = json_response(body, answer.status)
    if replayed:
        response.headers["Idempotent-Replay"] = "true"
    return response


def json_response(body: Json, status: int = 200) -> Response:
    """This function will return a JSON answer."""
    return Response(json.dumps(body, ensure_ascii=False), status, content_type="application/json")


def cut_response() -> Response:
    """This function will return an answer that breaks off after its first byte: the server closes the connection."""

    def first_byte() -> Iterator[bytes]:
        yield b"{"

    response = Response(first_byte(), 200, content_type="application/json")
    response.headers["Content-Length"] = str(CUT_LENGTH)
    return response
