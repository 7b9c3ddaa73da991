"""Lists of payments: pages, how many there are, their sums, and all of their rows for a file."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tallystick.foundation.paging import LARGEST_PAGE, Page
from tallystick.payments.conditions import EVERYTHING, Condition, every
from tallystick.payments.fields import PUBLIC_FIELDS, STAFF_FIELDS
from tallystick.payments.filters import PaymentFilter, conditions, covered, lanes, scarce
from tallystick.payments.orders import Order, Sort
from tallystick.payments.searching import by_words
from tallystick.payments.states import KINDS, STATUSES
from tallystick.payments.walks import Walk, collected_from, read, selected

# So many rows are collected and sorted in some milliseconds.
FEW: Final = 5000
# So many are sorted as quickly, when an index alone says all that is needed for it.
MANY: Final = 100_000
# How many payments a search takes from its words: each goes along to every statement of the list by its id.
MOST_BY_WORDS: Final = 1000
# What the planner thinks to be more than so many times that is not even looked up.
_SURELY_MANY: Final = 20
# From so many rows on a sample of about so many says whether a word is common: whether this part of them has it.
_LARGE: Final = 1_000_000
_SAMPLE: Final = 1000
_COMMON: Final = 0.01
# How many rows of a file are read at once.
_CHUNK: Final = 2000


@dataclass(frozen=True)
class CurrencyTotal:
    """A sum in one currency, in minor units, and over how many rows it goes."""

    currency: str
    minor: int
    count: int


@dataclass(frozen=True)
class Figures:
    """How many payments a list has, and their sums for each currency; of long lists only about how many."""

    count: int
    is_exact: bool
    sums: list[CurrencyTotal]


def payments_page(
    wanted: PaymentFilter,
    *,
    sort: str = "-created",
    cursor: str = "",
    limit: int = 50,
    public: bool = False,
    few: int = FEW,
) -> Page:
    """This function will return a page of payments in an order such as `-created` or `due` (`orders.Sort`).

    `public` narrows search and columns to what a customer may read. Up to `few` rows are collected and sorted; with 0
    every list is walked (`payments.walks`).

    Raises:
        InvalidField: when there is no such order.
        CursorNotAccepted: when the cursor belongs to another order, or to no list.
    """
    order = Order.of(sort)
    at = order.position(cursor)
    limit = max(1, min(limit, LARGEST_PAGE))
    backwards = at is not None and at.backwards
    collected = _few(wanted, public=public, most=few, in_lanes=order.sort is Sort.CUSTOMER)
    walk = Walk(
        filter=wanted,
        sort=order.sort,
        condition=conditions(wanted, public=public),
        few=collected,
        many=_many(wanted, order) if few and collected is None else None,
        fields=PUBLIC_FIELDS if public else STAFF_FIELDS,
    )
    numbered = list(enumerate(part.turned(round_=backwards) for part in order.parts))
    found: list[tuple[int, dict[str, Any]]] = []
    for number, part in reversed(numbered) if backwards else numbered:
        if at is not None and (number > at.number if backwards else number < at.number):
            continue
        after = at.values if at is not None and number == at.number else None
        found += [(number, row) for row in walk.rows(part, after, limit + 1 - len(found))]
        if len(found) > limit:
            break
    return _page(order, found, limit, is_first=at is None, backwards=backwards)


def _page(
    order: Order, found: list[tuple[int, dict[str, Any]]], limit: int, *, is_first: bool, backwards: bool
) -> Page:
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    after = order.cursor(*found[-1], backwards=False) if more or backwards else ""
    before = order.cursor(*found[0], backwards=True) if (more and backwards) or not (is_first or backwards) else ""
    rows = [{name: value for name, value in row.items() if not name.startswith("sort_")} for _, row in found]
    return Page(rows, after, before)


def figures(wanted: PaymentFilter, *, few: int = FEW) -> Figures:
    """This function will return how many payments a list has, and sums of what is neither reversed nor cancelled.

    They are exact when up to `few` payments fit some part of the filter; else the planner's estimate of the number,
    without sums.
    """
    narrowed = conditions(wanted, public=False)
    collected = _few(wanted, public=False, most=few, in_lanes=True)
    if collected is None and estimated(EVERYTHING) <= few:
        collected = EVERYTHING
    elif collected is None and wanted.customer_id is not None:
        own = Condition("p.customer_id = %s", [wanted.customer_id])
        collected = own if _is_few(own, few) else None
    if collected is None:
        return Figures(estimated(narrowed), is_exact=False, sums=[])
    source = collected_from(collected)
    signed = "CASE WHEN p.kind IN ('refund', 'charge') THEN -p.total_minor ELSE p.total_minor END"
    sql = [
        source.sql,
        "SELECT p.currency, count(*) AS count,",
        f"coalesce(sum({signed}) FILTER (WHERE p.reversed_at IS NULL AND p.status <> 'cancelled'), 0)::bigint",
        "AS minor",
        "FROM p WHERE",
        narrowed.sql,
        "GROUP BY p.currency ORDER BY p.currency",
    ]
    sums = [CurrencyTotal(**row) for row in read(sql, [*source.values, *narrowed.values])]
    return Figures(sum(total.count for total in sums), is_exact=True, sums=sums)


def with_words(text: str, *, public: bool, most: int = MOST_BY_WORDS) -> tuple[tuple[UUID, ...], bool]:
    """This function will return the payments that have the words of a text, and whether these are not all of them.

    At most `most` are returned, any of them; none of what the planner, or a sample of the table, says to be very much
    more. So no search has to read through words that half of all payments have.
    """
    conditions = by_words(text, public=public)
    if not conditions:
        return (), False
    words = every([*conditions, Condition("p.deleted_at IS NULL")])
    if estimated(words) > most * _SURELY_MANY or _share(words) > _COMMON:
        return (), True
    rows = read(["SELECT p.id FROM payments_payment AS p WHERE", words.sql, "LIMIT %s"], [*words.values, most + 1])
    return tuple(row["id"] for row in rows[:most]), len(rows) > most


def estimated(condition: Condition) -> int:
    """This function will return how many payments the planner thinks to fulfil a condition."""
    sql = ["EXPLAIN (FORMAT JSON) SELECT 1 FROM payments_payment AS p WHERE", condition.sql]
    with connection.cursor() as cursor:
        cursor.execute(" ".join(sql), condition.values)
        (plan,) = cursor.fetchone()
    found = json.loads(plan) if isinstance(plan, str) else plan
    return int(found[0]["Plan"]["Plan Rows"])


def _share(condition: Condition) -> float:
    """Which part of a sample of a large table fulfils a condition: the planner knows nothing of how words begin."""
    rows = estimated(EVERYTHING)
    if rows < _LARGE:
        return 0.0
    sql = [
        f"SELECT count(*) FILTER (WHERE {condition.sql}) AS fitting, count(*) AS count FROM payments_payment AS p",
        # The same pages each time, so that a search is not answered in one way now and in another later.
        "TABLESAMPLE SYSTEM (%s) REPEATABLE (0)",
    ]
    (row,) = read(sql, [*condition.values, 100 * _SAMPLE / rows])
    return float(row["fitting"] / row["count"]) if row["count"] else 0.0


def _few(wanted: PaymentFilter, *, public: bool, most: int, in_lanes: bool) -> Condition | None:
    """The first condition of a filter that few payments fulfil, or None; in a small table any is one.

    With `in_lanes` few may be of the statuses and kinds; lists that are walked along those have no need of it.
    """
    arms = scarce(wanted, public=public)
    if in_lanes and (wanted.statuses, wanted.kinds) != (STATUSES, KINDS):
        arms.append(every(lanes(wanted)))
    if arms and estimated(EVERYTHING) <= most:
        return arms[0]
    return next((arm for arm in arms if _is_few(arm, most)), None)


def _many(wanted: PaymentFilter, order: Order) -> Condition | None:
    """The first condition of a filter that so many payments fulfil as an index can sort by itself, or None.

    Lists by making and by customer have what they walk along for each of these conditions.
    """
    if order.sort in (Sort.CREATED, Sort.CUSTOMER):
        return None
    return next((arm for arm in covered(wanted) if _is_few(arm, MANY)), None)


def _is_few(condition: Condition, most: int) -> bool:
    if estimated(condition) > most * _SURELY_MANY:
        return False
    sql = ["SELECT count(*) AS count FROM (SELECT 1 FROM payments_payment AS p WHERE", condition.sql, "LIMIT %s) AS f"]
    (row,) = read(sql, [*condition.values, most + 1])
    return bool(row["count"] <= most)


def all_payments(wanted: PaymentFilter, *, sort: str = "-created") -> Iterator[list[dict[str, Any]]]:
    """This function will return every payment of a list as its customer may read it, in chunks, from one snapshot."""
    found = in_order(Order.of(sort), conditions(wanted, public=True))
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {selected(PUBLIC_FIELDS, [])} {found.sql}", found.values)
        while rows := cursor.fetchmany(_CHUNK):
            names = [column.name for column in cursor.description]
            yield [dict(zip(names, row, strict=True)) for row in rows]


def in_order(order: Order, condition: Condition, *, joined: str = "") -> Condition:
    """This function will return what stands from FROM on, for all rows of a list (`p`) in its order at once.

    `c` is the customer of each; `joined` joins more.
    """
    numbers, values = [], list[Any]()
    for place, part in enumerate(order.parts):
        numbers.append(f"WHEN {part.condition.sql} THEN {place}")
        values += part.condition.values
    # The keys of the first part are those of all others, and perhaps more: those are null there, or all the same.
    sql = [
        f"FROM payments_payment AS p LEFT JOIN customers_customer AS c ON c.id = p.customer_id {joined} WHERE",
        condition.sql,
        f"ORDER BY CASE {' '.join(numbers)} END, {order.parts[0].ordering}",
    ]
    return Condition(" ".join(sql), [*condition.values, *values])


def credit_of(customer_ids: Collection[UUID], *, most: int) -> list[UUID]:
    """This function will return receipts of customers that nothing is allocated of, come or promised; newest ones.

    Looked through are the last `most` payments of these customers, for each an equal part of them.
    """
    sql = [
        "SELECT p.id FROM unnest(%s::uuid[]) AS customer (id) CROSS JOIN LATERAL",
        "(SELECT p.* FROM payments_payment AS p WHERE p.customer_id = customer.id",
        "ORDER BY p.created_at DESC, p.id DESC LIMIT %s) AS p",
        "WHERE p.kind = 'receipt' AND p.status <> 'cancelled' AND p.reversed_at IS NULL",
        "AND p.deleted_at IS NULL AND p.allocated_minor = 0 AND p.unallocated_minor > 0",
    ]
    return [row["id"] for row in read(sql, [list(customer_ids), most // max(1, len(customer_ids))])]


def refunds_of(payment_ids: Collection[UUID]) -> list[UUID]:
    """This function will return the refunds of payments."""
    sql = ["SELECT p.id FROM payments_payment AS p WHERE p.refund_of_id = ANY(%s)"]
    return [row["id"] for row in read(sql, [list(payment_ids)])]


def ids(wanted: PaymentFilter, *, sort: str = "-created", most: int) -> list[UUID]:
    """This function will return the payments of a list in its order, `most` of them and one more at most."""
    found = in_order(Order.of(sort), conditions(wanted, public=False))
    return [row["id"] for row in read(["SELECT p.id", found.sql, "LIMIT %s"], [*found.values, most + 1])]


def more_than(wanted: PaymentFilter, most: int) -> bool:
    """This function will say whether a list has more than so many payments; it counts no further."""
    return not _is_few(conditions(wanted, public=False), most)


def totals(wanted: PaymentFilter, column: str = "total_minor") -> list[CurrencyTotal]:
    """This function will return how many payments of money that came in fit, and their sum, for each currency."""
    condition = conditions(wanted, public=False)
    sql = [
        f"SELECT p.currency, sum(p.{column})::bigint AS minor, count(*) AS count FROM payments_payment AS p WHERE",
        condition.sql,
        "AND p.kind NOT IN ('refund', 'charge', 'voucher') AND p.reversed_at IS NULL",
        "GROUP BY p.currency ORDER BY p.currency",
    ]
    return [CurrencyTotal(**row) for row in read(sql, condition.values)]
