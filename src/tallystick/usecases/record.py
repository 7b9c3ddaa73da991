"""Money that staff or programs record: received or promised outside of any gateway."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from tallystick.allocations import operations as allocations
from tallystick.allocations.queries import oldest_first
from tallystick.customers.queries import customer_row
from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries as invoice_queries
from tallystick.payments import approvals, expected, private_text, states
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.payments.attempts import PaymentInProgress
from tallystick.payments.exchange import Came
from tallystick.payments.operations import PaymentRow
from tallystick.payments.posting_rules import GATEWAY, MONEY_IN
from tallystick.usecases import completing
from tallystick.usecases.duplicates import refuse_duplicate
from tallystick.usecases.exchange import exchange_of
from tallystick.usecases.frame import require_own, require_unscoped, scope_of, use_case
from tallystick.usecases.limits import COMPLETING_ABOVE, Approval, require_second_person
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.shapes import PaymentShape


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a payment for an invoice, in minor units; None is as much as is open and there."""

    invoice_id: UUID
    amount_minor: int | None = None


@dataclass(kw_only=True, eq=False)
class PartsExceedTotal(Conflict):
    """More is meant for invoices than the payment has."""

    code: ClassVar[str] = "parts_exceed_total"
    sentence: ClassVar[str] = "The parts for invoices add up to more than the payment's total."
    field: ClassVar[str | None] = "allocations"


@use_case(Permission.RECORD_PAYMENTS)
def record_payment(
    *,
    actor: Actor,
    at: datetime,
    currency: str,
    total_minor: int | None = None,
    came: Came | None = None,
    customer_id: UUID | None = None,
    status: str = "completed",
    method: str = "bank_transfer",
    received_date: date | None = None,
    description: str = "",
    reference: str = "",
    invoice_number: str = "",
    remark: str = "",
    fee_minor: int | None = None,
    parts: Sequence[Part] = (),
    allocates_oldest_first: bool = False,
    mails_confirmation: bool = False,
    allows_duplicate: bool = False,
    approval: Approval | None = None,
    idempotency_key: str | None = None,
) -> PaymentShape:
    """This function will record a payment (A7 to A14, D5) and allocate it as asked, all in one act.

    `description` is split at its first `#`: what follows never leaves the back office. Money aimed at exactly one
    invoice completes the expected payment of that invoice; otherwise the payment is a receipt of its own. Without a
    customer it waits in suspense, unless an invoice names the payer. An invoice number that fits none is kept as text.
    `came` is what came in another currency (J50): without a total it is credited at the stored rates of its day.

    Raises:
        NotAllowed, NotFound: when the actor may only record what is pending, or a customer or an invoice is not there.
        InvalidField, AmountNotAccepted, ReceivedInFuture, PaymentBirthRefused: when the input cannot be used.
        ExchangeNotAccepted, NoExchangeRate, NeedsSecondPerson: when what came cannot be exchanged, or needs two people.
        PartsExceedTotal, InvoiceNotOpen, InvoiceOverpaid, DifferentPayer, PaymentInProgress: when it does not fit.
        DuplicatePayment: when one that looks the same is recorded, and nobody says that this is another one.
    """
    del idempotency_key
    status = states.COMPLETED if status == "paid" else status
    require_usable(currency=currency, method=method, fee_minor=fee_minor)
    refuse_card_numbers(description=description, reference=reference, invoice_number=invoice_number, remark=remark)
    day = received_date or local_date(at)
    if status == states.COMPLETED:
        actor.require(Permission.COMPLETE_PAYMENTS)
    exchange = exchange_of(came, total_minor, currency, day, completes=status == states.COMPLETED, by=actor.label)
    total_minor = exchange.minor if exchange else total_minor or 0
    wanted = list(parts) or _numbered(invoice_number, actor)
    payer_id, amounts, claims = _meant(wanted, customer_id, total_minor, currency, actor)
    if not allows_duplicate and status != states.CANCELLED:
        refuse_duplicate(
            payer_id, total_minor, currency, day if status == states.COMPLETED else received_date, reference
        )
    if allocates_oldest_first and payer_id is not None and not amounts:
        amounts = _spread(payer_id, currency, total_minor)
    columns: dict[str, Any] = {"method": method, "reference": reference, "remark": remark, "fee_minor": fee_minor}
    columns |= {**private_text.columns(description), "mails_confirmation": mails_confirmation}
    columns["invoice_text"] = "" if amounts else invoice_number.strip()[:60]
    doing: dict[str, Any] = {"by": actor.label, "at": at}
    if status != states.COMPLETED:
        columns["received_date"] = received_date
        payment = _receipt(status, total_minor, currency, payer_id, columns, **doing)
        allocations.aim(payment.id, amounts)
    else:
        payment, told = _born_to_complete(amounts, total_minor, currency, payer_id, columns, **doing)
        arrived_as: dict[str, Any] = {"total_minor": total_minor, "described": told, "exchange": exchange}
        payments.complete(payment, received_date=day, today=local_date(at), **arrived_as, **doing)
        completing.place(payment, amounts, claims, on_account_minor=0 if claims else total_minor, day=day, **doing)
        completing.confirm(payment, by_mail=mails_confirmation)
        require_second_person(actor, COMPLETING_ABOVE, total_minor, currency, local_date(at), approval=approval)
    return _told(payment, action="record_payment", actor=actor, at=at, approval=approval)


