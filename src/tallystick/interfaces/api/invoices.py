"""`/invoices`: claims on customers, from the draft on."""

from typing import Annotated, Literal, Self
from uuid import UUID

from ninja import Query
from pydantic import Field, model_validator
from typing_extensions import TypedDict

from tallystick.foundation import clock
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField, NotFound
from tallystick.foundation.files import File
from tallystick.foundation.ids import parse_public_id
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.api.door import PDF_ANSWER, XML_ANSWER, Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import (
    Amount,
    CurrencyInput,
    CustomerRef,
    Day,
    Flag,
    Input,
    InvoiceSearch,
    Line200,
    Line500,
    PaymentRef,
    Price,
    Quantity,
    Remark,
    TaxRateRef,
    Whole,
)
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed, seen_customer
from tallystick.invoices import queries
from tallystick.invoices.states import INVOICE
from tallystick.invoices.totals import LineInput
from tallystick.usecases import bill, documents, due_dates, e_invoices, write_off
from tallystick.usecases.frame import require_own
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.ids import customer_id_of, invoice_id_of, payment_id_of
from tallystick.wire.shapes import INVOICE_STATES, CreditNoteShape, InvoiceShape, one_of

router = Room(tags=["invoices"])

State = Annotated[
    Literal["draft", "open", "part_paid", "overdue", "paid", "credited", "written_off", "void"],
    one_of(INVOICE_STATES, example="open", about="In a list, `open` is all that is owed, whatever its date."),
]
Reason = Annotated[Line200, Field(min_length=1, examples=["Ordered by mistake"])]


class InvoiceQuery(PageQuery):
    """Which invoices a list shows."""

    customer: CustomerRef = ""
    state: State | None = None
    currency: CurrencyInput | None = None
    search: InvoiceSearch = ""
    due_from: Annotated[Day | None, Field(description="The first due date.")] = None
    due_until: Annotated[Day | None, Field(description="The last due date.")] = None


class LineFields(Input):
    """A line of a new invoice."""

    description: Annotated[Line500, Field(min_length=1, examples=["Support in March"])]
    quantity: Quantity
    unit_price_minor: Price
    tax_rate: TaxRateRef
    is_fee: Annotated[Flag, Field(description="A fee (late, early return) is revenue of an account of its own.")] = (
        False
    )
    period_start: Annotated[Day | None, Field(description="The first day that the line covers.")] = None
    period_end: Annotated[Day | None, Field(description="The day after the last one.")] = None


class InvoiceInput(Input):
    """A new draft."""

    customer: CustomerRef
    currency: CurrencyInput
    lines: Annotated[list[LineFields], Field(min_length=1, max_length=1000)]
    prices_include_tax: Flag = False
    title: Annotated[Line200, Field(description="What the customer reads above the lines.")] = ""
    remark: Remark = ""


class IssueInput(Input):
    """How a draft is issued."""

    invoice_date: Annotated[Day | None, Field(description="Today when left out; never in the future.")] = None
    due_date: Annotated[Day | None, Field(description="By the customer's terms when left out.")] = None
    sends_mail: Annotated[Flag, Field(description="Whether the billing contacts get it by mail.")] = True


class DueDateInput(Input):
    """Another due date that was agreed."""

    due_date: Annotated[Day, Field(description="From today and from what the document says on, 180 days at most.")]
    note: Annotated[Line200, Field(description="Only staff read it, in the audit.", examples=["Ada on the phone"])] = ""


class VoidInput(Input):
    """Why an invoice is withdrawn."""

    reason: Reason


class CreditedLine(Input):
    """How much of one line is credited."""

    position: Annotated[Whole, Field(ge=1, le=1000, description="The line's `position` on the invoice.")]
    gross_minor: Annotated[Price, Field(description="With its tax; negative for a line that is a discount.")]


class CreditNoteInput(Input):
    """What is credited: one amount, some lines, or with neither all that is left."""

    reason: Annotated[
        Reason, Field(description="What stands behind the first # is private: the credit note says the rest.")
    ]
    gross_minor: Annotated[Amount | None, Field(description="With tax; spread over what is left of the lines.")] = None
    lines: Annotated[list[CreditedLine] | None, Field(min_length=1, max_length=1000)] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.gross_minor is not None and self.lines is not None:
            raise ValueError("Send `gross_minor` or `lines`, not both.")
        return self


