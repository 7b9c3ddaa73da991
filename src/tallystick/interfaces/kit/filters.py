"""Filters of lists: what each may be set to, and how its values read."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tallystick.interfaces.kit.formatting import format_day
from tallystick.interfaces.kit.markup import current_locale

Text = str | Promise


class Choice(NamedTuple):
    """One value that a filter may take."""

    value: str
    label: Text


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One filter chip: any of some choices, a piece of text, or days or amounts from and to (`key_from`, `key_to`).

    `accepts` says whether a typed value can be used at all; `finds` whether there is anything by the name typed, and
    `called` how that is called where it is shown.
    """

    key: str
    label: Text
    kind: Literal["choice", "text", "days", "amounts"] = "choice"
    choices: Sequence[Choice] = ()
    accepts: Callable[[str], bool] | None = None
    finds: Callable[[str], bool] | None = None
    called: Callable[[str], str] | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        return (f"{self.key}_from", f"{self.key}_to") if self.has_sides else (self.key,)

    @property
    def has_sides(self) -> bool:
        """Whether it goes from something to something."""
        return self.kind in {"days", "amounts"}

    def takes(self, value: str) -> bool:
        """This function will say whether a value is one that the filter can be set to."""
        if self.kind == "choice":
            return value in {choice.value for choice in self.choices}
        if self.kind == "days":
            return _is_day(value)
        return self.accepts is None or self.accepts(value)

    def read(self, parameters: QueryDict) -> tuple[str, ...]:
        """This function will return the values that an address sets, for both sides of what has sides.

        Raises:
            BadRequest: when one of them is none that the filter takes.
        """
        if self.has_sides:
            values = tuple(parameters.get(name, "").strip() for name in self.parameters)
        else:
            values = tuple(value for value in parameters.getlist(self.key) if value)
        for value in filter(None, values):
            if not self.takes(value):
                raise BadRequest(f"{self.key} cannot be {value!r}.")
        return values[:1] if self.kind == "text" else values

    def summary(self, values: tuple[str, ...]) -> str:
        """This function will say what the filter is set to; nothing of one that is not set."""
        if not any(values):
            return ""
        if self.kind == "choice":
            return ", ".join(str(choice.label) for choice in self.choices if choice.value in values)
        if self.kind == "text":
            return self.called(values[0]) if self.called else values[0]
        first, last = values
        if self.kind == "days":
            first, last = (format_day(dt.date.fromisoformat(day), current_locale()) if day else "" for day in values)
        if first and last:
            return f"{first} – {last}"
        return _("from %(day)s") % {"day": first} if first else _("until %(day)s") % {"day": last}


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
