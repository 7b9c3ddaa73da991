"""What can be done about a dispute: recorded, won, lost; and money that a bank sent back."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.allocations.queries import standing_allocations
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row, amount_text
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.interfaces.kit.forms import DateField, KitForm, MoneyField
from tallystick.invoices import queries as invoices
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.payments import dispute_queries, queries
from tallystick.usecases import dispute
from tallystick.usecases.roles import Permission
from tallystick.wire import disputes as wire
from tallystick.wire.ids import dispute_id_of


class DisputeForm(KitForm):
    """What a payment service told of a dispute."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=list(wire.CHARGEBACK_REASONS.items()), initial="fraudulent"
    )
    field_order = ["amount", "reason", "due", "fee"]

    def __init__(self, data: Any, *, row: Row) -> None:
        super().__init__(data, initial={"amount": _total(row)})
        self.fields["amount"] = MoneyField(label=gettext_lazy("Disputed amount"), currencies=[row["currency"]])
        self.fields["due"] = DateField(
            label=gettext_lazy("Evidence due"),
            required=False,
            help_text=gettext_lazy("The last day on which the payment service takes evidence."),
        )
        self.fields["fee"] = MoneyField(
            label=gettext_lazy("Dispute fee"),
            currencies=[row["currency"]],
            required=False,
            allow_zero=True,
            help_text=gettext_lazy("What the payment service took for it. It is booked."),
        )
        self.order_fields(self.field_order)


class BankReturnForm(KitForm):
    """What a bank sent back, when and why."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=list(wire.RETURN_REASONS.items()), initial="insufficient_funds"
    )
    field_order = ["amount", "returned", "reason"]

    def __init__(self, data: Any, *, row: Row, today: date) -> None:
        super().__init__(data, initial={"amount": _total(row), "returned": today})
        self.fields["amount"] = MoneyField(label=gettext_lazy("Amount"), currencies=[row["currency"]])
        self.fields["returned"] = DateField(label=gettext_lazy("Sent back on"), latest=today)
        self.order_fields(self.field_order)


class WonForm(KitForm):
    """Whether the fee of a won dispute came back."""

    fee_returned = forms.BooleanField(label=gettext_lazy("The payment service gave its fee back"), required=False)


@page(Permission.DISPUTE_PAYMENTS)
def open_dispute(request: StaffRequest, public: str) -> HttpResponse:
    """This function will record that a payment service took a payment back."""
    row = queries.payment(addresses.payment_id_of(public))
    act = Act(
        title=_("Record a dispute"),
        lead=_("For a dispute that the payment service did not report here by itself."),
        submit=_("Record dispute"),
        back=addresses.payment_url(row["id"]),
        happens=[
            _("The amount is booked as disputed funds, the fee as a cost."),
            _("The invoices stay paid. The amount can be neither refunded nor released until it is decided."),
        ],
        done=_("The dispute is recorded."),
    )
    return carry_out(
        request,
        act,
        DisputeForm(request.POST or None, row=row),
        lambda told: dispute.open_dispute(
            **asked(request),
            payment_id=row["id"],
            amount_minor=told["amount"].minor,
            reason=told["reason"],
            evidence_due_date=told["due"],
            fee_minor=told["fee"].minor if told["fee"] else 0,
        ),
    )


@page(Permission.DISPUTE_PAYMENTS)
def bank_return(request: StaffRequest, public: str) -> HttpResponse:
    """This function will record that a bank sent a payment back."""
    row = queries.payment(addresses.payment_id_of(public))
    act = Act(
        title=_("Record a bank return"),
        lead=_("A debit or transfer that the bank sent back, or a cheque that bounced. It is final at once."),
        submit=_("Record bank return"),
        tone="danger",
        back=addresses.payment_url(row["id"]),
        happens=_taken(row, row["total_minor"]),
        done=_("The bank return is recorded."),
    )
    return carry_out(
        request,
        act,
        BankReturnForm(request.POST or None, row=row, today=request.today),
        lambda told: dispute.record_bank_return(
            **asked(request),
            payment_id=row["id"],
            amount_minor=told["amount"].minor,
            reason=told["reason"],
            returned_date=told["returned"],
        ),
    )


@page(Permission.DISPUTE_PAYMENTS)
def win(request: StaffRequest, public: str) -> HttpResponse:
    """This function will close a dispute as won."""
    row = dispute_queries.dispute(dispute_id_of(public))
    act = Act(
        title=_("Won?"),
        lead=_("%(amount)s came back from the payment service.") % {"amount": _amount(row)},
        submit=_("Close as won"),
        back=addresses.dispute_url(row["id"]),
        happens=[_("The disputed funds are booked back. The payment is as it was before.")],
        done=_("The dispute is won."),
    )
    form = WonForm(request.POST or None) if row["fee_minor"] else ConfirmForm(request.POST or None)
    return carry_out(
        request,
        act,
        form,
        lambda told: dispute.win_dispute(
            **asked(request), dispute_id=row["id"], fee_returned=bool(told.get("fee_returned"))
        ),
    )


@page(Permission.DISPUTE_PAYMENTS)
def lose(request: StaffRequest, public: str) -> HttpResponse:
    """This function will close a dispute as lost."""
    row = dispute_queries.dispute(dispute_id_of(public))
    act = Act(
        title=_("Lost?"),
        lead=_("The payer keeps %(amount)s.") % {"amount": _amount(row)},
        submit=_("Close as lost"),
        tone="danger",
        back=addresses.dispute_url(row["id"]),
        happens=_taken(queries.payment(row["payment_id"]), row["amount_minor"]),
        done=_("The dispute is lost."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: dispute.lose_dispute(**asked(request), dispute_id=row["id"]),
    )


def _taken(row: Row, amount_minor: int) -> list[str]:
    """What a loss takes, in the order in which it takes it."""
    currency, missing = row["currency"], amount_minor
    told = []
    if unallocated := min(missing, row["unallocated_minor"]):
        told.append(_("%(amount)s is taken of what is not allocated.") % {"amount": amount_text(unallocated, currency)})
        missing -= unallocated
    parts = standing_allocations(row["id"])
    numbers = invoices.numbers(part["invoice_id"] for part in parts)
    for part in reversed(parts):
        if taken := min(missing, part["amount_minor"]):
            facts = {"number": numbers[part["invoice_id"]], "amount": amount_text(taken, currency)}
            told.append(_("%(number)s is open again for %(amount)s, and a new payment is expected.") % facts)
            missing -= taken
    if missing:
        told.append(
            _("%(amount)s was paid back before: it is booked as a loss.") % {"amount": amount_text(missing, currency)}
        )
    return told


def _amount(row: Row) -> str:
    return amount_text(row["amount_minor"], row["currency"])


def _total(row: Row) -> Money:
    return Money(row["total_minor"], parse_currency(row["currency"]))
