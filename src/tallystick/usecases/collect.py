"""Taking money through a gateway: our own row first, then the call outside any transaction, then the outcome.

A timeout is unknown, never a failure: whatever is unknown or overdue is asked for (`ask`, `sweep`), and walks the same
way as a message from the gateway (`settle`). A checkout that nobody finished in 24 hours is cancelled by `sweep`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from tallystick.allocations.queries import targets
from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField, NotFound
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import require_outside, transaction
from tallystick.gateways.port import Outcome, PaymentOrder
from tallystick.gateways.registry import open_gateway, require_enabled
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries as invoice_queries
from tallystick.payments import attempts, expected, terms, tries
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.usecases import settle
from tallystick.usecases.aims import Chosen, aimed, receipt_for
from tallystick.usecases.exchange import charged_for
from tallystick.usecases.frame import final_answer, look_at_each, require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.usecases.tries import ASK_EVERY, Started, Way, begin
from tallystick.wire import builders
from tallystick.wire.shapes import PaymentShape

# A checkout that nobody finished is given up after this long (`docs/model.md`, 3).
CHECKOUT_LASTS: Final = timedelta(hours=24)


def pay(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    amounts: Mapping[UUID, int | None] | Chosen,
    account_id: UUID,
    return_url: str,
    on_account_minor: int = 0,
    currency: str | None = None,
    method_id: UUID | None = None,
    saves_method: bool = False,
    off_session: bool = False,
    note: str = "",
    terms_sha256: str | None = None,
    charged_in: str | None = None,
    charged_minor: int | None = None,
    autopay_terms_sha256: str | None = None,
    idempotency_key: str | None = None,
) -> PaymentShape:
    """This function will take money through a gateway (B10 to B13, C5 to C10) and return the payment.

    `amounts` names the invoices, None is all that is open; or it is what was chosen on a form. What is paid on account,
    beyond them or alone, becomes credit, or fills the wallet of a prepaid customer; alone it needs a `currency`, and so
    does a choice. `return_url` is where the gateway sends the customer back; "{attempt}" in it becomes the attempt's
    id. The last attempt of the answer says where the customer goes on, if anywhere. `charged_in` is another currency in
    which all that is charged, at the stored rates of today; `charged_minor` is what the payer was told, in minor units
    of it. What it is credited as is fixed when it completes (`docs/model.md`, 31). With `autopay_terms_sha256`, the
    hash of autopay's words, autopay goes on with the card that is paid with (`autopay_switch`). A repeat with the same
    key never takes money twice: it returns the first answer, or goes on where the first one was cut off.

    Raises:
        NotAllowed: when the actor may not collect, or not manage methods and a card shall be stored.
        NotFound: when an invoice, the account or the method does not exist, or not for this customer.
        InvalidField, AmountNotAccepted: when there is nothing to pay, or an amount is not above 0.
        InvoiceNotOpen, InvoiceOverpaid, DifferentPayer, PaymentInProgress, GatewayNotEnabled: as the names say.
        ExchangeNotOffered, NoExchangeRate: when it cannot be charged in another currency.
        ExchangeRateChanged: when the rates of now say another amount than the payer was told.
        ChoiceChanged: when what was chosen comes to something else than the form showed.
        CardTriesSlowed, CardTriesStopped: when too many new cards of a customer who pays did not work before.
    """
    require_outside("Calling a gateway")
    answer = _start(
        actor=actor,
        at=at,
        customer_id=customer_id,
        amounts=amounts,
        account_id=account_id,
        return_url=return_url,
        on_account_minor=on_account_minor,
        currency=currency,
        method_id=method_id,
        saves_method=saves_method,
        off_session=off_session,
        note=note,
        terms_sha256=terms_sha256,
        charged_in=charged_in,
        charged_minor=charged_minor,
        autopay_terms_sha256=autopay_terms_sha256,
        idempotency_key=idempotency_key,
    )
    return _go_on(answer, actor=actor, at=at, idempotency_key=idempotency_key)


def retry(
    *,
    actor: Actor,
    at: datetime,
    payment_id: UUID,
    account_id: UUID,
    return_url: str,
    method_id: UUID | None = None,
    off_session: bool = False,
    charged_in: str | None = None,
    charged_minor: int | None = None,
    autopay_terms_sha256: str | None = None,
    idempotency_key: str | None = None,
) -> PaymentShape:
    """This function will try a failed payment again (E21): a new attempt of the same payment, in its own currency, or
    charged in another one as `pay` does it.

    With `autopay_terms_sha256`, the hash of autopay's words, autopay goes on with the card that is paid with.

    Raises:
        NotAllowed, NotFound, PaymentTransitionRefused, PaymentInProgress, GatewayNotEnabled: as the names say.
        InvalidField: when nothing of what it was meant for is open any more.
        ExchangeNotOffered, NoExchangeRate, ExchangeRateChanged: as in `pay`.
        CardTriesSlowed, CardTriesStopped: as in `pay`.
    """
    require_outside("Calling a gateway")
    answer = _start_again(
        actor=actor,
        at=at,
        payment_id=payment_id,
        account_id=account_id,
        return_url=return_url,
        method_id=method_id,
        off_session=off_session,
        charged_in=charged_in,
        charged_minor=charged_minor,
        autopay_terms_sha256=autopay_terms_sha256,
        idempotency_key=idempotency_key,
    )
    return _go_on(answer, actor=actor, at=at, idempotency_key=idempotency_key)


def perform(*, attempt_id: UUID, at: datetime) -> None:
    """This function will send an attempt that was written down, once, and record the outcome."""
    require_outside("Calling a gateway")
    with transaction():
        attempt = attempts.locked(attempt_id)
        if not tries.mark_sent(attempt, at=at):
            return
    payment = payment_queries.payment(attempt.payment_id)
    token = None
    if attempt.method_id is not None:
        token, _ = payment_queries.method_token(attempt.method_id, of_customer=payment["customer_id"])
    order = PaymentOrder(
        reference=public_id(builders.ATTEMPT, attempt_id),
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        description=payment["description"],
        return_url=attempt.return_url.replace("{attempt}", public_id(builders.ATTEMPT, attempt_id)),
        token=token,
        off_session=attempt.off_session,
        save_method=attempt.saves_method,
        customer_reference=public_id(builders.CUSTOMER, payment["customer_id"]),
    )
    answer = open_gateway(attempt.account_id).pay(order)
    settle.settle_attempt(attempt_id=attempt_id, answer=answer, at=at)


def ask(*, attempt_id: UUID, at: datetime) -> settle.Settled:
    """This function will ask the gateway what became of an attempt, and record it: return page, sweeper and messages.

    An order that left a moment ago may still be on its way. That the gateway does not know it yet proves nothing, and
    to let the customer pay again would take the money twice.

    Raises:
        NotFound: when there is no such attempt.
    """
    require_outside("Calling a gateway")
    attempt = payment_queries.attempt(attempt_id)
    answer = open_gateway(attempt["account_id"]).ask(public_id(builders.ATTEMPT, attempt_id))
    just_sent = attempt["sent_at"] is not None and attempt["sent_at"] > at - ASK_EVERY
    if just_sent and answer.outcome is Outcome.NOT_PERFORMED and not answer.gateway_reference:
        return settle.Settled(answered=False)
    return settle.settle_attempt(attempt_id=attempt_id, answer=answer, at=at)


def on_account_of(row: Mapping[str, Any], meant: Mapping[UUID, int]) -> int:
    """This function will return what the last try of a payment would have taken beyond the invoices that it was meant
    for, in minor units. What is expected for one invoice takes nothing beyond it, however little is open by now.
    """
    made = payment_queries.attempts(row["id"]) if row["invoice_id"] is None else []
    return max(0, (made[-1]["owed_minor"] or made[-1]["amount_minor"]) - sum(meant.values())) if made else 0


def owed_again(row: Mapping[str, Any]) -> tuple[int, int]:
    """This function will return what a failed payment would take of invoices if it was tried again, and what beyond
    them, in minor units of its currency.
    """
    meant = _meant(row)
    claims = invoice_queries.invoices_by_id(meant)
    of_invoices = sum(min(minor, claims[invoice_id]["open_minor"]) for invoice_id, minor in meant.items())
    return of_invoices, on_account_of(row, meant)


def cancel_checkout(
    *, actor: Actor, at: datetime, payment_id: UUID, idempotency_key: str | None = None
) -> PaymentShape:
    """This function will give up a checkout that waits for the customer, so that another can begin.

    What the gateway says decides: when the customer was faster, the payment completes.

    Raises:
        NotAllowed, NotFound: when the actor may not, or there is nothing to give up.
    """
    require_outside("Calling a gateway")
    answer: Mapping[str, object] = _start_to_cancel(
        actor=actor, at=at, payment_id=payment_id, idempotency_key=idempotency_key
    )
    if "attempt_id" not in answer:
        return cast("PaymentShape", answer)
    attempt_id = UUID(hex=str(answer["attempt_id"]))
    _give_up(attempt_id, payment_queries.attempt(attempt_id)["account_id"], at=at)
    shape = builders.one_payment(payment_id)
    return final_answer(answer, shape, actor=actor, idempotency_key=idempotency_key)


def sweep(*, at: datetime, limit: int = 100) -> int:
    """This function will ask about every attempt that is unknown or overdue, and return how many it looked at.

    One that was never sent, because we died before, is found to be unknown to the gateway and is given up. A checkout
    that nobody finished in 24 hours is cancelled at the gateway.

    Raises:
        ExceptionGroup: when some of them failed; all the others were looked at.
    """
    due = payment_queries.unsettled_attempts(asked_before=at - ASK_EVERY, limit=limit)
    return look_at_each(due, lambda each: _look_at(each, at=at), trouble="Some attempts could not be settled.")


@use_case(Permission.COLLECT_PAYMENTS)
def _start(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    amounts: Mapping[UUID, int | None] | Chosen,
    account_id: UUID,
    return_url: str,
    on_account_minor: int,
    currency: str | None,
    method_id: UUID | None,
    saves_method: bool,
    off_session: bool,
    note: str,
    terms_sha256: str | None,
    charged_in: str | None,
    charged_minor: int | None,
    autopay_terms_sha256: str | None,
    idempotency_key: str | None,
) -> Started:
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    if saves_method:
        actor.require(Permission.MANAGE_METHODS)
    require_enabled(account_id)
    refuse_card_numbers(note=note)
    aim = aimed(customer_id=customer_id, amounts=amounts, on_account_minor=on_account_minor, currency=currency)
    asked = charged_for(
        aim.total_minor, aim.currency, charged_in=charged_in, charged_minor=charged_minor, day=local_date(at)
    )
    payment = None if aim.only_invoice is None else expected.live_of(aim.only_invoice)
    if payment is None:
        payment = receipt_for(aim, by=actor.label, at=at)
    if note:
        payments.describe(payment, customer_note=note[:500])
    if terms_sha256 is not None:
        terms.accept(payment, terms_sha256, by=actor.label, at=at)
    way = Way(
        account_id=account_id,
        return_url=return_url,
        method_id=method_id,
        saves_method=saves_method,
        off_session=off_session,
        autopay_terms_sha256=autopay_terms_sha256,
    )
    return begin(payment, aim.amounts, way, on_account_minor=aim.on_account_minor, asked=asked, actor=actor, at=at)


@use_case(Permission.COLLECT_PAYMENTS)
def _start_to_cancel(*, actor: Actor, at: datetime, payment_id: UUID, idempotency_key: str | None) -> Started:
    del idempotency_key
    payment = payment_queries.payment(payment_id)
    require_own(actor, payment["customer_id"], kind="payment")
    waiting = [each for each in payment_queries.attempts(payment_id) if each["state"] == Outcome.ACTION_REQUIRED]
    if not waiting:
        raise NotFound(kind="checkout under way")
    audit.record(actor=actor, at=at, action="cancel_checkout", kind="payment", object_id=payment_id)
    return {"payment_id": payment_id.hex, "attempt_id": waiting[-1]["id"].hex}


@use_case(Permission.COLLECT_PAYMENTS)
def _start_again(
    *,
    actor: Actor,
    at: datetime,
    payment_id: UUID,
    account_id: UUID,
    return_url: str,
    method_id: UUID | None,
    off_session: bool,
    charged_in: str | None,
    charged_minor: int | None,
    autopay_terms_sha256: str | None,
    idempotency_key: str | None,
) -> Started:
    del idempotency_key
    row = payment_queries.payment(payment_id)
    require_own(actor, row["customer_id"], kind="payment")
    require_enabled(account_id)
    meant = _meant(row)
    wanted = {
        claim.id: min(meant[claim.id], claim.open_minor)
        for claim in invoices.locked_many(list(meant))
        if claim.open_minor
    }
    on_account_minor = on_account_of(row, meant)
    if not wanted and not on_account_minor:
        raise InvalidField(name="payment", reason="Nothing of what this payment was meant for is open any more.")
    asked = charged_for(
        sum(wanted.values()) + on_account_minor,
        row["currency"],
        charged_in=charged_in,
        charged_minor=charged_minor,
        day=local_date(at),
    )
    way = Way(
        account_id=account_id,
        return_url=return_url,
        method_id=method_id,
        off_session=off_session,
        autopay_terms_sha256=autopay_terms_sha256,
    )
    payment = payments.locked(payment_id)
    return begin(payment, wanted, way, on_account_minor=on_account_minor, asked=asked, actor=actor, at=at)


def _meant(row: Mapping[str, Any]) -> dict[UUID, int]:
    """What the last try was aimed at, which may be a part of an invoice; all of what is expected before any try."""
    return dict(targets(row["id"])) or ({} if row["invoice_id"] is None else {row["invoice_id"]: row["total_minor"]})


def _go_on(answer: Mapping[str, object], *, actor: Actor, at: datetime, idempotency_key: str | None) -> PaymentShape:
    """Send what was written down, unless the answer is the final one of a request that this one repeats."""
    if "attempt_id" not in answer:
        return cast("PaymentShape", answer)
    perform(attempt_id=UUID(hex=str(answer["attempt_id"])), at=at)
    shape = builders.one_payment(UUID(hex=str(answer["payment_id"])))
    if shape["attempts"][-1]["state"] in {"created", "sent"}:
        # Still on its way in another thread, or cut off there: a later repeat will have more to tell.
        return shape
    return final_answer(answer, shape, actor=actor, idempotency_key=idempotency_key)


def _look_at(attempt_id: UUID, *, at: datetime) -> None:
    attempt = payment_queries.attempt(attempt_id)
    if attempt["state"] == Outcome.ACTION_REQUIRED and attempt["created_at"] < at - CHECKOUT_LASTS:
        _give_up(attempt_id, attempt["account_id"], at=at)
    else:
        ask(attempt_id=attempt_id, at=at)


def _give_up(attempt_id: UUID, account_id: UUID, *, at: datetime) -> None:
    answer = open_gateway(account_id).cancel(public_id(builders.ATTEMPT, attempt_id))
    settle.settle_attempt(attempt_id=attempt_id, answer=answer, at=at)
