"""The API that merchants call, `/v1/…`."""

import json
import sqlite3
from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, request

from tallystick_sandbox import (
    book,
    disputes,
    events,
    lists,
    merchants,
    outcomes,
    owned,
    payments,
    refunds,
    setups,
    tokens,
)
from tallystick_sandbox.calls import (
    Answer,
    Json,
    base_url,
    body_fields,
    body_hash,
    json_response,
    read,
    the_store,
    write,
)
from tallystick_sandbox.merchants import Merchant

api = Blueprint("api", __name__, url_prefix="/v1")

LONGEST_OVERLAP = 30 * 24 * 60 * 60


@api.post("/merchants")
def ensure_merchant() -> Response:
    """This function will create a merchant, or return the one of that name with the same keys; open to anybody."""
    fields = body_fields()
    name, webhook_url = fields.text("name"), fields.optional_url("webhook_url")
    origin = fields.optional_origin("origin")
    fields.finish()
    with the_store().writing() as db:
        merchant = merchants.ensure(db, name=name, webhook_url=webhook_url, origin=origin)
    return json_response(merchants.account_json(the_store().reading(), merchant))


@api.get("/webhook_endpoint")
def get_webhook_endpoint() -> Response:
    """This function will show where webhooks go and which secrets sign them."""
    return read(merchants.endpoint_json)


@api.post("/webhook_endpoint")
def set_webhook_endpoint() -> Response:
    """This function will set where webhooks go."""
    fields = body_fields()
    url = fields.url("url")
    fields.finish()

    def effect(db: sqlite3.Connection, merchant: Merchant) -> Answer:
        merchants.set_webhook_url(db, merchant, url)
        return Answer(200, merchants.endpoint_json(db, merchant))

    return write(effect)


@api.post("/webhook_endpoint/rotate_secret")
def rotate_webhook_secret() -> Response:
    """This function will add a signing secret; the former one goes on for `overlap_seconds`."""
    fields = body_fields()
    overlap = fields.whole("overlap_seconds", least=0, most=LONGEST_OVERLAP)
    fields.finish()

    def effect(db: sqlite3.Connection, merchant: Merchant) -> Answer:
        merchants.rotate_secret(db, merchant, overlap_seconds=overlap)
        return Answer(200, merchants.endpoint_json(db, merchant))

    return write(effect)


@api.post("/payments")
def create_payment() -> Response:
    """This function will create a payment: a hosted page to pay on, or a charge of a stored card."""
    order = payments.read_order(body_fields())
    address, fingerprint = base_url(), body_hash()

    def effect(db: sqlite3.Connection, merchant: Merchant) -> Answer:
        row, new, lost = payments.create(db, merchant=merchant.id, order=order, body_hash=fingerprint, base_url=address)
        return Answer(201 if new else 200, outcomes.payment_json(row), lost=lost)

    return write(effect, key_required=True)


@api.post("/payments/<payment_id>/cancel")
def cancel_payment(payment_id: str) -> Response:
    """This function will withdraw a payment that waits for its customer."""
    body_fields().finish()
    return write(lambda db, merchant: Answer(200, outcomes.payment_json(payments.cancel(db, merchant.id, payment_id))))


@api.post("/refunds")
def create_refund() -> Response:
    """This function will give money of a payment back."""
    fields = body_fields()
    payment_id, amount = fields.text("payment"), fields.amount()
    reference, reason = fields.text("reference"), fields.optional_text("reason", longest=500)
    fields.finish()
    fingerprint = body_hash()

    def effect(db: sqlite3.Connection, merchant: Merchant) -> Answer:
        row, new = refunds.create(
            db,
            merchant=merchant.id,
            payment_id=payment_id,
            amount=amount,
            reference=reference,
            reason=reason,
            body_hash=fingerprint,
        )
        return Answer(201 if new else 200, refunds.refund_json(row))

    return write(effect, key_required=True)


@api.post("/setups")
def create_setup() -> Response:
    """This function will prepare a hosted page that stores a card without paying."""
    fields = body_fields()
    reference, description = fields.text("reference"), fields.optional_text("description", longest=500)
    customer_reference, return_url = fields.optional_text("customer_reference"), fields.url("return_url")
    metadata = fields.metadata()
    fields.finish()
    address, fingerprint = base_url(), body_hash()

    def effect(db: sqlite3.Connection, merchant: Merchant) -> Answer:
        row, new = setups.create(
            db,
            merchant=merchant.id,
            reference=reference,
            description=description,
            customer_reference=customer_reference,
            return_url=return_url,
            metadata=metadata,
            body_hash=fingerprint,
            base_url=address,
        )
        return Answer(201 if new else 200, setups.setup_json(row))

    return write(effect, key_required=True)


@api.post("/setups/<setup_id>/cancel")
def cancel_setup(setup_id: str) -> Response:
    """This function will withdraw a setup that waits for its customer."""
    body_fields().finish()
    return write(lambda db, merchant: Answer(200, setups.setup_json(setups.withdraw(db, merchant.id, setup_id))))


Shape = Callable[[sqlite3.Row], dict[str, object]]


def _one(table: str, shape: Shape, object_id: str) -> Response:
    return read(lambda db, merchant: shape(owned.find(db, table, merchant.id, object_id)))


def _many(table: str, filtered_by: str) -> Response:
    return read(lambda db, merchant: lists.objects(db, table, merchant.id, request.args, filtered_by=filtered_by))


for _name, _shape, _filter in (
    ("payments", outcomes.payment_json, "reference"),
    ("refunds", refunds.refund_json, "reference"),
    ("setups", setups.setup_json, "reference"),
    ("disputes", disputes.dispute_json, "payment"),
):
    api.add_url_rule(f"/{_name}/<object_id>", f"get_{_name}", partial(_one, _name, _shape))
    api.add_url_rule(f"/{_name}", f"list_{_name}", partial(_many, _name, _filter))


@api.get("/tokens/<token>")
def get_token(token: str) -> Response:
    """This function will show a stored card."""
    return _one("tokens", tokens.token_json, token)


@api.delete("/tokens/<token>")
def revoke_token(token: str) -> Response:
    """This function will remove a stored card: later charges of it fail with `token_revoked`."""
    return write(lambda db, merchant: Answer(200, tokens.revoke(db, merchant.id, token)))


@api.get("/balance")
def get_balance() -> Response:
    """This function will show what the sandbox holds for the merchant."""
    return read(lambda db, merchant: book.balance_json(db, merchant.id))


@api.get("/events")
def list_events() -> Response:
    """This function will list what happened, the oldest first."""
    return read(lambda db, merchant: lists.events(db, merchant.id, request.args))


@api.get("/events/<event_id>")
def get_event(event_id: str) -> Response:
    """This function will show one event."""

    def effect(db: sqlite3.Connection, merchant: Merchant) -> Json:
        event: Json = json.loads(owned.find(db, "events", merchant.id, event_id)["body"])
        return event

    return read(effect)


@api.get("/events/<event_id>/deliveries")
def list_deliveries(event_id: str) -> Response:
    """This function will show how the webhooks of an event stand."""

    def effect(db: sqlite3.Connection, merchant: Merchant) -> Json:
        return {"data": events.deliveries_json(db, owned.find(db, "events", merchant.id, event_id)["id"])}

    return read(effect)
