"""The number of a voucher and its currency, as a form: the same in the portal and in the office."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tallystick.interfaces.kit.forms import KitForm, choose_among


class VoucherNumberInput(forms.TextInput):
    """Its form says when the number is missing: a browser cannot ask for it while it is out of sight."""

    def use_required_attribute(self, initial: Any) -> bool:
        """This method will leave the asking to the form."""
        del initial
        return False


class VoucherNumberField(forms.CharField):
    """The number of a voucher, as it is typed."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            label=_("Voucher number"),
            max_length=80,
            help_text=_("As it is printed; blanks and dashes do not matter."),
            widget=VoucherNumberInput(
                attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
            ),
            **more,
        )


class RedeemForm(KitForm):
    """A voucher that is redeemed. With one currency alone there is nothing to choose."""

    number = VoucherNumberField()
    currency = forms.ChoiceField(label=_("Currency"))

    def __init__(self, data: Any, *, currencies: Sequence[str]) -> None:
        super().__init__(data, initial={"currency": currencies[0]})
        choose_among(self, "currency", [(code, code) for code in currencies])
        if len(currencies) == 1:
            self.fields["currency"].widget = forms.HiddenInput()
