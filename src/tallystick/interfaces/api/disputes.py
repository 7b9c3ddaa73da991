"""`/disputes`: money of payments that its payers take back."""

from typing import Annotated, Literal

from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.errors import InvalidField
from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import (
    Amount,
    CustomerRef,
    Day,
    Flag,
    Input,
    Nothing,
    PaymentRef,
    QueryFlag,
    Whole,
)
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed, seen_customer
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.payments import dispute_queries
from tallystick.payments import queries as payments
from tallystick.payments.dispute_states import OPEN
from tallystick.usecases import dispute
from tallystick.usecases.frame import require_own
from tallystick.wire import disputes as wire
from tallystick.wire.disputes import DisputeShape
from tallystick.wire.ids import dispute_id_of, payment_id_of
from tallystick.wire.shapes import one_of

router = Room(tags=["disputes"])

State = Annotated[Literal["inquiry", "opened", "won", "lost"], one_of(wire.STATES, example="opened")]
ChargebackReason = Annotated[
    Literal[
        "fraudulent",
        "unrecognized",
        "duplicate",
        "subscription_cancelled",
        "not_received",
        "not_as_described",
        "credit_not_processed",
        "incorrect_amount",
        "general",
    ],
    one_of({code: f"{word}." for code, word in wire.CHARGEBACK_REASONS.items()}, example="fraudulent"),
]
ReturnReason = Annotated[
    Literal["insufficient_funds", "account_closed", "no_mandate", "payer_objected", "cheque_bounced", "returned"],
    one_of({code: f"{word}." for code, word in wire.RETURN_REASONS.items()}, example="insufficient_funds"),
]


class DisputeQuery(PageQuery):
    """Which disputes a list shows."""

    customer: CustomerRef = ""
    payment: Annotated[PaymentRef | None, Field(description="Only those of this payment.")] = None
    state: State | None = None
    is_open: Annotated[QueryFlag, Field(description="Only those that are not decided: inquiries and opened ones.")] = (
        False
    )


class DisputeInput(Input):
    """A dispute that a payment service told of in another way than over its messages."""

    payment: PaymentRef
    amount_minor: Annotated[Amount | None, Field(description="All of the payment, when left out.")] = None
    reason: ChargebackReason = "general"
    evidence_due_date: Annotated[Day | None, Field(description="The last day for evidence, if there is one.")] = None
    fee_minor: Annotated[
        Whole, Field(ge=0, le=LARGEST_MINOR, description="What the payment service charged for it: it posts.")
    ] = 0


class WinInput(Input):
    """How a dispute was won."""

    fee_returned: Annotated[Flag, Field(description="Whether the payment service gave its fee back.")] = False


class BankReturnInput(Input):
    """What a bank sent back, and why."""

    amount_minor: Annotated[Amount | None, Field(description="All of the payment, when left out.")] = None
    reason: ReturnReason = "returned"
    returned_date: Annotated[Day | None, Field(description="Today when left out; never in the future.")] = None


class DisputePage(TypedDict):
    """A page of disputes."""

    data: list[DisputeShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get("", response=DisputePage, summary="List disputes", operation_id="list_disputes")
def list_disputes(request: Request, query: Query[DisputeQuery]) -> Listed:
    """Answers with disputes: open ones first, by the day on which evidence is due. Needs `view`."""
    actor = viewer(request)
    payment_id = None if query.payment is None else payment_id_of(query.payment)
    if payment_id is not None:
        require_own(actor, payments.payment(payment_id)["customer_id"], kind="payment")
    wanted = dispute_queries.DisputeFilter(
        customer_id=seen_customer(actor, query.customer),
        payment_id=payment_id,
        states=_states(query),
    )
    page = dispute_queries.disputes_page(wanted, cursor=query.cursor, limit=query.limit)
    return listed([wire.dispute_shape(row) for row in page.rows], page)


def _states(query: DisputeQuery) -> tuple[str, ...]:
    """The states that can fit. What is open and decided is nothing, so both together are refused."""
    if query.is_open and query.state and query.state not in OPEN:
        raise InvalidField(name="state", reason="Such a dispute is decided.")
    return (query.state,) if query.state else OPEN if query.is_open else ()


@router.post("", response={201: DisputeShape}, summary="Open a dispute", operation_id="open_dispute")
def open_dispute(request: Request, key: RequiredKey, body: DisputeInput) -> DisputeShape:
    """Records that a payment service took a payment back, or a part of it. The invoices stay paid until it is decided;
    the part can be neither refunded nor released. Services whose messages arrive here need no such call. Needs
    `payments.dispute`.
    """
    return dispute.open_dispute(
        payment_id=payment_id_of(body.payment), **body.model_dump(exclude={"payment"}), **call(request, key)
    )


@router.get("/{dispute_id}", response=DisputeShape, summary="Get a dispute", operation_id="get_dispute")
def get_dispute(request: Request, dispute_id: str) -> DisputeShape:
    """Answers with a dispute. Needs `view`."""
    actor = viewer(request)
    row = dispute_queries.dispute(dispute_id_of(dispute_id))
    require_own(actor, row["payment__customer_id"], kind="dispute")
    return wire.dispute_shape(row)


@router.post("/{dispute_id}/win", response=DisputeShape, summary="Win a dispute", operation_id="win_dispute")
def win_dispute(request: Request, dispute_id: str, key: RequiredKey, body: WinInput) -> DisputeShape:
    """Closes a dispute as won: the money is back. What a payment service reports by itself it also decides by itself.
    Needs `payments.dispute`.
    """
    return dispute.win_dispute(dispute_id=dispute_id_of(dispute_id), **body.model_dump(), **call(request, key))


@router.post("/{dispute_id}/lose", response=DisputeShape, summary="Lose a dispute", operation_id="lose_dispute")
def lose_dispute(request: Request, dispute_id: str, key: RequiredKey, body: Nothing | None = None) -> DisputeShape:
    """Closes a dispute as lost: unallocated money goes first, then the newest allocations, whose invoices are open
    again. Needs `payments.dispute`.
    """
    del body
    return dispute.lose_dispute(dispute_id=dispute_id_of(dispute_id), **call(request, key))


# Its address begins with the payment's.
returns = Room(tags=["disputes"])


@returns.post(
    "/{payment_id}/bank_return",
    response={201: DisputeShape},
    summary="Record a bank return",
    operation_id="record_bank_return",
)
def record_bank_return(request: Request, payment_id: str, key: RequiredKey, body: BankReturnInput) -> DisputeShape:
    """Records that a bank sent a payment back (a debit that was returned, a cheque that bounced), and answers with the
    dispute, which is lost at once: what the payment had paid is open again. Needs `payments.dispute`.
    """
    return dispute.record_bank_return(payment_id=payment_id_of(payment_id), **body.model_dump(), **call(request, key))
