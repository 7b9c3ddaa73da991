"""Another due date that was agreed for an open invoice (E22)."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _

from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import amount_text, day_text
from tallystick.interfaces.kit.forms import DateField, KitForm
from tallystick.invoices import queries
from tallystick.invoices.due_dates import stated_of
from tallystick.usecases.due_dates import agree_due_date, days_to_agree
from tallystick.usecases.roles import Permission


class DueDateForm(KitForm):
    """The day that was agreed, and with whom; `days` are the first and the last that can be."""

    def __init__(self, *args: Any, days: tuple[Any, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = days
        self.fields["due_date"] = DateField(label=_("New due date"), earliest=first, latest=last)
        self.fields["note"] = forms.CharField(
            label=_("Note"), max_length=200, required=False, help_text=_("Only staff read it, in the audit.")
        )


@page(Permission.RECORD_PAYMENTS)
def agree(request: StaffRequest, public: str) -> HttpResponse:
    """This function will keep another due date that was agreed with the payer of an invoice."""
    row = queries.invoice(addresses.invoice_id_of(public))
    due, stated = row["due_date"] or request.today, row["stated_due_date"]
    act = Act(
        title=_("Agree on a new due date"),
        lead=_("%(amount)s of %(number)s is open, due on %(day)s.")
        % {"amount": amount_text(row["open_minor"], row["currency"]), "number": row["number"], "day": day_text(due)},
        submit=_("Keep the new due date"),
        back=addresses.invoice_url(row["id"]),
        happens=[
            _("The document stays as it is: it says %(day)s.") % {"day": day_text(stated_of(due, stated))},
            _("Reminders count anew from the new day, and until then it is not overdue."),
            _("Automatic payment, and a try that is planned, wait for it. A service that is suspended stays so."),
            _("Those who get the reminders get a mail that says the old day and the new one."),
        ],
        done=_("The new due date is kept."),
    )
    return carry_out(
        request,
        act,
        DueDateForm(request.POST or None, days=days_to_agree(due, stated, today=request.today)),
        lambda told: agree_due_date(**asked(request), invoice_id=row["id"], **told),
    )
