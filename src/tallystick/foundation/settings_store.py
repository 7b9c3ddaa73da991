"""Settings that staff change at run time, kept in the database, each with a type and a default.

A room declares its settings where they are used; reading is cheap enough for every request.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast
from uuid import UUID, uuid5

from tallystick.foundation.errors import Invalid
from tallystick.foundation.models import Setting as SettingRow
from tallystick.foundation.transactions import needs_transaction
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.money.currencies import UnknownCurrency, parse_currency

T = TypeVar("T")

_AUDITED = UUID("6f1f5f0e-0d0c-5f0e-9d5b-7461636b7365")
# Another process's change is seen after this many seconds at the latest.
_FRESH_SECONDS = 2.0


@dataclass(frozen=True)
class Setting(Generic[T]):
    """A named, typed setting. `accepts` says whether a value may be stored; `describes` is for people."""

    name: str
    default: T
    describes: str
    accepts: Callable[[Any], bool]


@dataclass(kw_only=True, eq=False)
class SettingNotAccepted(Invalid):
    """The value is not one that this setting takes."""

    code: ClassVar[str] = "setting_not_accepted"
    sentence: ClassVar[str] = "{value!r} cannot be the value of {setting}. {describes}"

    setting: str
    value: Any
    describes: str


def text(name: str, *, default: str, describes: str) -> Setting[str]:
    """This function will declare a setting that is text."""
    return Setting(name, default, describes, lambda value: isinstance(value, str))


def whole_number(name: str, *, default: int, describes: str) -> Setting[int]:
    """This function will declare a setting that is a whole number from 0."""
    return Setting(name, default, describes, lambda value: type(value) is int and value >= 0)


def switch(name: str, *, default: bool, describes: str) -> Setting[bool]:
    """This function will declare a setting that is on or off."""
    return Setting(name, default, describes, lambda value: isinstance(value, bool))


def amount(name: str, *, describes: str) -> Setting[dict[str, Any] | None]:
    """This function will declare a setting that is an amount from zero, or none: `{"minor": …, "currency": …}`."""
    return Setting(name, None, describes, lambda value: value is None or _is_amount(value))


def _is_amount(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"minor", "currency"}:
        return False
    try:
        parse_currency(value["currency"])
    except UnknownCurrency:
        return False
    return type(value["minor"]) is int and 0 <= value["minor"] <= LARGEST_MINOR


class _Cache(threading.local):
    values: dict[str, Any]
    read_at: float = float("-inf")


_cache = _Cache()


def get(setting: Setting[T]) -> T:
    """This function will return the setting's value, or its default when none was stored."""
    if time.monotonic() - _cache.read_at > _FRESH_SECONDS:
        _cache.values = dict(SettingRow.objects.values_list("name", "value"))
        _cache.read_at = time.monotonic()
    return cast("T", _cache.values.get(setting.name, setting.default))


@needs_transaction
def put(setting: Setting[T], value: T) -> None:
    """This function will store the setting's value.

    Raises:
        SettingNotAccepted: when the value is not one that the setting takes.
    """
    if not setting.accepts(value):
        raise SettingNotAccepted(setting=setting.name, value=value, describes=setting.describes)
    if value is None:
        # None is the default of what may be none, and the column keeps no NULL.
        SettingRow.objects.filter(name=setting.name).delete()
    else:
        SettingRow.objects.update_or_create(name=setting.name, defaults={"value": value})
    forget()


def audit_id(name: str) -> UUID:
    """This function will return the id under which changes of a setting stand in the audit trail."""
    return uuid5(_AUDITED, name)


def forget() -> None:
    """This function will make the next read in this thread go to the database."""
    _cache.read_at = float("-inf")
