"""`/voucher_batches` and `/vouchers`: made in batches, sold, downloaded, deactivated; redeemed into wallets."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Final, Literal
from uuid import UUID

from django.http import StreamingHttpResponse
from ninja import Query
from pydantic import Field, StringConstraints
from pydantic.functional_validators import BeforeValidator
from pydantic.json_schema import WithJsonSchema
from typing_extensions import TypedDict

from tallystick.foundation import clock
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.files import File
from tallystick.interfaces.api.door import CSV_ANSWER, PDF_ANSWER, Request, RequiredKey, Room, asked, call, viewer
from tallystick.interfaces.api.inputs import (
    Amount,
    CurrencyInput,
    CustomerRef,
    Day,
    Flag,
    Input,
    Line200,
    Remark,
    Search,
    Whole,
    line,
    plain_decimal,
)
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed
from tallystick.interfaces.api.payment_inputs import MethodByHand
from tallystick.interfaces.kit.files import csv_response, harmless
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.money.amounts import plain_decimal as written
from tallystick.usecases import make_vouchers, redeem
from tallystick.usecases.frame import require_unscoped
from tallystick.usecases.roles import Permission
from tallystick.wallets import voucher_queries as queries
from tallystick.wallets import vouchers
from tallystick.wallets.voucher_codes import LETTERS, LONGEST
from tallystick.wallets.voucher_queries import CodeFacts
from tallystick.wallets.vouchers import BatchTerms
from tallystick.wire import vouchers as wire
from tallystick.wire.ids import customer_id_of, voucher_batch_id_of
from tallystick.wire.shapes import one_of
from tallystick.wire.vouchers import RedemptionShape, VoucherBatchShape

batches = Room(tags=["vouchers"])
router = Room(tags=["vouchers"])

_HEADINGS: Final = ("voucher", "code", "uses_left", "amount", "currency", "valid_until", "name")

Multiplier = Annotated[
    Decimal,
    BeforeValidator(plain_decimal),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[0-9]{1,10}(\.[0-9]{1,4})?$",
            "description": "A decimal as text, above 1: with 1.5 a top-up of 20.00 becomes 30.00.",
            "examples": ["1.5"],
        }
    ),
]


class BatchQuery(PageQuery):
    """Which batches a list shows."""

    search: Annotated[Search, Field(description="A part of the name, or the number.")] = ""


class BatchInput(Input):
    """A new batch."""

    name: Annotated[
        str,
        line(vouchers.LONGEST_NAME),
        Field(min_length=1, description="Customers read it with what they get.", examples=["Spring promotion"]),
    ]
    currency: CurrencyInput
    amount_minor: Annotated[
        Amount, Field(description="What a voucher gives, or adds to a top-up; of a multiplier the most that it adds.")
    ]
    quantity: Annotated[Whole, Field(ge=1, le=vouchers.MOST_VOUCHERS, description="How many vouchers.", examples=[3])]
    gives: Annotated[
        Literal["free", "additional", "multiplier"], one_of(wire.GIVES, example="free", about="What each gives.")
    ] = "free"
    multiplier: Multiplier | None = None
    minimum_topup_minor: Annotated[
        Whole, Field(ge=0, le=LARGEST_MINOR, description="The smallest top-up that it is added to.", examples=[0])
    ] = 0
    is_sold: Annotated[Flag, Field(description="Sold to a reseller: paid money. Else promotional credit.")] = False
    reseller: Annotated[str, line(120), Field(description="Who buys them, where they are sold.")] = ""
    remark: Remark = ""
    code_alphabet: Annotated[
        Literal["letters", "digits"], one_of(wire.ALPHABETS, example="letters", about="What codes are written in.")
    ] = LETTERS
    code_length: Annotated[
        Whole, Field(ge=1, le=LONGEST, description="At least 16 letters and digits, or 25 digits.", examples=[20])
    ] = 20
    uses_per_voucher: Annotated[
        Whole, Field(ge=1, le=vouchers.MOST_USES, description="More than 1 is a code that many share.", examples=[1])
    ] = 1
    uses_per_customer: Annotated[
        Annotated[Whole, Field(ge=1, le=vouchers.MOST_USES)] | None,
        Field(description="How many of the batch one customer may redeem; any number when left out."),
    ] = None
    valid_from: Annotated[Day | None, Field(description="The first day of redemption.")] = None
    valid_until: Annotated[Day | None, Field(description="The last day of redemption.")] = None
    lifetime_days: Annotated[
        Annotated[Whole, Field(ge=1, le=vouchers.MOST_DAYS)] | None,
        Field(description="How many days after redemption the money can be used; for ever when left out."),
    ] = None
    customers: Annotated[
        list[CustomerRef],
        Field(max_length=vouchers.MOST_CUSTOMERS, description="Who may redeem them; everybody when left out."),
    ] = []


class SaleInput(Input):
    """How a reseller's money came."""

    method: MethodByHand
    received_date: Annotated[Day | None, Field(description="When it came; today when left out.")] = None


