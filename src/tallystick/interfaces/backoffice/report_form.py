"""How staff say what a report shall answer: days, currency, customer, and what counts."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.finding import customer_field
from tallystick.interfaces.kit.forms import DateField, KitForm
from tallystick.ledger import queries as ledger
from tallystick.reports.frame.shape import Asked, Report

# The fields of each narrowing.
_FIELDS = {
    "period": ("from_date", "until_date"),
    "as_of": ("as_of",),
    "step": ("step",),
    "currency": ("currency",),
    "customer": ("customer",),
    "settled": ("settled_only",),
}


def _currencies() -> list[tuple[str, str | Promise]]:
    return [("", _("All")), *((code, code) for code in ledger.usable_currencies())]


# As many rows as other lists have on a page.
_ROWS = 50


class ReportForm(KitForm):
    """What one report takes."""

    from_date = DateField(label=_("From"), required=False)
    until_date = DateField(label=_("Up to and including"), required=False)
    as_of = DateField(label=_("As of"), required=False, help_text=_("Empty: today."))
    step = forms.ChoiceField(
        label=_("Step"),
        required=False,
        # What is meant where nothing is chosen comes first.
        choices=[("month", _("Month")), ("week", _("Week")), ("day", _("Day"))],
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False, choices=_currencies)
    customer = customer_field(label=_("Customer"), required=False)
    settled_only = forms.BooleanField(
        label=_("Settled only"), required=False, help_text=_("Leaves out what is pending and processing.")
    )

    def __init__(self, report: Report, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for narrowing, names in _FIELDS.items():
            if narrowing not in report.takes:
                for name in names:
                    del self.fields[name]

    def asked(self, *, cursor: str) -> Asked:
        """This function will return what the form asks, once it is valid; what it says nothing of is left open."""
        told = self.cleaned_data
        customer = told.get("customer", "")
        return Asked(
            first_day=told.get("from_date"),
            last_day=told.get("until_date"),
            all_days="from_date" in told,
            as_of=told.get("as_of"),
            step=told.get("step") or "month",
            currency=told.get("currency", ""),
            customer_id=addresses.customer_id_of(customer) if customer else None,
            settled_only=told.get("settled_only", False),
            cursor=cursor,
            limit=_ROWS,
        )
