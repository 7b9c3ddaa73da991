"""Forms of the kit: a renderer that draws our fields, and the fields that Django lacks."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import DjangoTemplates
from django.template.loader import get_template
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.interfaces.kit.formatting import example_amount, format_amount, format_day, separators
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.kit.reading import NotReadable, read_amount
from tallystick.money.amounts import Money
from tallystick.money.currencies import exponent, parse_currency

Text = str | Promise


class KitRenderer(DjangoTemplates):
    """Draws forms and fields with the kit's templates, and plain inputs with Django's."""

    form_template_name = "kit/forms/form.html"
    field_template_name = "kit/forms/field.html"

    def get_template(self, template_name: str) -> Any:
        """This function will find the kit's templates where pages find theirs, so that the tags are known there."""
        return get_template(template_name) if template_name.startswith("kit/") else super().get_template(template_name)


class KitForm(forms.Form):
    """The base of every form: `{{ form.name.as_field_group }}` draws one field, `{{ form }}` all of them."""

    # One for all of them: each would look for every installed tag anew.
    default_renderer = KitRenderer()


def typed(form: forms.Form, data: Mapping[str, Any]) -> dict[str, Any]:
    """This function will return what was typed into a form, as the `initial` of one that calls nothing wrong yet."""
    return {
        name: field.widget.value_from_datadict(data, {}, form.add_prefix(name)) for name, field in form.fields.items()
    }


# --- Amounts ---------------------------------------------------------------------------------------------------------


