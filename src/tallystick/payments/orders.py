"""The orders in which payments are listed (E18). An order is one or more parts that follow one another.

Within a part rows stand by its keys, of which the last is unique; an index gives them in that order. What a key cannot
say of every payment (a due date, a customer) makes a part of its own at the end, whichever way the list runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tallystick.foundation.errors import InvalidField
from tallystick.foundation.paging import CursorNotAccepted, read_position, write_position
from tallystick.payments.amounts import AMOUNT
from tallystick.payments.conditions import EVERYTHING, Condition, every
from tallystick.payments.states import KINDS, SCHEDULED, STATUSES


class Sort(StrEnum):
    """What a list is sorted by."""

    CREATED = "created"
    DUE = "due"
    AMOUNT = "amount"
    CUSTOMER = "customer"
    STATUS = "status"


@dataclass(frozen=True)
class Key:
    """What rows are ordered by: its SQL, the name of its column in a row, and how a cursor's value is read."""

    sql: str
    name: str
    read: Callable[[Any], Any]
    falling: bool = False

    def turned(self, *, round_: bool) -> "Key":
        """This function will return the key in the other direction, or as it is."""
        return replace(self, falling=self.falling is not round_)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _text(value: Any) -> str:
    if type(value) is not str or "\0" in value:
        raise TypeError
    return value


_CREATED: Final = Key("p.created_at", "created_at", datetime.fromisoformat)
_ID: Final = Key("p.id", "id", UUID)
_DUE: Final = Key("p.due_date", "due_date", date.fromisoformat)
_AMOUNT: Final = Key(AMOUNT, "sort_amount", _whole)
_NAME: Final = Key("lower(c.name)", "sort_name", _text)
_CUSTOMER: Final = Key("c.id", "customer_id", UUID)


@dataclass(frozen=True, kw_only=True)
class Part:
    """Payments of some statuses and kinds, by their keys; `by_customer` are those that have one."""

    keys: tuple[Key, ...]
    statuses: tuple[str, ...] = STATUSES
    kinds: tuple[str, ...] = KINDS
    by_customer: bool | None = None

    @property
    def condition(self) -> Condition:
        """What makes a payment one of this part."""
        found = []
        if self.statuses != STATUSES:
            found.append(Condition("p.status = ANY(%s)", [list(self.statuses)]))
        if self.kinds != KINDS:
            found.append(Condition("p.kind = ANY(%s)", [list(self.kinds)]))
        if self.by_customer is not None:
            found.append(Condition(f"p.customer_id IS {'NOT ' if self.by_customer else ''}NULL"))
        return every(found)

    def turned(self, *, round_: bool) -> "Part":
        """This function will return the part with every key in the other direction, or as it is."""
        return replace(self, keys=tuple(key.turned(round_=round_) for key in self.keys))

    @property
    def ordering(self) -> str:
        """What stands behind ORDER BY."""
        return ordering([key.sql for key in self.keys], self.keys)

    def beyond(self, values: Sequence[Any] | None) -> Condition:
        """This function will return the condition that a row comes after the one with these values of the keys."""
        return beyond(self.keys, values)


def ordering(columns: Sequence[str], keys: Sequence[Key]) -> str:
    """This function will return columns as they stand behind ORDER BY, in the directions of keys."""
    return ", ".join(f"{column}{' DESC' if key.falling else ''}" for column, key in zip(columns, keys, strict=True))


def beyond(keys: Sequence[Key], values: Sequence[Any] | None) -> Condition:
    """This function will return the condition that a row comes after values of keys; without values it always does."""
    if values is None:
        return EVERYTHING
    first, mark = keys[0], "<" if keys[0].falling else ">"
    if all(key.falling is first.falling for key in keys):
        columns, places = ", ".join(key.sql for key in keys), ", ".join("%s" for _ in keys)
        return Condition(f"({columns}) {mark} ({places})", list(values))
    # Two directions: keys that run the same way are compared together, from the left.
    same = [key.falling is first.falling for key in keys].index(False)
    head, tail = beyond(keys[:same], values[:same]), beyond(keys[same:], values[same:])
    equal = " AND ".join(f"{key.sql} = %s" for key in keys[:same])
    return Condition(f"({head.sql} OR ({equal} AND {tail.sql}))", [*head.values, *values[:same], *tail.values])


@dataclass(frozen=True)
class Order:
    """What a list is sorted by, and which way."""

    sort: Sort
    falling: bool

    @classmethod
    def of(cls, text: str) -> "Order":
        """This function will read an order such as `due` or `-amount`; falling with the minus.

        Raises:
            InvalidField: when lists have no such order.
        """
        try:
            return cls(Sort(text.removeprefix("-")), text.startswith("-"))
        except ValueError as error:
            raise InvalidField(name="sort", reason=f"Payments are sorted by one of: {', '.join(Sort)}.") from error

    @property
    def parts(self) -> list[Part]:
        """The parts of the list, the first one first."""
        newest = tuple(key.turned(round_=True) for key in (_CREATED, _ID))
        if self.sort is Sort.STATUS:
            parts = [Part(keys=newest, statuses=(status,)) for status in STATUSES]
            return parts[::-1] if self.falling else parts
        if self.sort is Sort.CUSTOMER:
            by_name = tuple(key.turned(round_=self.falling) for key in (_NAME, _CUSTOMER))
            return [Part(keys=(*by_name, *newest), by_customer=True), Part(keys=newest, by_customer=False)]
        if self.sort is Sort.DUE:
            others = tuple(kind for kind in KINDS if kind != SCHEDULED)
            parts = [Part(keys=(_DUE, _CREATED, _ID), kinds=(SCHEDULED,)), Part(keys=(_CREATED, _ID), kinds=others)]
        else:
            parts = [Part(keys=(_AMOUNT if self.sort is Sort.AMOUNT else _CREATED, _ID))]
        return [part.turned(round_=self.falling) for part in parts]

    def position(self, cursor: str) -> "Position | None":
        """This function will return where a cursor stands in this order; None for no cursor.

        Raises:
            CursorNotAccepted: when a list in another order gave it out, or none at all.
        """
        backwards, found = read_position(cursor)
        if found is None:
            return None
        try:
            name, number, *values = found
            keys = self.parts[_whole(number)].keys
            if name != str(self) or number < 0:
                raise CursorNotAccepted
            read = [key.read(value) for key, value in zip(keys, values, strict=True)]
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            raise CursorNotAccepted from error
        return Position(number, read, backwards)

    def cursor(self, number: int, row: dict[str, Any], *, backwards: bool) -> str:
        """This function will return the cursor that stands at a row of a part."""
        values = [row[key.name] for key in self.parts[number].keys]
        return write_position([str(self), number, *values], backwards=backwards)

    def __str__(self) -> str:
        return f"-{self.sort}" if self.falling else str(self.sort)


@dataclass(frozen=True)
class Position:
    """Where a cursor stands: the number of the part, the values of its keys, and which way it leads."""

    number: int
    values: list[Any]
    backwards: bool
