"""Stored payment methods, and a customer's autopay: what was agreed, and what is charged next."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation import clock, settings_store
from tallystick.foundation.ids import public_id
from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import (
    Amount,
    CurrencyInput,
    Input,
    Line200,
    Nothing,
    PaymentMethodRef,
    Whole,
)
from tallystick.interfaces.api.lists import customer_of
from tallystick.payments import queries as payments
from tallystick.usecases import autopay, autopay_run, methods
from tallystick.usecases.autopay_run import Charge
from tallystick.wire import autopay as wire
from tallystick.wire import builders
from tallystick.wire.autopay import AutopayShape, ChargeShape, PaymentMethodShape
from tallystick.wire.ids import customer_id_of, method_id_of

router = Room(tags=["autopay"])
methods_router = Room(tags=["payment methods"])


class AgreementInput(Input):
    """What the customer agreed to."""

    terms_sha256: Annotated[
        str,
        Field(
            pattern="^[0-9a-f]{64}$",
            description="The hash of the words that the customer accepted: `terms.sha256` of its autopay as it is.",
            examples=["9f86d081884c7d65" * 4],
        ),
    ]
    method: Annotated[
        PaymentMethodRef | None, Field(description="The stored method to charge; null is the default one of the day.")
    ] = None
    charge_day: Annotated[
        Annotated[Whole, Field(ge=1, le=31)] | None,
        Field(description="Charged on the last such day of the month by the due date; null is on the due date."),
    ] = None
    cap_minor: Annotated[
        Amount | None, Field(description="No charge above this, in minor units; null is any amount.")
    ] = None
    cap_currency: Annotated[CurrencyInput | None, Field(description="The currency of the cap.")] = None
    evidence: Annotated[Line200, Field(description="How the customer agreed, such as in which of your documents.")] = ""


class EndInput(Input):
    """Why autopay ends."""

    reason: Line200 = ""


class PaymentMethodList(TypedDict):
    """A customer's stored payment methods."""

    data: list[PaymentMethodShape]


class ChargeList(TypedDict):
    """What autopay does about a customer's open invoices."""

    data: list[ChargeShape]


@router.get(
    "/{customer_id}/payment_methods",
    response=PaymentMethodList,
    summary="List stored payment methods",
    operation_id="list_payment_methods",
)
def list_payment_methods(request: Request, customer_id: str) -> PaymentMethodList:
    """Answers with the stored payment methods, the default one first. One is stored when it is paid with: see
    `saves_method` of a collection; or without a payment, by a set-up. Needs `view`.
    """
    found = customer_of(viewer(request), customer_id)
    today = clock.local_date(clock.now())
    return {"data": wire.method_shapes(payments.methods(found), today=today)}


@router.get("/{customer_id}/autopay", response=AutopayShape, summary="Get autopay", operation_id="get_autopay")
def get_autopay(request: Request, customer_id: str) -> AutopayShape:
    """Answers with what was agreed, and with the words to accept when it is switched on now. Needs `view`."""
    found = customer_of(viewer(request), customer_id)
    return wire.one_autopay(found, terms=settings_store.get(autopay.TERMS))


@router.post("/{customer_id}/autopay", response=AutopayShape, summary="Switch autopay on", operation_id="agree_autopay")
def agree_autopay(request: Request, customer_id: str, key: RequiredKey, body: AgreementInput) -> AutopayShape:
    """Records what the customer agreed to, in the place of what was agreed before, and mails it to those who get
    `failed_payments`. From then on invoices are charged by themselves. Needs `autopay.manage`.
    """
    return autopay.agree(
        customer_id=customer_id_of(customer_id),
        terms_sha256=body.terms_sha256,
        method_id=None if body.method is None else method_id_of(body.method),
        charge_day=body.charge_day,
        cap_minor=body.cap_minor,
        cap_currency=body.cap_currency or "",
        evidence=body.evidence,
        **call(request, key),
    )


@router.post(
    "/{customer_id}/autopay/end", response=AutopayShape, summary="Switch autopay off", operation_id="end_autopay"
)
def end_autopay(request: Request, customer_id: str, key: RequiredKey, body: EndInput | None = None) -> AutopayShape:
    """Ends autopay at once and mails that to those who get `failed_payments`; without an agreement nothing happens. A
    charge that is under way goes on. Needs `autopay.manage`.
    """
    found = customer_id_of(customer_id)
    return autopay.end(customer_id=found, reason=body.reason if body else "", **call(request, key))


@router.get(
    "/{customer_id}/autopay/charges",
    response=ChargeList,
    summary="What autopay charges next",
    operation_id="list_charges",
)
def list_charges(request: Request, customer_id: str) -> ChargeList:
    """Answers with the customer's open invoices that nobody is paying at the moment, the soonest due first: when each
    is charged, or why it is not. Needs `view`.
    """
    found = customer_of(viewer(request), customer_id)
    return {"data": [_charge_shape(each) for each in autopay_run.charges_of(found)]}


@methods_router.post(
    "/{payment_method_id}/default",
    response=PaymentMethodShape,
    summary="Make a payment method the default",
    operation_id="make_method_default",
)
def make_method_default(
    request: Request, payment_method_id: str, key: RequiredKey, body: Nothing | None = None
) -> PaymentMethodShape:
    """Makes a stored payment method the one that is charged when no other one was agreed. Needs `methods.manage`."""
    del body
    return methods.make_default(method_id=method_id_of(payment_method_id), **call(request, key))


@methods_router.post(
    "/{payment_method_id}/remove",
    response=PaymentMethodShape,
    summary="Remove a payment method",
    operation_id="remove_method",
)
def remove_method(
    request: Request, payment_method_id: str, key: RequiredKey, body: Nothing | None = None
) -> PaymentMethodShape:
    """Removes a stored payment method, and answers with it as it was. When it was the default, another becomes it. An
    autopay that charged it goes on with the default one, or ends when none is left; the customer is told by mail.
    Needs `methods.manage`.
    """
    del body
    return methods.remove(method_id=method_id_of(payment_method_id), **call(request, key))


def _charge_shape(charge: Charge) -> ChargeShape:
    found = charge.payment
    return {
        "payment": public_id(builders.PAYMENT, found.payment_id),
        "invoice": public_id(builders.INVOICE, found.invoice_id),
        "invoice_number": found.invoice_number,
        "amount_minor": found.open_minor,
        "currency": found.currency,
        "charge_date": builders.day(charge.charge_date) if charge.why_not is None else None,
        "not_charged": "" if charge.why_not is None else charge.why_not.value,
    }
