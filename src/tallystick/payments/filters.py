"""Which payments a list shows (E16, E17), as conditions in SQL. What few payments may fit has an index of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from tallystick.money.currencies import all_currencies
from tallystick.payments.amounts import AMOUNT, thousandths
from tallystick.payments.conditions import Condition, anything_of, every, some
from tallystick.payments.searching import NOTHING_NAMED, Named, arms
from tallystick.payments.states import KINDS, STATUSES

# Kinds whose total is money that left.
MONEY_OUT: Final = ("refund", "charge")
# Of these and of vouchers, which are in the wallet at once, nothing can be allocated.
NEVER_ALLOCATED: Final = (*MONEY_OUT, "voucher")
# Why an expected payment ended without anybody's doing.
_OVERTAKEN: Final = "('superseded', 'credited', 'written_off', 'withdrawn')"
_LIVE: Final = Condition("p.deleted_at IS NULL")
# Word for word the conditions of the indexes `payments_in_suspense` and `payments_not_allocated`.
_SUSPENSE: Final = Condition(
    "(p.customer_id IS NULL AND p.status = 'completed' AND p.reversed_at IS NULL "
    "AND p.kind NOT IN ('refund', 'charge'))"
)
_NOT_ALLOCATED: Final = Condition(
    "(p.status = 'completed' AND p.reversed_at IS NULL AND p.unallocated_minor > 0 "
    "AND p.kind NOT IN ('refund', 'charge') AND p.kind <> 'voucher')"
)
# Something of it is taken back through a bank or card network, or may be, and that is not decided.
_DISPUTED: Final = Condition(
    "p.id IN (SELECT dispute.payment_id FROM payments_dispute AS dispute WHERE dispute.state IN ('inquiry', 'opened'))"
)
# Only what somebody did or chose: not what is merely expected, nor expectations that were overtaken.
_MADE: Final = Condition(
    "NOT (p.kind = 'scheduled' AND p.status = 'pending' AND p.method = '') AND NOT (p.kind = 'scheduled' "
    f"AND p.status = 'cancelled' AND p.cancel_reason IN {_OVERTAKEN})"
)
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
    # Major units, of whatever currency; refunds and purchases are below zero.
    amount_from: Decimal | None = None
    amount_until: Decimal | None = None
    in_suspense: bool = False
    unallocated: bool = False
    # Only what an open dispute or inquiry is about.
    disputed: bool = False
    # Only what somebody did or chose: not what is merely expected, nor expectations that were overtaken.
    made: bool = False
    # The expected payments of this invoice.
    invoice_id: UUID | None = None
    # Only payments of these customers; None does not narrow.
    customer_ids: tuple[UUID, ...] | None = None
    # Only payments that are expected for invoices of these billing groups, and these, which are theirs otherwise.
    group_ids: tuple[UUID, ...] | None = None
    of_groups_ids: tuple[UUID, ...] = ()
    # Only these payments.
    ids: tuple[UUID, ...] | None = None

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses that can fit; all of them when the filter names none. `paid` is another word for completed."""
        named = {"completed" if status == "paid" else status for status in each(self.status)}
        fitting = ("completed",) if self.in_suspense or self.unallocated else STATUSES
        return tuple(status for status in fitting if not named or status in named)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that can fit; all of them when the filter names none."""
        named = each(self.kind)
        left_out = NEVER_ALLOCATED if self.unallocated else MONEY_OUT if self.in_suspense else ()
        return tuple(kind for kind in KINDS if kind not in left_out and (not named or kind in named))


def conditions(wanted: PaymentFilter, *, public: bool) -> Condition:
    """This function will return what every payment of a list fulfils, its status and kind included."""
    found = [_LIVE, *scarce(wanted, public=public)]
    if wanted.customer_id is not None:
        found.append(Condition("p.customer_id = %s", [wanted.customer_id]))
    if wanted.statuses != STATUSES:
        found.append(anything_of("p.status", wanted.statuses))
    if wanted.kinds != KINDS:
        found.append(anything_of("p.kind", wanted.kinds))
    if wanted.made:
        found.append(_MADE)
    return every(found)


def scarce(wanted: PaymentFilter, *, public: bool) -> list[Condition]:
    """This function will return the conditions of a filter that few payments may fulfil, those first that fewest do.

    Each can be looked up in an index by itself.
    """
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
        (wanted.in_suspense, _SUSPENSE),
        (wanted.unallocated, _NOT_ALLOCATED),
    )
    found += [condition for is_on, condition in switches if is_on]
    # The indexes of due dates and amounts begin with status and kind, that of methods with the currency.
    found += _within("p.due_date", wanted.due_from, wanted.due_until, led_by=lanes(wanted))
    found += _within("p.received_date", wanted.received_from, wanted.received_until)
    low, high = (None if side is None else thousandths(side) for side in (wanted.amount_from, wanted.amount_until))
    found += _within(AMOUNT, low, high, led_by=lanes(wanted))
    return [*found, *_by_way(wanted)]


def covered(wanted: PaymentFilter) -> list[Condition]:
    """This function will return the conditions of a filter that an index answers together with what lists sort by.

    They are those of the indexes `payments_of_customer_covering`, `payments_by_way_covering` and
    `payments_by_received_covering`.
    """
    found: list[Condition] = []
    if wanted.customer_ids is not None:
        found.append(anything_of("p.customer_id", wanted.customer_ids))
    return [*found, *_within("p.received_date", wanted.received_from, wanted.received_until), *_by_way(wanted)]


def _by_way(wanted: PaymentFilter) -> list[Condition]:
    """Methods before currencies: fewer payments have both."""
    currencies, methods = each(wanted.currency), each(wanted.method)
    found = []
    if methods:
        # The index begins with the currency.
        found.append(
            every([anything_of("p.currency", currencies or all_currencies()), anything_of("p.method", methods)])
        )
    if currencies:
        found.append(anything_of("p.currency", currencies))
    return found


def lanes(wanted: PaymentFilter) -> list[Condition]:
    """This function will return the conditions of status and kind with which indexes begin."""
    return [anything_of("p.status", wanted.statuses), anything_of("p.kind", wanted.kinds)]


def _within(
    column: str, low: date | int | None, high: date | int | None, *, led_by: Sequence[Condition] = ()
) -> Iterable[Condition]:
    sides = [Condition(f"{column} {mark} %s", [side]) for mark, side in ((">=", low), ("<=", high)) if side is not None]
    if sides:
        yield every([*led_by, *sides])


def each(value: str | tuple[str, ...]) -> list[str]:
    """This function will return the values of a field of a filter: none, one or several."""
    return [one for one in ((value,) if isinstance(value, str) else value) if one]
