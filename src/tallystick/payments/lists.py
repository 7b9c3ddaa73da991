"""Lists of payments: pages, how many there are, their sums, and all of their rows for a file."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tallystick.foundation import rarity
from tallystick.foundation.paging import LARGEST_PAGE, Page
from tallystick.foundation.transactions import snapshot
from tallystick.foundation.words import words_query
from tallystick.payments.conditions import EVERYTHING, Condition, every
from tallystick.payments.fields import PUBLIC_FIELDS, STAFF_FIELDS
from tallystick.payments.filters import PaymentFilter, conditions, covered, lanes, scarce
from tallystick.payments.orders import Order, Sort
from tallystick.payments.reading import read, selected
from tallystick.payments.searching import OUTWARD_WORDS, WORDS
from tallystick.payments.states import KINDS, STATUSES
from tallystick.payments.walks import Walk, collected_from

_TABLE: Final = "payments_payment AS p"
# How many payments a search takes from its words: each goes along to every statement of the list by its id.
MOST_BY_WORDS: Final = 1000
# What the planner thinks to be more than so many times that is not even looked up.
_SURELY_MANY: Final = 20
_PROBABLY_MANY: Final = 2
# How many rows of a file are read at once.
_CHUNK: Final = 2000


@dataclass(frozen=True)
class Limits:
    """Up to how many payments, of one condition of a filter, each way of reading a page takes (`payments.walks`).

    What is beyond both is walked along an index; with two zeros every list is.
    """

    # So many rows are collected whole, and sorted, in some milliseconds.
    collected: int = 5000
    # So many are sorted in the same time when an index alone says all that is needed for it.
    sorted: int = 100_000


LIMITS: Final = Limits()


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


class Few:
    """The first condition of a filter that few payments fulfil, or None; in a small table any is one.

    It is looked up when it is first asked for, and once: a list and the figures under it share it.
    """

    def __init__(self, wanted: PaymentFilter, *, public: bool = False, most: int = LIMITS.collected) -> None:
        self._wanted, self._public, self._most = wanted, public, most

    @cached_property
    def of_filter(self) -> Condition | None:
        """This property will be what few payments fulfil beside their statuses and kinds."""
        wanted, arms = self._wanted, scarce(self._wanted, public=self._public)
        if wanted.search and wanted.customer_id is not None:
            # In what one customer has a common word is found soon, which an index of words would add up first.
            own = _of_customer(wanted.customer_id)
            arms = [own, *(arms if self._has_rare_words() else scarce(replace(wanted, search=""), public=self._public))]
        return self._first(arms)

    @cached_property
    def in_lanes(self) -> Condition | None:
        """This property will be the same, or statuses and kinds that few payments are of.

        Lists that are walked along those have no need of it.
        """
        if (self._wanted.statuses, self._wanted.kinds) == (STATUSES, KINDS):
            return self.of_filter
        return self.of_filter or self._first([every(lanes(self._wanted))])

    def _has_rare_words(self) -> bool:
        query = words_query(self._wanted.search.replace("\0", ""))
        return not query or rarity.by_words(_TABLE, WORDS, query, most=self._most * _SURELY_MANY) is not None

    def _first(self, arms: list[Condition]) -> Condition | None:
        if arms and estimated(EVERYTHING) <= self._most:
            return arms[0]
        return next((arm for arm in arms if _is_few(arm, self._most)), None)


def payments_page(
    wanted: PaymentFilter,
    *,
    sort: str = "-created",
    cursor: str = "",
    limit: int = 50,
    public: bool = False,
    limits: Limits = LIMITS,
    few: Few | None = None,
) -> Page:
    """This function will return a page of payments in an order such as `-created` or `due` (`orders.Sort`).

    `public` narrows search and columns to what a customer may read. `few` is what was looked up for the same filter.

    Raises:
        InvalidField: when there is no such order.
        CursorNotAccepted: when the cursor belongs to another order, or to no list.
    """
    order = Order.of(sort)
    at = order.position(cursor)
    limit = max(1, min(limit, LARGEST_PAGE))
    backwards = at is not None and at.backwards
    few = few or Few(wanted, public=public, most=limits.collected)
    collected = few.in_lanes if order.sort is Sort.CUSTOMER else few.of_filter
    walk = Walk(
        filter=wanted,
        sort=order.sort,
        public=public,
        few=collected,
        many=_many(wanted, order, most=limits.sorted) if collected is None else None,
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


def figures(wanted: PaymentFilter, *, most: int = LIMITS.collected, few: Few | None = None) -> Figures:
    """This function will return how many payments a list has, and sums of what is neither reversed nor cancelled.

    They are exact when up to `most` payments fit some part of the filter; else the planner's estimate of the number,
    without sums. `few` is what was looked up for the same filter.
    """
    narrowed = conditions(wanted, public=False)
    collected = (few or Few(wanted, most=most)).in_lanes
    if collected is None and estimated(EVERYTHING) <= most:
        collected = EVERYTHING
    elif collected is None and wanted.customer_id is not None:
        own = _of_customer(wanted.customer_id)
        collected = own if _is_few(own, most) else None
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
    query = words_query(text.replace("\0", ""))
    if not query:
        return (), False
    having = rarity.by_words(_TABLE, WORDS, query, most=most * _SURELY_MANY)
    if having is None:
        return (), True
    words = Condition(*having)
    if public:
        # The index is on all words: which of them may be told is looked at row by row.
        words = every([words, Condition(f"{OUTWARD_WORDS} @@ lower(%s)::tsquery", [query])])
    sql = ["SELECT p.id FROM payments_payment AS p WHERE", words.sql, "AND p.deleted_at IS NULL LIMIT %s"]
    rows = read(sql, [*words.values, most + 1])
    return tuple(row["id"] for row in rows[:most]), len(rows) > most


def estimated(condition: Condition) -> int:
    """This function will return how many payments the planner thinks to fulfil a condition."""
    return rarity.estimated(_TABLE, condition.sql, condition.values)


def _of_customer(customer_id: UUID) -> Condition:
    return Condition("p.customer_id = %s", [customer_id])


def _many(wanted: PaymentFilter, order: Order, *, most: int) -> Condition | None:
    """The first condition of a filter that so many payments fulfil as can be sorted by what an index says, or None.

    Lists by making and by customer have what they walk along for each of these conditions.
    """
    if order.sort in (Sort.CREATED, Sort.CUSTOMER):
        return None
    # Of customers, currencies and ways of paying the planner knows well how common they are.
    return next((arm for arm in covered(wanted) if _is_few(arm, most, surely_many=_PROBABLY_MANY)), None)


def _is_few(condition: Condition, most: int, *, surely_many: int = _SURELY_MANY) -> bool:
    if estimated(condition) > most * surely_many:
        return False
    sql = ["SELECT count(*) AS count FROM (SELECT 1 FROM payments_payment AS p WHERE", condition.sql, "LIMIT %s) AS f"]
    (row,) = read(sql, [*condition.values, most + 1])
    return bool(row["count"] <= most)


@dataclass(frozen=True)
class Whole:
    """All rows of a part of a list's order: what stands from FROM on, and whether an index is walked for them."""

    condition: Condition
    is_walked: bool


