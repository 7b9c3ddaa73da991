"""The public shapes of autopay: stored payment methods, the payer's agreement, and what is charged next."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.payments import autopay_queries
from tallystick.payments import queries as payments
from tallystick.payments.terms import terms_hash
from tallystick.wire.builders import CUSTOMER, GATEWAY_ACCOUNT, PAYMENT_METHOD, moment
from tallystick.wire.shapes import (
    CurrencyCode,
    CustomerId,
    Day,
    GatewayAccountId,
    InvoiceId,
    Minor,
    Moment,
    PaymentId,
    Row,
    one_of,
)

METHOD_STATES = {
    "usable": "it can be charged.",
    "expiring": "it can be charged, and this month or the next is its last.",
    "expired": "its last month is over; the cardholder's bank decides whether it can still be charged.",
    "refused": "it is charged no more, because it was declined for good: `refused_code` says by which code.",
}
ACCEPTED_THROUGH = {
    "contact": "one of the customer's contacts, in the portal.",
    "link": "whoever paid a failed payment by its link, with another card.",
    "staff": "a member of staff, for the customer.",
    "api_key": "a program, for the customer.",
    "system": "the installation itself, for the customer.",
}
NOT_CHARGED = {
    "settled": "nothing of it is left to charge.",
    "ended": "the payer has no autopay.",
    "exempt": "its subscription is collected by hand.",
    "promised": "the customer says to pay it by bank transfer.",
    "paid_back": "it was paid, and the money went back: somebody has to ask for it.",
    "given_up": "a charge was declined, and the plan of tries is used up, or no try would help.",
    "not_due": "its day has not come.",
    "above_cap": "it is above the cap that was agreed, or in another currency than the cap.",
    "no_method": "there is no stored payment method that can be charged.",
    "gateway_off": "the gateway account of the stored payment method is switched off.",
    "in_progress": "another payment for it is under way.",
}

PaymentMethodId = Annotated[str, Field(examples=["pmt_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
Sha256 = Annotated[str, Field(description="SHA-256, in hexadecimal.", examples=["9f86d081884c7d65" * 4])]


class PaymentMethodShape(TypedDict):
    """A stored payment method: what may be known of a card whose number only the payment service has."""

    id: PaymentMethodId
    customer: CustomerId
    gateway_account: GatewayAccountId
    brand: Annotated[str, Field(examples=["visa"])]
    last_four: Annotated[str, Field(examples=["4242"])]
    expiry_month: int
    expiry_year: int
    is_default: Annotated[bool, Field(description="Whether autopay charges it when no other one was agreed.")]
    state: Annotated[str, one_of(METHOD_STATES, example="usable")]
    refused_code: str
    created_at: Moment


class TermsShape(TypedDict):
    """The words that a payer accepts to switch autopay on, and their hash, which says which words were accepted."""

    text: str
    sha256: Sha256


class AutopayShape(TypedDict):
    """Whether a payer's invoices are charged by themselves, and what was agreed."""

    is_on: bool
    method: Annotated[
        PaymentMethodId | None,
        Field(description="The stored method; null, or one that was removed since, is the default one of the day."),
    ]
    charge_day: Annotated[
        int | None,
        Field(description="The last such day of the month by the due date; null is the due date."),
    ]
    cap_minor: Annotated[int | None, Field(description="No charge above this, in minor units.")]
    cap_currency: Annotated[CurrencyCode | None, Field(description="The currency of the cap.")]
    accepted_terms: Annotated[TermsShape | None, Field(description="The words that were accepted.")]
    accepted_at: Moment | None
    accepted_by: str | None
    accepted_through: Annotated[
        str, one_of({"": "nobody: it is off.", **ACCEPTED_THROUGH}, example="contact", about="Who accepted.")
    ]
    evidence: Annotated[str, Field(description="How the payer agreed, where somebody else recorded it.")]
    terms: Annotated[TermsShape, Field(description="The words that are accepted when it is switched on now.")]


class ChargeShape(TypedDict):
    """What autopay will do about an invoice that is open."""

    payment: PaymentId
    invoice: InvoiceId
    invoice_number: str
    amount_minor: Minor
    currency: CurrencyCode
    charge_date: Annotated[Day | None, Field(description="When it is charged; null is not by itself.")]
    not_charged: Annotated[
        str, one_of({"": "it is charged.", **NOT_CHARGED}, example="", about="Why it is not charged by itself.")
    ]


def method_shapes(rows: Sequence[Row], *, today: date) -> list[PaymentMethodShape]:
    """This function will return stored payment methods, as they are on a day."""
    return [_method_shape(row, today=today) for row in rows]


def one_method(method_id: UUID, *, of_customer: UUID, today: date) -> PaymentMethodShape:
    """This function will read a stored payment method and return its shape.

    Raises:
        NotFound: when the customer has none such.
    """
    return _method_shape(payments.method(method_id, of_customer=of_customer), today=today)


def one_autopay(customer_id: UUID, *, terms: str) -> AutopayShape:
    """This function will read a payer's autopay and return its shape; `terms` are the words asked for now."""
    return autopay_shape(autopay_queries.agreement(customer_id), terms=terms)


def autopay_shape(row: Row | None, *, terms: str) -> AutopayShape:
    """This function will return a payer's autopay; without an agreement it is off."""
    asked: TermsShape = {"text": terms, "sha256": terms_hash(terms)}
    if row is None or row["ended_at"] is not None:
        return {
            "is_on": False,
            "method": None,
            "charge_day": None,
            "cap_minor": None,
            "cap_currency": None,
            "accepted_terms": None,
            "accepted_at": None,
            "accepted_by": None,
            "accepted_through": "",
            "evidence": "",
            "terms": asked,
        }
    return {
        "is_on": True,
        "method": None if row["method_id"] is None else public_id(PAYMENT_METHOD, row["method_id"]),
        "charge_day": row["charge_day"],
        "cap_minor": row["cap_minor"],
        "cap_currency": row["cap_currency"] or None,
        "accepted_terms": {"text": row["terms_text"], "sha256": row["terms_sha256"]},
        "accepted_at": moment(row["accepted_at"]),
        "accepted_by": row["accepted_by"],
        "accepted_through": row["accepted_through"],
        "evidence": row["evidence"],
        "terms": asked,
    }


def _method_shape(row: Row, *, today: date) -> PaymentMethodShape:
    return {
        "id": public_id(PAYMENT_METHOD, row["id"]),
        "customer": public_id(CUSTOMER, row["customer_id"]),
        "gateway_account": public_id(GATEWAY_ACCOUNT, row["account_id"]),
        "brand": row["brand"],
        "last_four": row["last_four"],
        "expiry_month": row["expiry_month"],
        "expiry_year": row["expiry_year"],
        "is_default": row["is_default"],
        "state": payments.method_state(row, today=today),
        "refused_code": row["refused_code"],
        "created_at": moment(row["created_at"]),
    }