class MoneyInput(forms.Widget):
    """A text input beside its currency: a fixed code, or a choice under `NAME_currency`."""

    template_name = "kit/forms/money.html"
    input_type = "text"

    def __init__(self, currencies: Sequence[str], locale: str | None, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.currencies = list(currencies)
        self.locale = locale

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        text, currency = self._shown(value)
        decimal, group = separators(self.locale or current_locale())
        context["widget"] |= {
            "value": text,
            "currency": currency,
            "currencies": self.currencies,
            "decimal": decimal,
            "group": group,
            "locale": (self.locale or current_locale()).replace("_", "-"),
            "places": ",".join(f"{code}:{exponent(code)}" for code in self.currencies),
            "example": example_amount(currency, self.locale or current_locale()),
        }
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> tuple[str, str] | None:  # noqa: ARG002 - Django's signature
        text = data.get(name)
        if text is None:
            return None
        chosen = str(data.get(f"{name}_currency", "")) if len(self.currencies) > 1 else self.currencies[0]
        return str(text), chosen

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:  # noqa: ARG002 - Django's signature
        return name not in data

    def id_for_label(self, id_: str | None) -> str | None:  # type: ignore[override]
        return id_

    def _shown(self, value: Any) -> tuple[str, str]:
        if isinstance(value, Money):
            locale = self.locale or current_locale()
            return format_amount(value.minor, value.currency, locale, shape="number"), value.currency
        if isinstance(value, tuple):
            # What was typed comes back as it was typed, and an unknown code does not break the page.
            return value[0], value[1] if value[1] in self.currencies else self.currencies[0]
        return "", self.currencies[0]


class MoneyField(forms.Field):
    """An amount as people of the form's locale type it; cleans to `Money`, or None when it is optional and empty.

    The locale is the page's unless one is stated. Amounts are above zero unless `allow_zero` or `allow_negative`.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": _("Enter an amount."),
        "not_a_number": _("Enter the amount like %(example)s."),
        "grouping": _("“%(text)s” can be read in two ways. Enter the amount like %(example)s."),
        "places": _("%(currency)s has %(places)s decimal places at most. Enter the amount like %(example)s."),
        "range": _("This amount is too large."),
        "currency": _("Choose a currency."),
        "zero": _("Enter an amount above zero."),
        "negative": _("Enter an amount above zero, without a minus sign."),
        "minimum": _("Enter %(limit)s or more."),
        "maximum": _("Enter %(limit)s or less."),
    }

    def __init__(
        self,
        *,
        currencies: Sequence[str],
        locale: str | None = None,
        allow_zero: bool = False,
        allow_negative: bool = False,
        minimum: Money | None = None,
        maximum: Money | None = None,
        **kwargs: Any,
    ) -> None:
        self.currencies = [parse_currency(code) for code in currencies]
        self.locale = locale
        self.allow_zero = allow_zero
        self.allow_negative = allow_negative
        self.minimum = minimum
        self.maximum = maximum
        super().__init__(widget=MoneyInput(self.currencies, locale), **kwargs)

    def to_python(self, value: Any) -> Money | None:
        if value is None or isinstance(value, Money):
            return value
        text, currency = value
        if not text.strip():
            return None
        if currency not in self.currencies:
            raise ValidationError(self.error_messages["currency"], code="currency")
        locale = self.locale or current_locale()
        try:
            return Money(read_amount(text, currency, locale), parse_currency(currency))
        except NotReadable as error:
            raise ValidationError(
                self.error_messages[error.reason],
                code=error.reason,
                params={
                    "text": text,
                    "currency": currency,
                    "places": exponent(currency),
                    "example": example_amount(currency, locale),
                },
            ) from error

    def validate(self, value: Money | None) -> None:
        super().validate(value)
        if value is None:
            return
        if value.minor < 0 and not self.allow_negative:
            raise ValidationError(self.error_messages["negative"], code="negative")
        if value.minor == 0 and not self.allow_zero:
            raise ValidationError(self.error_messages["zero"], code="zero")
        self._hold(value, self.minimum, "minimum", is_out=lambda limit: value.minor < limit.minor)
        self._hold(value, self.maximum, "maximum", is_out=lambda limit: value.minor > limit.minor)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.to_python(data))
        except ValidationError:
            return True

    def _hold(self, value: Money, limit: Money | None, code: str, *, is_out: Callable[[Money], bool]) -> None:
        # A limit in another currency says nothing about this one.
        if limit is not None and limit.currency == value.currency and is_out(limit):
            shown = format_amount(limit.minor, limit.currency, self.locale or current_locale())
            raise ValidationError(self.error_messages[code], code=code, params={"limit": shown})


# --- Days and text ---------------------------------------------------------------------------------------------------


class DateField(forms.DateField):
    """A local date, in the browser's own date input. Nothing but `YYYY-MM-DD` is accepted, so no day is misread."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": _("Enter a date."),
        "invalid": _("Enter the date as year, month, day: 2026-03-31."),
        "earliest": _("Enter %(limit)s or a later day."),
        "latest": _("Enter %(limit)s or an earlier day."),
    }

    def __init__(self, *, earliest: dt.date | None = None, latest: dt.date | None = None, **kwargs: Any) -> None:
        self.earliest = earliest
        self.latest = latest
        super().__init__(input_formats=["%Y-%m-%d"], widget=DateInput(earliest, latest), **kwargs)

    def validate(self, value: dt.date | None) -> None:
        super().validate(value)
        if value and self.earliest and value < self.earliest:
            raise ValidationError(
                self.error_messages["earliest"], code="earliest", params={"limit": _day(self.earliest)}
            )
        if value and self.latest and value > self.latest:
            raise ValidationError(self.error_messages["latest"], code="latest", params={"limit": _day(self.latest)})


def _day(day: dt.date) -> str:
    return format_day(day, current_locale())


class DateInput(forms.DateInput):
    """The browser's date input, with the days that it may offer."""

    input_type = "date"

    def __init__(self, earliest: dt.date | None = None, latest: dt.date | None = None) -> None:
        limits = {"min": earliest, "max": latest}
        super().__init__(attrs={name: day.isoformat() for name, day in limits.items() if day}, format="%Y-%m-%d")


class PrivateTextInput(forms.TextInput):
    """A line of text with a live preview of what the customer will see of it."""

    template_name = "kit/forms/private_text.html"