def all_payments(wanted: PaymentFilter, *, sort: str = "-created") -> Iterator[list[dict[str, Any]]]:
    """This function will return every payment of a list as its customer may read it, in chunks, from one snapshot."""
    with snapshot():
        for found in in_order(Order.of(sort), conditions(wanted, public=True)):
            with connection.chunked_cursor() as cursor:
                cursor.execute(f"SELECT {selected(PUBLIC_FIELDS, [])} {found.condition.sql}", found.condition.values)
                while rows := cursor.fetchmany(_CHUNK):
                    names = [column.name for column in cursor.description]
                    yield [dict(zip(names, row, strict=True)) for row in rows]


def in_order(order: Order, condition: Condition, *, joined: str = "") -> list[Whole]:
    """This function will return what reads all rows of a list (`p`): a statement for each part of its order.

    `c` is the customer of each; `joined` joins more.
    """
    # To sort most of a large table takes minutes before the first row comes.
    most = max(estimated(EVERYTHING) // 2, LIMITS.sorted)
    found = []
    for part in order.parts:
        narrowed = every([condition, part.condition])
        # By name the customers come first, and each one's payments then.
        join = "JOIN" if part.by_customer else "LEFT JOIN"
        sql = [
            f"FROM payments_payment AS p {join} customers_customer AS c ON c.id = p.customer_id {joined} WHERE",
            narrowed.sql,
            f"ORDER BY {part.ordering}",
        ]
        is_walked = order.sort not in (Sort.DUE, Sort.AMOUNT) and estimated(narrowed) > most
        found.append(Whole(Condition(" ".join(sql), narrowed.values), is_walked))
    return found


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
    ids = list[UUID]()
    for found in in_order(Order.of(sort), conditions(wanted, public=False)):
        left = most + 1 - len(ids)
        sql = ["SELECT p.id", found.condition.sql, "LIMIT %s"]
        ids += [row["id"] for row in read(sql, [*found.condition.values, left])]
    return ids


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
