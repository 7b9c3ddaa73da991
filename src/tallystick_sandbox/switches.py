"""What only a sandbox has, `/v1/test/…`: a clock to move, faults, disputes on order, events sent again."""

import sqlite3
from collections.abc import Callable

from flask import Blueprint, Response

from tallystick_sandbox import cards, clock, disputes, due, events, faults, hosted, outcomes, owned, payments, tokens
from tallystick_sandbox.calls import (
    Json,
    authenticated,
    body_fields,
    json_response,
    the_sender,
    the_store,
)
from tallystick_sandbox.errors import ApiError
from tallystick_sandbox.merchants import Merchant
from tallystick_sandbox.validation import MAX_AMOUNT

switches = Blueprint("switches", __name__, url_prefix="/v1/test")

FARTHEST = 10 * 366 * 24 * 60 * 60
LATEST_ANSWER = 120


@switches.get("/cards")
def list_cards() -> Response:
    """This function will list the test cards; open to anybody."""
    return json_response(
        {
            "data": [
                {
                    "number": card.number,
                    "brand": cards.brand_of(card.number),
                    "behaviour": card.behaviour,
                    "effect": card.effect,
                }
                for card in cards.TEST_CARDS
            ]
        }
    )


@switches.post("/clock/advance")
def advance_clock() -> Response:
    """This function will move the clock of the whole service and do what that makes due; open to anybody."""
    fields = body_fields()
    seconds = fields.whole("seconds", least=0, most=FARTHEST)
    fields.finish()
    with the_store().writing() as db:
        clock.advance(db, seconds=seconds)
    return _run_due()


@switches.post("/run-due")
def run_due() -> Response:
    """This function will do what is due now and return when its webhooks were posted; open to anybody."""
    body_fields().finish()
    return _run_due()


def _run_due() -> Response:
    done = due.run(the_store())
    the_sender().settle()
    return json_response({"now": clock.moment_text(clock.now(the_store().reading())), "done": done})


def _change(effect: Callable[[sqlite3.Connection, Merchant], Json]) -> Response:
    # No fault strikes here, or nobody could clear one.
    merchant = authenticated()
    with the_store().writing() as db:
        shape = effect(db, merchant)
    the_sender().wake()
    return json_response(shape)


@switches.get("/faults")
def list_faults() -> Response:
    """This function will list the faults that the merchant ordered and that are not used up."""
    return json_response({"data": faults.listed(the_store().reading(), authenticated().id)})


@switches.post("/faults")
def add_fault() -> Response:
    """This function will order a fault, for a number of times (once if unsaid) or, with `times` null, until cleared."""
    fields = body_fields()
    kind = fields.choice("kind", faults.KINDS)
    times = fields.whole_or_null("times", least=1, most=1_000, missing=1)
    method = fields.optional_choice("method", ("GET", "POST", "DELETE"))
    seconds = fields.whole("seconds", least=1, most=LATEST_ANSWER) if kind == faults.ANSWER_LATE else None
    fields.finish()

    def effect(db: sqlite3.Connection, merchant: Merchant) -> Json:
        faults.add(db, merchant.id, kind=kind, times=times, method=method, seconds=seconds)
        return {"data": faults.listed(db, merchant.id)}

    return _change(effect)


@switches.delete("/faults")
def clear_faults() -> Response:
    """This function will end all faults of the merchant and let go the webhooks that they held."""

    def effect(db: sqlite3.Connection, merchant: Merchant) -> Json:
        faults.clear(db, merchant.id)
        events.release_held(db, merchant.id)
        return {"data": []}

    return _change(effect)


@switches.post("/payments/<payment_id>/dispute")
def open_dispute(payment_id: str) -> Response:
    """This function will open a dispute about a payment, or with `inquiry` one for which no money is withdrawn yet."""
    fields = body_fields()
    amount = fields.whole("amount", least=0, most=MAX_AMOUNT, missing=0) or None
    inquiry = fields.flag("inquiry")
    fields.finish()
    return _change(
        lambda db, merchant: disputes.dispute_json(
            disputes.open_by_merchant(db, merchant.id, payment_id, amount=amount, inquiry=inquiry)
        )
    )


@switches.post("/payments/<payment_id>/succeed-late")
def succeed_late(payment_id: str) -> Response:
    """This function will let a failed or cancelled payment succeed after all."""
    return _change(lambda db, merchant: outcomes.payment_json(payments.succeed_late(db, merchant.id, payment_id)))


@switches.post("/payments/<payment_id>/visit")
def visit(payment_id: str) -> Response:
    """This function will pay an open checkout with a published test `card`, as a visitor of the page does.

    Where the bank asks, the visitor approves.
    """
    fields = body_fields()
    number = fields.text("card")
    fields.finish()

    def effect(db: sqlite3.Connection, merchant: Merchant) -> Json:
        payment = owned.find(db, "payments", merchant.id, payment_id)
        visiting = hosted.by_checkout(db, payment["checkout"])
        known = cards.BY_NUMBER.get(number)
        if visiting is None or not visiting.waiting or known is None:
            raise ApiError(409, "no_open_checkout", "Name an open checkout, and a published test card.")
        year = clock.day_of(clock.now(db)).year + 3
        card = cards.Card(cards.brand_of(number), number[-4:], 12, year, known.behaviour)
        hosted.pay(db, visiting, card)
        again = hosted.by_checkout(db, payment["checkout"])
        if again is not None and again.asked_by_bank:
            hosted.answer_bank(db, again, approved=True)
        return outcomes.payment_json(outcomes.payment_row(db, payment_id))

    return _change(effect)


@switches.post("/tokens/<token>/behave")
def behave(token: str) -> Response:
    """This function will let a stored card behave like another test card from now on, as its bank may decide."""
    fields = body_fields()
    behaviour = fields.choice("behaviour", tuple(cards.BEHAVIOURS))
    fields.finish()
    return _change(lambda db, merchant: tokens.behave(db, merchant.id, token, behaviour))


@switches.post("/disputes/<dispute_id>/close")
def close_dispute(dispute_id: str) -> Response:
    """This function will decide a dispute, with `outcome` won or lost; a won one may return the fee."""
    fields = body_fields()
    outcome = fields.choice("outcome", disputes.OUTCOMES)
    returns_fee = fields.flag("returns_fee")
    fields.finish()
    return _change(
        lambda db, merchant: disputes.dispute_json(
            disputes.close(db, merchant.id, dispute_id, outcome, returns_fee=returns_fee)
        )
    )


@switches.post("/disputes/<dispute_id>/escalate")
def escalate_dispute(dispute_id: str) -> Response:
    """This function will turn an inquiry into a dispute."""
    body_fields().finish()
    return _change(lambda db, merchant: disputes.dispute_json(disputes.escalate(db, merchant.id, dispute_id)))


@switches.post("/events/<event_id>/resend")
def resend_event(event_id: str) -> Response:
    """This function will post an event once more."""

    def effect(db: sqlite3.Connection, merchant: Merchant) -> Json:
        event = owned.find(db, "events", merchant.id, event_id)
        if not merchant.webhook_url:
            raise ApiError(409, "no_webhook_endpoint", "Set a webhook endpoint first.")
        events.queue(db, merchant=merchant.id, event_id=event["id"], due=clock.now(db))
        return {"data": events.deliveries_json(db, event["id"])}

    return _change(effect)
