"""What stands of a customer on its documents, and in which language it is written to: in the office and the portal."""

from typing import Final

from babel import Locale
from babel.localedata import locale_identifiers
from django import forms
from django.utils.translation import gettext_lazy as _

from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.kit.markup import current_locale

# Codes that CLDR has a name for, and that are no place to live in.
_NOWHERE: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


class BillingDetailsForm(KitForm):
    """Address, tax number and language of a customer."""

    tax_id = forms.CharField(label=_("Tax number"), max_length=40, required=False)
    address_lines = forms.CharField(
        label=_("Address"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    region = forms.CharField(label=_("Region"), max_length=100, required=False)
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, help_text=_("The code of two letters, such as DE.")
    )
    language = forms.CharField(
        label=_("Language of mails"), max_length=12, required=False, help_text=_("A code such as de or pt-BR.")
    )

    def clean_country(self) -> str:
        """This method will take the code in small letters, too."""
        return str(self.cleaned_data["country"]).upper()


def countries(own: str) -> list[tuple[str, str]]:
    """This function will return the countries by their names in the reader's language, to choose from: none, and that
    of the customer even if nobody knows it.
    """
    names = _locale().territories
    found = {code: name for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in _NOWHERE}
    if own:
        found.setdefault(own, own)
    return [("", ""), *sorted(found.items(), key=lambda each: each[1])]


def languages(own: str) -> list[tuple[str, str]]:
    """This function will return the languages by their names in the reader's language, to choose from: the business's
    own, and that of the customer even if it is of one country.
    """
    names = _locale().languages
    found = {code: names[code] for code in locale_identifiers() if len(code) == 2 and code in names}
    if own:
        found.setdefault(own, own)
    return [("", str(_("As the business writes"))), *sorted(found.items(), key=lambda each: each[1])]


def _locale() -> Locale:
    return Locale.parse(current_locale().replace("-", "_"))
