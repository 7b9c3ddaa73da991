"""Reminders are paused and resumed, for an invoice or a customer, and wait for what a payer promised (E22)."""

from datetime import date, datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.customers import operations as customer_operations
from tallystick.customers import queries as customers
from tallystick.dunning import operations, queries
from tallystick.dunning.decisions import Stop
from tallystick.foundation import audit, jobs
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries as invoice_queries
from tallystick.payments import queries as payments
from tallystick.usecases import autopay_run
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.usecases.stops import stops_of
from tallystick.wire.builders import day
from tallystick.wire.dunning import DunningOfInvoiceShape, DunningPauseShape, dunning_of_invoice, pause_of_customer

# A pause that is forgotten shall not last for ever; a promise is for soon.
MOST_DAYS: Final = 365
MOST_PROMISED_DAYS: Final = 90
_LONGEST_REASON: Final = 200


class RemindersNotPaused(Conflict):
    """There is no pause that could be ended."""

    code: ClassVar[str] = "reminders_not_paused"
    sentence: ClassVar[str] = "The reminders are not paused."


class NothingToRemindOf(Conflict):
    """Nothing of the invoice is open, so nobody is reminded of it."""

    code: ClassVar[str] = "nothing_to_remind_of"
    sentence: ClassVar[str] = "Nothing of this invoice is open, so nobody is reminded of it."


@use_case(Permission.RECORD_PAYMENTS)
def pause_invoice(
    *,
    actor: Actor,
    at: datetime,
    invoice_id: UUID,
    reason: str,
    until_date: date | None = None,
    idempotency_key: str | None = None,
) -> DunningOfInvoiceShape:
    """This function will pause the reminders of an open invoice, to the end of a local date or until they are resumed;
    in the place of a pause of before. Nothing is suspended because of it meanwhile.

    Raises:
        NotFound, NothingToRemindOf: when there is no such invoice, or nothing of it is open.
        InvalidField: when the date is over or too far, or there is no reason.
    """
    del idempotency_key
    row = _open_invoice(actor, invoice_id)
    _check(reason, until_date, today=local_date(at), most=MOST_DAYS)
    before = _facts(row.customer_id, invoice_id)
    operations.pause(
        customer_id=row.customer_id,
        invoice_id=invoice_id,
        until_date=until_date,
        reason=reason.strip(),
        by=actor.label,
        at=at,
    )
    return _told("pause_reminders", row.customer_id, invoice_id, before, actor=actor, at=at)


@use_case(Permission.RECORD_PAYMENTS)
def promise_to_pay(
    *,
    actor: Actor,
    at: datetime,
    invoice_id: UUID,
    pay_date: date,
    amount_minor: int | None = None,
    note: str = "",
    idempotency_key: str | None = None,
) -> DunningOfInvoiceShape:
    """This function will keep that a payer promised to pay an amount of an invoice by a local date, all that is open
    unless said: until then nobody is reminded of it, and from the next day on as before, if anything is still open.

    Raises:
        NotFound, NothingToRemindOf: when there is no such invoice, or nothing of it is open.
        InvalidField: when the date is over or too far, or more is promised than is open.
    """
    del idempotency_key
    row = _open_invoice(actor, invoice_id)
    _check(note or _("Promise to pay"), pay_date, today=local_date(at), most=MOST_PROMISED_DAYS, name="pay_date")
    amount_minor = row.open_minor if amount_minor is None else amount_minor
    if not 0 < amount_minor <= row.open_minor:
        raise InvalidField(name="amount_minor", reason=_("Promise at most what is open."))
    return keep_promise(row, pay_date=pay_date, amount_minor=amount_minor, note=note.strip(), actor=actor, at=at)


@needs_transaction
def keep_promise(
    row: invoices.InvoiceRow, *, pay_date: date, amount_minor: int, note: str, actor: Actor, at: datetime
) -> DunningOfInvoiceShape:
    """This function will keep a promise to pay a locked, open invoice, and who noted or made it, and mail its payer."""
    before = _facts(row.customer_id, row.id)
    pause_id = operations.pause(
        customer_id=row.customer_id,
        invoice_id=row.id,
        until_date=pay_date,
        reason=note,
        by=actor.label,
        at=at,
        promised_minor=amount_minor,
        open_minor=row.open_minor,
    )
    jobs.defer("mail.promise_noted", pause_id=pause_id.hex)
    return _told("promise_to_pay", row.customer_id, row.id, before, actor=actor, at=at)


@use_case(Permission.RECORD_PAYMENTS)
def resume_invoice(
    *, actor: Actor, at: datetime, invoice_id: UUID, idempotency_key: str | None = None
) -> DunningOfInvoiceShape:
    """This function will end the pause of an invoice, or the wait for what was promised.

    Raises:
        NotFound, RemindersNotPaused: when there is no such invoice, or no pause of it.
    """
    del idempotency_key
    row = invoice_queries.invoice(invoice_id)
    require_own(actor, row["customer_id"], kind="invoice")
    before = _facts(row["customer_id"], invoice_id)
    if not operations.end_pause(customer_id=row["customer_id"], invoice_id=invoice_id, at=at):
        raise RemindersNotPaused
    return _told("resume_reminders", row["customer_id"], invoice_id, before, actor=actor, at=at)


