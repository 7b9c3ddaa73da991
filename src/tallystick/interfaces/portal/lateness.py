"""What happens on which day if an invoice is not paid, and the late fees of it, in the customer's words (E40)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from tallystick.dunning.decisions import Stop
from tallystick.dunning.suspension_queries import is_suspending
from tallystick.interfaces.kit.formatting import format_amount
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.portal.addresses import invoice_url
from tallystick.invoices import queries
from tallystick.invoices.states import INVOICE, ISSUED
from tallystick.usecases import dunning_pauses
from tallystick.wire.dunning import DunningOfInvoiceShape, DunningPauseShape
from tallystick.wire.ids import invoice_id_of


@dataclass(frozen=True, kw_only=True)
class LinkedInvoice:
    """An invoice that is named beside another one: a late fee, or what was late; without an amount where it is said."""

    number: str
    url: str
    fee_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """What comes if nothing is paid, day by day; the fees that were added; and what was late, of a fee itself.

    `promised_minor` is what the payer promised to pay by `promised_date`, while that is waited for; on `charge_date`
    automatic payment charges the invoice before that, if it does.
    """

    coming: list[tuple[date, str]]
    fees: list[LinkedInvoice]
    late: LinkedInvoice | None
    # A late fee is reminded of with what was late, while that is open.
    is_reminded_with_late: bool
    is_suspended: bool
    promised_date: date | None
    promised_minor: int
    charge_date: date | None


def lateness(row: Mapping[str, Any], *, today: date) -> Lateness | None:
    """This function will return what the page of an invoice, or the link to it, says about not being paid; None for
    nothing.
    """
    if row["kind"] != INVOICE or row["state"] != ISSUED:
        return None
    shape = dunning_pauses.dunning_of(row["id"], today=today)
    fees = [each["late_fee"] for each in shape["reminders"] if each["late_fee"] is not None]
    late_id = None if shape["late_fee_for"] is None else invoice_id_of(shape["late_fee_for"])
    promised_date, promised_minor = _promised(shape["pause"])
    found = Lateness(
        coming=list(_coming(shape, row["currency"], due_date=row["due_date"])),
        fees=[
            LinkedInvoice(
                number=each["number"], url=invoice_url(invoice_id_of(each["invoice"])), fee_minor=each["fee_minor"]
            )
            for each in fees
        ],
        late=None
        if late_id is None
        else LinkedInvoice(number=queries.invoice(late_id)["number"], url=invoice_url(late_id)),
        is_reminded_with_late=shape["stop"] == Stop.WITH_LATE,
        is_suspended=row["open_minor"] > 0 and is_suspending(row["id"]),
        promised_date=promised_date,
        promised_minor=promised_minor,
        charge_date=promised_date and dunning_pauses.charged_by(row["id"], promised_date, today=today),
    )
    says = (found.coming, found.fees, found.late, found.is_suspended, found.promised_date)
    return found if any(says) else None


def _promised(pause: DunningPauseShape | None) -> tuple[date | None, int]:
    """By which day how much was promised; nothing when it was kept, or its day is over."""
    if pause is None or pause["promised_minor"] is None or pause["outcome"] != "waiting":
        return None, 0
    return date.fromisoformat(pause["until_date"] or ""), pause["promised_minor"]


def _coming(shape: DunningOfInvoiceShape, currency: str, *, due_date: date) -> Iterator[tuple[date, str]]:
    for each in shape["coming_reminders"]:
        day = date.fromisoformat(each["date"])
        fee = format_amount(each["fee_minor"], currency, current_locale())
        text = _("We remind you, and a late fee of %(fee)s is added.") if each["fee_minor"] else _("We remind you.")
        # Before the due date nobody is dunned, which other languages say with another word.
        yield day, _("We remind you that it is due soon.") if day < due_date else text % {"fee": fee}
    if shape["suspension_date"] is not None:
        text = _("The services on this invoice are suspended. They come back as soon as it is paid.")
        yield date.fromisoformat(shape["suspension_date"]), text