@use_case(Permission.COMPLETE_PAYMENTS)
def mark_paid(
    *,
    actor: Actor,
    at: datetime,
    payment_id: UUID,
    received_date: date,
    method: str,
    reference: str = "",
    total_minor: int | None = None,
    came: Came | None = None,
    sends_mail: bool = True,
    approval: Approval | None = None,
    idempotency_key: str | None = None,
) -> PaymentShape:
    """This function will complete a pending or failed payment for money received outside of any gateway (E15, J10).

    The money goes to what the payment was meant for; what came instead of the expected total may be said. A smaller
    amount leaves the rest of the invoice open, with a new expected payment. `came` is as in `record_payment`.

    Raises:
        NotFound: when there is no such payment.
        PaymentTransitionRefused, PaymentInProgress: when its status does not allow it, or a gateway is processing it.
        ReceivedInFuture, AmountNotAccepted, InvalidField: when the input cannot be used.
        ExchangeNotAccepted, NoExchangeRate: when what came cannot be exchanged.
        NeedsSecondPerson, PaymentChangedSince: when two are needed, or approved something else (`usecases.approve`).
    """
    del idempotency_key
    require_usable(currency=None, method=method, fee_minor=None)
    refuse_card_numbers(reference=reference)
    if total_minor is not None and total_minor <= 0:
        raise payments.AmountNotAccepted
    found = completing.awaited(actor, payment_id)
    payment = found.payment
    approvals.require_unchanged(payment, None if approval is None else approval.seen)
    if payment.status == states.PROCESSING:
        raise PaymentInProgress
    today = local_date(at)
    completing.complete(
        found,
        received_date=received_date,
        described={"method": method, "reference": reference or payment.reference, "account_id": None},
        sends_mail=sends_mail,
        by=actor.label,
        at=at,
        total_minor=total_minor,
        exchange=exchange_of(came, total_minor, payment.currency, received_date, completes=True, by=actor.label),
    )
    require_second_person(actor, COMPLETING_ABOVE, payment.total_minor, payment.currency, today, approval=approval)
    return _told(payment, action="mark_paid", actor=actor, at=at, status=found.before["status"], approval=approval)


@use_case(Permission.CANCEL_PAYMENTS)
def cancel_payment(*, actor: Actor, at: datetime, payment_id: UUID, idempotency_key: str | None = None) -> PaymentShape:
    """This function will cancel a promised payment that will not come (A13). It never posted, so nothing is undone.

    Raises:
        NotFound: when there is no such payment.
        PaymentTransitionRefused: when its status does not allow it.
        PaymentInProgress: when a gateway is processing it.
        InvalidField: for the expected payment of an invoice, which follows its invoice.
    """
    del idempotency_key
    row = payment_queries.payment(payment_id)
    require_own(actor, row["customer_id"], kind="payment")
    payment = payments.locked(payment_id)
    if payment.kind == states.SCHEDULED:
        raise InvalidField(
            name="payment", reason="This is the expected payment of an invoice. Void or credit the invoice instead."
        )
    if payment.kind != states.RECEIPT:
        raise InvalidField(name="payment", reason="Only money that was promised can be cancelled.")
    if payment.status == states.PROCESSING:
        raise PaymentInProgress
    payments.move(payment, states.CANCEL, by=actor.label, at=at, cancel_reason="cancelled")
    return _told(payment, action="cancel_payment", actor=actor, at=at, status=row["status"])


def _born_to_complete(
    amounts: dict[UUID, int],
    total_minor: int,
    currency: str,
    payer_id: UUID | None,
    columns: dict[str, Any],
    *,
    by: str,
    at: datetime,
) -> tuple[PaymentRow, dict[str, Any]]:
    """The row that will complete: the expected payment when exactly its invoice is meant, else a receipt of its own.

    Beside it the columns that are written as it completes.
    """
    if len(amounts) == 1 and total_minor > 0:
        live = expected.live_of(next(iter(amounts)))
        if live is not None and live.currency == currency:
            if live.status == states.PROCESSING:
                raise PaymentInProgress
            return live, {name: value for name, value in columns.items() if value or name == "mails_confirmation"}
    return _receipt(states.COMPLETED, total_minor, currency, payer_id, columns, by=by, at=at), {}


