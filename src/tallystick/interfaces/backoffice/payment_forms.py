"""Forms about payments."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.finding import customer_field
from tallystick.interfaces.backoffice.naming import Row
from tallystick.interfaces.kit.formatting import format_amount, format_day
from tallystick.interfaces.kit.forms import (
    Card,
    DateField,
    KitForm,
    MoneyField,
    PrivateTextField,
    RadioCards,
    choose_among,
)
from tallystick.interfaces.kit.markup import current_locale
from tallystick.invoices import queries as invoices
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.payments import private_text
from tallystick.payments.edits import facts_can_change
from tallystick.payments.exchange import Came
from tallystick.payments.posting_rules import GATEWAY, MONEY_IN
from tallystick.usecases.record import Part
from tallystick.wire import builders, words

# Longest reference and text that a payment keeps.
LONGEST_REFERENCE, LONGEST_TEXT = 140, 500
# How the amount for an invoice is called in a form.
_PART = "part_"


def by_hand() -> list[tuple[str, str]]:
    """This function will return the ways in which money comes outside of any payment service."""
    return [(method, words.method_words(method)) for method in MONEY_IN if method != GATEWAY]


class MarkPaidForm(KitForm):
    """Money that came outside of any payment service for a payment that waited (E15)."""

    method = forms.ChoiceField(label=_("Method"))
    reference = forms.CharField(label=_("Reference"), required=False, max_length=LONGEST_REFERENCE)
    field_order = ["received", "method", "reference", "total", "credited"]

    def __init__(self, data: Any, *, row: Row, currencies: list[str], today: date) -> None:
        initial = {"received": today, "method": _by_hand_of(row), "reference": row["reference"], "total": _total(row)}
        super().__init__(data, initial=initial)
        self.fields["received"] = DateField(label=_("Payment date"), latest=today)
        self.fields["total"] = MoneyField(
            label=_("Amount"),
            currencies=[row["currency"], *(code for code in currencies if code != row["currency"])],
            help_text=_("If less came, the rest of the invoice stays open."),
        )
        if len(currencies) > 1:
            self.fields["credited"] = MoneyField(
                label=_("Credited as"),
                currencies=[row["currency"]],
                required=False,
                help_text=_("Only when it came in another currency. Left empty, the stored rate of the day counts."),
            )
        self._currency = row["currency"]
        choose_among(self, "method", by_hand())
        self.order_fields(self.field_order)

    def values(self) -> dict[str, Any]:
        """This method will return the amounts as the use case takes them."""
        total, credited = self.cleaned_data["total"], self.cleaned_data.get("credited")
        if total.currency == self._currency:
            return {"total_minor": total.minor}
        return {"came": Came(minor=total.minor, currency=total.currency), "total_minor": credited and credited.minor}

    def clean(self) -> dict[str, Any]:
        """This method will refuse two amounts in the same currency."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        refuse_same_currency(self, told.get("total"), told.get("credited"))
        return told


class EditForm(KitForm):
    """What a payment says; of a promise that was made by hand also what it is (D4)."""

    description = PrivateTextField(
        label=_("Description"),
        required=False,
        max_length=LONGEST_TEXT,
    )
    reference = forms.CharField(label=_("Reference"), required=False, max_length=LONGEST_REFERENCE)
    remark = forms.CharField(
        label=_("Remark"), required=False, widget=forms.Textarea, help_text=_("Only staff read this.")
    )
    field_order = ["customer", "total", "received", "method", "reference", "description", "fee", "remark"]

    def __init__(self, data: Any, *, row: Row, currencies: list[str], today: date) -> None:
        fee = row["fee_minor"]
        initial = {
            "description": private_text.join(private_text.Description(row["description"], row["private_text"])),
            "reference": row["reference"],
            "remark": row["remark"],
            "fee": None if fee is None else Money(fee, parse_currency(row["currency"])),
            "customer": addresses.public(builders.CUSTOMER, row["customer_id"]),
            "total": _total(row),
            "received": row["received_date"],
            "method": _by_hand_of(row),
        }
        super().__init__(data, initial=initial)
        self.states_facts = facts_can_change(row)
        if self.states_facts:
            self.fields["customer"] = customer_field(label=_("Customer"), required=False)
            self.fields["total"] = MoneyField(label=_("Total"), currencies=currencies)
            self.fields["received"] = DateField(label=_("Payment date"), latest=today, required=False)
            self.fields["method"] = forms.ChoiceField(label=_("Method"), choices=by_hand())
        self.fields["fee"] = MoneyField(
            label=_("Payment fee (ref only)"),
            currencies=currencies if self.states_facts else [row["currency"]],
            required=False,
            allow_zero=True,
            help_text=_("Shown for reference; it never changes a balance."),
        )
        self.order_fields(self.field_order)

    def changes(self) -> dict[str, Any]:
        """This method will return what the payment shall say and be."""
        told = self.cleaned_data
        said = {name: told[name] for name in ("description", "reference", "remark")}
        said["fee_minor"] = told["fee"].minor if told["fee"] else None
        if not self.states_facts:
            return said
        return {
            **said,
            "total_minor": told["total"].minor,
            "currency": told["total"].currency,
            "customer_id": addresses.customer_id_of(told["customer"]) if told["customer"] else None,
            "method": told["method"],
            "received_date": told["received"],
        }

    def clean(self) -> dict[str, Any]:
        """This method will refuse a fee in another currency than the total's."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        refuse_other_currency(self, told.get("total"), told.get("fee"))
        return told


class AllocateForm(KitForm):
    """Open invoices of the payer, each with the amount that it takes; whether that is too much the use case says.

    What was posted is read as it is: a form that is sent twice finds its invoices paid by the first time.
    """

    def __init__(self, data: Any, *, row: Row, open_rows: list[dict[str, Any]]) -> None:
        super().__init__(data)
        self.open_rows = open_rows
        for each in open_rows:
            shown = format_amount(each["open_minor"], each["currency"], current_locale(), shape="code")
            facts = {"open": shown, "due": format_day(each["due_date"], current_locale())}
            self.fields[_part_name(each["id"])] = MoneyField(
                label=each["number"],
                currencies=[row["currency"]],
                required=False,
                help_text=_now("%(open)s open, due %(due)s") % facts,
            )
        gone = [each for each in data or () if each.startswith(_PART) and each not in self.fields]
        ids = {name: addresses.invoice_id_of(name.removeprefix(_PART)) for name in gone}
        numbers = invoices.numbers(ids.values())
        for name, invoice_id in ids.items():
            self.fields[name] = MoneyField(
                label=numbers.get(invoice_id, _("Invoice")),
                currencies=[row["currency"]],
                required=False,
                help_text=_("It is not open any more."),
            )

    def parts(self) -> list[Part]:
        """This method will return the invoices for which an amount was entered."""
        found = []
        for name, amount in self.cleaned_data.items():
            if amount:
                invoice_id = addresses.invoice_id_of(name.removeprefix(_PART))
                found.append(Part(invoice_id=invoice_id, amount_minor=amount.minor))
        return found


class AssignForm(KitForm):
    """Whose money it is."""

    customer = customer_field(label=_("Customer"))


class ReasonForm(KitForm):
    """Why something is done."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class ConfirmForm(KitForm):
    """Nothing to fill in: what will happen is said, and confirmed."""


