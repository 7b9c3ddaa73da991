"""`/topup_requests`: the pro forma that fills a wallet once it is paid."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation import clock
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.files import File
from tallystick.interfaces.api.door import PDF_ANSWER, XML_ANSWER, Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import (
    Amount,
    CurrencyInput,
    CustomerRef,
    Flag,
    Input,
    InvoiceSearch,
    Line200,
    Remark,
    TaxRateRef,
)
from tallystick.interfaces.api.invoices import VoidInput
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed, seen_customer
from tallystick.invoices import queries
from tallystick.invoices.states import TOPUP
from tallystick.usecases import documents, e_invoices, topup
from tallystick.wire import wallets as wire
from tallystick.wire.ids import customer_id_of, tax_document_id_of, tax_rate_id_of, topup_request_id_of
from tallystick.wire.shapes import one_of
from tallystick.wire.wallets import TOPUP_STATES, TopupRequestShape

router = Room(tags=["wallets"])
documents_router = Room(tags=["wallets"])

State = Annotated[
    Literal["draft", "sent", "part_provisioned", "provisioned", "void"], one_of(TOPUP_STATES, example="sent")
]


class TopupQuery(PageQuery):
    """Which top-up requests a list shows."""

    customer: CustomerRef = ""
    state: State | None = None
    currency: CurrencyInput | None = None
    search: InvoiceSearch = ""


class TopupInput(Input):
    """A new draft."""

    customer: CustomerRef
    currency: CurrencyInput
    total_minor: Amount
    tax_rate: Annotated[
        TaxRateRef | None,
        Field(description="With one, tax is due when it is paid, and within the total; null is tax on use."),
    ] = None
    title: Annotated[Line200, Field(description="What the customer reads above the amount.")] = ""
    remark: Remark = ""


class SendInput(Input):
    """How a request is sent."""

    sends_mail: Annotated[Flag, Field(description="Whether the billing contacts get it by mail.")] = True


class TopupPage(TypedDict):
    """A page of top-up requests."""

    data: list[TopupRequestShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get("", response=TopupPage, summary="List top-up requests", operation_id="list_topup_requests")
def list_topup_requests(request: Request, query: Query[TopupQuery]) -> Listed:
    """Answers with top-up requests, the newest first. Needs `view`."""
    actor = viewer(request)
    refuse_card_numbers(search=query.search)
    wanted = queries.InvoiceFilter(
        customer_id=seen_customer(actor, query.customer),
        kind=TOPUP,
        status=query.state or "",
        currency=query.currency or "",
        search=query.search,
    )
    today = local_date(clock.now())
    page = queries.invoices_page(wanted, today=today, cursor=query.cursor, limit=query.limit)
    return listed(wire.topup_request_shapes(page.rows), page)


@router.post(
    "", response={201: TopupRequestShape}, summary="Draft a top-up request", operation_id="create_topup_request"
)
def create_topup_request(request: Request, key: RequiredKey, body: TopupInput) -> TopupRequestShape:
    """Makes a draft. It has no number and cannot be paid until it is sent. Needs `invoices.draft`."""
    return topup.create_topup_request(
        customer_id=customer_id_of(body.customer),
        tax_rate_id=tax_rate_id_of(body.tax_rate) if body.tax_rate else None,
        **body.model_dump(exclude={"customer", "tax_rate"}),
        **call(request, key),
    )


@router.get(
    "/{topup_request_id}", response=TopupRequestShape, summary="Get a top-up request", operation_id="get_topup_request"
)
def get_topup_request(request: Request, topup_request_id: str) -> TopupRequestShape:
    """Answers with the request and what provisioned it. Needs `view`."""
    return wire.one_topup_request(_own(request, topup_request_id))


@router.get(
    "/{topup_request_id}/pdf",
    summary="Download a top-up request",
    operation_id="download_topup_request",
    openapi_extra=PDF_ANSWER,
)
def download_topup_request(request: Request, topup_request_id: str) -> File:
    """Answers with the request as PDF/A-3: a pro forma, and not a tax invoice. A draft has none (409). Needs
    `download`.
    """
    found = topup_request_id_of(topup_request_id)
    return documents.topup_document(actor=request.auth, request_id=found)


@router.post(
    "/{topup_request_id}/send",
    response=TopupRequestShape,
    summary="Send a top-up request",
    operation_id="send_topup_request",
)
def send_topup_request(request: Request, topup_request_id: str, key: RequiredKey, body: SendInput) -> TopupRequestShape:
    """Gives the draft its number. From now on it can be paid: by `/payments`, named like an invoice. Nobody owes it.
    Needs `invoices.issue`.
    """
    found = topup_request_id_of(topup_request_id)
    return topup.send_topup_request(request_id=found, sends_mail=body.sends_mail, **call(request, key))


@router.post(
    "/{topup_request_id}/void",
    response=TopupRequestShape,
    summary="Void a top-up request",
    operation_id="void_topup_request",
)
def void_topup_request(request: Request, topup_request_id: str, key: RequiredKey, body: VoidInput) -> TopupRequestShape:
    """Withdraws a request that was sent, while nothing is allocated to it. Needs `invoices.void`."""
    found = topup_request_id_of(topup_request_id)
    return topup.void_topup_request(request_id=found, reason=body.reason, **call(request, key))


@documents_router.get(
    "/{tax_document_id}/pdf",
    summary="Download the tax document of a top-up",
    operation_id="download_tax_document",
    openapi_extra=PDF_ANSWER,
)
def download_tax_document(request: Request, tax_document_id: str) -> File:
    """Answers with the tax invoice of a top-up that was taxed when it was paid, as PDF/A-3. `tax_documents` of the
    request names it. Needs `download`.
    """
    return documents.tax_document(actor=request.auth, document_id=tax_document_id_of(tax_document_id))


@documents_router.get(
    "/{tax_document_id}/xml",
    summary="Download the e-invoice of a top-up",
    operation_id="download_tax_document_xml",
    openapi_extra=XML_ANSWER,
)
def download_tax_document_xml(request: Request, tax_document_id: str) -> File:
    """Answers with the tax invoice of a top-up as XML, the very one that is in its PDF, as `download_invoice_xml` does
    for an invoice. Needs `download`.
    """
    return e_invoices.tax_document_xml(actor=request.auth, document_id=tax_document_id_of(tax_document_id))


def _own(request: Request, text: str) -> UUID:
    request_id = topup_request_id_of(text)
    topup.require_request(viewer(request), request_id)
    return request_id
