"""`/payment_imports`: a CSV of receipts, recorded in steps."""

from typing import Annotated, Final, Literal

from django.core.exceptions import SuspiciousOperation
from django.http.multipartparser import MultiPartParserError
from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import CurrencyInput, Flag, Input, Nothing, Whole
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed
from tallystick.interfaces.api.payment_inputs import MethodByHand
from tallystick.payments import import_queries
from tallystick.payments.csv_reading import LARGEST_BYTES, FileNotReadable
from tallystick.usecases import import_payments
from tallystick.usecases.frame import require_unscoped
from tallystick.usecases.import_rows import FIELDS
from tallystick.usecases.roles import Permission
from tallystick.wire import payment_imports as wire
from tallystick.wire.ids import payment_import_id_of
from tallystick.wire.payment_imports import ImportLineShape, PaymentImportShape
from tallystick.wire.shapes import one_of

router = Room(tags=["payment imports"])

_UPLOAD: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "A CSV with headings, of at most 10 MB and 20,000 lines; its encoding and "
                            "delimiter are recognised.",
                        }
                    },
                }
            }
        },
    }
}
# What the form around a file may add to its size.
_ENVELOPE_BYTES: Final = 100_000


LineState = Annotated[
    Literal["unread", "ready", "duplicate", "refused", "recorded"], one_of(wire.LINE_STATES, example="refused")
]


class MappingInput(Input):
    """How the columns of a file are read."""

    columns: Annotated[
        dict[str, Whole],
        Field(
            description=f"Which column, from 0, is what: {', '.join(FIELDS)}. Amount and date are needed; a customer "
            "is named by number, name or the address of a contact, several invoices by their numbers.",
            examples=[{"date": 0, "customer": 1, "amount": 2, "invoice": 3}],
        ),
    ]
    decimal_mark: Annotated[
        Literal[".", ","],
        one_of(
            {".": "1,234.50 or 1234.50.", ",": "1.234,50 or 1234,50."}, example=".", about="How amounts are written."
        ),
    ]
    date_order: Annotated[
        Literal["ymd", "dmy", "mdy"],
        one_of(
            {"ymd": "2026-03-01.", "dmy": "01.03.2026.", "mdy": "03/01/2026."},
            example="ymd",
            about="How days are written; one that begins with the year is read by every order.",
        ),
    ]
    currency: Annotated[CurrencyInput, Field(description="Of lines that name none.")]
    method: MethodByHand = "bank_transfer"
    status: Annotated[
        Literal["completed", "paid", "pending"],
        one_of(
            {
                "completed": "the money is there. Recording needs `payments.complete`.",
                "paid": "another word for completed.",
                "pending": "it was promised.",
            },
            example="completed",
        ),
    ] = "completed"
    mails_confirmation: Annotated[Flag, Field(description="Whether the customers get receipts by mail.")] = False


class DuplicatesInput(Input):
    """Which lines are other payments than those that they look like."""

    lines: Annotated[list[Whole], Field(min_length=1, max_length=1000, examples=[[3, 7]])]
    allows: Annotated[Flag, Field(description="False takes the word back.")] = True


class LineQuery(PageQuery):
    """Which lines a list shows."""

    state: LineState | None = None


class PaymentImportPage(TypedDict):
    """A page of imports."""

    data: list[PaymentImportShape]
    next_cursor: Cursor
    previous_cursor: Cursor