class WriteOffInput(Input):
    """What is given up, and why."""

    reason: Annotated[Reason, Field(description="Internal: customers never read it.")]
    amount_minor: Annotated[Amount | None, Field(description="All that is open when left out.")] = None


class RecoverInput(Input):
    """What is paid after all."""

    reason: Annotated[Reason, Field(description="Internal: customers never read it.")]
    amount_minor: Annotated[Amount | None, Field(description="As much as possible when left out.")] = None
    payment: Annotated[PaymentRef | None, Field(description="What came: it is set against the invoice.")] = None


class InvoicePage(TypedDict):
    """A page of invoices."""

    data: list[InvoiceShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get("", response=InvoicePage, summary="List invoices", operation_id="list_invoices")
def list_invoices(request: Request, query: Query[InvoiceQuery]) -> Listed:
    """Answers with invoices, the newest first. Needs `view`."""
    actor = viewer(request)
    refuse_card_numbers(search=query.search)
    wanted = queries.InvoiceFilter(
        customer_id=seen_customer(actor, query.customer),
        kind=INVOICE,
        status=query.state or "",
        currency=query.currency or "",
        search=query.search,
        due_from=query.due_from,
        due_until=query.due_until,
    )
    today = local_date(clock.now())
    page = queries.invoices_page(wanted, today=today, cursor=query.cursor, limit=query.limit)
    return listed(builders.invoice_shapes(page.rows, today=today), page)


@router.post("", response={201: InvoiceShape}, summary="Draft an invoice", operation_id="create_invoice")
def create_invoice(request: Request, key: RequiredKey, body: InvoiceInput) -> InvoiceShape:
    """Makes a draft. It has no number and is owed by nobody until it is issued. Needs `invoices.draft`."""
    lines = [
        LineInput(
            tax_rate_id=parse_public_id(builders.TAX_RATE, line.tax_rate, kind="tax rate"),
            **line.model_dump(exclude={"tax_rate"}),
        )
        for line in body.lines
    ]
    return bill.create_invoice(
        customer_id=customer_id_of(body.customer),
        lines=lines,
        **body.model_dump(exclude={"customer", "lines"}),
        **call(request, key),
    )


@router.get("/{invoice_id}", response=InvoiceShape, summary="Get an invoice", operation_id="get_invoice")
def get_invoice(request: Request, invoice_id: str) -> InvoiceShape:
    """Answers with the invoice and its lines. Needs `view`."""
    found = _own(viewer(request), invoice_id)
    return builders.one_invoice(found, today=local_date(clock.now()))


@router.get(
    "/{invoice_id}/pdf", summary="Download an invoice", operation_id="download_invoice", openapi_extra=PDF_ANSWER
)
def download_invoice(request: Request, invoice_id: str) -> File:
    """Answers with the invoice as PDF/A-3, as it was issued: what was paid since does not show, and the same invoice
    gives the same bytes. The e-invoice is in it, where there is one. A draft has none (409). Needs `download`.
    """
    return documents.invoice_document(actor=request.auth, invoice_id=invoice_id_of(invoice_id))


@router.get(
    "/{invoice_id}/xml",
    summary="Download an e-invoice",
    operation_id="download_invoice_xml",
    openapi_extra=XML_ANSWER,
)
def download_invoice_xml(request: Request, invoice_id: str) -> File:
    """Answers with the invoice as XML, the very one that is in its PDF: Factur-X in the profile EN 16931, which is a
    Cross Industry Invoice of UN/CEFACT. Some have none (409, `no_e_invoice`), and `obstacle` says why: `no_claim` (it
    is void or a top-up request), `three_decimals` (of its currency), `seller_address`, `seller_country`,
    `seller_tax_id`, `buyer_country` or `buyer_vat_id` (missing when it was issued), or `tax_apart` (its tax was rounded
    in many parts).
    Needs `download`.
    """
    return e_invoices.invoice_xml(actor=request.auth, invoice_id=invoice_id_of(invoice_id))


@router.post("/{invoice_id}/issue", response=InvoiceShape, summary="Issue an invoice", operation_id="issue_invoice")
def issue_invoice(request: Request, invoice_id: str, key: RequiredKey, body: IssueInput) -> InvoiceShape:
    """Gives the draft its number; from now on it is owed and never changes. The customer's credit pays it at once,
    unless that is switched off for the customer. Needs `invoices.issue`.
    """
    return bill.issue_invoice(invoice_id=invoice_id_of(invoice_id), **body.model_dump(), **call(request, key))


@router.post(
    "/{invoice_id}/due_date", response=InvoiceShape, summary="Agree on a due date", operation_id="agree_due_date"
)
def agree_due_date(request: Request, invoice_id: str, key: RequiredKey, body: DueDateInput) -> InvoiceShape:
    """Makes an open invoice due on another day that was agreed with its payer. Its document goes on saying the day that
    it says (`stated_due_date`); reminders, ageing and automatic payment go by the new one. Those who get the reminders
    get a mail with both days. While a payment of it is under way it is refused (409). Needs `payments.record`.
    """
    return due_dates.agree_due_date(invoice_id=invoice_id_of(invoice_id), **body.model_dump(), **call(request, key))


@router.post("/{invoice_id}/void", response=InvoiceShape, summary="Void an invoice", operation_id="void_invoice")
def void_invoice(request: Request, invoice_id: str, key: RequiredKey, body: VoidInput) -> InvoiceShape:
    """Withdraws an issued invoice that nothing settled. Needs `invoices.void`."""
    return bill.void_invoice(invoice_id=invoice_id_of(invoice_id), reason=body.reason, **call(request, key))


@router.post(
    "/{invoice_id}/credit_notes",
    response={201: CreditNoteShape},
    summary="Credit an invoice",
    operation_id="issue_credit_note",
)
def issue_credit_note(request: Request, invoice_id: str, key: RequiredKey, body: CreditNoteInput) -> CreditNoteShape:
    """Credits an issued invoice in whole or in part, with its tax, and sets the credit against it; what it does not
    need stays as the customer's credit. Needs `invoices.credit`.
    """
    request.auth.require(Permission.ISSUE_CREDIT_NOTES)
    found = _own(request.auth, invoice_id)
    return bill.issue_credit_note(
        invoice_id=found,
        reason=body.reason,
        gross_minor=body.gross_minor,
        gross_by_line=_by_line(found, body.lines),
        **call(request, key),
    )


@router.post(
    "/{invoice_id}/write_off", response=InvoiceShape, summary="Write an invoice off", operation_id="write_off_invoice"
)
def write_off_invoice(request: Request, invoice_id: str, key: RequiredKey, body: WriteOffInput) -> InvoiceShape:
    """Gives up what is open of an issued invoice, or a part of it. What of that was not earned yet is credited first,
    by a credit note that no mail announces; nothing more is expected or reminded of. Needs `invoices.write_off`.
    """
    return write_off.write_off_invoice(invoice_id=invoice_id_of(invoice_id), **body.model_dump(), **call(request, key))


@router.post("/{invoice_id}/recover", response=InvoiceShape, summary="Undo a write-off", operation_id="recover_invoice")
def recover_invoice(request: Request, invoice_id: str, key: RequiredKey, body: RecoverInput) -> InvoiceShape:
    """Makes what was written off of an invoice owed again, because it is paid after all. With a payment, that is set
    against the invoice in the same act. Needs `invoices.write_off`, and with a payment `payments.allocate` too.
    """
    return write_off.recover_invoice(
        invoice_id=invoice_id_of(invoice_id),
        payment_id=None if body.payment is None else payment_id_of(body.payment),
        **body.model_dump(exclude={"payment"}),
        **call(request, key),
    )


def _own(actor: Actor, text: str) -> UUID:
    invoice_id = invoice_id_of(text)
    row = queries.invoice(invoice_id)
    require_own(actor, row["customer_id"], kind="invoice")
    if row["kind"] != INVOICE:
        # A top-up request has the same kind of id, and an address of its own.
        raise NotFound(kind="invoice")
    return invoice_id


def _by_line(invoice_id: UUID, credited: list[CreditedLine] | None) -> dict[UUID, int] | None:
    """The credited amounts by the lines' own ids: outside, a line is known by its position."""
    if credited is None:
        return None
    ids = {row["position"]: row["id"] for row in queries.lines(invoice_id)}
    by_line: dict[UUID, int] = {}
    for index, part in enumerate(credited):
        line_id = ids.get(part.position)
        if line_id is None or line_id in by_line:
            raise InvalidField(
                name=f"lines[{index}].position", reason="Name lines of this invoice by their position, each once."
            )
        by_line[line_id] = part.gross_minor
    return by_line