@use_case(Permission.RECORD_PAYMENTS)
def pause_customer(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    reason: str,
    until_date: date | None = None,
    idempotency_key: str | None = None,
) -> DunningPauseShape | None:
    """This function will pause all reminders of a customer, to the end of a local date or until they are resumed.

    Raises:
        NotFound: when there is no such customer.
        InvalidField: when the date is over or too far, or there is no reason.
    """
    del idempotency_key
    require_own(actor, customers.customer(customer_id)["id"], kind="customer")
    _check(reason, until_date, today=local_date(at), most=MOST_DAYS)
    customer_operations.lock(customer_id)
    before = _facts(customer_id, None)
    operations.pause(
        customer_id=customer_id, invoice_id=None, until_date=until_date, reason=reason.strip(), by=actor.label, at=at
    )
    return _told_of_customer("pause_reminders", customer_id, before, actor=actor, at=at)


@use_case(Permission.RECORD_PAYMENTS)
def resume_customer(
    *, actor: Actor, at: datetime, customer_id: UUID, idempotency_key: str | None = None
) -> DunningPauseShape | None:
    """This function will end the pause of all reminders of a customer; its invoices may have pauses of their own.

    Raises:
        NotFound, RemindersNotPaused: when there is no such customer, or no pause of it.
    """
    del idempotency_key
    require_own(actor, customers.customer(customer_id)["id"], kind="customer")
    before = _facts(customer_id, None)
    if not operations.end_pause(customer_id=customer_id, invoice_id=None, at=at):
        raise RemindersNotPaused
    return _told_of_customer("resume_reminders", customer_id, before, actor=actor, at=at)


def dunning_of(invoice_id: UUID, *, today: date, tells_private: bool = False) -> DunningOfInvoiceShape:
    """This function will return what was told of an invoice, and what happens on which local date if nothing is paid;
    with what is private only for staff.

    Raises:
        NotFound: when there is no such invoice.
    """
    claim = queries.claims([invoice_id]).get(invoice_id)
    stop = Stop.SETTLED if claim is None else stops_of([claim], today=today).get(invoice_id)
    return dunning_of_invoice(invoice_id, claim=claim, stop=stop, today=today, tells_private=tells_private)


def charged_by(invoice_id: UUID, day: date, *, today: date) -> date | None:
    """This function will return when automatic payment charges an open invoice, if that is by a local date: a promise
    does not stop it (decision 0043). None when it does not.
    """
    row = payments.live_scheduled(invoice_id)
    found = None if row is None else autopay_run.charge_of(row["id"], customer_id=row["customer_id"])
    if found is None or found.why_not is not None or found.charge_date is None:
        return None
    charged = max(found.charge_date, today)
    return charged if charged <= day else None


def _open_invoice(actor: Actor, invoice_id: UUID) -> invoices.InvoiceRow:
    require_own(actor, invoice_queries.invoice(invoice_id)["customer_id"], kind="invoice")
    (row,) = invoices.locked_many([invoice_id])
    if not queries.claims([invoice_id]):
        raise NothingToRemindOf
    return row


def _check(reason: str, day: date | None, *, today: date, most: int, name: str = "until_date") -> None:
    refuse_card_numbers(reason=reason)
    if not reason.strip() or len(reason.strip()) > _LONGEST_REASON:
        raise InvalidField(name="reason", reason=_("Say why, in at most 200 characters."))
    if day is not None and not today <= day <= today + timedelta(days=most):
        last = (today + timedelta(days=most)).isoformat()
        reason = _("Choose a day from %(first)s to %(last)s.") % {"first": today.isoformat(), "last": last}
        raise InvalidField(name=name, reason=reason)


def _told(
    action: str, customer_id: UUID, invoice_id: UUID, before: dict[str, object], *, actor: Actor, at: datetime
) -> DunningOfInvoiceShape:
    audit.record(
        actor=actor,
        at=at,
        action=action,
        kind="invoice",
        object_id=invoice_id,
        before=before,
        after=_facts(customer_id, invoice_id),
    )
    return dunning_of(invoice_id, today=local_date(at), tells_private=actor.scope is None)


def _told_of_customer(
    action: str, customer_id: UUID, before: dict[str, object], *, actor: Actor, at: datetime
) -> DunningPauseShape | None:
    audit.record(
        actor=actor,
        at=at,
        action=action,
        kind="customer",
        object_id=customer_id,
        before=before,
        after=_facts(customer_id, None),
    )
    return pause_of_customer(customer_id, tells_private=actor.scope is None)


def _facts(customer_id: UUID, invoice_id: UUID | None) -> dict[str, object]:
    """The pause of an invoice, or of the customer itself, for the audit."""
    pauses = queries.pauses_of([customer_id]).get(customer_id, [])
    pause = next((each for each in reversed(pauses) if each.invoice_id == invoice_id), None)
    if pause is None:
        return {"until_date": None, "reason": "", "promised_minor": None}
    return {"until_date": day(pause.until_date), "reason": pause.reason, "promised_minor": pause.promised_minor}
