"""Which payments a list shows (E16, E17), as conditions in SQL. What few payments may fit has an index of its own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from tallystick.foundation.clock import start_of
from tallystick.money.currencies import all_currencies
from tallystick.payments.amounts import AMOUNT, thousandths
from tallystick.payments.conditions import Condition, anything_of, every, some
from tallystick.payments.counting import COUNTED, COUNTED_DAY, counting_zone
from tallystick.payments.models import METHODS
from tallystick.payments.searching import NOTHING_NAMED, Named, arms
from tallystick.payments.states import KINDS, SCHEDULED, STATUSES

# Kinds whose total is money that left.
MONEY_OUT: Final = ("refund", "charge")
# Of these and of vouchers, which are in the wallet at once, nothing can be allocated.
NEVER_ALLOCATED: Final = (*MONEY_OUT, "voucher")
_DAY: Final = timedelta(days=1)
# Why an expected payment ended without anybody's doing.
_OVERTAKEN: Final = "('superseded', 'credited', 'written_off', 'withdrawn')"
_LIVE: Final = Condition("p.deleted_at IS NULL")
# Date / Time: the completion, until then the making (`docs/model.md`, 5); word for word as the index
# `payments_of_customer_by_moment` has it.
MOMENT: Final = "coalesce(p.completed_at, p.created_at)"
# Word for word the conditions of the indexes `payments_in_suspense` and `payments_not_allocated`.
_SUSPENSE: Final = Condition(
    "(p.customer_id IS NULL AND p.status = 'completed' AND p.reversed_at IS NULL "
    "AND p.kind NOT IN ('refund', 'charge'))"
)
_NOT_ALLOCATED: Final = Condition(
    "(p.status = 'completed' AND p.reversed_at IS NULL AND p.unallocated_minor > 0 "
    "AND p.kind NOT IN ('refund', 'charge') AND p.kind <> 'voucher')"
)
# Word for word the condition of the index `payments_confirmed_by_customer`.
_CONFIRMED: Final = Condition("(p.confirmed_by_customer AND p.reversed_at IS NULL)")
# A gateway has not said what became of a try: money may have moved.
_UNKNOWN: Final = Condition(
    "p.id IN (SELECT attempt.payment_id FROM payments_attempt AS attempt WHERE attempt.state = 'unknown')"
)
_GROUPED: Final = Condition(
    "p.invoice_id IN (SELECT invoice.id FROM invoices_invoice AS invoice WHERE invoice.group_id IS NOT NULL)"
)
# Something of it is taken back through a bank or card network, or may be, and that is not decided.
_DISPUTED: Final = Condition(
    "p.id IN (SELECT dispute.payment_id FROM payments_dispute AS dispute WHERE dispute.state IN ('inquiry', 'opened'))"
)
# Only what somebody did or chose: not what is merely expected, nor expectations that were overtaken; each with the
# status that it is about.
_MADE: Final = {
    "pending": Condition("NOT (p.kind = 'scheduled' AND p.status = 'pending' AND p.method = '')"),
    "cancelled": Condition(
        f"NOT (p.kind = 'scheduled' AND p.status = 'cancelled' AND p.cancel_reason IN {_OVERTAKEN})"
    ),
}
_OF_GROUPS: Final = (
    "p.id IN (SELECT expected.id FROM invoices_invoice AS invoice "
    "JOIN payments_payment AS expected ON expected.invoice_id = invoice.id WHERE invoice.group_id = ANY(%s) "
    "UNION ALL SELECT unnest(%s::uuid[]))"
)


@dataclass(frozen=True)
class PaymentFilter:
    """Which payments a list shows. Empty fields do not narrow; of several values any one fits."""

    customer_id: UUID | None = None
    status: str | tuple[str, ...] = ""
    kind: str | tuple[str, ...] = ""
    currency: str | tuple[str, ...] = ""
    method: str | tuple[str, ...] = ""
    search: str = ""
    # What the search means in other rooms.
    named: Named = NOTHING_NAMED
    due_from: date | None = None
    due_until: date | None = None
    received_from: date | None = None
    received_until: date | None = None
    # By Date / Time (`MOMENT`), in days of the business.
    made_from: date | None = None
    made_until: date | None = None
    # Only what reports count, and of that what counts in these days (`counting`).
    in_reports: bool = False
    counted_from: date | None = None
    counted_until: date | None = None
    # The code with which a payment failed, as its service calls it; `none` of those that failed without any.
    failure_code: str = ""
    # Major units, of whatever currency; refunds and purchases are below zero.
    amount_from: Decimal | None = None
    amount_until: Decimal | None = None
    in_suspense: bool = False
    unallocated: bool = False
    # Only what an open dispute or inquiry is about.
    disputed: bool = False
    # Only what a payment service has not answered for.
    unknown: bool = False
    # Only transfers that customers completed themselves (`docs/model.md`, 7), not reversed.
    confirmed_by_customer: bool = False
    # Only what somebody did or chose: not what is merely expected, nor expectations that were overtaken.
    made: bool = False
    # The expected payments of this invoice.
    invoice_id: UUID | None = None
    # Only payments of these customers; None does not narrow.
    customer_ids: tuple[UUID, ...] | None = None
    # Only payments that are expected for invoices of any billing group.
    grouped: bool = False
    # Only payments that are expected for invoices of these billing groups, and these, which are theirs otherwise.
    group_ids: tuple[UUID, ...] | None = None
    of_groups_ids: tuple[UUID, ...] = ()
    # Only these payments.
    ids: tuple[UUID, ...] | None = None

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses that can fit; all of them when the filter names none. `paid` is another word for completed."""
        named = {"completed" if status == "paid" else status for status in each(self.status)}
        is_done = self.in_suspense or self.unallocated or self.confirmed_by_customer
        fitting = ("completed",) if is_done else STATUSES
        return tuple(status for status in fitting if not named or status in named)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that can fit; all of them when the filter names none. Only what is expected is due on a day."""
        named = each(self.kind)
        left_out = NEVER_ALLOCATED if self.unallocated else MONEY_OUT if self.in_suspense or self._is_above_zero else ()
        fitting = (SCHEDULED,) if self.due_from or self.due_until else MONEY_OUT if self._is_below_zero else KINDS
        return tuple(kind for kind in fitting if kind not in left_out and (not named or kind in named))

    @property
    def methods(self) -> tuple[str, ...]:
        """The ways of paying that can fit, the empty one of what is not paid among them; all when it names none."""
        named = each(self.method)
        return tuple(method for method in METHODS if not named or method in named)

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies that can fit; all of them when the filter names none."""
        return tuple(each(self.currency)) or tuple(all_currencies())

    # No amount is nothing, so each side of it has its own kinds.
    @property
    def _is_above_zero(self) -> bool:
        return self.amount_from is not None and self.amount_from >= 0

    @property
    def _is_below_zero(self) -> bool:
        return self.amount_until is not None and self.amount_until <= 0