class DepositForm(KitForm):
    """When a cheque was brought to the bank."""

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data, initial={"deposited": today})
        self.fields["deposited"] = DateField(label=_("Deposited on"), latest=today)


class DifferenceForm(ReasonForm):
    """A few minor units, and why they are given up (J14)."""

    field_order = ["amount", "reason"]

    def __init__(self, data: Any, *, amount: Money) -> None:
        super().__init__(data, initial={"amount": amount})
        self.fields["amount"] = MoneyField(label=_("Amount"), currencies=[amount.currency])
        self.order_fields(self.field_order)


class RefundForm(KitForm):
    """Money back, and whether the customer still owes the invoice (E42)."""

    still_owed = forms.ChoiceField(
        label=_("Does the customer still owe the invoice?"),
        widget=RadioCards,
        required=False,
        initial="no",
        choices=[
            ("no", Card(_("No"), _("Charged wrongly, cancelled, returned early: a credit note is issued for it."))),
            ("yes", Card(_("Yes"), _("Paid twice, or by the wrong payer: the invoice opens again."))),
        ],
    )
    reason = PrivateTextField(label=_("Reason"), max_length=200)
    method = forms.ChoiceField(label=_("Paid back by"))
    field_order = ["amount", "reason", "still_owed", "method"]

    def __init__(self, data: Any, *, row: Row, left_minor: int) -> None:
        left = Money(left_minor, parse_currency(row["currency"]))
        initial = {"amount": left, "method": row["method"] or "bank_transfer", "still_owed": "no"}
        super().__init__(data, initial=initial)
        self.fields["amount"] = MoneyField(label=_("Amount"), currencies=[row["currency"]])
        through = [(GATEWAY, _now("The payment service it came through"))] if row["method"] == GATEWAY else []
        choose_among(self, "method", [*through, *by_hand()])
        if not row["allocated_minor"] and data is None:
            # Nothing was settled with it, so nothing can still be owed for it.
            del self.fields["still_owed"]
        self.order_fields(self.field_order)


class RetryForm(KitForm):
    """Through which service, and with which stored method, a failed payment is tried again (E21)."""

    instrument = forms.ChoiceField(label=_("Pay with"), widget=RadioCards)

    def __init__(self, *args: Any, choices: list[tuple[str, Card]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_among(self, "instrument", choices)
        if choices:
            self.fields["instrument"].initial = choices[0][0]


def _part_name(invoice_id: UUID) -> str:
    return _PART + public_id(builders.INVOICE, invoice_id)


def _total(row: Row) -> Money:
    return Money(row["total_minor"], parse_currency(row["currency"]))


def _by_hand_of(row: Row) -> str:
    return row["method"] if row["method"] in MONEY_IN and row["method"] != GATEWAY else "bank_transfer"


def refuse_same_currency(form: KitForm, total: Money | None, credited: Money | None) -> None:
    """This function will refuse what money is credited as, in the currency that it came in."""
    if total and credited and total.currency == credited.currency:
        told = _now("It came in %(currency)s already: leave this empty.") % {"currency": total.currency}
        form.add_error("credited", told)


def refuse_other_currency(form: KitForm, total: Money | None, fee: Money | None) -> None:
    """This function will refuse a fee in another currency than the total's."""
    if total and fee and total.currency != fee.currency:
        form.add_error("fee", _now("Give the fee in %(currency)s, like the total.") % {"currency": total.currency})
