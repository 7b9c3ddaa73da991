"""Another due date is agreed with a payer for an open invoice, whose document stays as it is (E22, decision 0040)."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.allocations.operations import InvoiceNotOpen
from tallystick.allocations.queries import holders
from tallystick.foundation import audit, jobs
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.invoices import due_dates
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries as invoice_queries
from tallystick.invoices.states import ISSUED
from tallystick.payments import expected, states
from tallystick.payments.attempts import PaymentInProgress
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.shapes import InvoiceShape

# So many days after today, or after the day that the document says: what is agreed for longer is another contract.
MOST_DAYS: Final = 180
_LONGEST_NOTE: Final = 200


@use_case(Permission.RECORD_PAYMENTS)
def agree_due_date(
    *,
    actor: Actor,
    at: datetime,
    invoice_id: UUID,
    due_date: date,
    note: str = "",
    idempotency_key: str | None = None,
) -> InvoiceShape:
    """This function will make an open invoice due on another local date, in the place of what was agreed before. Its
    document goes on saying what it says; whatever goes by what is due goes by that day: reminders, which begin anew,
    what is overdue, ageing, and automatic payment. Its payer is mailed. `note` is for staff, in the audit.

    Raises:
        NotFound: when there is no such invoice.
        InvoiceNotOpen, PaymentInProgress: when nothing of it is open, or a payment of it is under way.
        InvalidField: when the day is over, too far, before what the document says, or no other than now.
    """
    del idempotency_key
    require_own(actor, invoice_queries.invoice(invoice_id)["customer_id"], kind="invoice")
    refuse_card_numbers(note=note)
    if len(note.strip()) > _LONGEST_NOTE:
        raise InvalidField(name="note", reason=_("A note has at most 200 characters."))
    (claim,) = invoices.locked_many([invoice_id])
    if claim.state != ISSUED or not claim.open_minor or claim.due_date is None:
        raise InvoiceNotOpen(invoice_id=invoice_id, state=claim.state)
    live = expected.live_of(invoice_id)
    if live is None or live.status == states.PROCESSING or holders([invoice_id]):
        raise PaymentInProgress
    before = (claim.due_date, claim.stated_due_date)
    _check(due_date, now=claim.due_date, bounds=days_to_agree(*before, today=local_date(at)))
    due_dates.agree(claim, due_date)
    expected.agree_due_date(live, due_date, by=actor.label, at=at)
    audit.record(
        actor=actor,
        at=at,
        action="agree_due_date",
        kind="invoice",
        object_id=invoice_id,
        before={"due_date": builders.day(before[0])},
        after={"due_date": builders.day(due_date), **({"reason": note.strip()} if note.strip() else {})},
    )
    jobs.defer(
        "mail.due_date_agreed",
        invoice_id=invoice_id.hex,
        before_date=before[0].isoformat(),
        due_date=due_date.isoformat(),
        agreed_at=at.isoformat(),
    )
    return builders.one_invoice(invoice_id, today=local_date(at))


def days_to_agree(due_date: date, stated_due_date: date | None, *, today: date) -> tuple[date, date]:
    """This function will return the first and the last day that can be agreed for an invoice."""
    first = max(today, due_dates.stated_of(due_date, stated_due_date))
    return first, first + timedelta(days=MOST_DAYS)


def _check(day: date, *, now: date, bounds: tuple[date, date]) -> None:
    first, last = bounds
    if not first <= day <= last:
        days = {"first": first.isoformat(), "last": last.isoformat()}
        raise InvalidField(name="due_date", reason=_("Choose a day from %(first)s to %(last)s.") % days)
    if day == now:
        raise InvalidField(name="due_date", reason=_("It is due on that day already. Choose another one."))