class ImportLinePage(TypedDict):
    """A page of lines."""

    data: list[ImportLineShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get("", response=PaymentImportPage, summary="List payment imports", operation_id="list_payment_imports")
def list_payment_imports(request: Request, query: Query[PageQuery]) -> Listed:
    """Answers with files of receipts, the newest first. Needs `view`, and a key that is not narrowed to a customer."""
    require_unscoped(viewer(request), Permission.VIEW)
    page = import_queries.imports_page(cursor=query.cursor, limit=query.limit)
    return listed(wire.import_shapes(page.rows), page)


@router.post(
    "",
    response={201: PaymentImportShape},
    summary="Upload a CSV of receipts",
    operation_id="begin_payment_import",
    openapi_extra=_UPLOAD,
)
def begin_payment_import(request: Request, key: RequiredKey) -> PaymentImportShape:
    """Keeps a CSV, sent as `multipart/form-data` in the field `file`; nothing is recorded yet. Say next which column is
    what. Needs `payments.record`, and a key that is not narrowed to one customer.
    """
    name, content = _uploaded(request)
    return import_payments.begin_import(name=name, content=content, **call(request, key))


@router.get(
    "/{payment_import_id}",
    response=PaymentImportShape,
    summary="Get a payment import",
    operation_id="get_payment_import",
)
def get_payment_import(request: Request, payment_import_id: str) -> PaymentImportShape:
    """Answers with a file of receipts, and how many of its lines are in which state. Needs `view`."""
    require_unscoped(viewer(request), Permission.VIEW)
    return wire.one_import(payment_import_id_of(payment_import_id))


@router.get(
    "/{payment_import_id}/lines",
    response=ImportLinePage,
    summary="List the lines of a payment import",
    operation_id="list_import_lines",
)
def list_import_lines(request: Request, payment_import_id: str, query: Query[LineQuery]) -> Listed:
    """Answers with the lines in the order of the file: what was read, and what became or would become of each. Needs
    `view`.
    """
    require_unscoped(viewer(request), Permission.VIEW)
    import_id = import_queries.one_import(payment_import_id_of(payment_import_id))["id"]
    page = import_queries.rows_page(import_id, state=query.state or "", cursor=query.cursor, limit=query.limit)
    return listed([wire.line_shape(row) for row in page.rows], page)


@router.post(
    "/{payment_import_id}/map",
    response=PaymentImportShape,
    summary="Say which column is what",
    operation_id="map_payment_import",
)
def map_payment_import(
    request: Request, payment_import_id: str, key: RequiredKey, body: MappingInput
) -> PaymentImportShape:
    """Reads every line by this mapping: customers and invoices are found, duplicates and errors marked. It may be said
    again until recording begins. Needs `payments.record`.
    """
    return import_payments.map_import(
        import_id=payment_import_id_of(payment_import_id), **body.model_dump(), **call(request, key)
    )


@router.post(
    "/{payment_import_id}/allow_duplicates",
    response=PaymentImportShape,
    summary="Allow lines that look recorded",
    operation_id="allow_import_duplicates",
)
def allow_import_duplicates(
    request: Request, payment_import_id: str, key: RequiredKey, body: DuplicatesInput
) -> PaymentImportShape:
    """Your word that these lines are other payments than those that they look like. Needs `payments.record`."""
    return import_payments.allow_duplicates(
        import_id=payment_import_id_of(payment_import_id), **body.model_dump(), **call(request, key)
    )


@router.post(
    "/{payment_import_id}/record",
    response=PaymentImportShape,
    summary="Record the payments of an import",
    operation_id="record_payment_import",
)
def record_payment_import(
    request: Request, payment_import_id: str, key: RequiredKey, body: Nothing | None = None
) -> PaymentImportShape:
    """Has every line that is ready, and every duplicate that is allowed, recorded by a job, each once; ask for the
    import again to see how far it is. Needs `payments.record`, and `payments.complete` for money that is there.
    """
    del body
    return import_payments.record_import(import_id=payment_import_id_of(payment_import_id), **call(request, key))


def _uploaded(request: Request) -> tuple[str, bytes]:
    """The one file of a form, looked at only when it cannot be too large."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BYTES + _ENVELOPE_BYTES:
        raise FileNotReadable(reason=f"The file has more than {LARGEST_BYTES // 1024 // 1024} MB. Send it in parts.")
    try:
        uploads = request.FILES.getlist("file") if request.content_type == "multipart/form-data" else []
        others = {*request.FILES, *request.POST} - {"file"} if uploads else set()
    except (MultiPartParserError, SuspiciousOperation):
        uploads, others = [], set()
    if len(uploads) != 1 or others or uploads[0].name is None:
        raise FileNotReadable(reason="Send one file as multipart/form-data, in the field “file” and nothing else.")
    return uploads[0].name, uploads[0].read()
