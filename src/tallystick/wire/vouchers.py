"""The public shapes of vouchers: batches, and what was redeemed. Codes are in the files of a batch alone."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.wallets import voucher_queries as queries
from tallystick.wire.builders import CUSTOMER, PAYMENT, day, moment
from tallystick.wire.shapes import CurrencyCode, CustomerId, Day, Minor, Moment, PaymentId, Row, one_of
from tallystick.wire.wallets import LOT, LotId

VOUCHER_BATCH: Final = "vbt"

GIVES: Final = {
    "free": "an amount of its own.",
    "additional": "so much more on a top-up.",
    "multiplier": "a top-up times so much: what is above the top-up is the bonus.",
}
BATCH_STATES: Final = {
    "unsold": "made to be sold; nothing can be redeemed until the reseller's money is recorded.",
    "waiting": "its first day has not come.",
    "active": "its vouchers can be redeemed.",
    "ended": "its last day is over.",
    "deactivated": "its vouchers were made worthless, and its codes are gone.",
}
ALPHABETS: Final = {
    "letters": "digits and letters that cannot be taken for one another.",
    "digits": "digits alone, for telephones.",
}

VoucherBatchId = Annotated[str, Field(examples=["vbt_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
VoucherNumber = Annotated[
    str, Field(description="The batch's number and the voucher's own: no secret.", examples=["VB-00001-17"])
]


class VoucherBatchShape(TypedDict):
    """Vouchers that were made together."""

    id: VoucherBatchId
    number: Annotated[str, Field(examples=["VB-00001"])]
    name: Annotated[str, Field(description="Customers read it with what they get.", examples=["Spring promotion"])]
    state: Annotated[str, one_of(BATCH_STATES, example="active")]
    is_sold: Annotated[bool, Field(description="Sold to a reseller: paid money. Else promotional credit.")]
    reseller: str
    gives: Annotated[str, one_of(GIVES, example="free")]
    currency: CurrencyCode
    amount_minor: Annotated[
        Minor, Field(description="What a voucher gives or adds; of a multiplier the most that it adds.")
    ]
    multiplier: Annotated[str | None, Field(description="A decimal as text.", examples=["1.5000"])]
    minimum_topup_minor: Annotated[Minor, Field(description="The smallest top-up that it adds to.")]
    quantity: Annotated[int, Field(description="How many vouchers it has.", examples=[100])]
    code_alphabet: Annotated[str, one_of(ALPHABETS, example="letters")]
    code_length: Annotated[int, Field(examples=[20])]
    uses_per_voucher: Annotated[int, Field(examples=[1])]
    uses_per_customer: Annotated[int | None, Field(description="How many one customer may redeem; null is any number.")]
    valid_from: Day | None
    valid_until: Annotated[Day | None, Field(description="The last day of redemption.")]
    lifetime_days: Annotated[
        int | None, Field(description="How many days after redemption the money can be used; null is for ever.")
    ]
    customers: Annotated[list[CustomerId], Field(description="Who may redeem them; nobody named is everybody.")]
    redeemed: Annotated[int, Field(description="How often vouchers of it were redeemed.", examples=[3])]
    redeemed_minor: Annotated[Minor, Field(description="What that gave.")]
    created_at: Moment
    sold_date: Day | None
    deactivated_at: Moment | None


class RedemptionShape(TypedDict):
    """A voucher that was redeemed: its payment, and the lot that it opened."""

    payment: PaymentId
    voucher: VoucherNumber
    voucher_batch: VoucherBatchId
    name: Annotated[str, Field(examples=["Spring promotion"])]
    customer: CustomerId
    currency: CurrencyCode
    total_minor: Minor
    lot: LotId
    left_minor: Annotated[Minor, Field(description="What is left of it.")]
    expires_date: Annotated[Day | None, Field(description="The last day on which it can be used; null is for ever.")]
    redeemed_date: Day
    redeemed_at: Moment


def batch_shapes(rows: Sequence[Row], *, today: date) -> list[VoucherBatchShape]:
    """This function will return batches, with one query each for their customers and for what was redeemed."""
    ids = [row["id"] for row in rows]
    customers, redeemed = queries.customers_of(ids), queries.redeemed_of(ids)
    return [_batch_shape(row, customers[row["id"]], redeemed[row["id"]], today) for row in rows]


def one_batch(batch_id: UUID, *, today: date) -> VoucherBatchShape:
    """This function will read a batch and return its shape.

    Raises:
        NotFound: when there is none.
    """
    return batch_shapes([queries.batch(batch_id)], today=today)[0]


def redemption_shape(row: Row) -> RedemptionShape:
    """This function will return a voucher that was redeemed."""
    return {
        "payment": public_id(PAYMENT, row["payment_id"]),
        "voucher": f"{row['batch__number']}-{row['voucher__number']}",
        "voucher_batch": public_id(VOUCHER_BATCH, row["batch_id"]),
        "name": row["batch__name"],
        "customer": public_id(CUSTOMER, row["payment__customer_id"]),
        "currency": row["payment__currency"],
        "total_minor": row["payment__total_minor"],
        "lot": public_id(LOT, row["lot_id"]),
        "left_minor": row["lot__left_minor"],
        "expires_date": day(row["lot__expires_date"]),
        "redeemed_date": row["payment__received_date"].isoformat(),
        "redeemed_at": moment(row["payment__created_at"]),
    }


def one_redemption(payment_id: UUID) -> RedemptionShape:
    """This function will read what a payment redeemed and return its shape.

    Raises:
        NotFound: when it redeemed nothing.
    """
    return redemption_shape(queries.redemption(payment_id))


def _batch_shape(
    row: Row, customers: Sequence[tuple[UUID, str]], redeemed: tuple[int, int], today: date
) -> VoucherBatchShape:
    return {
        "id": public_id(VOUCHER_BATCH, row["id"]),
        "number": row["number"],
        "name": row["name"],
        "state": queries.state_of(row, today=today),
        "is_sold": row["is_sold"],
        "reseller": row["reseller"],
        "gives": row["gives"],
        "currency": row["currency"],
        "amount_minor": row["amount_minor"],
        "minimum_topup_minor": row["minimum_topup_minor"],
        "quantity": row["quantity"],
        "code_alphabet": row["code_alphabet"],
        "code_length": row["code_length"],
        "uses_per_voucher": row["uses_per_voucher"],
        "uses_per_customer": row["uses_per_customer"],
        "lifetime_days": row["lifetime_days"],
        "multiplier": None if row["multiplier"] is None else str(row["multiplier"]),
        "valid_from": day(row["valid_from"]),
        "valid_until": day(row["valid_until"]),
        "customers": [public_id(CUSTOMER, customer_id) for customer_id, _name in customers],
        "redeemed": redeemed[0],
        "redeemed_minor": redeemed[1],
        "created_at": moment(row["created_at"]),
        "sold_date": day(row["sold_date"]),
        "deactivated_at": moment(row["deactivated_at"]) if row["deactivated_at"] else None,
    }
