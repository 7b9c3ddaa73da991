"""The public shape of a dispute, and the words for its reasons."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from django.utils.translation import gettext_lazy
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.payments import dispute_queries
from tallystick.wire import builders
from tallystick.wire.shapes import CurrencyCode, CustomerId, Day, Minor, Moment, PaymentId, Row, one_of

DISPUTE: Final = "dsp"

KINDS: Final = {
    "chargeback": "the payer objected; the payment service or its bank decides.",
    "bank_return": "the payer's bank sent the money back: lost at once.",
}
STATES: Final = {
    "inquiry": "the payer's bank asks; no money has moved.",
    "opened": "the payment service took the money, until it is decided.",
    "won": "the money came back, or was never taken.",
    "lost": "the payer has the money.",
}
# Why money is taken back, by the codes that services and banks have in common.
CHARGEBACK_REASONS: Final = {
    "fraudulent": gettext_lazy("The cardholder says that they did not pay this"),
    "unrecognized": gettext_lazy("The cardholder does not recognise the payment"),
    "duplicate": gettext_lazy("Paid twice"),
    "subscription_cancelled": gettext_lazy("Charged after the subscription was cancelled"),
    "not_received": gettext_lazy("The service was not received"),
    "not_as_described": gettext_lazy("The service was not as described"),
    "credit_not_processed": gettext_lazy("A promised refund did not come"),
    "incorrect_amount": gettext_lazy("The amount is wrong"),
    "general": gettext_lazy("Another reason"),
}
RETURN_REASONS: Final = {
    "insufficient_funds": gettext_lazy("The account did not cover it"),
    "account_closed": gettext_lazy("The account is closed"),
    "no_mandate": gettext_lazy("The bank knows of no mandate"),
    "payer_objected": gettext_lazy("The payer objected to the debit"),
    "cheque_bounced": gettext_lazy("The cheque bounced"),
    "returned": gettext_lazy("Sent back without a reason"),
}
_REASONS: Final = {**CHARGEBACK_REASONS, **RETURN_REASONS}

DisputeId = Annotated[str, Field(examples=["dsp_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class DisputeShape(TypedDict):
    """Money of a payment that its payer takes back through a bank or card network."""

    id: DisputeId
    payment: PaymentId
    customer: CustomerId | None
    kind: Annotated[str, one_of(KINDS, example="chargeback")]
    state: Annotated[str, one_of(STATES, example="opened")]
    amount_minor: Minor
    currency: CurrencyCode
    fee_minor: Annotated[Minor, Field(description="What the payment service charged for it, in minor units.")]
    fee_currency: Annotated[str, Field(description="ISO 4217 code; empty without a fee.", examples=["EUR"])]
    fee_returned: bool
    reason: Annotated[str, Field(description="The code of the reason.", examples=["fraudulent"])]
    reason_text: Annotated[str, Field(description="The reason in words.", examples=["Paid twice"])]
    evidence_due_date: Annotated[Day | None, Field(description="The last day for evidence, if there is one.")]
    gateway_reference: Annotated[
        str, Field(description="The payment service's own id of it; empty when it was recorded by hand.")
    ]
    opened_at: Moment
    closed_at: Moment | None
    taken_minor: Annotated[Minor, Field(description="When lost: what was taken from the payment.")]
    loss_minor: Annotated[Minor, Field(description="When lost: what the payment had no more, as it was refunded.")]


def reason_word(code: str) -> str:
    """This function will say in words why money is taken back; a code that is not known stands for itself."""
    return str(_REASONS.get(code) or code.replace("_", " ").capitalize())


def dispute_shape(row: Row) -> DisputeShape:
    """This function will return a dispute."""
    customer_id = row["payment__customer_id"]
    return {
        "id": public_id(DISPUTE, row["id"]),
        "payment": public_id(builders.PAYMENT, row["payment_id"]),
        "customer": None if customer_id is None else public_id(builders.CUSTOMER, customer_id),
        "kind": row["kind"],
        "state": row["state"],
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "fee_minor": row["fee_minor"],
        "fee_currency": row["fee_currency"],
        "fee_returned": row["fee_returned"],
        "reason": row["reason_code"],
        "reason_text": reason_word(row["reason_code"]),
        "evidence_due_date": builders.day(row["evidence_due_date"]),
        "gateway_reference": row["external_id"],
        "opened_at": builders.moment(row["opened_at"]),
        "closed_at": builders.moment(row["closed_at"]) if row["closed_at"] else None,
        "taken_minor": row["taken_minor"],
        "loss_minor": row["loss_minor"],
    }


def dispute_shapes(rows: Sequence[Row]) -> list[DisputeShape]:
    """This function will return disputes."""
    return [dispute_shape(row) for row in rows]


def one_dispute(dispute_id: UUID) -> DisputeShape:
    """This function will read a dispute and return its shape.

    Raises:
        NotFound: when there is none.
    """
    return dispute_shape(dispute_queries.dispute(dispute_id))
