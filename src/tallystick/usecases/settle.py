"""What a gateway says becomes what we hold: event, status, postings, allocation, receipt, queued message.

The return page, the sweeper, messages and the first answer all come here. Duplicates, replays and answers out of order
change nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from tallystick.allocations import operations as allocations
from tallystick.allocations.queries import oldest_first, targets
from tallystick.foundation import audit, jobs, settings_store
from tallystick.foundation.clock import local_date
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import require_outside, transaction
from tallystick.gateways.port import AUTHENTICATION_REQUIRED, METHOD_REFUSED, Answer, Outcome
from tallystick.gateways.registry import open_gateway
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries as invoice_queries
from tallystick.money.amounts import Money
from tallystick.money.currencies import Currency, all_currencies
from tallystick.payments import attempts, autopay, autopay_queries, expected, fees, methods, refunds, states, tries
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.payments.exchange import Came, by_table
from tallystick.payments.posting_rules import GATEWAY
from tallystick.payments.retry_plan import RETRY_DAYS, next_try
from tallystick.usecases import placing
from tallystick.usecases.autopay_switch import defer_switch
from tallystick.usecases.card_limits import count_outcome
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.keep_method import keep_method
from tallystick.wire import builders

_NOT_PAID: Final = frozenset({Outcome.DECLINED, Outcome.NOT_PERFORMED})


@dataclass(frozen=True, kw_only=True)
class Settled:
    """How an answer of a gateway was taken."""

    # False when the gateway did not say what became of it.
    answered: bool
    # Why our books do not follow what the gateway says; empty when they do.
    doubt: str = ""


def settle_attempt(*, attempt_id: UUID, answer: Answer, at: datetime) -> Settled:
    """This function will record what became of an attempt and let its payment follow, in one transaction.

    An amount or currency other than ordered is not booked: the attempt stays unknown, and staff see why. A success
    after the payment was given up, or paid in another way, is real money: a new receipt, linked to the payment.

    Raises:
        NotFound: when there is no such attempt.
    """
    found = payment_queries.attempt(attempt_id)
    with transaction():
        meant = targets(found["payment_id"])
        invoices.locked_many([invoice_id for invoice_id, _ in meant])
        payment = payments.locked(found["payment_id"])
        attempt = attempts.locked(attempt_id)
        before = attempt.state
        doubt = _doubt_about_attempt(attempt, answer)
        settled = Settled(answered=answer.outcome is not Outcome.UNKNOWN, doubt=doubt)
        said = _confirmed(attempt, _believed(answer, doubt))
        if before == Outcome.SUCCEEDED or (before in tries.ENDED and said.outcome is not Outcome.SUCCEEDED):
            # It is over: only a fee may still be reported.
            _report_fee(attempt.payment_id, attempt.account_id, said, at=at)
            return settled
        attempts.record(attempt, said, at=at)
        if payment.customer_id is not None:
            count_outcome(attempt.id, said.outcome, customer_id=payment.customer_id, at=at)
        if said.outcome is Outcome.SUCCEEDED:
            allocations.free(attempt_id)
            paid_id = _book(payment, attempt, meant, at=at)
            # What an attempt paid is refunded, and charged its fee, by that attempt: the two stay together.
            attempts.give_to(attempt, paid_id)
            _report_fee(paid_id, attempt.account_id, said, at=at)
            _judge_method(attempt, "")
            _keep_method(attempt, payment.customer_id, said, at=at)
        elif said.outcome is Outcome.DECLINED:
            allocations.free(attempt_id)
            # A late success of an earlier attempt may have completed the payment meanwhile.
            if payment.status == states.PROCESSING:
                payments.move(payment, states.FAIL, by=SYSTEM.label, at=at, failure_code=said.decline_code[:40])
                _plan_next_try(payment, attempt, at=at)
            _judge_method(attempt, said.decline_code)
            _follow(meant, reason="superseded", at=at)
            _tell_of_decline(attempt, before)
        elif said.outcome is Outcome.NOT_PERFORMED:
            allocations.free(attempt_id)
            if payment.status == states.PROCESSING:
                payments.move(payment, states.CANCEL, by=SYSTEM.label, at=at, cancel_reason="abandoned")
            _follow(meant, reason="superseded", at=at)
        elif said.outcome is Outcome.ACTION_REQUIRED and attempt.off_session and before != attempt.state:
            _ask_to_confirm(attempt)
        if before != attempt.state:
            audit.record(
                actor=SYSTEM,
                at=at,
                action="settle_attempt",
                kind="payment",
                object_id=payment.id,
                before={"attempt": before},
                after={"attempt": attempt.state, "status": payment.status},
            )
    return settled


def ask_refund(*, refund_id: UUID, at: datetime) -> Settled:
    """This function will ask the gateway what became of a refund, and record it.

    Raises:
        NotFound: when there is no such refund.
    """
    require_outside("Calling a gateway")
    row = payment_queries.payment(refund_id)
    answer = open_gateway(row["account_id"]).ask_refund(public_id(builders.REFUND_REFERENCE, refund_id))
    return settle_refund(refund_id=refund_id, answer=answer, at=at)


def settle_refund(*, refund_id: UUID, answer: Answer, at: datetime) -> Settled:
    """This function will record what became of a refund, in one transaction (J27; J30 when it fails after all).

    An amount or currency other than ordered is not booked, nor is money that left for a refund that is over here: the
    status stays, and staff see why on the timeline.

    Raises:
        NotFound: when there is no such refund.
    """
    source_id = payment_queries.payment(refund_id)["refund_of_id"]
    with transaction():
        payments.locked(source_id)
        refund = payments.locked(refund_id)
        before = refund.status
        doubt = _doubt_about_refund(refund, answer)
        settled = Settled(answered=answer.outcome is not Outcome.UNKNOWN, doubt=doubt)
        said = _believed(answer, doubt)
        failed = said.outcome in _NOT_PAID
        if said.outcome is Outcome.SUCCEEDED and before in {states.PENDING, states.PROCESSING}:
            refunds.complete(refund, paid_date=local_date(at), by=SYSTEM.label, at=at)
            jobs.defer("mail.refund", payment_id=str(refund_id))
        elif failed and before in {states.PENDING, states.PROCESSING}:
            refunds.fail(refund, failure_code=said.decline_code[:40], by=SYSTEM.label, at=at)
        elif failed and before == states.COMPLETED and refund.reversed_at is None:
            refunds.fail_after_completion(
                refund, day=local_date(at), by=SYSTEM.label, at=at, failure_code=said.decline_code[:40]
            )
        elif said.outcome is Outcome.PENDING and before == states.PENDING:
            payments.move(refund, states.START, by=SYSTEM.label, at=at)
        elif not doubt or not refunds.doubt(refund, reason=doubt, by=SYSTEM.label, at=at):
            return settled
        audit.record(
            actor=SYSTEM,
            at=at,
            action="settle_refund",
            kind="payment",
            object_id=refund_id,
            before={"status": before},
            after={"status": refund.status, "outcome": said.outcome.value},
        )
    return settled


def _doubt_about_attempt(attempt: attempts.AttemptRow, answer: Answer) -> str:
    if attempt.state == Outcome.SUCCEEDED and answer.outcome in _NOT_PAID:
        return "The gateway says that this was not paid; here it was, and stands in the books."
    return _difference(answer, amount_minor=attempt.amount_minor, currency=attempt.currency)


def _doubt_about_refund(refund: payments.PaymentRow, answer: Answer) -> str:
    over = refund.status in {states.FAILED, states.CANCELLED} or refund.reversed_at is not None
    if over and answer.outcome is Outcome.SUCCEEDED:
        return "The gateway paid this refund, which counts as not paid here: the money left, and is in no book."
    minor, currency = refunds.ordered(refund)
    return _difference(answer, amount_minor=minor, currency=currency)


def _difference(answer: Answer, *, amount_minor: int, currency: str) -> str:
    """In what a success differs from our order; empty when in nothing."""
    if answer.outcome is not Outcome.SUCCEEDED or (answer.amount_minor, answer.currency) == (amount_minor, currency):
        return ""
    reported, ordered = _amount(answer.amount_minor, answer.currency), _amount(amount_minor, currency)
    return f"The gateway reports {reported}, ordered were {ordered}."


def _believed(answer: Answer, doubt: str) -> Answer:
    """What a gateway says of money is believed only with the amount and currency that we ordered (P9, S08)."""
    if not doubt:
        return answer
    return Answer(outcome=Outcome.UNKNOWN, gateway_reference=answer.gateway_reference, message=doubt)


def _amount(minor: int | None, currency: str | None) -> str:
    """An amount as people read it; what cannot be one stands as the gateway gave it."""
    if minor is None or currency not in all_currencies():
        return f"{minor} {currency}"
    return str(Money(minor, Currency(currency)))


def _book(
    payment: payments.PaymentRow, attempt: attempts.AttemptRow, meant: list[tuple[UUID, int]], *, at: datetime
) -> UUID:
    """Complete the payment with what came, or a new receipt linked to it when the payment is over; then allocate.

    What was charged in another currency is credited at the stored rates of today (J50): they may be others than when
    the customer was told. So it may pay less of the invoices, which stay open, or more, which is credit.
    """
    today = local_date(at)
    exchange = None
    if attempt.currency != payment.currency:
        exchange = by_table(Came(minor=attempt.amount_minor, currency=attempt.currency), payment.currency, today)
    credited = attempt.amount_minor if exchange is None else exchange.minor
    if payment.status in {states.COMPLETED, states.CANCELLED}:
        payment = payments.create(
            kind=states.RECEIPT,
            status=states.COMPLETED,
            total_minor=credited,
            currency=payment.currency,
            customer_id=payment.customer_id,
            description=payment.description,
            reference=public_id(builders.ATTEMPT, attempt.id),
            replaces=payment,
            assignment_edits=1,
            by=SYSTEM.label,
            at=at,
        )
    # The account of the attempt that succeeded: the last one tried may have been at another.
    payments.describe(payment, method=GATEWAY, account_id=attempt.account_id)
    payments.complete(
        payment, received_date=today, today=today, by=SYSTEM.label, at=at, total_minor=credited, exchange=exchange
    )
    fitting = [
        (invoice_id, min(amount, invoice_queries.invoice(invoice_id)["open_minor"])) for invoice_id, amount in meant
    ]
    for invoice_id, part in oldest_first(credited, fitting):
        placing.allocate(
            invoice_id=invoice_id, amount_minor=part, payment_id=payment.id, day=today, by=SYSTEM.label, at=at
        )
    targeted = sum(amount for _, amount in meant)
    if attempt.pays_minor > targeted:
        placing.prepay(payment, credited - targeted, day=today, at=at)
    _follow(meant, reason="superseded", at=at)
    jobs.defer("mail.receipt", payment_id=str(payment.id))
    return payment.id


def _confirmed(attempt: attempts.AttemptRow, said: Answer) -> Answer:
    """A charge that the absent payer had to confirm, and that is over without that, was declined for it.

    So the payment has failed, and stays the one to pay: the link that the payer was sent goes on to lead to it.
    """
    waited = attempt.off_session and attempt.state == Outcome.ACTION_REQUIRED
    if not waited or said.outcome is not Outcome.NOT_PERFORMED:
        return said
    return replace(said, outcome=Outcome.DECLINED, decline_code=AUTHENTICATION_REQUIRED)


def _tell_of_decline(attempt: attempts.AttemptRow, before: str) -> None:
    """Write to the payer, unless they are there and see it on the page."""
    if attempt.off_session and attempt.decline_code == AUTHENTICATION_REQUIRED:
        _ask_to_confirm(attempt)
    elif attempt.off_session or before != "sent":
        jobs.defer("mail.payment_failed", attempt_id=str(attempt.id))


def _ask_to_confirm(attempt: attempts.AttemptRow) -> None:
    jobs.defer("mail.confirmation_needed", attempt_id=str(attempt.id))


def _keep_method(attempt: attempts.AttemptRow, customer_id: UUID | None, said: Answer, *, at: datetime) -> None:
    """Store the card that was paid with, if the payer let us; autopay goes on with it where they wanted that."""
    method_id = attempt.method_id
    # What is charged by a stored card has it already, or it was removed meanwhile.
    if method_id is None and said.token and said.card and customer_id is not None:
        method_id = keep_method(
            customer_id=customer_id, account_id=attempt.account_id, token=said.token, card=said.card, at=at
        )
    if method_id is not None and attempt.agreement_id is None:
        defer_switch(attempt.id, method_id)


def _judge_method(attempt: attempts.AttemptRow, decline_code: str) -> None:
    """A stored method that was declined for good is charged no more; one that paid may be charged again (S35)."""
    if attempt.method_id is not None and (not decline_code or decline_code in METHOD_REFUSED):
        methods.note_refusal(attempt.method_id, decline_code)


def _plan_next_try(payment: payments.PaymentRow, attempt: attempts.AttemptRow, *, at: datetime) -> None:
    """What autopay charged is tried again by the plan, while the agreement holds; nothing else is tried by itself.

    A try by hand takes the place of the one on a day that the payer chose: from then on it is the plan's again.
    """
    if payment.customer_id is None or payment.invoice_id is None:
        return
    if attempt.agreement_id is None and payment.next_try_date is None:
        return
    declined = autopay_queries.declined_charges(payment.invoice_id)
    day = None
    if declined is not None and autopay_queries.agreement(payment.customer_id) is not None:
        days = settings_store.get(RETRY_DAYS)
        day = next_try(declined.last_code, first_try=declined.first_date, today=local_date(at), days=days)
    autopay.plan_try(payment, day)


def _follow(meant: list[tuple[UUID, int]], *, reason: str, at: datetime) -> None:
    for invoice_id, _ in meant:
        expected.follow(invoice_id, reason=reason, by=SYSTEM.label, at=at)


def _report_fee(payment_id: UUID, account_id: UUID, said: Answer, *, at: datetime) -> None:
    if said.outcome is Outcome.SUCCEEDED and said.fee_minor and said.fee_currency and said.fee_reference:
        fees.report(
            payment_id=payment_id,
            account_id=account_id,
            external_id=said.fee_reference,
            amount_minor=said.fee_minor,
            currency=said.fee_currency,
            day=local_date(at),
            at=at,
        )
