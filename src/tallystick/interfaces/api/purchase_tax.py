"""`/purchase_tax_documents`: the tax invoices of what was bought from wallets, a month each."""

from typing import Annotated

from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.files import File
from tallystick.interfaces.api.door import PDF_ANSWER, XML_ANSWER, Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import CurrencyInput, CustomerRef, Flag, Input, Month
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed, seen_customer
from tallystick.usecases import documents, e_invoices, tax_purchases
from tallystick.usecases.frame import scope_of
from tallystick.wallets import purchase_tax_queries as queries
from tallystick.wire import purchase_tax as wire
from tallystick.wire.ids import customer_id_of, purchase_tax_document_id_of
from tallystick.wire.purchase_tax import PurchaseTaxDocumentShape

router = Room(tags=["wallets"])


class PurchaseTaxQuery(PageQuery):
    """Which tax invoices of purchases a list shows."""

    customer: CustomerRef = ""
    currency: CurrencyInput | None = None


class PurchaseTaxInput(Input):
    """Whose purchases, from which wallet, and of which month."""

    customer: CustomerRef
    currency: CurrencyInput
    month: Annotated[Month, Field(description="A month that is over.")]
    sends_mail: Annotated[Flag, Field(description="Whether the billing contacts get it by mail.")] = True


class PurchaseTaxPage(TypedDict):
    """A page of tax invoices of purchases."""

    data: list[PurchaseTaxDocumentShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get(
    "", response=PurchaseTaxPage, summary="List tax invoices of purchases", operation_id="list_purchase_tax_documents"
)
def list_purchase_tax_documents(request: Request, query: Query[PurchaseTaxQuery]) -> Listed:
    """Answers with the tax invoices of what was bought from wallets, the newest first. Needs `view`."""
    page = queries.documents_page(
        customer_id=seen_customer(viewer(request), query.customer),
        currency=query.currency or "",
        cursor=query.cursor,
        limit=query.limit,
    )
    return listed([wire.purchase_tax_document_shape(row) for row in page.rows], page)


@router.post(
    "",
    response={201: PurchaseTaxDocumentShape},
    summary="Issue a tax invoice of purchases",
    operation_id="issue_purchase_tax_document",
)
def issue_purchase_tax_document(request: Request, key: RequiredKey, body: PurchaseTaxInput) -> PurchaseTaxDocumentShape:
    """Issues the tax invoice of what was bought from a wallet in a month that is over (409 before), as far as its tax
    was due on use. It asks for no money and posts nothing. The month before this one is done by itself; a month has
    one, and asked for again it is the same. Needs `invoices.issue`.
    """
    return tax_purchases.issue_purchase_tax_document(
        customer_id=customer_id_of(body.customer), **body.model_dump(exclude={"customer"}), **call(request, key)
    )


@router.get(
    "/{purchase_tax_document_id}",
    response=PurchaseTaxDocumentShape,
    summary="Get a tax invoice of purchases",
    operation_id="get_purchase_tax_document",
)
def get_purchase_tax_document(request: Request, purchase_tax_document_id: str) -> PurchaseTaxDocumentShape:
    """Answers with the tax invoice of a month's purchases. Needs `view`."""
    actor, found = viewer(request), purchase_tax_document_id_of(purchase_tax_document_id)
    return wire.purchase_tax_document_shape(queries.document(found, of_customer=scope_of(actor)))


@router.get(
    "/{purchase_tax_document_id}/pdf",
    summary="Download a tax invoice of purchases",
    operation_id="download_purchase_tax_document",
    openapi_extra=PDF_ANSWER,
)
def download_purchase_tax_document(request: Request, purchase_tax_document_id: str) -> File:
    """Answers with the tax invoice of a month's purchases as PDF/A-3. Needs `download`."""
    found = purchase_tax_document_id_of(purchase_tax_document_id)
    return documents.purchase_tax_document(actor=request.auth, document_id=found)


@router.get(
    "/{purchase_tax_document_id}/xml",
    summary="Download the e-invoice of purchases",
    operation_id="download_purchase_tax_document_xml",
    openapi_extra=XML_ANSWER,
)
def download_purchase_tax_document_xml(request: Request, purchase_tax_document_id: str) -> File:
    """Answers with the tax invoice of a month's purchases as XML, the very one that is in its PDF, as
    `download_invoice_xml` does for an invoice. Needs `download`.
    """
    found = purchase_tax_document_id_of(purchase_tax_document_id)
    return e_invoices.purchase_tax_document_xml(actor=request.auth, document_id=found)
