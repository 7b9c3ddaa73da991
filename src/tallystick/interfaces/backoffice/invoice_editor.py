"""Writing an invoice: lines that work without scripts, and the totals before anything is saved."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tallystick.catalog.queries import TaxRateFacts, tax_rates
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, done, refusals, show
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.finding import customer_field
from tallystick.interfaces.kit.forms import DateField, KitForm, choose_among, typed
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.kit.reading import NotReadable, read_amount
from tallystick.invoices.totals import LineInput, PricedLine, Totals, totals
from tallystick.ledger import queries as ledger
from tallystick.usecases import bill
from tallystick.usecases.roles import Permission
from tallystick.wire import builders

# Blank lines of a new invoice, and how many a button adds.
_BLANK, _MORE, _MOST = 3, 3, 200


class InvoiceForm(KitForm):
    """What stands above the lines."""

    customer = customer_field(label=gettext_lazy("Customer"))
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The customer reads it on the invoice."),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    prices_include_tax = forms.BooleanField(label=gettext_lazy("Prices include tax"), required=False)
    remark = forms.CharField(
        label=gettext_lazy("Remark"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Only staff read this."),
    )

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_among(self, "currency", [(code, code) for code in currencies])


class LineForm(KitForm):
    """One line. The price is read in the invoice's currency; a discount is a negative price."""

    description = forms.CharField(label=gettext_lazy("Description"), max_length=500)
    quantity = forms.DecimalField(
        label=gettext_lazy("Quantity"), max_digits=14, decimal_places=4, initial=Decimal(1), localize=False
    )
    price = forms.CharField(label=gettext_lazy("Unit price"), max_length=40)
    tax = forms.ChoiceField(label=gettext_lazy("Tax"))
    period_start = DateField(label=gettext_lazy("Period from"), required=False)
    period_last = DateField(label=gettext_lazy("Period to"), required=False)
    is_fee = forms.BooleanField(label=gettext_lazy("This is a fee"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        prefix: str,
        rates: list[TaxRateFacts],
        currency: str,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix=prefix, initial=initial, empty_permitted=True, use_required_attribute=False)
        self.currency = currency
        self.rates = {public_id(builders.TAX_RATE, rate.id): rate for rate in rates}
        choose_among(self, "tax", [(public, rate.name) for public, rate in self.rates.items()])
        # Most lines are taxed: what is exempt or free of tax is chosen on purpose.
        taxed = (public for public, rate in self.rates.items() if rate.category == "standard")
        self.fields["tax"].initial = next(taxed, None)

    def has_changed(self) -> bool:
        """This method will call a line empty when nothing was described or priced: the rest stands there anyway."""
        return bool({"description", "price"} & set(self.changed_data))

    def clean_quantity(self) -> Decimal:
        """This method will ask for a quantity above zero."""
        quantity: Decimal = self.cleaned_data["quantity"]
        if quantity <= 0:
            raise ValidationError(_("Enter a quantity above zero."))
        return quantity

    def clean_price(self) -> int:
        """This method will read the price in minor units of the invoice's currency."""
        try:
            return read_amount(self.cleaned_data["price"], self.currency, current_locale())
        except NotReadable:
            raise ValidationError(
                _("Enter the price as an amount in %(code)s."), params={"code": self.currency}
            ) from None

    def clean(self) -> dict[str, Any]:
        """This method will see that a period has both ends, in order."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        start, last = told.get("period_start"), told.get("period_last")
        if bool(start) is not bool(last) and not {"period_start", "period_last"} & set(self.errors):
            self.add_error("period_start" if last else "period_last", _("A period has a first and a last day."))
        elif start and last and last < start:
            self.add_error("period_last", _("The last day is before the first."))
        return told

    def line(self) -> LineInput:
        """This method will return the line as the use case takes it: its period ends the day after the last."""
        told = self.cleaned_data
        last = told["period_last"]
        return LineInput(
            description=told["description"],
            quantity=told["quantity"],
            unit_price_minor=told["price"],
            tax_rate_id=self.rates[told["tax"]].id,
            is_fee=told["is_fee"],
            period_start=told["period_start"],
            period_end=last + timedelta(days=1) if last else None,
        )

    def priced(self) -> PricedLine:
        """This method will return what the totals are computed from."""
        rate = self.rates[self.cleaned_data["tax"]]
        return PricedLine(self.cleaned_data["quantity"], self.cleaned_data["price"], rate.id, rate.percent)


class Editor:
    """The form above the lines, and a form for each line."""

    def __init__(self, request: StaffRequest, data: Any = None, *, checks: bool = True) -> None:
        currencies, rates = ledger.usable_currencies(), tax_rates()
        initial = {"customer": request.GET.get("customer", ""), "currency": currencies[0]}
        count = _count(data.get("lines", "")) if data else _BLANK
        currency = data.get("currency", "") if data else currencies[0]
        self.currency = currency if currency in currencies else currencies[0]
        shared: dict[str, Any] = {"rates": rates, "currency": self.currency}
        self.has_rates = bool(rates)
        if data is None or checks:
            self.form = InvoiceForm(data, initial=initial, currencies=currencies)
            self.lines = [LineForm(data, prefix=f"line-{number}", **shared) for number in range(count)]
            return
        # A line is added: what was typed stays, and nothing is called wrong yet.
        self.form = InvoiceForm(initial=typed(InvoiceForm(currencies=currencies), data), currencies=currencies)
        self.lines = []
        for number in range(min(count + _MORE, _MOST)):
            blank = LineForm(prefix=f"line-{number}", **shared)
            said = typed(blank, data) if number < count else {}
            self.lines.append(LineForm(prefix=f"line-{number}", initial=said, **shared))

    def is_valid(self) -> bool:
        """This method will check everything, so that everything that is wrong is said at once."""
        checked = [form.is_valid() for form in (self.form, *self.lines)]
        if not self.filled:
            self.form.add_error(None, _("An invoice needs at least one line."))
        return all(checked) and bool(self.filled)

    @property
    def filled(self) -> list[LineForm]:
        """The lines in which something stands."""
        return [line for line in self.lines if line.has_changed()]

    def totals(self) -> Totals | None:
        """This method will return the totals of the lines that can be read, or None while there is none."""
        ready = [line.priced() for line in self.filled if line.is_valid()]
        included = bool(self.form.data.get("prices_include_tax"))
        return totals(ready, prices_include_tax=included) if ready else None


@page(Permission.DRAFT_INVOICES)
def new_invoice(request: StaffRequest) -> HttpResponse:
    """This function will write a draft; a button adds lines."""
    adds = "add_lines" in request.POST
    editor = Editor(request, request.POST if request.method == "POST" else None, checks=not adds)
    if request.method == "POST" and not adds and editor.is_valid():
        told = editor.form.cleaned_data
        with refusals(editor.form):
            shape = bill.create_invoice(
                **asked(request),
                customer_id=addresses.customer_id_of(told["customer"]),
                currency=told["currency"],
                lines=[line.line() for line in editor.filled],
                prices_include_tax=told["prices_include_tax"],
                title=told["title"],
                remark=told["remark"],
            )
            url = reverse("office:invoice", args=[shape["id"]])
            return done(request, url, _("The draft is saved. Issue it when it is right."))
    act = Act(
        title=_("Write an invoice"),
        lead=_("It stays a draft until it is issued."),
        submit=_("Save draft"),
        back=reverse("office:invoices"),
    )
    context = {"editor": editor, "totals": editor.totals() if editor.form.is_bound else None}
    return show(request, act, editor.form, template="backoffice/invoice_editor.html", context=context)


@require_POST
@page(Permission.DRAFT_INVOICES)
def preview(request: StaffRequest) -> HttpResponse:
    """This function will show the totals of what is typed so far; it writes nothing."""
    editor = Editor(request, request.POST)
    return render(request, "backoffice/invoice_totals.html", {"editor": editor, "totals": editor.totals()})


def _count(text: str) -> int:
    return min(max(int(text), 1), _MOST) if text.isascii() and text.isdigit() and len(text) < 4 else _BLANK
