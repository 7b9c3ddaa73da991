"""An open invoice that one selects to pay, as markup: written in Python, because a page shows fifty of them."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.writing import write_html
from tallystick.interfaces.portal.showing import InvoiceView


def payable_cell(public: str, invoice: InvoiceView, *, chosen: bool, held: bool) -> SafeString:
    """This function will write an invoice with its box to tick, which cannot be ticked when a checkout holds it."""
    return write_html(
        '<label class="radio-card" for="{0}"><input type="checkbox" id="{0}" name="invoice" value="{0}"{1}{2}>'
        '<span class="radio-card-text"><span class="radio-card-label">{3}</span>'
        '<span class="radio-card-detail">{4}</span></span><span class="radio-card-aside">{5}</span></label>',
        public,
        " disabled" if held else "",
        " checked" if chosen else "",
        invoice.number,
        _("A payment is under way") if held else _due(invoice),
        markup.amount(invoice.open_minor, invoice.currency),
    )


def _due(invoice: InvoiceView) -> SafeString | str:
    if invoice.due_date is None:
        return _("Top-up request")
    due = SafeString(_("Due %(due)s") % {"due": markup.day(invoice.due_date)})
    return write_html("{} {}", due, markup.status("overdue")) if invoice.state == "overdue" else due
