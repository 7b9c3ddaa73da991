"""What a number that can be explained is, and how its leaves are written as SQL.

The leaves of a number are one query. Its total, its parts and a page of leaves are all read from that query, so that
they cannot disagree; a set of any size stays in the database.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from django.utils.functional import Promise

Values: TypeAlias = Mapping[str, Any]
_NAMED: Final = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a number is about, by the names of `Number.takes`; what it does not take is left empty.

    `until` is the last day whose entries count, `known_before` the moment from which records do not.
    """

    customer: UUID | None = None
    invoice: UUID | None = None
    payment: UUID | None = None
    credit_note: UUID | None = None
    allocation: UUID | None = None
    subscription: UUID | None = None
    tax_rate: UUID | None = None
    line: UUID | None = None
    account: str = ""
    currency: str = ""
    age: str = ""
    first_day: date | None = None
    until: date | None = None
    known_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number that can be explained.

    `leaves` has a row for each leaf: `leaf` (a text, unique and in order), `day`, `minor` with the sign that it has in
    the number, the `part` (an object's id) that it belongs to, and for a posting its `entry_id`, `rule`, `account` and
    `side`. `excluded` has a row for each thing that somebody could expect in it and that does not count: `reason`,
    `id`, `minor`, `currency`.
    """

    name: str
    title: Promise
    formula: Promise
    takes: tuple[str, ...]
    leaves: str
    excluded: str = ""
    # Facts that are not in the subject itself: the days of an age, rows that Python has to compute.
    more: Callable[[Subject], dict[str, Any]] | None = None
    # The number that explains a part of this one further, and what that one is about.
    part_number: str = ""
    part_takes: str = ""
    # Whether it belongs to the business, and to no customer alone.
    of_business: bool = False
    # Whether it can be asked for a day to come: what is dated ahead counts on its day.
    looks_ahead: bool = False
    # Whether it is told in base currency; without a currency it is then of all of them.
    in_base: bool = False

    @property
    def understands(self) -> tuple[str, ...]:
        """What of a subject counts for it: what it takes, and whatever else its queries name."""
        named = set(_NAMED.findall(self.leaves + self.excluded)).difference(self.takes)
        return (*self.takes, *(each.name for each in fields(Subject) if each.name in named))


# Entries that count: by effective date, and where that is asked for as they were known before a moment.
COUNTED: Final = """(%(until)s::date IS NULL OR entry.effective_date <= %(until)s)
  AND (%(known_before)s::timestamptz IS NULL OR entry.recorded_at < %(known_before)s)"""
# The business's day on which something was made, that nothing was posted for.
MADE_DAY: Final = "(created_at AT TIME ZONE %(zone)s)::date"
# The payment or credit note on whose credit an entry draws.
SOURCE: Final = (
    "(SELECT other.object_id FROM ledger_posting other "
    "WHERE other.entry_id = posting.entry_id AND other.account IN ('2100', '2000') ORDER BY other.id LIMIT 1)"
)


def postings(where: str, *, plus: str, part: str = "posting.object_id", in_base: bool = False) -> str:
    """This function will return the query of postings as leaves; those on the side `plus` add to the number."""
    minor = "posting.base_minor" if in_base else "posting.amount_minor"
    return f"""
SELECT 'p' || lpad(posting.id::text, 19, '0') AS leaf, entry.effective_date AS day,
       CASE posting.side WHEN '{plus}' THEN {minor} ELSE -{minor} END AS minor,
       {part} AS part, entry.id AS entry_id, entry.rule::text AS rule, posting.account::text AS account,
       posting.side::text AS side
FROM ledger_posting posting JOIN ledger_journalentry entry ON entry.id = posting.entry_id
WHERE {where}"""  # noqa: S608 - our own text


def rows(day: str, minor: str, part: str, source: str) -> str:
    """This function will return the query of objects as leaves: nothing was posted for them, or they say what was."""
    return f"""
SELECT 'r' || {part}::text AS leaf, {day} AS day, {minor} AS minor, {part} AS part, NULL::uuid AS entry_id,
       NULL::text AS rule, NULL::text AS account, NULL::text AS side
FROM {source}"""  # noqa: S608 - our own text


def released(thing: str, where: str) -> str:
    """This function will return the query of allocations that were undone, as what does not count in a number.

    `thing` is what each is listed by: the invoice, or the payment or credit note.
    """
    return f"""
SELECT 'released' AS reason, {thing} AS id, amount_minor AS minor, currency::text AS currency
FROM allocations_allocation WHERE {where} AND released_at IS NOT NULL"""  # noqa: S608 - our own text
