"""The public shape of where a payment's money is."""

from datetime import date
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.invoices.states import display_state
from tallystick.reports.money_map import Allocated, MoneyMap
from tallystick.wire import builders, disputes, wallets
from tallystick.wire.builders import ALLOCATION, INVOICE, PAYMENT, moment
from tallystick.wire.disputes import DisputeShape
from tallystick.wire.shapes import (
    INVOICE_STATES,
    PAYMENT_STATUSES,
    CameShape,
    CurrencyCode,
    InvoiceId,
    Minor,
    Moment,
    PaymentId,
    Row,
    one_of,
)
from tallystick.wire.wallets import LOT, TOPUP_STATES, DrawShape, LotId

SHARES: Final = {
    "allocated": "set against invoices, or in the wallet by top-up requests: `allocations`.",
    "small_differences": "a few minor units too much, written off: `small_differences`.",
    "refunded": "paid back: the completed ones of `refunds`.",
    "refund_under_way": "held for `refunds` that are not completed: it can be neither allocated nor refunded.",
    "lost": "taken back by the payer's bank: what was taken in `disputes`.",
    "credit": "nothing has taken it: it is the customer's, for any invoice.",
    "suspense": "nothing has taken it, and nobody knows yet whose it is.",
    "reversed": "the record was wrong and was undone.",
    "meant": "expected or promised for invoices: `meant`.",
    "for_no_invoice": "expected or promised, and meant for no invoice.",
    "wallet": "a redeemed voucher: it is in the wallet, or was used.",
    "drawn": "a purchase: taken from prepaid money, `draws`.",
    "credited_back": "a purchase that was credited: back in prepaid money.",
    "paid_back": "a refund: it is back with the payer.",
    "on_its_way": "a refund that is not completed.",
    "nothing": "no money moved, and none will.",
}
_STATES: Final = {**INVOICE_STATES, **TOPUP_STATES}


class ShareShape(TypedDict):
    """One part of the total."""

    kind: Annotated[str, one_of(SHARES, example="allocated")]
    amount_minor: Annotated[Minor, Field(description="With the sign of the total.")]


class SettledShape(TypedDict):
    """An invoice or a top-up request, and what is still open of it."""

    id: InvoiceId
    number: Annotated[str, Field(examples=["INV-2026-00001"])]
    state: Annotated[str, one_of(_STATES, example="part_paid")]
    total_minor: Minor
    open_minor: Minor


class OpenedLotShape(TypedDict):
    """The prepaid money that an allocation to a top-up request opened."""

    id: LotId
    amount_minor: Minor
    left_minor: Minor


class MoneyAllocationShape(TypedDict):
    """A part of the payment that stands against an invoice or a top-up request."""

    id: Annotated[str, Field(examples=["alc_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
    amount_minor: Minor
    allocated_at: Moment
    invoice: SettledShape
    lot: OpenedLotShape | None


class MeantShape(TypedDict):
    """What the payment is meant for until it is completed."""

    amount_minor: Minor
    invoice: SettledShape


class WrittenOffShape(TypedDict):
    """What was too much and was given up."""

    amount_minor: Minor
    written_at: Moment


class MoneyRefundShape(TypedDict):
    """Money back to the payer, or on its way."""

    payment: PaymentId
    status: Annotated[str, one_of(PAYMENT_STATUSES, example="completed")]
    amount_minor: Minor
    created_at: Moment


class MoneyMapShape(TypedDict):
    """Where the money of a payment is. The shares add up to the total at every instant; none of them is 0."""

    payment: PaymentId
    currency: CurrencyCode
    total_minor: Minor
    shares: list[ShareShape]
    disputed_minor: Annotated[
        Minor, Field(description="What open disputes hold where it is: a part of `allocated` and `credit`.")
    ]
    came: Annotated[CameShape | None, Field(description="Null when it came in the currency that it is credited in.")]
    allocations: Annotated[list[MoneyAllocationShape], Field(description="A page of those that stand, oldest first.")]
    allocations_count: Annotated[int, Field(description="How many stand.", examples=[1])]
    next_cursor: Annotated[str | None, Field(description="What `cursor` takes for more allocations; null at the end.")]
    meant: list[MeantShape]
    small_differences: list[WrittenOffShape]
    refund_of: Annotated[PaymentId | None, Field(description="The payment that this one pays back.")]
    refunds: list[MoneyRefundShape]
    disputes: list[DisputeShape]
    draws: list[DrawShape]


def money_map_shape(found: MoneyMap, *, today: date) -> MoneyMapShape:
    """This function will return where a payment's money is; states of invoices are those that people read on `today`.

    Amounts are minor units of the currency that the payment is credited in.
    """
    row = found.payment
    sign = -1 if row["kind"] in {"refund", "charge"} else 1
    return {
        "payment": public_id(PAYMENT, row["id"]),
        "currency": row["currency"],
        "total_minor": sign * row["total_minor"],
        "shares": [{"kind": share.kind, "amount_minor": sign * share.minor} for share in found.shares],
        "disputed_minor": row["disputed_minor"],
        "came": builders.came_shape(row),
        "allocations": [_allocation_shape(each, today) for each in found.allocated],
        "allocations_count": found.allocated_count,
        "next_cursor": found.next_cursor or None,
        "meant": [{"amount_minor": each.minor, "invoice": _settled_shape(each.invoice, today)} for each in found.meant],
        "small_differences": [
            {"amount_minor": each["amount_minor"], "written_at": moment(each["written_at"])}
            for each in found.differences
        ],
        "refund_of": public_id(PAYMENT, row["refund_of_id"]) if row["refund_of_id"] else None,
        "refunds": [
            {
                "payment": public_id(PAYMENT, each["id"]),
                "status": each["status"],
                "amount_minor": each["total_minor"],
                "created_at": moment(each["created_at"]),
            }
            for each in found.refunds
        ],
        "disputes": disputes.dispute_shapes(found.disputes),
        "draws": [wallets.draw_shape(each) for each in found.draws],
    }


def _allocation_shape(each: Allocated, today: date) -> MoneyAllocationShape:
    return {
        "id": public_id(ALLOCATION, each.allocation["id"]),
        "amount_minor": each.allocation["amount_minor"],
        "allocated_at": moment(each.allocation["allocated_at"]),
        "invoice": _settled_shape(each.invoice, today),
        "lot": None
        if each.lot is None
        else {
            "id": public_id(LOT, each.lot["id"]),
            "amount_minor": each.lot["amount_minor"],
            "left_minor": each.lot["left_minor"],
        },
    }


def _settled_shape(row: Row, today: date) -> SettledShape:
    named = ("state", "total_minor", "open_minor", "credited_minor", "written_off_minor", "due_date")
    return {
        "id": public_id(INVOICE, row["id"]),
        "number": row["number"] or "",
        "state": display_state(**{name: row[name] for name in named}, today=today),
        "total_minor": row["total_minor"],
        "open_minor": row["open_minor"],
    }
