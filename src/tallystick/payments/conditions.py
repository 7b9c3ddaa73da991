"""Conditions on payments in SQL, with `p` for the payment; values stand apart from the words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Condition:
    """A condition, and the values of its placeholders."""

    sql: str
    values: Sequence[Any] = ()


EVERYTHING: Final = Condition("TRUE")


def anything_of(column: str, values: Iterable[Any]) -> Condition:
    """This function will return the condition that a column has one of some values."""
    return Condition(f"{column} = ANY(%s)", [list(values)])


def every(conditions: Iterable[Condition]) -> Condition:
    """This function will return the condition that all of some hold; none of them is true of every payment."""
    found = list(conditions)
    return Condition(
        " AND ".join(each.sql for each in found) or "TRUE", [value for each in found for value in each.values]
    )


def some(conditions: Iterable[Condition]) -> Condition:
    """This function will return the condition that one of some holds, at least."""
    found = list(conditions)
    return Condition(f"({' OR '.join(each.sql for each in found)})", [value for each in found for value in each.values])