class PrivateTextField(forms.CharField):
    r"""Text whose part after the first unescaped `#` only staff see (`\#` is a plain #). Cleans to the whole text."""

    widget = PrivateTextInput

    def __init__(self, **kwargs: Any) -> None:
        told = _("What follows # is private. Write \\# for a # that the customer may see.")
        super().__init__(**{"help_text": told, **kwargs})


# --- Choices ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Card:
    """The label of a card: a word, a sentence below, and something at the end of the line, such as an amount."""

    label: Text
    detail: Text = ""
    aside: Text = ""
    icon: str = ""

    def __str__(self) -> str:
        return str(self.label)


class RadioCards(forms.RadioSelect):
    """Radio buttons as cards: `choices=[("total", Card(_("Total balance"), _("Everything open"), "€60.85"))]`."""

    template_name = "kit/forms/cards.html"


class CheckCards(forms.CheckboxSelectMultiple):
    """Checkboxes as cards, each with a sentence that says what it means."""

    template_name = "kit/forms/cards.html"


def choose_among(form: forms.Form, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """This function will give a field of a form, which is declared as one of choices, what can be chosen."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared so by its form
    field.choices = list(choices)


class Found(NamedTuple):
    """One thing that a picker found."""

    value: str
    label: str
    detail: str = ""


class PickerInput(forms.Widget):
    """A search field that offers what it finds; without JavaScript what was typed is looked up when it is sent."""

    template_name = "kit/forms/picker.html"

    def __init__(
        self,
        source: Text,
        resolve: Callable[[str], Found | None],
        placeholder: Text = "",
        *,
        offers_first: bool = False,
    ) -> None:
        super().__init__()
        self.source = source
        self.resolve = resolve
        self.placeholder = placeholder
        self.offers_first = offers_first
        self.candidates: Sequence[Found] = ()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        chosen, query = value if isinstance(value, tuple) else (str(value or ""), "")
        found = self.resolve(chosen) if chosen else None
        context["widget"] |= {
            "chosen": found,
            "query": found.label if found else query,
            "source": self.source,
            "placeholder": self.placeholder,
            "offers_first": self.offers_first,
            "candidates": self.candidates,
        }
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> tuple[str, str]:  # noqa: ARG002 - Django's signature
        return str(data.get(name, "")).strip(), str(data.get(f"{name}_query", "")).strip()

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:  # noqa: ARG002 - Django's signature
        return name not in data and f"{name}_query" not in data


@dataclass(frozen=True)
class _Typed:
    """What reached a picker: an id, or only the text that was typed."""

    value: str
    query: str


class PickerField(forms.Field):
    """Picks a customer, an invoice or the like; cleans to its id.

    `find` returns what fits a typed text (best first, a few), `resolve` the one thing of an id or None. `source` is
    the name of the URL that answers typing with `picker_options`; with `offers_first` it answers before, too.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": _("Search and choose one."),
        "unknown": _("This does not exist any more. Search and choose another."),
        "nothing": _("Nothing was found for “%(query)s”. Try a name, a number or an e-mail address."),
        "several": _("Choose which one you mean."),
    }

    def __init__(
        self,
        *,
        source: str,
        find: Callable[[str], Sequence[Found]],
        resolve: Callable[[str], Found | None],
        placeholder: Text = "",
        offers_first: bool = False,
        **kwargs: Any,
    ) -> None:
        self.find = find
        self.resolve = resolve
        widget = PickerInput(reverse_lazy(source), resolve, placeholder, offers_first=offers_first)
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        typed = _Typed(*(value or ("", "")))
        if typed.value:
            if self.resolve(typed.value) is None:
                raise ValidationError(self.error_messages["unknown"], code="unknown")
            return typed.value
        if not typed.query:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return ""
        found = list(self.find(typed.query))
        if len(found) == 1:
            return found[0].value
        assert isinstance(self.widget, PickerInput)  # noqa: S101 - set above
        self.widget.candidates = found
        code = "several" if found else "nothing"
        raise ValidationError(self.error_messages[code], code=code, params={"query": typed.query})
