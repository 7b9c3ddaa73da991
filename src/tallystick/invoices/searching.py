"""What people find invoices by: their number, words of their title, and their customer. An index serves each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from tallystick.customers import queries as customers
from tallystick.foundation import rarity
from tallystick.foundation.rows import fetch
from tallystick.foundation.words import words_of, words_query

# How many invoices, by number or title, and how many customers a text may stand for.
MOST: Final = 1000
# What the planner thinks to be more than so many times that is not even looked up.
_SURELY_MANY: Final = 20

_TABLE: Final = "invoices_invoice"
# By the index for beginnings, which knows no collation.
_NUMBERED: Final = (
    "SELECT id FROM invoices_invoice WHERE number ~>=~ %s AND number ~<~ %s ORDER BY number USING ~>~ LIMIT %s"
)
_ENDING: Final = (
    "SELECT id FROM invoices_invoice WHERE number IS NOT NULL AND reverse(number) ~>=~ %s AND reverse(number) ~<~ %s "
    "ORDER BY reverse(number) USING ~<~ LIMIT %s"
)
# No character stands behind it.
_LAST: Final = "\U0010ffff"
# The words of a title, as the index `invoices_by_title` has them.
_WORDS: Final = words_of("title")
_TITLED: Final = "title <> ''"


@dataclass(frozen=True)
class Named:
    """The invoices that a text names, and the customers whose invoices it names all of.

    When it is cut, more invoices fit than are among these.
    """

    ids: tuple[UUID, ...]
    customer_ids: tuple[UUID, ...]
    is_cut: bool = False


def named(text: str) -> Named:
    """This function will return what a text stands for among all invoices: the beginning or the end of a number, words
    of a title, words of a customer's name, or a customer's number. Of very many by number it is the last ones.
    """
    text = text.replace("\0", "").strip()
    if not text:
        return Named((), ())
    titled, whom = _titled(text), customers.named(text, limit=MOST + 1)
    parts = [numbered(text, limit=MOST + 1), _ending(text, limit=MOST + 1), titled or []]
    return Named(
        ids=tuple({each for part in parts for each in part[:MOST]}),
        customer_ids=whom[:MOST],
        is_cut=titled is None or any(len(part) > MOST for part in [*parts, whom]),
    )


def numbered(text: str, *, limit: int) -> list[UUID]:
    """This function will return the invoices whose number begins with a text, the last numbers first."""
    start = text.strip().upper()
    if not start:
        return []
    return [row["id"] for row in fetch(_NUMBERED, [start, start + _LAST, limit])]


def by_number(text: str) -> Q:
    """This function will return the condition that an invoice's number begins or ends with a text.

    Of few such invoices it names each, so that nothing else is read; very many are met by any walk.
    """
    found = [*numbered(text, limit=MOST + 1), *_ending(text.strip(), limit=MOST + 1)]
    number = text.strip().upper()
    return Q(id__in=found) if len(found) <= MOST else Q(number__startswith=number) | Q(number__endswith=number)


def of_one(text: str, customer_id: UUID) -> Q:
    """This function will return the condition that an invoice of one customer fits a text: all of that customer's do
    when it names the customer. The index of a customer's invoices has all that is looked at.
    """
    text = text.replace("\0", "").strip()
    if customer_id in customers.named(text, limit=MOST):
        return Q()
    number = text.upper()
    fits = Q(number__startswith=number) | Q(number__endswith=number)
    if query := words_query(text):
        has_words = RawSQL(f"{_WORDS} @@ lower(%s)::tsquery", [query], output_field=BooleanField())  # noqa: S611
        # Most have no title, which is told sooner than that its words are not there.
        fits |= Q(title__gt="") & Q(has_words)
    return fits


def nearest(
    rows: "QuerySet[Any, Any]", ordering: Sequence[str], customer_ids: Sequence[UUID], limit: int
) -> list[UUID]:
    """This function will return the first of the invoices of customers in an order: the first of each are merged.

    An index has each customer's in the order of lists, newest first.
    """
    columns = [column.lstrip("-") for column in ordering]
    own = rows.filter(customer_id=RawSQL("whose.id", [])).order_by(*ordering).values_list(*columns)
    names = [f"key_{place}" for place in range(len(columns))]
    found = f"found ({', '.join(names)})"
    merged = ", ".join(
        f"{name}{' DESC' if column.startswith('-') else ''}" for name, column in zip(names, ordering, strict=True)
    )
    (first, first_values), (page, page_values) = (own[:most].query.sql_with_params() for most in (1, limit))
    sql = (
        # Only the customers with the first rows can have any of the others.
        f"WITH whose AS (SELECT whose.id FROM unnest(%s::uuid[]) AS whose (id) CROSS JOIN LATERAL ({first}) AS {found} "  # noqa: S608
        f"ORDER BY {merged} LIMIT %s) SELECT {names[columns.index('id')]} FROM whose CROSS JOIN LATERAL ({page}) "
        f"AS {found} ORDER BY {merged} LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(customer_ids), *first_values, limit, *page_values, limit])
        return [found for (found,) in cursor.fetchall()]


def _ending(text: str, *, limit: int) -> list[UUID]:
    start = text.upper()[::-1]
    return [row["id"] for row in fetch(_ENDING, [start, start + _LAST, limit])]


def _titled(text: str) -> list[UUID] | None:
    """The invoices whose title has the words of a text, or None when those are too many to be looked for."""
    query = words_query(text)
    if not query:
        return []
    having = rarity.by_words(_TABLE, _WORDS, query, most=MOST * _SURELY_MANY, among=_TITLED)
    if having is None:
        return None
    condition, values = having
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {_TABLE} WHERE {condition} LIMIT %s", [*values, MOST + 1])  # noqa: S608
        return [found for (found,) in cursor.fetchall()]
