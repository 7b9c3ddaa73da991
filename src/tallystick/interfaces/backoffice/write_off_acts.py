"""Giving up what an invoice lacks, and taking that back because it is paid after all (J12, J13)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.dunning.suspension_queries import is_suspending
from tallystick.foundation import settings_store
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row, amount_text
from tallystick.interfaces.backoffice.payment_forms import ReasonForm
from tallystick.interfaces.kit.forms import Card, MoneyField, RadioCards
from tallystick.invoices import queries
from tallystick.invoices.write_off_queries import TAX_RELIEF
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.payments import queries as payments
from tallystick.usecases import write_off as usecases
from tallystick.usecases.roles import Permission


class WriteOffForm(ReasonForm):
    """How much is given up, and why: customers never read it."""

    field_order = ["amount", "reason"]

    def __init__(self, data: Any, *, open_amount: Money) -> None:
        super().__init__(data, initial={"amount": open_amount})
        self.fields["amount"] = MoneyField(label=_("Amount"), currencies=[open_amount.currency])
        self.fields["reason"].help_text = _("The customer does not read it.")
        self.order_fields(self.field_order)


class RecoverForm(WriteOffForm):
    """How much is paid after all, with which money, and why."""

    field_order = ["payment", "amount", "reason"]

    payment = forms.ChoiceField(label=gettext_lazy("Where is the money?"), widget=RadioCards, required=False)

    def __init__(self, data: Any, *, written_off: Money, received: Sequence[Row], chosen: str) -> None:
        super().__init__(data, open_amount=written_off)
        rest = Card(gettext_lazy("It will come"), gettext_lazy("The invoice is open again, and its payment expected."))
        field = self.fields["payment"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so above
        known = {row["id"].hex: _received(row) for row in received}
        sent = (data or {}).get("payment", "")
        if sent and sent not in known:
            # Nothing is left of it when the form is sent a second time: the use case knows what that is.
            known[sent] = Card(gettext_lazy("The payment that you chose"), "")
        field.choices = [*known.items(), ("", rest)]
        field.initial = chosen if chosen in known else ""

    def clean_payment(self) -> UUID | None:
        """This method will read the id of the payment, or None where the money is still to come."""
        sent: str = self.cleaned_data["payment"]
        if not sent:
            return None
        try:
            return UUID(hex=sent)
        except ValueError:
            raise forms.ValidationError(_("There is no such payment.")) from None


def _received(row: Row) -> Card:
    left = amount_text(row["unallocated_minor"], row["currency"])
    return Card(row["receipt_number"] or row["description"], _("%(amount)s of it is left.") % {"amount": left})


@page(Permission.WRITE_OFF_INVOICES)
def write_off(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give up what is open of an invoice, or a part of it."""
    row = queries.invoice(addresses.invoice_id_of(public))
    happens = [
        _("It is booked as a bad debt. What was not earned yet is credited first, and no mail says so."),
        _("No payment of it is expected any more, and nobody is reminded of it."),
    ]
    if is_suspending(row["id"]):
        happens.append(_("Services that are suspended because of it stay suspended, until somebody lifts that."))
    if settings_store.get(TAX_RELIEF):
        happens.append(_("Its tax is not owed to the tax office any more."))
    act = Act(
        title=_("Write off what is open?"),
        lead=_("%(amount)s of %(number)s is open.")
        % {"amount": amount_text(row["open_minor"], row["currency"]), "number": row["number"]},
        submit=_("Write off"),
        tone="danger",
        back=addresses.invoice_url(row["id"]),
        happens=happens,
        done=_("It is written off."),
    )
    return carry_out(
        request,
        act,
        WriteOffForm(request.POST or None, open_amount=Money(row["open_minor"], parse_currency(row["currency"]))),
        lambda told: usecases.write_off_invoice(
            **asked(request), invoice_id=row["id"], amount_minor=told["amount"].minor, reason=told["reason"]
        ),
    )


@page(Permission.WRITE_OFF_INVOICES)
def recover(request: StaffRequest, public: str) -> HttpResponse:
    """This function will make what was written off owed again, perhaps paid by money that is there."""
    row = queries.invoice(addresses.invoice_id_of(public))
    may_allocate = request.actor.may(Permission.ALLOCATE_PAYMENTS)
    received = payments.unallocated(row["customer_id"], row["currency"]) if may_allocate else []
    form = RecoverForm(
        request.POST or None,
        written_off=Money(row["written_off_minor"], parse_currency(row["currency"])),
        received=received,
        chosen=request.GET.get("payment", ""),
    )
    act = Act(
        title=_("Paid after all"),
        lead=_("%(amount)s of %(number)s is written off.")
        % {"amount": amount_text(row["written_off_minor"], row["currency"]), "number": row["number"]},
        submit=_("Owe it again"),
        back=addresses.invoice_url(row["id"]),
        happens=[
            _("What was booked as a bad debt is taken back."),
            _("Money that came is set against the invoice; else its payment is expected again."),
        ],
        done=_("The invoice is owed again."),
    )
    return carry_out(
        request,
        act,
        form,
        lambda told: usecases.recover_invoice(
            **asked(request),
            invoice_id=row["id"],
            amount_minor=told["amount"].minor,
            payment_id=told["payment"],
            reason=told["reason"],
        ),
    )
