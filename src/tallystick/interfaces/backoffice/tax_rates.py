"""Tax rates: those that prices and lines of invoices can name."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.catalog import queries
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out
from tallystick.interfaces.backoffice.audit import history_of_kinds
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import quantity_text
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.interfaces.kit.forms import KitForm
from tallystick.usecases import offer
from tallystick.usecases.roles import Permission
from tallystick.wire.builders import TAX_RATE
from tallystick.wire.ids import tax_rate_id_of

CATEGORIES = {
    "standard": gettext_lazy("Standard or reduced"),
    "zero": gettext_lazy("Zero rated"),
    "exempt": gettext_lazy("Exempt"),
    "reverse_charge": gettext_lazy("Reverse charge"),
    "outside_scope": gettext_lazy("Outside the scope of tax"),
}


class TaxRateForm(KitForm):
    """A rate that prices and lines of invoices can name."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60, help_text=gettext_lazy("Such as VAT 20 %."))
    percent = forms.DecimalField(
        label=gettext_lazy("Percent"), min_value=0, max_value=100, max_digits=7, decimal_places=4, localize=False
    )
    category = forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(CATEGORIES.items()))
    country = forms.CharField(
        label=gettext_lazy("Country"),
        max_length=2,
        required=False,
        help_text=gettext_lazy("The code of two letters, such as DE."),
    )

    def clean_country(self) -> str:
        """This method will take the code in small letters, too."""
        return str(self.cleaned_data["country"]).upper()


@require_safe
@page()
def tax_rate_list(request: StaffRequest) -> HttpResponse:
    """This function will show the tax rates by name."""
    with_archived = request.GET.get("archived") == "yes"
    may = request.actor.may(Permission.CHANGE_CATALOG)
    rates = [
        {
            "rate": rate,
            "percent": quantity_text(rate.percent),
            "category": CATEGORIES[rate.category],
            "archive": Link(
                label=_("Archive"),
                url=reverse("office:archive-tax-rate", args=[public_id(TAX_RATE, rate.id)]),
                icon="trash",
            )
            if may and not rate.is_archived
            else None,
        }
        for rate in queries.tax_rates(with_archived=with_archived)
    ]
    context = {
        "rates": rates,
        "history": history_of_kinds(request, "tax_rate"),
        "with_archived": with_archived,
        "archived_url": request.path if with_archived else f"{request.path}?archived=yes",
        "add": Link(label=_("Add tax rate"), url=reverse("office:add-tax-rate"), icon="plus") if may else None,
    }
    return render(request, "backoffice/tax_rates.html", context)


@page(Permission.CHANGE_CATALOG)
def add_tax_rate(request: StaffRequest) -> HttpResponse:
    """This function will add a tax rate."""
    act = Act(
        title=_("Add a tax rate"),
        lead=_("A rate that changed is a new one: documents keep the percentage under which they were issued."),
        submit=_("Add tax rate"),
        back=reverse("office:tax-rates"),
        done=_("The tax rate is added."),
    )
    return carry_out(
        request, act, TaxRateForm(request.POST or None), lambda told: offer.add_tax_rate(**asked(request), **told)
    )


@page(Permission.CHANGE_CATALOG)
def archive_tax_rate(request: StaffRequest, public: str) -> HttpResponse:
    """This function will archive a tax rate."""
    rate = queries.tax_rate(tax_rate_id_of(public))
    act = Act(
        title=_("Archive %(name)s?") % {"name": rate.name},
        submit=_("Archive tax rate"),
        tone="danger",
        back=reverse("office:tax-rates"),
        happens=[
            _("New prices and lines cannot choose it. Prices that have it cannot be chosen any more."),
            _("Subscriptions and documents that have it keep it."),
        ],
        done=_("The tax rate is archived."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: offer.archive_tax_rate(**asked(request), rate_id=rate.id),
    )
