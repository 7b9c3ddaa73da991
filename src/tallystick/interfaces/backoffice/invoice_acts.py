"""What can be done with an invoice: issue, void, credit, write off the little that is missing."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.customers import queries as customers
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out, done, refusals, show
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import amount_text
from tallystick.interfaces.backoffice.payment_forms import DifferenceForm, ReasonForm
from tallystick.interfaces.kit.forms import Card, DateField, KitForm, MoneyField, PrivateTextField, RadioCards
from tallystick.invoices import queries
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.usecases import allocate, bill
from tallystick.usecases.roles import Permission


class IssueForm(KitForm):
    """When the invoice is dated and due."""

    sends_mail = forms.BooleanField(
        label=gettext_lazy("E-mail it to the billing contacts"), required=False, initial=True
    )
    field_order = ["invoice_date", "due_date", "sends_mail"]

    def __init__(self, *args: Any, today: Any, terms_days: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["invoice_date"] = DateField(label=_("Invoice date"), latest=today, initial=today)
        self.fields["due_date"] = DateField(
            label=_("Due date"),
            required=False,
            help_text=_("Leave empty for the customer’s terms: %(days)s days after the invoice date.")
            % {"days": terms_days},
        )
        self.order_fields(self.field_order)


class CreditForm(KitForm):
    """How much of an invoice is credited, and why: the credit note says it, but for what stands behind `#`."""

    extent = forms.ChoiceField(
        label=gettext_lazy("How much?"),
        widget=RadioCards,
        initial="whole",
        choices=[
            ("whole", Card(gettext_lazy("All that is left"), gettext_lazy("Every line, with its tax"))),
            ("part", Card(gettext_lazy("An amount"), gettext_lazy("Spread over the lines, tax included"))),
        ],
    )
    reason = PrivateTextField(label=gettext_lazy("Reason"), max_length=200)
    field_order = ["extent", "amount", "reason"]

    def __init__(self, *args: Any, left: Money, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(
            label=_("Amount"),
            currencies=[left.currency],
            required=False,
            help_text=_("With tax. Only for “An amount”."),
        )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """This method will ask for the amount where a part is credited."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if told.get("extent") == "part" and not told.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Enter the amount to credit."))
        return told


@page(Permission.ISSUE_INVOICES)
def issue(request: StaffRequest, public: str) -> HttpResponse:
    """This function will issue a draft."""
    row = queries.invoice(addresses.invoice_id_of(public))
    owner = customers.customer(row["customer_id"])
    form = IssueForm(request.POST or None, today=request.today, terms_days=owner["terms_days"])
    back = addresses.invoice_url(row["id"])
    if form.is_valid():
        with refusals(form):
            shape = bill.issue_invoice(**asked(request), invoice_id=row["id"], **form.cleaned_data)
            return done(request, back, _("Invoice %(number)s is issued.") % {"number": shape["number"]})
    series = _("It gets the next number of the series INV-%(year)s, and cannot be changed any more.")
    happens = [series % {"year": request.today.year}, _("The claim is booked, and its payment is expected.")]
    if owner["applies_credit"]:
        happens.append(_("Credit of the customer, if there is any, pays it at once."))
    total = amount_text(row["total_minor"], row["currency"])
    act = Act(
        title=_("Issue this invoice?"),
        lead=_("%(amount)s for %(name)s") % {"amount": total, "name": owner["name"]},
        submit=_("Issue"),
        back=back,
        happens=happens,
    )
    return show(request, act, form)


@page(Permission.VOID_INVOICES)
def void(request: StaffRequest, public: str) -> HttpResponse:
    """This function will withdraw an invoice that nothing settled."""
    row = queries.invoice(addresses.invoice_id_of(public))
    act = Act(
        title=_("Void this invoice?"),
        lead=_("For an invoice that should never have gone out."),
        submit=_("Void"),
        tone="danger",
        back=addresses.invoice_url(row["id"]),
        happens=[_("The claim is taken back, its expected payment is cancelled, and the number stays used.")],
        done=_("The invoice is void."),
    )
    return carry_out(
        request,
        act,
        ReasonForm(request.POST or None),
        lambda told: bill.void_invoice(**asked(request), invoice_id=row["id"], reason=told["reason"]),
    )


@page(Permission.ISSUE_CREDIT_NOTES)
def credit(request: StaffRequest, public: str) -> HttpResponse:
    """This function will credit an invoice, in whole or in part."""
    row = queries.invoice(addresses.invoice_id_of(public))
    left = Money(row["total_minor"] - row["credit_noted_minor"], parse_currency(row["currency"]))
    form = CreditForm(request.POST or None, left=left)
    back = addresses.invoice_url(row["id"])
    if form.is_valid():
        told = form.cleaned_data
        with refusals(form):
            shape = bill.issue_credit_note(
                **asked(request),
                invoice_id=row["id"],
                reason=told["reason"],
                gross_minor=told["amount"].minor if told["extent"] == "part" else None,
            )
            return done(request, back, _("Credit note %(number)s is issued.") % {"number": shape["number"]})
    can_be = amount_text(left.minor, left.currency)
    still_open = amount_text(row["open_minor"], row["currency"])
    act = Act(
        title=_("Issue a credit note"),
        lead=_("%(amount)s of %(number)s can be credited.") % {"amount": can_be, "number": row["number"]},
        submit=_("Issue credit note"),
        back=back,
        happens=[
            _("It gets the next number of the credit notes, with its tax."),
            _("It is set against what is open (%(amount)s); the rest becomes credit of the customer.")
            % {"amount": still_open},
        ],
    )
    return show(request, act, form)


@page(Permission.WRITE_SMALL_DIFFERENCES)
def difference(request: StaffRequest, public: str) -> HttpResponse:
    """This function will write off the little that an invoice lacks."""
    row = queries.invoice(addresses.invoice_id_of(public))
    act = Act(
        title=_("Write off the rest"),
        lead=_("%(amount)s is open.") % {"amount": amount_text(row["open_minor"], row["currency"])},
        submit=_("Write off"),
        back=addresses.invoice_url(row["id"]),
        happens=[_("It is booked as a small difference, and the invoice is paid.")],
        done=_("The small difference is written off."),
    )
    return carry_out(
        request,
        act,
        DifferenceForm(request.POST or None, amount=Money(row["open_minor"], parse_currency(row["currency"]))),
        lambda told: allocate.write_small_difference(
            **asked(request), invoice_id=row["id"], amount_minor=told["amount"].minor, reason=told["reason"]
        ),
    )
