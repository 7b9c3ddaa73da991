"""Reading a number: its total, its parts, their leaves, and what is left out. Sums come from the database."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tallystick.foundation.clock import business_zone
from tallystick.foundation.rows import fetch, fetch_one
from tallystick.ledger.accounts import CHART
from tallystick.reports.explain.numbers import Number, Subject

# Leaves of one part that are listed beside it; the others are on a page of the part.
LISTED: Final = 10
MOST_EXCLUDED: Final = 50

_TOTAL = """
WITH leaves AS ({leaves}), parts AS (SELECT part, sum(minor) AS minor FROM leaves GROUP BY part)
SELECT coalesce(sum(minor), 0)::bigint AS minor, count(*) AS parts, count(*) FILTER (WHERE minor = 0) AS level
FROM parts
"""
# A part whose leaves cancel out, such as an invoice that was paid, adds nothing and is only counted.
_PARTS = """
WITH leaves AS ({leaves}), parts AS (
    SELECT part, min(day) AS day, sum(minor)::bigint AS minor, count(*) AS leaves FROM leaves GROUP BY part
)
SELECT part, day, minor, leaves FROM parts
WHERE minor <> 0 AND (%(at_part)s::uuid IS NULL OR (day, part) > (%(at_day)s::date, %(at_part)s::uuid))
ORDER BY day, part LIMIT %(limit)s
"""
_LEAVES_OF = """
WITH leaves AS ({leaves}), counted AS (
    SELECT *, row_number() OVER (PARTITION BY part ORDER BY day, leaf) AS place FROM leaves WHERE part = ANY(%(parts)s)
)
SELECT * FROM counted WHERE place <= %(listed)s ORDER BY part, day, leaf
"""
_LEAVES = """
WITH leaves AS ({leaves})
SELECT * FROM leaves WHERE part = %(part)s
  AND (%(at_leaf)s::text IS NULL OR (day, leaf) > (%(at_day)s::date, %(at_leaf)s::text))
