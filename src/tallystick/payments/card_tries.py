"""Limits against card testing (E41): whoever tries card after card is slowed down, then stopped for a time.

Counted is what did not work with new cards, by the customer and by the network address. A payment link acts for one
customer, so its tries are that customer's. One decline or two hinder nobody; a try that succeeds is forgotten.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from tallystick.foundation import settings_store
from tallystick.foundation.errors import Conflict
from tallystick.foundation.rows import execute, fetch
from tallystick.foundation.transactions import needs_transaction
from tallystick.payments.models import CardTry

FEWEST, MOST = 4, 20
SHORTEST_MINUTES, LONGEST_MINUTES = 15, 24 * 60
MOST_FAILED: Final = settings_store.Setting[int](
    "card_tries_most",
    6,
    f"After how many failed tries with new cards a customer is stopped for a time: {FEWEST} to {MOST}.",
    lambda value: type(value) is int and FEWEST <= value <= MOST,
)
STOPPED_MINUTES: Final = settings_store.Setting[int](
    "card_tries_minutes",
    60,
    "Within how many minutes failed tries with new cards are counted, and for how long a customer is stopped then: "
    f"{SHORTEST_MINUTES} to {LONGEST_MINUTES}.",
    lambda value: type(value) is int and SHORTEST_MINUTES <= value <= LONGEST_MINUTES,
)
# From this failed try on, each is waited for.
SLOW_FROM: Final = 3
SLOW_FOR: Final = timedelta(minutes=1)
# Several customers may share an address; and who begins many tries and finishes none tests cards as well.
_TIMES_MORE: Final = 3
# Two tries of one customer, or from one address, follow one another: the second counts the first.
_ONE_BY_ONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
# A stop that was reached within the time before this one lasts into it.
_WINDOWS: Final = 2
_KEPT_FOR: Final = timedelta(minutes=LONGEST_MINUTES * _WINDOWS)
_COUNTED: Final = (
    "SELECT customer_id, address, begun_at, failed_at FROM payments_cardtry WHERE customer_id = %s AND begun_at > %s "
    "UNION ALL "
    "SELECT customer_id, address, begun_at, failed_at FROM payments_cardtry WHERE address = %s AND address <> '' "
    "AND customer_id <> %s AND begun_at > %s"
)


@dataclass(kw_only=True, eq=False)
class CardTriesSlowed(Conflict):
    """Several cards did not work: the next try waits a little."""

    code: ClassVar[str] = "card_tries_slowed"
    sentence: ClassVar[str] = "Several cards did not work. Wait {seconds} seconds, then try again. Nothing was taken."

    seconds: int


@dataclass(kw_only=True, eq=False)
class CardTriesStopped(Conflict):
    """Too many cards did not work: no new one can be tried for a time."""

    code: ClassVar[str] = "card_tries_stopped"
    sentence: ClassVar[str] = (
        "Too many cards did not work, so no other card can be tried here for {minutes} minutes. Nothing was taken. "
        "Pay in another way, or write to us."
    )

    minutes: int


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A customer was just stopped: after how many tries, and until when."""

    tries: int
    until: datetime


@dataclass(frozen=True, kw_only=True)
class _Limit:
    """So many of these moments within so long are one too many to go on."""

    moments: Sequence[datetime]
    most: int
    lasts: timedelta

    def until(self) -> datetime | None:
        """Until when there is a stop; None when the limit was not reached."""
        runs = zip(self.moments, self.moments[self.most - 1 :], strict=False)
        return max((last + self.lasts for first, last in runs if last - first < self.lasts), default=None)


@needs_transaction
def begin(about: UUID, *, customer_id: UUID, address: str, at: datetime) -> Stop | None:
    """This function will write down that a customer goes to a gateway with a new card, before they go.

    `address` is the keyed hash of the network address, empty where nobody knows it. Returns that this is the last one
    for a time, if so.

    Raises:
        CardTriesSlowed, CardTriesStopped: when too many did not work before.
    """
    _one_by_one(customer_id, address)
    limits = _limits(customer_id, address, at=at)
    until = max(filter(None, (limit.until() for limit in limits)), default=at)
    if until > at:
        raise CardTriesStopped(minutes=math.ceil((until - at) / timedelta(minutes=1)))
    of_customer = limits[0]
    lately = [moment for moment in of_customer.moments if moment > at - of_customer.lasts]
    if len(lately) >= SLOW_FROM and lately[-1] + SLOW_FOR > at:
        raise CardTriesSlowed(seconds=math.ceil((lately[-1] + SLOW_FOR - at) / timedelta(seconds=1)))
    CardTry.objects.create(customer_id=customer_id, address=address, about=about, begun_at=at)
    return _newly(limits, _limits(customer_id, address, at=at), at=at)


@needs_transaction
def fail(about: UUID, *, at: datetime) -> Stop | None:
    """This function will note that a try did not work, and return that its customer is stopped by that, if so.

    What was no try of a customer with a new card is not counted.
    """
    row = CardTry.objects.filter(about=about, failed_at=None).first()
    if row is None:
        return None
    _one_by_one(row.customer_id, row.address)
    before = _limits(row.customer_id, row.address, at=at)
    CardTry.objects.filter(id=row.id).update(failed_at=at)
    return _newly(before, _limits(row.customer_id, row.address, at=at), at=at)


@needs_transaction
def forget(about: UUID) -> None:
    """This function will no longer count a try, for it succeeded."""
    CardTry.objects.filter(about=about).delete()


@needs_transaction
def forget_old(*, at: datetime) -> int:
    """This function will forget tries that are too old to be counted by any setting, and return how many."""
    forgotten, _by_model = CardTry.objects.filter(begun_at__lt=at - _KEPT_FOR).delete()
    return forgotten


def _one_by_one(customer_id: UUID, address: str) -> None:
    execute(_ONE_BY_ONE, [f"card tries of {customer_id}"])
    if address:
        execute(_ONE_BY_ONE, [f"card tries from {address}"])


def _limits(customer_id: UUID, address: str, *, at: datetime) -> list[_Limit]:
    """What did not work for the customer, then what did not from the address, then what was begun."""
    most = settings_store.get(MOST_FAILED)
    lasts = timedelta(minutes=settings_store.get(STOPPED_MINUTES))
    since = at - _WINDOWS * lasts
    rows = fetch(_COUNTED, [customer_id, since, address, customer_id, since])
    own = [row for row in rows if row["customer_id"] == customer_id]
    near = [row for row in rows if address and row["address"] == address]
    counted = ((_failed(own), most), (_failed(near), most * _TIMES_MORE), (_begun(own), most * _TIMES_MORE))
    return [_Limit(moments=moments, most=allowed, lasts=lasts) for moments, allowed in counted]


def _failed(rows: Sequence[Mapping[str, Any]]) -> list[datetime]:
    return sorted(row["failed_at"] for row in rows if row["failed_at"] is not None)


def _begun(rows: Sequence[Mapping[str, Any]]) -> list[datetime]:
    return sorted(row["begun_at"] for row in rows)


def _newly(before: Sequence[_Limit], after: Sequence[_Limit], *, at: datetime) -> Stop | None:
    """The stop that was not there before, if any."""
    if any(until > at for limit in before if (until := limit.until())):
        return None
    reached = [(until, limit.most) for limit in after if (until := limit.until()) and until > at]
    if not reached:
        return None
    until, tries = max(reached)
    return Stop(tries=tries, until=until)
