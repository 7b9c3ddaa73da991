"""Fields of settings that are kept in another shape than they are typed in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from tallystick.interfaces.kit.forms import MoneyField
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency


class LinesField(forms.CharField):
    """Text of several lines, which are kept as every browser and program sends them."""

    def __init__(self, *, rows: int = 6, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> str:
        """This function will read what was typed."""
        return str(super().to_python(value)).replace("\r\n", "\n")


class DaysField(forms.CharField):
    """Numbers of days, with commas between them; cleans to a list of them."""

    def prepare_value(self, value: Any) -> Any:
        """This function will write a list of days as it is typed."""
        return ", ".join(str(day) for day in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """This function will read what was typed."""
        parts = [part.strip() for part in (super().to_python(value) or "").split(",") if part.strip()]
        if not all(part.isascii() and part.isdecimal() and len(part) <= 3 for part in parts):
            raise forms.ValidationError(_("Enter days with commas between them, such as 1, 3, 7."))
        return [int(part) for part in parts]


class LimitField(MoneyField):
    """A limit in the base currency, as the settings keep it; empty for none."""

    def prepare_value(self, value: Any) -> Any:
        """This function will return the amount that is stored, as it is shown."""
        return Money(value["minor"], parse_currency(value["currency"])) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, Any] | None:
        """This function will return the amount as it is stored."""
        found: Money | None = super().clean(value)
        return None if found is None else {"minor": found.minor, "currency": str(found.currency)}


class ToleranceField(MoneyField):
    """An amount in the base currency of which the settings keep the minor units, whatever the currency."""

    def prepare_value(self, value: Any) -> Any:
        """This function will return the amount that is stored, as it is shown."""
        return Money(value, self.currencies[0]) if isinstance(value, int) else value

    def clean(self, value: Any) -> int:
        """This function will return the minor units."""
        found: Money = super().clean(value)
        return found.minor