class DeactivateInput(Input):
    """Why a batch is deactivated."""

    reason: Annotated[Line200, Field(min_length=1, examples=["The file leaked"])]


class RedeemInput(Input):
    """A voucher, and whose wallet it goes into."""

    customer: CustomerRef
    number: Annotated[
        str,
        StringConstraints(min_length=1, max_length=80),
        Field(description="The code as somebody typed it.", examples=["7Q3F-M2XK-90VN-4HJC-8ZTA"]),
    ]
    currency: CurrencyInput


class VoucherBatchPage(TypedDict):
    """A page of batches."""

    data: list[VoucherBatchShape]
    next_cursor: Cursor
    previous_cursor: Cursor


class RedemptionPage(TypedDict):
    """A page of what was redeemed."""

    data: list[RedemptionShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@batches.get("", response=VoucherBatchPage, summary="List batches of vouchers", operation_id="list_voucher_batches")
def list_voucher_batches(request: Request, query: Query[BatchQuery]) -> Listed:
    """Answers with batches of vouchers, the newest first. Needs `view`, and a key for all customers."""
    _everybody(request)
    refuse_card_numbers(search=query.search)
    page = queries.batches_page(search=query.search, cursor=query.cursor, limit=query.limit)
    return listed(wire.batch_shapes(page.rows, today=local_date(clock.now())), page)


@batches.post("", response={201: VoucherBatchShape}, summary="Make vouchers", operation_id="create_voucher_batch")
def create_voucher_batch(request: Request, key: RequiredKey, body: BatchInput) -> VoucherBatchShape:
    """Makes a batch with its codes, which are in its files. Nothing is booked until a voucher is redeemed, or the batch
    is sold. Needs `vouchers.manage`.
    """
    told = body.model_dump(exclude={"customers"})
    terms = BatchTerms(**told, customer_ids=tuple(customer_id_of(each) for each in body.customers))
    return make_vouchers.create_voucher_batch(terms=terms, **call(request, key))


@batches.get(
    "/{voucher_batch_id}",
    response=VoucherBatchShape,
    summary="Get a batch of vouchers",
    operation_id="get_voucher_batch",
)
def get_voucher_batch(request: Request, voucher_batch_id: str) -> VoucherBatchShape:
    """Answers with the batch and how often its vouchers were redeemed. Needs `view`, and a key for all customers."""
    _everybody(request)
    return wire.one_batch(voucher_batch_id_of(voucher_batch_id), today=local_date(clock.now()))


@batches.get(
    "/{voucher_batch_id}/redemptions",
    response=RedemptionPage,
    summary="List what was redeemed",
    operation_id="list_redemptions",
)
def list_redemptions(request: Request, voucher_batch_id: str, query: Query[PageQuery]) -> Listed:
    """Answers with the redeemed vouchers of a batch, the newest first. Needs `view`, and a key for all customers."""
    _everybody(request)
    found: UUID = queries.batch(voucher_batch_id_of(voucher_batch_id))["id"]
    page = queries.redemptions_page(found, cursor=query.cursor, limit=query.limit)
    return listed([wire.redemption_shape(row) for row in page.rows], page)


@batches.post(
    "/{voucher_batch_id}/sell", response=VoucherBatchShape, summary="Sell vouchers", operation_id="sell_voucher_batch"
)
def sell_voucher_batch(request: Request, voucher_batch_id: str, key: RequiredKey, body: SaleInput) -> VoucherBatchShape:
    """Records that the reseller paid for the batch, at what its vouchers give: they can be redeemed from now on, and
    are a liability until they are. Needs `vouchers.manage`.
    """
    return make_vouchers.sell_voucher_batch(
        batch_id=voucher_batch_id_of(voucher_batch_id), **body.model_dump(), **call(request, key)
    )


@batches.post(
    "/{voucher_batch_id}/deactivate",
    response=VoucherBatchShape,
    summary="Deactivate vouchers",
    operation_id="deactivate_voucher_batch",
)
def deactivate_voucher_batch(
    request: Request, voucher_batch_id: str, key: RequiredKey, body: DeactivateInput
) -> VoucherBatchShape:
    """Makes what is left of the batch worthless and forgets its codes. What was redeemed stays. Needs
    `vouchers.manage`.
    """
    return make_vouchers.deactivate_voucher_batch(
        batch_id=voucher_batch_id_of(voucher_batch_id), reason=body.reason, **call(request, key)
    )


@batches.get(
    "/{voucher_batch_id}/codes/csv",
    summary="Download codes as CSV",
    operation_id="download_voucher_codes",
    openapi_extra=CSV_ANSWER,
)
def download_voucher_codes(request: Request, voucher_batch_id: str) -> StreamingHttpResponse:
    """Answers with every code of the batch; who took them is written down. A batch that was deactivated has none (409).
    Needs `vouchers.manage`.
    """
    batch_id = voucher_batch_id_of(voucher_batch_id)
    found = make_vouchers.voucher_codes(batch_id=batch_id, **asked(request))
    row = queries.batch(batch_id)
    until = row["valid_until"].isoformat() if row["valid_until"] else ""
    worth = [written(row["amount_minor"], row["currency"]), row["currency"], until, harmless(row["name"])]
    return csv_response(row["number"], _HEADINGS, _cells(row["number"], found, worth))


@batches.get(
    "/{voucher_batch_id}/codes/pdf",
    summary="Download vouchers to print",
    operation_id="download_voucher_sheets",
    openapi_extra=PDF_ANSWER,
)
def download_voucher_sheets(request: Request, voucher_batch_id: str) -> File:
    """Answers with the vouchers that can still be redeemed, ten to a page, to be cut. A batch that was deactivated has
    none (409). Needs `vouchers.manage`.
    """
    return make_vouchers.voucher_sheets(batch_id=voucher_batch_id_of(voucher_batch_id), **asked(request))


@router.post("/redeem", response={201: RedemptionShape}, summary="Redeem a voucher", operation_id="redeem_voucher")
def redeem_voucher(request: Request, key: RequiredKey, body: RedeemInput) -> RedemptionShape:
    """Redeems a voucher into the customer's wallet. What cannot be redeemed says why (409, `voucher_…`). After five
    unknown numbers within an hour the customer is held back (409, `voucher_held_back`). Needs `vouchers.redeem`.
    """
    return redeem.redeem_voucher(
        customer_id=customer_id_of(body.customer), number=body.number, currency=body.currency, **call(request, key)
    )


def _everybody(request: Request) -> None:
    require_unscoped(viewer(request), Permission.VIEW)


def _cells(number: str, found: Sequence[CodeFacts], worth: Sequence[str]) -> Iterator[Sequence[str]]:
    return ([f"{number}-{each.number}", each.code, str(each.uses_left), *worth] for each in found)
