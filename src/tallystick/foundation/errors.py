"""The four kinds of expected failure. Each room derives its own from them, beside the function that raises it.

An error states a fact, carries it in fields, and says what to do. A door maps the four kinds once: not found 404, not
allowed 403, conflict 409, invalid 422.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from tallystick.money.amounts import Money
from tallystick.money.currencies import Currency


@dataclass(kw_only=True, eq=False)
class ExpectedError(Exception):
    """An expected failure: the caller can do something about it, no code needs to change."""

    # A stable word for programs.
    code: ClassVar[str]
    # A sentence for people, with the error's fields in braces. A field that ends in `_minor` is an amount in the
    # error's own `currency`.
    sentence: ClassVar[str]
    # The input that the failure belongs to, when it is one.
    field: ClassVar[str | None] = None

    def facts(self) -> dict[str, Any]:
        """This function will return the facts that the error carries, by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def told(self, amount: Callable[[int, str], str], said: Callable[[str], str] = str) -> str:
        """This function will return the sentence, with each amount as `amount` writes minor units of a currency, and as
        `said` says a text in the reader's language.
        """
        facts = self.facts()
        if isinstance(facts.get("reason"), str):
            facts["reason"] = said(facts["reason"])
        for name in facts:
            if name.endswith("_minor"):
                facts[name] = amount(facts[name], facts["currency"])
        return said(self.sentence).format(**facts)

    def __str__(self) -> str:
        return self.told(lambda minor, currency: str(Money(minor, Currency(currency))))


@dataclass(kw_only=True, eq=False)
class NotFound(ExpectedError):
    """There is no such thing, or not for this caller: the two look the same from outside."""

    code: ClassVar[str] = "not_found"
    sentence: ClassVar[str] = "There is no such {kind}."

    kind: str


@dataclass(kw_only=True, eq=False)
class NotAllowed(ExpectedError):
    """The caller lacks the permission."""

    code: ClassVar[str] = "not_allowed"
    sentence: ClassVar[str] = "This needs the permission “{permission}”."

    permission: str


class Conflict(ExpectedError):
    """The thing is not in a state that allows this, or somebody else was faster."""


class Invalid(ExpectedError):
    """The input cannot be used; the sentence says what would be."""


@dataclass(kw_only=True, eq=False)
class InvalidField(Invalid):
    """One field of the input cannot be used."""

    code: ClassVar[str] = "invalid"
    sentence: ClassVar[str] = "{reason}"

    name: str
    reason: str
