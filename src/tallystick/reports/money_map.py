"""Where the money of one payment is: each part with the object that it leads to, adding up to the total (model, 15)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tallystick.allocations import queries as allocations
from tallystick.foundation.paging import Page
from tallystick.foundation.transactions import snapshot
from tallystick.invoices import queries as invoices
from tallystick.payments import dispute_queries, states
from tallystick.payments import queries as payments
from tallystick.wallets import queries as wallets

Row = dict[str, Any]

# Where money is that was received: what the column of the payment is called here.
_WENT: Final = {
    "allocated_minor": "allocated",
    "difference_minor": "small_differences",
    "refunded_minor": "refunded",
    "refund_reserved_minor": "refund_under_way",
    "lost_minor": "lost",
}


@dataclass(frozen=True)
class Share:
    """One part of the total, in minor units of the payment's currency."""

    kind: str
    minor: int


@dataclass(frozen=True, kw_only=True)
class Allocated:
    """An allocation that stands, the invoice or top-up request it settles, and the lot that it opened, if one."""

    allocation: Row
    invoice: Row
    lot: Row | None


@dataclass(frozen=True, kw_only=True)
class Meant:
    """An invoice that the payment is meant for while it is not completed; the amount in minor units."""

    invoice: Row
    minor: int


@dataclass(frozen=True, kw_only=True)
class MoneyMap:
    """A payment, its shares, none of them 0, and what is behind them; allocations a page at a time."""

    payment: Row
    shares: tuple[Share, ...]
    allocated: list[Allocated]
    allocated_count: int
    next_cursor: str
    previous_cursor: str
    meant: list[Meant]
    differences: list[Row]
    refunds: list[Row]
    disputes: list[Row]
    draws: list[Row]


def money_map(payment_id: UUID, *, cursor: str = "", limit: int) -> MoneyMap:
    """This function will say where a payment's money is, at one moment; the shares add up to its total, without sign.

    Raises:
        NotFound: when there is no such payment.
        CursorNotAccepted: when the cursor is of another list.
    """
    with snapshot():
        row = payments.payment(payment_id)
        page = allocations.standing_page(payment_id, cursor=cursor, limit=limit)
        meant = _meant(row)
        draws = wallets.draws_of([payment_id])[payment_id] if row["kind"] == states.CHARGE else []
        one_page = not cursor and not page.next_cursor
        return MoneyMap(
            payment=row,
            shares=tuple(share for share in _shares(row, meant, draws) if share.minor),
            allocated=_allocated(page),
            allocated_count=len(page.rows) if one_page else allocations.standing_count(payment_id),
            next_cursor=page.next_cursor,
            previous_cursor=page.previous_cursor,
            meant=meant,
            differences=allocations.differences_of_payment(payment_id) if row["difference_minor"] else [],
            refunds=payments.refunds_of(payment_id),
            disputes=dispute_queries.disputes_of(payment_id),
            draws=draws,
        )


def _allocated(page: Page) -> list[Allocated]:
    claims = invoices.invoices_by_id(row["invoice_id"] for row in page.rows)
    lots = wallets.lots_of_allocations(row["id"] for row in page.rows)
    return [Allocated(allocation=row, invoice=claims[row["invoice_id"]], lot=lots.get(row["id"])) for row in page.rows]


def _meant(row: Row) -> list[Meant]:
    """What money that may still come is for; an expected payment is for its invoice."""
    if row["status"] not in states.LIVE:
        return []
    aimed = allocations.targets(row["id"])
    if not aimed and row["invoice_id"]:
        aimed = [(row["invoice_id"], row["total_minor"])]
    claims = invoices.invoices_by_id(invoice_id for invoice_id, _minor in aimed)
    return [Meant(invoice=claims[invoice_id], minor=minor) for invoice_id, minor in aimed]


def _shares(row: Row, meant: list[Meant], draws: list[Row]) -> Iterator[Share]:
    total, kind = row["total_minor"], row["kind"]
    if row["reversed_at"]:
        yield Share("reversed", total)
    elif kind == states.CHARGE:
        returned = sum(draw["returned_minor"] for draw in draws)
        yield from (Share("drawn", total - returned), Share("credited_back", returned))
    elif kind == states.VOUCHER:
        yield Share("wallet", total)
    elif kind == states.REFUND:
        under_way = row["status"] in {states.PENDING, states.PROCESSING}
        yield Share(
            "paid_back" if row["status"] == states.COMPLETED else "on_its_way" if under_way else "nothing", total
        )
    elif row["status"] == states.COMPLETED:
        yield from (Share(name, row[column]) for column, name in _WENT.items())
        yield Share("suspense" if row["customer_id"] is None else "credit", row["unallocated_minor"])
    elif row["status"] in states.LIVE:
        aimed = sum(each.minor for each in meant)
        yield from (Share("meant", aimed), Share("for_no_invoice", total - aimed))
    else:
        yield Share("nothing", total)
