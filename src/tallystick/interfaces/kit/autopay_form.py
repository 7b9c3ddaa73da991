"""What a payer agrees to when autopay is switched on, as a form. The portal and the office each add their own words."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext as _

from tallystick.foundation.ids import public_id
from tallystick.interfaces.kit.forms import Card, KitForm, MoneyField, RadioCards, Text, choose_among
from tallystick.ledger.queries import usable_currencies
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.wire import builders
from tallystick.wire.ids import method_id_of

# How the form calls the default method of the day, and the due date.
DEFAULT_METHOD: Final = "default"
_DUE: Final = "due"


def _days() -> list[tuple[str, str]]:
    days = [(_DUE, _("On the due date"))]
    return days + [(str(day), _("On day %(day)s of the month") % {"day": day}) for day in range(1, 32)]


class ChargeDayField(forms.TypedChoiceField):
    """The day of the month on which invoices are charged; cleans to 1 to 31, or to None for the due date."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_days, coerce=lambda value: None if value == _DUE else int(value), **kwargs)


class AgreedForm(KitForm):
    """The method that is charged, the day, and the cap, as they are agreed now."""

    method = forms.ChoiceField(widget=RadioCards)
    charge_day = ChargeDayField()
    cap_label: ClassVar[Text]
    cap_help: ClassVar[Text]

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        agreed: Mapping[str, Any] | None,
        cards: Sequence[tuple[str, Card]],
        currency: str,
    ) -> None:
        super().__init__(data, initial=_initial(agreed))
        self.fields["cap"] = MoneyField(
            label=self.cap_label,
            required=False,
            currencies=_currencies(currency, agreed),
            help_text=self.cap_help,
        )
        choose_among(self, "method", cards)
        self.order_fields(self.field_order)

    def agreed(self) -> dict[str, Any]:
        """This function will return what was chosen in a valid form, as `usecases.autopay.agree` takes it."""
        told = self.cleaned_data
        cap: Money | None = told["cap"]
        return {
            "method_id": None if told["method"] == DEFAULT_METHOD else method_id_of(told["method"]),
            "charge_day": told["charge_day"],
            "cap_minor": None if cap is None else cap.minor,
            "cap_currency": "" if cap is None else cap.currency,
        }


def cap_of(agreed: Mapping[str, Any] | None) -> Money | None:
    """This function will return the cap of an agreement; None is any amount, or no agreement."""
    if agreed is None or agreed["cap_minor"] is None:
        return None
    return Money(agreed["cap_minor"], parse_currency(agreed["cap_currency"]))


def _initial(agreed: Mapping[str, Any] | None) -> dict[str, Any]:
    if agreed is None:
        return {"method": DEFAULT_METHOD}
    method_id = agreed["method_id"]
    return {
        "method": DEFAULT_METHOD if method_id is None else public_id(builders.PAYMENT_METHOD, method_id),
        "charge_day": agreed["charge_day"] or _DUE,
        "cap": cap_of(agreed),
    }


def _currencies(own: str, agreed: Mapping[str, Any] | None) -> list[str]:
    """The account's own first; the one of the cap that holds is among them, whatever became of its rate."""
    cap = cap_of(agreed)
    known = {*usable_currencies(), *([cap.currency] if cap else [])} - {own}
    return [own, *sorted(known)]