ORDER BY day, leaf LIMIT %(limit)s
"""
_OF_PART = """
WITH leaves AS ({leaves})
SELECT min(day) AS day, sum(minor)::bigint AS minor, count(*) AS leaves FROM leaves WHERE part = %(part)s
"""
_EXCLUDED = """
WITH excluded AS ({excluded}) SELECT reason, id, minor, currency FROM excluded ORDER BY reason, id DESC LIMIT %(limit)s
"""
_NAMES = """
SELECT id, 'invoice' AS kind, coalesce(number, '') AS name FROM invoices_invoice WHERE id = ANY(%(ids)s)
UNION ALL SELECT id, 'credit_note', number FROM invoices_creditnote WHERE id = ANY(%(ids)s)
UNION ALL SELECT id, 'payment', coalesce(receipt_number, '') FROM payments_payment WHERE id = ANY(%(ids)s)
UNION ALL SELECT id, 'customer', name FROM customers_customer WHERE id = ANY(%(ids)s)
UNION ALL SELECT id, 'line', description FROM invoices_invoiceline WHERE id = ANY(%(ids)s)
UNION ALL SELECT id, 'tax_rate', name FROM catalog_taxrate WHERE id = ANY(%(ids)s)
UNION ALL SELECT lot.id, 'lot', coalesce(nullif(lot.source, ''), topup.number, '') FROM wallets_lot lot
LEFT JOIN allocations_allocation allocation ON allocation.id = lot.allocation_id
LEFT JOIN invoices_invoice topup ON topup.id = allocation.invoice_id WHERE lot.id = ANY(%(ids)s)
UNION ALL SELECT id, 'product', name FROM catalog_product WHERE id = ANY(%(ids)s)
UNION ALL SELECT dispute.id, 'dispute', coalesce(payment.receipt_number, '') FROM payments_dispute dispute
JOIN payments_payment payment ON payment.id = dispute.payment_id WHERE dispute.id = ANY(%(ids)s)
UNION ALL SELECT id, 'voucher_batch', name FROM wallets_voucherbatch WHERE id = ANY(%(ids)s)
UNION ALL SELECT id, 'gateway_account', name FROM gateways_gatewayaccount WHERE id = ANY(%(ids)s)
"""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One posting, or one object that nothing was posted for; `minor` has the sign that it has in the number."""

    leaf: str
    day: date
    minor: int
    rule: str | None
    account: str | None
    side: str | None

    @property
    def account_name(self) -> str:
        """The name of the posting's account in the chart; empty for what is no posting."""
        return CHART[self.account].name if self.account else ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one object adds to a number, with how many leaves, and the first of them."""

    id: UUID
    kind: str
    name: str
    day: date
    minor: int
    count: int
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, kw_only=True)
class Excluded:
    """Something that does not count, and why."""

    reason: str
    id: UUID | None
    kind: str
    name: str
    minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class Total:
    """A number: its parts, and how many of them cancel out and are not listed."""

    minor: int
    parts: int
    level: int


def total(number: Number, subject: Subject) -> Total:
    """This function will add up the leaves of a number, in minor units."""
    row = fetch_one(_TOTAL.format(leaves=number.leaves), _values(number, subject))
    assert row is not None  # noqa: S101 - a sum has one row
    return Total(minor=row["minor"], parts=row["parts"], level=row["level"])


def parts(number: Number, subject: Subject, *, after: tuple[date, UUID] | None, limit: int) -> list[Part]:
    """This function will return the parts that add something, by date, those behind a position; with their leaves."""
    day, part = after or (None, None)
    values = {**_values(number, subject), "at_day": day, "at_part": part, "limit": limit}
    found = fetch(_PARTS.format(leaves=number.leaves), values)
    ids = [row["part"] for row in found]
    listed = {**_values(number, subject), "parts": ids, "listed": LISTED}
    leaves: dict[UUID, list[Leaf]] = {each: [] for each in ids}
    for row in fetch(_LEAVES_OF.format(leaves=number.leaves), listed) if ids else []:
        leaves[row["part"]].append(_leaf(row))
    return _parts(found, leaves)


def one_part(
    number: Number, subject: Subject, part: UUID, *, after: tuple[date, str] | None, limit: int
) -> Part | None:
    """This function will return one part with its leaves by date, those behind a position; None when it has none."""
    values = {**_values(number, subject), "part": part}
    row = fetch_one(_OF_PART.format(leaves=number.leaves), values)
    if row is None or not row["leaves"]:
        return None
    day, leaf = after or (None, None)
    found = fetch(_LEAVES.format(leaves=number.leaves), {**values, "at_day": day, "at_leaf": leaf, "limit": limit})
    return _parts([{**row, "part": part}], {part: [_leaf(each) for each in found]})[0]


def excluded(number: Number, subject: Subject) -> list[Excluded]:
    """This function will return what does not count, the newest of each reason first, `MOST_EXCLUDED` and one more."""
    if not number.excluded:
        return []
    values = {**_values(number, subject), "limit": MOST_EXCLUDED + 1}
    found = fetch(_EXCLUDED.format(excluded=number.excluded), values)
    named = _names(row["id"] for row in found)
    return [
        Excluded(**row, kind=named.get(row["id"], ("", ""))[0], name=named.get(row["id"], ("", ""))[1]) for row in found
    ]


def _values(number: Number, subject: Subject) -> dict[str, Any]:
    zone = business_zone().key
    return {**asdict(subject), "zone": zone, **(number.more(subject) if number.more else {})}


def _parts(found: Sequence[dict[str, Any]], leaves: dict[UUID, list[Leaf]]) -> list[Part]:
    named = _names(row["part"] for row in found)
    return [
        Part(
            id=row["part"],
            kind=named.get(row["part"], ("", ""))[0],
            name=named.get(row["part"], ("", ""))[1],
            day=row["day"],
            minor=row["minor"],
            count=row["leaves"],
            leaves=tuple(leaves[row["part"]]),
        )
        for row in found
    ]


def _leaf(row: dict[str, Any]) -> Leaf:
    return Leaf(**{name: row[name] for name in ("leaf", "day", "minor", "rule", "account", "side")})


def _names(ids: Iterable[UUID | None]) -> dict[UUID, tuple[str, str]]:
    wanted = [each for each in set(ids) if each is not None]
    found = fetch(_NAMES, {"ids": wanted}) if wanted else []
    return {row["id"]: (row["kind"], row["name"]) for row in found}
