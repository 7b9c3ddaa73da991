"""`/payments`: money, expected or real."""

from typing import Any, cast

from ninja import Query
from typing_extensions import TypedDict

from tallystick.foundation import clock
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.files import File
from tallystick.interfaces.api.door import (
    PDF_ANSWER,
    Accepted,
    OptionalKey,
    Request,
    RequiredKey,
    Room,
    asked,
    call,
    viewer,
)
from tallystick.interfaces.api.inputs import Nothing
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed
from tallystick.interfaces.api.payment_inputs import (
    AllocateInput,
    AssignInput,
    CameInput,
    CollectInput,
    DepositInput,
    MarkPaidInput,
    PartInput,
    PaymentChanges,
    PaymentInput,
    PlanRetryInput,
    RefundInput,
    RetryInput,
    ReverseInput,
)
from tallystick.interfaces.api.payment_query import PaymentQuery, wanted_by
from tallystick.payments import lists, queries
from tallystick.payments.exchange import Came
from tallystick.reports.money_map import money_map
from tallystick.usecases import allocate, amend, approve, collect, deposit, receipts, record
from tallystick.usecases import plan_retry as planning
from tallystick.usecases.approve import Answer, waits
from tallystick.usecases.frame import require_own
from tallystick.usecases.record import Part
from tallystick.wire import builders
from tallystick.wire.approvals import ApprovalShape
from tallystick.wire.ids import customer_id_of, gateway_account_id_of, invoice_id_of, method_id_of, payment_id_of
from tallystick.wire.money_map import MoneyMapShape, money_map_shape
from tallystick.wire.shapes import PaymentShape

router = Room(tags=["payments"])

# What a call to collect says in the words of its use case.
_COLLECTED = {"return_url", "saves_method", "note", "on_account_minor", "currency", "charged_in", "charged_minor"}


