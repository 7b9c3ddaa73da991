"""Writing payments: birth, changes of status, completion, reversal, and where the money went."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

import orjson
from django_integrity.conversion import Named, refine_integrity_error

from tallystick.foundation import numbering
from tallystick.foundation.errors import Conflict, Invalid, NotFound
from tallystick.foundation.rows import columns, execute, fetch_one, instances
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import CUSTOMER_CREDIT, SUSPENSE
from tallystick.ledger.entries import Worth
from tallystick.ledger.queries import carried_part, draft_of, entry_of, rate_on, worth_at
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.payments import posting_rules, states
from tallystick.payments.exchange import Came, Exchange
from tallystick.payments.models import Payment

_LOCKED = (
    f"SELECT {columns(Payment)} FROM payments_payment "  # noqa: S608 - our own columns
    "WHERE id = %s AND deleted_at IS NULL FOR UPDATE"
)
# A change and its event are one statement.
_CHANGE = """
WITH payment AS (
    UPDATE payments_payment SET {columns} WHERE id = %s RETURNING id, unallocated_minor
), event AS (
    INSERT INTO payments_paymentevent (payment_id, at, event, from_status, to_status, actor_label, detail)
    SELECT id, %s, %s, %s, %s, %s, %s::jsonb FROM payment
)
SELECT unallocated_minor FROM payment
"""
_NOTE = (
    "INSERT INTO payments_paymentevent (payment_id, at, event, from_status, to_status, actor_label, detail) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb)"
)

# The row as other rooms hold it: locked, never saved by them.
PaymentRow: TypeAlias = Payment


@dataclass(kw_only=True, eq=False)
class PaymentOverspent(Conflict):
    """More would be taken from the payment than is left of it."""

    code: ClassVar[str] = "payment_overspent"
    sentence: ClassVar[str] = "That is more than is left of this payment."
    field: ClassVar[str | None] = "amount_minor"

    payment_id: UUID


@dataclass(kw_only=True, eq=False)
class AmountNotAccepted(Invalid):
    """A payment is for more than 0."""

    code: ClassVar[str] = "amount_not_accepted"
    sentence: ClassVar[str] = "Enter an amount above 0."
    field: ClassVar[str | None] = "total_minor"


@dataclass(kw_only=True, eq=False)
class ReceivedInFuture(Invalid):
    """Money cannot have been received after today."""

    code: ClassVar[str] = "received_in_future"
    sentence: ClassVar[str] = "The received date {received_date} is in the future. Today is {today}."
    field: ClassVar[str | None] = "received_date"

    received_date: date
    today: date


@dataclass(kw_only=True, eq=False)
class PaymentNotCompleted(Conflict):
    """Only completed money that was not reversed can be moved."""

    code: ClassVar[str] = "payment_not_completed"
    sentence: ClassVar[str] = "This payment is not completed, or was reversed: there is no money to move."

    payment_id: UUID


@dataclass(kw_only=True, eq=False)
class PaymentInUse(Conflict):
    """Something hangs on the payment that must be undone first."""

    code: ClassVar[str] = "payment_in_use"
    sentence: ClassVar[str] = "Part of this payment is allocated, refunded or disputed. Undo that first."

    payment_id: UUID


@dataclass(kw_only=True, eq=False)
class PaymentDisputed(Conflict):
    """What a dispute is about stays where it is until that is decided (`docs/model.md`, 17)."""

    code: ClassVar[str] = "payment_disputed"
    sentence: ClassVar[str] = (
        "This money is in dispute: it can be neither refunded nor released until the dispute is decided."
    )

    payment_id: UUID


@needs_transaction
def create(
    *, kind: str, status: str, total_minor: int, currency: str, at: datetime, by: str, **details: Any
) -> Payment:
    """This function will make a payment row in one of the statuses that its kind may be born in.

    A payment that is born completed still has to be completed with `complete`, which posts it.

    Raises:
        AmountNotAccepted: when the total is not above 0, or beyond all measure.
        PaymentBirthRefused: when the kind is not born in this status.
    """
    if not 0 < total_minor <= LARGEST_MINOR:
        raise AmountNotAccepted
    states.require_birth(kind=kind, status=status)
    born = states.PENDING if status == states.COMPLETED else status
    row = Payment(kind=kind, status=born, total_minor=total_minor, currency=currency, created_at=at, **details)
    row.save(force_insert=True)
    note(row, event="create", before="", by=by, at=at)
    return row


@needs_transaction
def locked(payment_id: UUID) -> Payment:
    """This function will lock the payment until the transaction ends.

    Raises:
        NotFound: when there is none, or it was deleted.
    """
    rows = instances(Payment, _LOCKED, [payment_id])
    if not rows:
        raise NotFound(kind="payment")
    return rows[0]


@needs_transaction
def move(
    payment: Payment,
    event: str,
    *,
    by: str,
    at: datetime,
    described: Mapping[str, Any] | None = None,
    **changes: Any,
) -> None:
    """This function will move a locked payment along the transition table, and write the columns that change with it.

    `described` are columns that `describe` would write, written on the way: the timeline does not tell them.

    Raises:
        NotFound: when the row is gone.
        PaymentTransitionRefused: when its status does not allow the event.
    """
    before = payment.status
    status = states.next_status(payment_id=payment.id, status=before, event=event)
    written = {"status": status, **(described or {}), **changes}
    detail = {name: str(value) for name, value in changes.items() if name in _TOLD and value}
    sql = _CHANGE.format(columns=", ".join(f"{column} = %s" for column in written))
    noted = _noted(event=event, before=before, after=status, by=by, at=at, detail=detail)
    row = fetch_one(sql, [*written.values(), payment.id, *noted])
    if row is None:
        raise NotFound(kind="payment")
    for column, value in {**written, **row}.items():
        setattr(payment, column, value)


@needs_transaction
def describe(payment: Payment, **described: Any) -> None:
    """This function will write columns of a locked payment that move no money: method, reference, texts, account."""
    for column, value in described.items():
        setattr(payment, column, value)
    payment.save(update_fields=list(described))


@needs_transaction
def complete(
    payment: Payment,
    *,
    received_date: date,
    today: date,
    by: str,
    at: datetime,
    total_minor: int | None = None,
    described: Mapping[str, Any] | None = None,
    exchange: Exchange | None = None,
) -> None:
    """This function will complete a locked payment: what posts (J04, or J05 without customer), and its receipt number.

    What came in another currency is posted by J50, and kept with the rate that is fixed here.

    The number is taken last, because its series stays locked until the transaction ends.
    `total_minor` is what came, when that differs from what was expected; `described` how it came, as for `describe`.

    Raises:
        ReceivedInFuture: when the received date is after today.
        PaymentTransitionRefused: when its status does not allow it.
        NoExchangeRate: when the currency has no rate on that day.
    """
    if received_date > today:
        raise ReceivedInFuture(received_date=received_date, today=today)
    # Asked before anything posts: what is completed already would post a second time.
    states.next_status(payment_id=payment.id, status=payment.status, event=states.COMPLETE)
    total = payment.total_minor if total_minor is None else total_minor
    if exchange is not None:
        total, described = exchange.minor, {**(described or {}), **exchange.columns()}
    how = {"method": payment.method, "account_id": payment.account_id, **(described or {})}
    rate = rate_on(payment.currency, received_date)
    receipt = posting_rules.Receipt(
        payment_id=payment.id,
        customer_id=payment.customer_id,
        method=how["method"],
        gateway_account_id=how["account_id"],
        worth=worth_at(total, payment.currency, rate),
        rate=rate.value if exchange is None else exchange.rate,
        rate_source=rate.source if exchange is None else exchange.source,
        came=None if exchange is None else _worth_of(exchange.came, received_date),
    )
    ledger.post([posting_rules.complete(receipt)], effective_date=received_date, at=at)
    move(
        payment,
        states.COMPLETE,
        by=by,
        at=at,
        described=described,
        total_minor=total,
        received_date=received_date,
        completed_at=at,
        failure_code="",
        receipt_number=f"R-{received_date.year}-{numbering.take(f'receipt:{received_date.year}'):05}",
    )


@needs_transaction
def reverse(payment: Payment, *, day: date, by: str, at: datetime, reason: str) -> None:
    """This function will undo a locked payment that was recorded wrongly: the counter-entry, and the row stays (J11).

    Raises:
        PaymentNotCompleted: when it never posted, or was reversed before.
        PaymentInUse: when something of it is allocated, refunded, disputed or lost.
    """
    if payment.status != states.COMPLETED or payment.reversed_at is not None:
        raise PaymentNotCompleted(payment_id=payment.id)
    if payment.unallocated_minor != payment.total_minor or payment.disputed_minor:
        raise PaymentInUse(payment_id=payment.id)
    holder = SUSPENSE if payment.customer_id is None else CUSTOMER_CREDIT
    receipt = posting_rules.Receipt(
        payment_id=payment.id,
        customer_id=payment.customer_id,
        method=payment.method,
        gateway_account_id=payment.account_id,
        worth=carried_part(holder, payment.id, payment.total_minor, payment.currency),
        rate=None,
        rate_source="",
        came=_came_of(payment),
    )
    drafts = [posting_rules.reverse(receipt)]
    if deposited := entry_of(payment.id, "J33"):
        # The cheque is in hand again before its record is undone.
        worth = draft_of(deposited).lines[0].worth
        drafts.insert(0, posting_rules.deposit_cheque(payment.id, worth, is_undone=True))
    ledger.post(drafts, effective_date=day, at=at)
    payment.reversed_at = at
    payment.save(update_fields=["reversed_at"])
    note(payment, event="reverse", before=payment.status, by=by, at=at, detail={"reason": reason})


@needs_transaction
def spend(payment_id: UUID, **by: int) -> int:
    """This function will add to the counters of where a payment's money went, such as `allocated_minor=500`.

    Returns what is unallocated then, in minor units.

    Raises:
        NotFound: when there is no such payment.
        PaymentOverspent, PaymentNotCompleted: when more than its total would be spent, or it is not completed.
        PaymentDisputed: when what is left would be less than its open disputes are about.
    """
    overspent = PaymentOverspent(payment_id=payment_id)
    rules = [
        (Named("payment_is_not_overspent"), overspent),
        (Named("only_completed_payments_are_spent"), PaymentNotCompleted(payment_id=payment_id)),
        (Named("disputed_money_stays"), PaymentDisputed(payment_id=payment_id)),
    ]
    counted = ", ".join(f"{column} = {column} + %s" for column in by)
    sql = f"UPDATE payments_payment SET {counted} WHERE id = %s RETURNING unallocated_minor"  # noqa: S608 - our columns
    with refine_integrity_error(rules):
        row = fetch_one(sql, [*by.values(), payment_id])
    if row is None:
        raise NotFound(kind="payment")
    left: int = row["unallocated_minor"]
    return left


# Which changed columns the timeline tells.
_TOLD = frozenset({"failure_code", "cancel_reason", "receipt_number", "received_date", "reference"})


def _worth_of(came: Came, day: date) -> Worth:
    return worth_at(came.minor, came.currency, rate_on(came.currency, day))


def _came_of(payment: Payment) -> Worth | None:
    """What came, at what it was worth when it was posted."""
    entry_id = None if payment.came_minor is None else entry_of(payment.id, "J50")
    return None if entry_id is None else draft_of(entry_id).lines[0].worth


@needs_transaction
def note(
    payment: Payment, *, event: str, before: str, by: str, at: datetime, detail: dict[str, str] | None = None
) -> None:
    """This function will add an event to the payment's timeline: what happened, who did it, from which status."""
    noted = _noted(event=event, before=before, after=payment.status, by=by, at=at, detail=detail or {})
    execute(_NOTE, [payment.id, *noted])


def _noted(*, event: str, before: str, after: str, by: str, at: datetime, detail: dict[str, str]) -> list[Any]:
    return [at, event, before, after, by, orjson.dumps(detail).decode()]