def conditions(wanted: PaymentFilter, *, public: bool, besides: Collection[str] = ()) -> Condition:
    """This function will return what every payment of a list fulfils, its status and kind included.

    `besides` leaves out columns of which a statement names the values already: named twice, they would make the planner
    think that next to nothing is left.
    """
    found = [_LIVE, *_exact(wanted, public=public), *_ranges(wanted), *_counted(wanted)]
    if wanted.customer_id is not None:
        found.append(Condition("p.customer_id = %s", [wanted.customer_id]))
    for column, is_narrowed, values in (
        ("status", wanted.statuses != STATUSES, wanted.statuses),
        ("kind", wanted.kinds != KINDS, wanted.kinds),
        ("method", bool(wanted.method), wanted.methods),
        ("currency", bool(wanted.currency), wanted.currencies),
    ):
        if is_narrowed and column not in besides:
            found.append(anything_of(f"p.{column}", values))
    if wanted.made:
        # An index of a customer's payments has the statuses, but not why something was cancelled.
        found += [condition for status, condition in _MADE.items() if status in wanted.statuses]
    return every(found)


def scarce(wanted: PaymentFilter, *, public: bool) -> list[Condition]:
    """This function will return the conditions of a filter that few payments may fulfil, those first that fewest do.

    Each can be looked up in an index by itself.
    """
    return [*_exact(wanted, public=public), *_ranges(wanted, led=True), *_by_way(wanted)]