class PaymentPage(TypedDict):
    """A page of payments."""

    data: list[PaymentShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get("", response=PaymentPage, summary="List payments", operation_id="list_payments")
def list_payments(request: Request, query: Query[PaymentQuery]) -> Listed:
    """Answers with payments in the order of `sort`, the newest first when nothing is said. Needs `view`."""
    actor = viewer(request)
    page = lists.payments_page(
        wanted_by(actor, query), sort=query.sort, cursor=query.cursor, limit=query.limit, public=True
    )
    return listed(builders.payment_shapes(page.rows), page)


@router.post(
    "", response={201: PaymentShape, 202: ApprovalShape}, summary="Record a payment", operation_id="record_payment"
)
def record_payment(request: Request, key: RequiredKey, body: PaymentInput) -> PaymentShape | Accepted:
    """Records money that came, or was promised, outside of any gateway, and allocates it as asked, all in one act.

    Money for exactly one invoice completes the payment that is expected for it. Needs `payments.record`, and
    `payments.complete` for money that is there; without a customer also a key that is not narrowed to one.
    Above the business's limit nothing is recorded yet: the answer is 202 and the request that a second person decides
    about.
    """
    told = approve.record_payment(
        customer_id=None if body.customer is None else customer_id_of(body.customer),
        parts=_parts(body.allocations),
        came=_came(body.came),
        **body.model_dump(exclude={"customer", "allocations", "came"}),
        **call(request, key),
    )
    return _answered(told)


@router.post("/collect", response={201: PaymentShape}, summary="Collect a payment", operation_id="collect_payment")
def collect_payment(request: Request, key: RequiredKey, body: CollectInput) -> PaymentShape:
    """Takes money through a gateway, for invoices, on account, or both. The last attempt of the answer says where the
    customer goes on, if anywhere (`action_url`). With `charged_in` the gateway charges another currency; a currency
    without an exchange rate is refused (`no_exchange_rate`, 409), as is an amount that the rates do not say any more
    (`exchange_rate_changed`, 409). When no answer came from the gateway, the attempt is `unknown` and
    is asked about later: a timeout is never a failure. Needs `payments.collect`, and to store the card
    `methods.manage` as well.
    """
    amounts = {invoice_id_of(part.invoice): part.amount_minor for part in body.invoices}
    if len(amounts) != len(body.invoices):
        raise InvalidField(name="invoices", reason="Name each invoice once.")
    return collect.pay(
        customer_id=customer_id_of(body.customer),
        amounts=amounts,
        account_id=gateway_account_id_of(body.gateway_account),
        **_stored(body),
        **body.model_dump(include=_COLLECTED),
        **call(request, key),
    )


@router.get("/{payment_id}", response=PaymentShape, summary="Get a payment", operation_id="get_payment")
def get_payment(request: Request, payment_id: str) -> PaymentShape:
    """Answers with the payment, its allocations and its attempts. Needs `view`."""
    actor, found = viewer(request), payment_id_of(payment_id)
    require_own(actor, queries.payment(found)["customer_id"], kind="payment")
    return builders.one_payment(found)


@router.get(
    "/{payment_id}/money", response=MoneyMapShape, summary="Where the money is", operation_id="get_payment_money"
)
def get_payment_money(request: Request, payment_id: str, query: Query[PageQuery]) -> MoneyMapShape:
    """Answers with where the payment's money is, to the last minor unit: the invoices and top-up requests that it
    settles with what is open of them, refunds, disputes, small differences, and what is left. The allocations come a
    page at a time, the rest at once. Needs `view`.
    """
    actor, found = viewer(request), payment_id_of(payment_id)
    require_own(actor, queries.payment(found)["customer_id"], kind="payment")
    return money_map_shape(money_map(found, cursor=query.cursor, limit=query.limit), today=local_date(clock.now()))


@router.get(
    "/{payment_id}/receipt",
    summary="Download a receipt",
    operation_id="download_receipt",
    openapi_extra=PDF_ANSWER,
)
def download_receipt(request: Request, payment_id: str) -> File:
    """Answers with the receipt of a completed payment or refund as PDF/A-3, issued now if it never was; from then on
    it is the same byte for byte, but for the mark of a payment that was reversed. Needs `download`.
    """
    return receipts.receipt_document(payment_id=payment_id_of(payment_id), **asked(request))


@router.patch("/{payment_id}", response=PaymentShape, summary="Change a payment", operation_id="edit_payment")
def edit_payment(request: Request, payment_id: str, body: PaymentChanges, key: OptionalKey = None) -> PaymentShape:
    """Changes the fields that are sent: description, reference, remark and fee at any time; amount, currency, customer,
    method and received date only of a pending receipt that no gateway tried. Another customer counts as an edit of its
    assignment. Needs `payments.record`.
    """
    changes = body.model_dump(exclude_unset=True, exclude={"customer"})
    if "customer" in body.model_fields_set:
        changes["customer_id"] = None if body.customer is None else customer_id_of(body.customer)
    return amend.edit_payment(
        payment_id=payment_id_of(payment_id), changes=changes, keeps_private_text=True, **call(request, key)
    )


@router.post("/{payment_id}/delete", response=PaymentShape, summary="Delete a payment", operation_id="delete_payment")
def delete_payment(request: Request, payment_id: str, key: RequiredKey, body: Nothing | None = None) -> PaymentShape:
    """Deletes a receipt that was never booked and that no gateway tried, and answers with it as it was. Needs
    `payments.delete`.
    """
    del body
    return amend.delete_payment(payment_id=payment_id_of(payment_id), **call(request, key))


@router.post(
    "/{payment_id}/mark_paid",
    response={200: PaymentShape, 202: ApprovalShape},
    summary="Mark as paid",
    operation_id="mark_paid",
)
def mark_paid(request: Request, payment_id: str, key: RequiredKey, body: MarkPaidInput) -> PaymentShape | Accepted:
    """Completes a pending or failed payment for money that came outside of any gateway. Above the business's limit it
    stays as it is: the answer is 202 and the request that a second person decides about. Needs `payments.complete`.
    """
    told = approve.mark_paid(
        payment_id=payment_id_of(payment_id),
        came=_came(body.came),
        **body.model_dump(exclude={"came"}),
        **call(request, key),
    )
    return _answered(told)


@router.post("/{payment_id}/deposit", response=PaymentShape, summary="Deposit a cheque", operation_id="deposit_cheque")
def deposit_cheque(request: Request, payment_id: str, key: RequiredKey, body: DepositInput) -> PaymentShape:
    """Records that the cheque of a completed payment was brought to the bank: the money is on its way to the bank's
    statement. If it bounces there, record a bank return. Needs `payments.complete`.
    """
    return deposit.deposit_cheque(payment_id=payment_id_of(payment_id), **body.model_dump(), **call(request, key))


@router.post("/{payment_id}/cancel", response=PaymentShape, summary="Cancel a payment", operation_id="cancel_payment")
def cancel_payment(request: Request, payment_id: str, key: RequiredKey, body: Nothing | None = None) -> PaymentShape:
    """Cancels a promised payment that will not come. Needs `payments.cancel`."""
    del body
    return record.cancel_payment(payment_id=payment_id_of(payment_id), **call(request, key))


@router.post(
    "/{payment_id}/allocate", response=PaymentShape, summary="Allocate a payment", operation_id="allocate_payment"
)
def allocate_payment(request: Request, payment_id: str, key: RequiredKey, body: AllocateInput) -> PaymentShape:
    """Sets what is left of a completed payment against invoices. Needs `payments.allocate`; for money in suspense also
    `payments.assign`, because the first invoice names the payer.
    """
    return allocate.allocate_payment(
        payment_id=payment_id_of(payment_id),
        parts=_parts(body.allocations),
        takes_oldest_first=body.takes_oldest_first,
        **call(request, key),
    )


@router.post("/{payment_id}/assign", response=PaymentShape, summary="Assign a payment", operation_id="assign_payment")
def assign_payment(request: Request, payment_id: str, key: RequiredKey, body: AssignInput) -> PaymentShape:
    """Gives money in suspense to a customer; it counts as one edit of its assignment. Needs `payments.assign`."""
    return allocate.assign_payment(
        payment_id=payment_id_of(payment_id), customer_id=customer_id_of(body.customer), **call(request, key)
    )


@router.post(
    "/{payment_id}/unassign", response=PaymentShape, summary="Un-assign a payment", operation_id="unassign_payment"
)
def unassign_payment(request: Request, payment_id: str, key: RequiredKey, body: Nothing | None = None) -> PaymentShape:
    """Takes a receipt from its customer, with its allocations released; it counts as one edit. Needs
    `payments.assign`.
    """
    del body
    return allocate.unassign_payment(payment_id=payment_id_of(payment_id), **call(request, key))


@router.post(
    "/{payment_id}/reverse", response=PaymentShape, summary="Reverse a payment", operation_id="reverse_payment"
)
def reverse_payment(request: Request, payment_id: str, key: RequiredKey, body: ReverseInput) -> PaymentShape:
    """Undoes a payment that was recorded wrongly: allocations released, a counter-entry, the row kept. Money that a
    gateway confirms is refunded instead. Needs `payments.reverse`.
    """
    return allocate.reverse_payment(payment_id=payment_id_of(payment_id), reason=body.reason, **call(request, key))


@router.post(
    "/{payment_id}/refund",
    response={201: PaymentShape, 202: ApprovalShape},
    summary="Refund a payment",
    operation_id="refund_payment",
)
def refund_payment(request: Request, payment_id: str, key: RequiredKey, body: RefundInput) -> PaymentShape | Accepted:
    """Pays money back, in full or in part, and answers with the refund. Unallocated money goes first. Needs
    `payments.refund`; above the business's limit also `payments.refund_above_limit`. Where a second person decides, the
    answer is 202 and the request; it reserves nothing.
    """
    return _answered(
        approve.refund_payment(payment_id=payment_id_of(payment_id), **body.model_dump(), **call(request, key))
    )


@router.post("/{payment_id}/retry", response=PaymentShape, summary="Try a payment again", operation_id="retry_payment")
def retry_payment(request: Request, payment_id: str, key: RequiredKey, body: RetryInput) -> PaymentShape:
    """Makes another attempt of a failed payment: in its own currency, or with `charged_in` in another one, as when it
    is collected. Needs `payments.collect`.
    """
    return collect.retry(
        payment_id=payment_id_of(payment_id),
        account_id=gateway_account_id_of(body.gateway_account),
        **_stored(body),
        **body.model_dump(include={"return_url", "charged_in", "charged_minor"}),
        **call(request, key),
    )


@router.post(
    "/{payment_id}/plan_retry", response=PaymentShape, summary="Choose the day of a retry", operation_id="plan_retry"
)
def plan_retry(request: Request, payment_id: str, key: RequiredKey, body: PlanRetryInput) -> PaymentShape:
    """Has a failed payment of one invoice charged again by automatic payment on a day that the payer chose, in the
    place of the day that was planned. Refused (409) where automatic payment would not charge it. Needs
    `payments.collect`.
    """
    return planning.plan_retry(payment_id=payment_id_of(payment_id), day=body.day, **call(request, key))


@router.post(
    "/{payment_id}/cancel_checkout",
    response=PaymentShape,
    summary="Give up a checkout",
    operation_id="cancel_checkout",
)
def cancel_checkout(request: Request, payment_id: str, key: RequiredKey, body: Nothing | None = None) -> PaymentShape:
    """Gives up a checkout that waits for the customer, so that another can begin. When the customer was faster, the
    payment completes. Needs `payments.collect`.
    """
    del body
    return collect.cancel_checkout(payment_id=payment_id_of(payment_id), **call(request, key))


def _answered(told: Answer) -> PaymentShape | Accepted:
    return Accepted(told) if waits(told) else cast("PaymentShape", told)


def _stored(body: CollectInput | RetryInput) -> dict[str, Any]:
    if body.payment_method is None and body.off_session:
        raise InvalidField(name="off_session", reason="Name the stored payment method that is charged.")
    method_id = None if body.payment_method is None else method_id_of(body.payment_method)
    return {"method_id": method_id, "off_session": body.off_session}


def _came(told: CameInput | None) -> Came | None:
    return None if told is None else Came(minor=told.amount_minor, currency=told.currency)


def _parts(parts: list[PartInput]) -> list[Part]:
    return [Part(invoice_id=invoice_id_of(part.invoice), amount_minor=part.amount_minor) for part in parts]
