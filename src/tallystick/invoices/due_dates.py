"""Another due date than the document says, agreed for an invoice that is open (decision 0040)."""

from datetime import date

from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices.models import Invoice


@needs_transaction
def agree(invoice: Invoice, day: date) -> None:
    """This function will make a locked, open invoice due on another day, and keep the one that its document says; on
    that day itself nothing else is agreed any more.
    """
    assert invoice.due_date is not None  # noqa: S101 - what is issued is due
    stated = stated_of(invoice.due_date, invoice.stated_due_date)
    invoice.due_date = day
    invoice.stated_due_date = None if day == stated else stated
    invoice.save(update_fields=["due_date", "stated_due_date"])


def stated_of(due_date: date, stated_due_date: date | None) -> date:
    """This function will return which due date the document of an issued invoice says."""
    return stated_due_date or due_date
