"""Forms about vouchers."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tallystick.customers.queries import named_exactly
from tallystick.interfaces.backoffice.payment_forms import by_hand
from tallystick.interfaces.kit.forms import Card, DateField, KitForm, MoneyField, RadioCards, choose_among
from tallystick.money.amounts import Money
from tallystick.wallets import vouchers
from tallystick.wallets.voucher_codes import DIGITS, LETTERS, LONGEST, SHORTEST
from tallystick.wallets.vouchers import BatchTerms

_ALPHABETS = [(LETTERS, _("Digits and letters")), (DIGITS, _("Digits alone, for telephones"))]
# Each with a reserve above what cannot be guessed.
_LENGTH = 20


class BatchForm(KitForm):
    """A new batch of vouchers."""

    name = forms.CharField(
        label=_("Name"), max_length=vouchers.LONGEST_NAME, help_text=_("Customers read it with what they get.")
    )
    is_sold = forms.ChoiceField(
        label=_("What are they?"),
        widget=RadioCards,
        initial="no",
        choices=[
            ("no", Card(_("Promotional"), _("A gift: pays purchases only, no income, never paid out"))),
            ("yes", Card(_("Sold to a reseller"), _("Paid money, owed until it is used"))),
        ],
    )
    reseller = forms.CharField(
        label=_("Reseller"), max_length=120, required=False, help_text=_("Who buys them, where they are sold.")
    )
    gives = forms.ChoiceField(
        label=_("What does each give?"),
        widget=RadioCards,
        initial="free",
        choices=[
            ("free", Card(_("Free credit"), _("An amount of its own"))),
            ("additional", Card(_("Additional credit"), _("So much more on a top-up"))),
            ("multiplier", Card(_("Multiplier"), _("A top-up times so much, up to an amount"))),
        ],
    )
    multiplier = forms.DecimalField(
        label=_("Multiplier"),
        required=False,
        max_digits=7,
        decimal_places=4,
        localize=False,
        help_text=_("With 1.5 a top-up of 20.00 becomes 30.00."),
    )
    quantity = forms.IntegerField(
        label=_("How many vouchers"), min_value=1, max_value=vouchers.MOST_VOUCHERS, initial=100
    )
    uses_per_voucher = forms.IntegerField(
        label=_("Uses of each voucher"),
        min_value=1,
        max_value=vouchers.MOST_USES,
        initial=1,
        help_text=_("1 is a voucher of one person; more is a code that many share."),
    )
    uses_per_customer = forms.IntegerField(
        label=_("Uses by one customer"),
        min_value=1,
        max_value=vouchers.MOST_USES,
        required=False,
        help_text=_("How many of this batch one customer may redeem. Empty: any number."),
    )
    customers = forms.CharField(
        label=_("Only for these customers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Account numbers, one a line. Empty: for everybody."),
    )
    valid_from = DateField(label=_("Valid from"), required=False)
    valid_until = DateField(label=_("Valid until"), required=False, help_text=_("The last day of redemption."))
    lifetime_days = forms.IntegerField(
        label=_("Days to use the money"),
        min_value=1,
        max_value=vouchers.MOST_DAYS,
        required=False,
        help_text=_("After the day of redemption. What is left then expires. Empty: no end."),
    )
    code_alphabet = forms.ChoiceField(label=_("Codes of"), choices=_ALPHABETS, initial=LETTERS)
    code_length = forms.IntegerField(
        label=_("Characters of a code"),
        min_value=SHORTEST[LETTERS],
        max_value=LONGEST,
        initial=_LENGTH,
        help_text=_("At least %(letters)s, or %(digits)s digits: so that nobody guesses one.")
        % {"letters": SHORTEST[LETTERS], "digits": SHORTEST[DIGITS]},
    )
    remark = forms.CharField(
        label=_("Remark"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only staff read this."),
    )
    field_order = (
        *("name", "is_sold", "reseller", "gives", "amount", "multiplier", "minimum_topup", "quantity"),
        *("uses_per_voucher", "uses_per_customer", "customers", "valid_from", "valid_until", "lifetime_days"),
        *("code_alphabet", "code_length", "remark"),
    )

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(
            label=_("Amount"),
            currencies=currencies,
            help_text=_("What it gives; of a multiplier the most that it adds."),
        )
        self.fields["minimum_topup"] = MoneyField(
            label=_("Smallest top-up"),
            currencies=currencies,
            required=False,
            allow_zero=True,
            help_text=_("That an additional credit or a multiplier is added to."),
        )
        self.order_fields(self.field_order)

    def clean_customers(self) -> list[UUID]:
        """This method will find the customers that are named.

        Raises:
            ValidationError: when a line names none, or several.
        """
        lines = [line.strip() for line in str(self.cleaned_data["customers"]).splitlines() if line.strip()]
        found = named_exactly(lines)
        wrong = [line for line in lines if len(found[line.lower()]) != 1]
        if wrong:
            raise forms.ValidationError(_now("No single customer is “%(line)s”.") % {"line": wrong[0]})
        return [next(iter(found[line.lower()])) for line in lines]

    def clean_minimum_topup(self) -> Money | None:
        """This method will hold the smallest top-up in the currency of the amount.

        Raises:
            ValidationError: when it is in another one.
        """
        least: Money | None = self.cleaned_data["minimum_topup"]
        amount: Money | None = self.cleaned_data.get("amount")
        if least and amount and least.minor and least.currency != amount.currency:
            raise forms.ValidationError(_now("Enter it in the currency of the amount."))
        return least

    def terms(self) -> BatchTerms:
        """This method will return what the use case takes."""
        told = dict(self.cleaned_data)
        amount: Money = told.pop("amount")
        least: Money | None = told.pop("minimum_topup")
        return BatchTerms(
            is_sold=told.pop("is_sold") == "yes",
            currency=amount.currency,
            amount_minor=amount.minor,
            minimum_topup_minor=least.minor if least else 0,
            customer_ids=told.pop("customers"),
            **told,
        )


class SaleForm(KitForm):
    """How a reseller's money came."""

    method = forms.ChoiceField(label=_("Method"))

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data, initial={"received_date": today, "method": "bank_transfer"})
        choose_among(self, "method", by_hand())
        self.fields["received_date"] = DateField(label=_("Payment date"), latest=today)
        self.order_fields(["received_date", "method"])
