"""Explain this number (`docs/model.md`, 34): who may see customers and payments may open every amount of theirs."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from tallystick.allocations import queries as allocations
from tallystick.customers import queries as customers
from tallystick.foundation.clock import local_date
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField, NotFound
from tallystick.foundation.paging import CursorNotAccepted, read_position, write_position
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import snapshot
from tallystick.invoices import queries as invoices
from tallystick.invoices.document_queries import line
from tallystick.ledger import queries as ledger
from tallystick.ledger.accounts import CHART
from tallystick.payments import queries as payments
from tallystick.reports.explain import answers
from tallystick.reports.explain.answers import Excluded, Part, Total
from tallystick.reports.explain.numbers import Number, Subject
from tallystick.reports.explain.registry import NUMBERS
from tallystick.reports.statements import AGES
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases.frame import require_own, require_unscoped
from tallystick.usecases.roles import Permission


@dataclass(kw_only=True, eq=False)
class NumberUnknown(NotFound):
    """There is no number of this name."""

    code: ClassVar[str] = "number_unknown"
    sentence: ClassVar[str] = "There is no number “{kind}” that could be explained."


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A number as it is at a moment, with a page of its parts; or of the leaves of one part, in which case it is one.

    `day` is the last day whose entries count; None where the number is simply that of now.
    """

    number: Number
    subject: Subject
    currency: str
    at: datetime
    day: date | None
    total: Total
    parts: list[Part]
    excluded: list[Excluded]
    next_cursor: str


def _allocation(allocation_id: UUID) -> dict[str, Any]:
    row = allocations.allocation(allocation_id)
    if row is None:
        raise NotFound(kind="allocation")
    return row


# What a subject names, and how it is read: its customer and its currency.
_OBJECTS: Final[dict[str, Callable[[UUID], dict[str, Any]]]] = {
    "customer": lambda each: {"customer_id": customers.customer_row(each).id, "currency": ""},
    "invoice": invoices.invoice,
    "line": line,
    "payment": payments.public_payment,
    "credit_note": invoices.credit_note,
    "allocation": _allocation,
    "subscription": subscriptions.subscription,
}


def explain(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    subject: Subject,
    part: UUID | None = None,
    cursor: str = "",
    limit: int = 25,
) -> Explained:
    """This function will explain a number: its total, a page of its parts with their leaves, and what does not count.

    With `part` it is a page of all leaves of that part. Amounts are minor units; the leaves add up to the total. A day
    that the number takes is today unless it is named.

    Raises:
        NotAllowed: when the actor may not see customers and payments, or is narrowed to one and the number is not.
        NotFound, NumberUnknown: when there is no such number, object or part, or not for this actor.
        InvalidField: when something that the number is about is missing, or it is not about what is named, or a day is
            in the future.
        CursorNotAccepted: when the cursor is of another list.
    """
    actor.require(Permission.VIEW)
    number = NUMBERS.get(name)
    if number is None:
        raise NumberUnknown(kind=name)
    if number.of_business:
        require_unscoped(actor, Permission.VIEW)
    _refuse_others(number, subject)
    currency = _reached(actor, number, subject)
    if "until" in number.takes and subject.until is None and (number.of_business or "age" in number.takes):
        subject = replace(subject, until=local_date(at))
    _require_days(number, subject, today=local_date(at))
    with snapshot():
        found, next_cursor = _page(number, subject, part, cursor, limit)
        return Explained(
            number=number,
            subject=subject,
            currency=currency,
            at=at,
            day=subject.until,
            total=answers.total(number, subject),
            parts=found,
            excluded=[] if part else answers.excluded(number, subject),
            next_cursor=next_cursor,
        )


def _refuse_others(number: Number, subject: Subject) -> None:
    """Refuse what counts for nothing in the number: to leave it out would explain another one than was asked for."""
    for each in fields(Subject):
        if each.name not in number.understands and getattr(subject, each.name) != each.default:
            taken = ", ".join(f"`{name}`" for name in number.understands if name != "known_before")
            reason = f"The number “{number.name}” does not take this. It takes {taken}."
            raise InvalidField(name=each.name, reason=reason)


def _reached(actor: Actor, number: Number, subject: Subject) -> str:
    """Let the actor reach what the number is about, and return its currency."""
    currency = ""
    for name, read in _OBJECTS.items():
        if name not in number.takes:
            continue
        object_id = getattr(subject, name)
        if object_id is None:
            raise InvalidField(name=name, reason="Say what the number is about.")
        row = read(object_id)
        require_own(actor, row["customer_id"], kind=name.replace("_", " "))
        currency = row["currency"]
    if "currency" in number.takes and (subject.currency or not number.in_base):
        require_currency(currency=subject.currency)
        currency = subject.currency
    if number.in_base:
        currency = ledger.base_currency()
    if "age" in number.takes and subject.age not in AGES:
        raise InvalidField(name="age", reason="Say the age.")
    if "account" in number.takes and subject.account not in CHART:
        raise InvalidField(name="account", reason="Say the account by its code.")
    if "tax_rate" in number.takes and subject.tax_rate is None:
        raise InvalidField(name="tax_rate", reason="Say the tax rate.")
    return currency


def _require_days(number: Number, subject: Subject, *, today: date) -> None:
    if "first_day" in number.takes and subject.first_day is None:
        raise InvalidField(name="first_day", reason="Say the first day.")
    if subject.until is not None and subject.until > today and not number.looks_ahead:
        raise InvalidField(name="until", reason="Nothing is known of days to come.")


def _page(number: Number, subject: Subject, part: UUID | None, cursor: str, limit: int) -> tuple[list[Part], str]:
    _backwards, position = read_position(cursor, 2)
    if part is not None:
        after = None if position is None else (_day(position[0]), str(position[1]))
        found = answers.one_part(number, subject, part, after=after, limit=limit + 1)
        if found is None:
            raise NotFound(kind="part")
        listed = found.leaves[:limit]
        last = listed[-1] if len(found.leaves) > limit else None
        return [replace(found, leaves=listed)], write_position([last.day, last.leaf]) if last else ""
    behind = None if position is None else (_day(position[0]), _id(position[1]))
    several = answers.parts(number, subject, after=behind, limit=limit + 1)
    more = several[limit - 1] if len(several) > limit else None
    return several[:limit], write_position([more.day, more.id]) if more else ""


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise CursorNotAccepted from error


def _id(text: Any) -> UUID:
    try:
        return UUID(str(text))
    except ValueError as error:
        raise CursorNotAccepted from error
