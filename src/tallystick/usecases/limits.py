"""Limits of the business: amounts in its base currency; what is in another currency counts by that day's rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final

from tallystick.foundation import settings_store
from tallystick.foundation.errors import Conflict
from tallystick.foundation.permissions import Actor
from tallystick.foundation.settings_store import Setting
from tallystick.ledger.queries import base_currency, rate_on, worth_at
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency

Limit = Setting[dict[str, Any] | None]

REFUND_LIMIT: Final[Limit] = settings_store.amount(
    "refund_limit_amount", describes="Refunds above this amount need the permission to refund above the limit."
)
COMPLETING_ABOVE: Final[Limit] = settings_store.amount(
    "second_person_completing_above",
    describes="Money above this amount is booked as received when a second person approves it; empty for never.",
)
REFUNDING_ABOVE: Final[Limit] = settings_store.amount(
    "second_person_refunding_above",
    describes="Refunds above this amount are made when a second person approves them; empty for never.",
)
ALL: Final = (REFUND_LIMIT, COMPLETING_ABOVE, REFUNDING_ABOVE)

# What holds until somebody says otherwise, in minor units of the base currency.
_FIRST_REFUND_LIMIT_MINOR: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class Approval:
    """That a second person approved an act: who asked for it, and what the payment was like then."""

    asked_by: str
    seen: dict[str, Any] | None


@dataclass(kw_only=True, eq=False)
class NeedsSecondPerson(Conflict):
    """It is above the amount from which on the business asks for a second person."""

    code: ClassVar[str] = "needs_second_person"
    sentence: ClassVar[str] = "Above {limit_minor} this needs a second person."

    # The amount of what was tried.
    amount: Money
    limit_minor: int
    currency: str


def refund_limit() -> Money:
    """This function will return the amount above which a refund needs a permission of its own."""
    return read_limit(REFUND_LIMIT) or Money(_FIRST_REFUND_LIMIT_MINOR, parse_currency(base_currency()))


def is_above(limit: Money, minor: int, currency: str, day: date) -> bool:
    """This function will say whether an amount is above a limit, at what both are worth on a day.

    Raises:
        NoExchangeRate: when they have different currencies, and one of them has no rate for that day.
    """
    if currency == limit.currency:
        return minor > limit.minor
    worth = worth_at(minor, currency, rate_on(currency, day)).base_minor
    return worth > worth_at(limit.minor, limit.currency, rate_on(limit.currency, day)).base_minor


def require_second_person(
    actor: Actor, setting: Limit, minor: int, currency: str, day: date, *, approval: Approval | None
) -> None:
    """This function will let an act go on up to the amount of a setting, or with the approval of a second person.

    What the system does by itself, from what a bank or a payment service says, is nobody's act.

    Raises:
        NeedsSecondPerson: when the amount is above it.
        NoExchangeRate: when nobody knows what it is worth.
    """
    limit = read_limit(setting)
    if limit is None or approval is not None or actor.kind == "system":
        return
    if is_above(limit, minor, currency, day):
        amount = Money(minor, parse_currency(currency))
        raise NeedsSecondPerson(amount=amount, limit_minor=limit.minor, currency=limit.currency)


def read_limit(setting: Limit) -> Money | None:
    """This function will return the amount of a setting, or None where there is none."""
    stored: Mapping[str, Any] | None = settings_store.get(setting)
    return None if stored is None else Money(stored["minor"], parse_currency(stored["currency"]))