def _receipt(
    status: str,
    total_minor: int,
    currency: str,
    payer_id: UUID | None,
    columns: dict[str, Any],
    *,
    by: str,
    at: datetime,
) -> PaymentRow:
    return payments.create(
        kind=states.RECEIPT,
        status=status,
        total_minor=total_minor,
        currency=currency,
        customer_id=payer_id,
        assignment_edits=0 if payer_id is None else 1,
        by=by,
        at=at,
        **columns,
    )


def _meant(
    wanted: Sequence[Part], customer_id: UUID | None, total_minor: int, currency: str, actor: Actor
) -> tuple[UUID | None, dict[UUID, int], dict[UUID, invoices.InvoiceRow]]:
    """Who pays, how much of it is for which invoices, and those invoices, locked."""
    claims = {row.id: row for row in invoices.locked_many([part.invoice_id for part in wanted])} if wanted else {}
    payer_id = _payer(customer_id, list(claims.values()), currency, actor)
    return payer_id, _amounts(wanted, {row.id: row.open_minor for row in claims.values()}, total_minor), claims


def _amounts(wanted: Sequence[Part], opened: dict[UUID, int], total_minor: int) -> dict[UUID, int]:
    if len({part.invoice_id for part in wanted}) != len(wanted):
        raise InvalidField(name="allocations", reason="Name each invoice once.")
    left = total_minor - sum(part.amount_minor or 0 for part in wanted)
    if left < 0:
        raise PartsExceedTotal
    amounts: dict[UUID, int] = {}
    for part in wanted:
        amount = part.amount_minor
        if amount is None:
            amount = min(opened[part.invoice_id], left)
            left -= amount
        if amount:
            amounts[part.invoice_id] = amount
    return amounts


def _spread(payer_id: UUID, currency: str, total_minor: int) -> dict[UUID, int]:
    """The payer's open invoices, the first due first, as they are once they are locked."""
    order = [row["id"] for row in invoice_queries.open_invoices(payer_id, currency)]
    opened = {row.id: row.open_minor for row in invoices.locked_many(order)}
    return dict(oldest_first(total_minor, [(invoice_id, opened[invoice_id]) for invoice_id in order]))


def _numbered(number: str, actor: Actor) -> list[Part]:
    """The invoice that was named by its number, if the actor can see one with that number."""
    found = invoice_queries.by_number(number) if number.strip() else None
    if found is None or scope_of(actor) not in {None, found["customer_id"]}:
        return []
    return [Part(invoice_id=found["id"])]


def _payer(customer_id: UUID | None, claims: Sequence[invoices.InvoiceRow], currency: str, actor: Actor) -> UUID | None:
    """The payer is who was named; choosing an invoice chooses its customer (`docs/model.md`, 9). The actor must see
    all of them; one that is narrowed to a customer cannot record money of nobody.
    """
    for claim in claims:
        require_own(actor, claim.customer_id, kind="invoice")
    payer_id = claims[0].customer_id if customer_id is None and claims else customer_id
    if payer_id is None:
        require_unscoped(actor, Permission.RECORD_PAYMENTS)
        return None
    require_own(actor, payer_id, kind="customer")
    for claim in claims:
        # Said before anything moves: an expected payment completes for its own customer, whoever is named.
        if (claim.customer_id, claim.currency) != (payer_id, currency):
            raise allocations.DifferentPayer(invoice_id=claim.id)
    # An invoice's customer is there for certain.
    return payer_id if claims else customer_row(payer_id).id


def require_usable(*, currency: str | None, method: str | None, fee_minor: int | None) -> None:
    """This function will refuse a currency, a way in which money comes, or a fee that nobody can use; None is left out.

    Raises:
        InvalidField: when one of them cannot be used.
    """
    if currency is not None:
        require_currency(currency=currency)
    if method is not None and (method not in MONEY_IN or method == GATEWAY):
        accepted = ", ".join(sorted(set(MONEY_IN) - {GATEWAY}))
        raise InvalidField(name="method", reason=f"How the money came is one of: {accepted}.")
    if fee_minor is not None and fee_minor < 0:
        raise InvalidField(name="fee_minor", reason="A fee is not negative.")


def _told(
    payment: PaymentRow, *, action: str, actor: Actor, at: datetime, approval: Approval | None = None, **was: Any
) -> PaymentShape:
    shape = builders.payment_as_it_is(vars(payment))
    now = {**shape, **({} if approval is None else {"asked_by": approval.asked_by})}
    audit.record(actor=actor, at=at, action=action, kind="payment", object_id=payment.id, before=was or None, after=now)
    return shape