def _exact(wanted: PaymentFilter, *, public: bool) -> list[Condition]:
    found: list[Condition] = []
    if wanted.ids is not None:
        found.append(anything_of("p.id", wanted.ids))
    if wanted.invoice_id is not None:
        found.append(Condition("p.invoice_id = %s", [wanted.invoice_id]))
    if wanted.customer_ids is not None:
        found.append(anything_of("p.customer_id", wanted.customer_ids))
    if wanted.group_ids is not None:
        found.append(Condition(_OF_GROUPS, [list(wanted.group_ids), list(wanted.of_groups_ids)]))
    if wanted.search:
        found.append(some(arms(wanted.search, wanted.named, public=public)))
    switches = (
        (wanted.disputed, _DISPUTED),
        (wanted.unknown, _UNKNOWN),
        (wanted.in_suspense, _SUSPENSE),
        (wanted.unallocated, _NOT_ALLOCATED),
        (wanted.confirmed_by_customer, _CONFIRMED),
    )
    return [*found, *(condition for is_on, condition in switches if is_on)]


def _ranges(wanted: PaymentFilter, *, led: bool = False) -> Iterable[Condition]:
    """Ranges of days and amounts; `led` by the columns that their indexes begin with."""
    by_status, by_kind = lanes(wanted)
    by_method = anything_of("p.method", wanted.methods)
    low, high = (None if side is None else thousandths(side) for side in (wanted.amount_from, wanted.amount_until))
    for column, sides, leading in (
        ("p.due_date", (wanted.due_from, wanted.due_until), (by_status, by_kind)),
        ("p.received_date", (wanted.received_from, wanted.received_until), (by_status,)),
        (MOMENT, _moments(wanted), _owned(wanted)),
        (AMOUNT, (low, high), (by_status, by_kind, by_method)),
    ):
        within = [
            Condition(f"{column} {mark} %s", [side])
            for mark, side in zip((">=", "<="), sides, strict=True)
            if side is not None
        ]
        if within:
            yield every([*leading, *within] if led else within)


def _counted(wanted: PaymentFilter) -> list[Condition]:
    """What reports count; no index has the day of that, a reason or a group, so a list is walked along another one."""
    code = "" if wanted.failure_code == "none" else wanted.failure_code
    narrowed = [Condition("(p.status = 'failed' AND p.failure_code = %s)", [code])] if wanted.failure_code else []
    if wanted.grouped:
        narrowed.append(_GROUPED)
    if not (wanted.in_reports or wanted.counted_from or wanted.counted_until):
        return narrowed
    sides = ((">=", wanted.counted_from), ("<=", wanted.counted_until))
    zone = counting_zone() if any(side for _mark, side in sides) else ""
    days = [Condition(f"({COUNTED_DAY}) {mark} %s", [zone, side]) for mark, side in sides if side is not None]
    return [*narrowed, Condition(f"({COUNTED})"), *days]


def _owned(wanted: PaymentFilter) -> tuple[Condition, ...]:
    """Whose payments they are, where that is said: the index of moments begins with it, and knows no deleted ones."""
    if wanted.customer_id is None:
        return ()
    return _LIVE, Condition("p.customer_id = %s", [wanted.customer_id])


def _moments(wanted: PaymentFilter) -> tuple[datetime | None, datetime | None]:
    """The first moment of the first day, and the last one of the last day."""
    low = None if wanted.made_from is None else start_of(wanted.made_from)
    high = None if wanted.made_until is None else start_of(wanted.made_until + _DAY) - datetime.resolution
    return low, high


def covered(wanted: PaymentFilter) -> list[Condition]:
    """This function will return the conditions of a filter that an index answers together with what lists sort by.

    They are those of the indexes `payments_of_customer_facts` and `payments_by_way_covering`.
    """
    found: list[Condition] = []
    if wanted.customer_ids is not None:
        found.append(anything_of("p.customer_id", wanted.customer_ids))
    return [*found, *_by_way(wanted)]


def _by_way(wanted: PaymentFilter) -> list[Condition]:
    """Methods before currencies: fewer payments have both."""
    # The index begins with the currency.
    of_currencies = anything_of("p.currency", wanted.currencies)
    found = []
    if wanted.method:
        found.append(every([of_currencies, anything_of("p.method", wanted.methods)]))
    if wanted.currency:
        found.append(of_currencies)
    return found


def lanes(wanted: PaymentFilter) -> list[Condition]:
    """This function will return the conditions of status and kind with which indexes begin."""
    return [anything_of("p.status", wanted.statuses), anything_of("p.kind", wanted.kinds)]


def each(value: str | tuple[str, ...]) -> list[str]:
    """This function will return the values of a field of a filter: none, one or several."""
    return [one for one in ((value,) if isinstance(value, str) else value) if one]
