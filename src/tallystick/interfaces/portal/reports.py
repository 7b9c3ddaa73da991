"""Reports / Documents (C3): the statement of account of any days, and every other document, newest first."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tallystick.foundation.errors import Invalid
from tallystick.foundation.ids import public_id
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.files import file_response
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.statement_file import statement_file
from tallystick.interfaces.kit.statement_form import DaysForm, usual_days
from tallystick.interfaces.kit.tables import Column, Table, table_response
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.refusals import say_beside
from tallystick.reports.documents import Document, DocumentKind, documents_page
from tallystick.reports.statements import Asked
from tallystick.usecases import statements
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.purchase_tax import PURCHASE_TAX_DOCUMENT
from tallystick.wire.wallets import TAX_DOCUMENT


@dataclass(frozen=True)
class _Look:
    """How a kind of document reads, which route gives its PDF, and by what prefix the ids there begin."""

    word: str | Promise
    route: str
    prefix: str


_LOOKS: Final = {
    DocumentKind.RECEIPT: _Look(_("Receipt"), "receipt-pdf", builders.PAYMENT),
    DocumentKind.REFUND_RECEIPT: _Look(_("Refund receipt"), "receipt-pdf", builders.PAYMENT),
    DocumentKind.CREDIT_NOTE: _Look(_("Credit note"), "credit-note-pdf", builders.CREDIT_NOTE),
    DocumentKind.TAX_DOCUMENT: _Look(_("Tax document"), "tax-document-pdf", TAX_DOCUMENT),
    DocumentKind.PURCHASE_TAX_DOCUMENT: _Look(
        _("Tax document of purchases"), "purchase-tax-document-pdf", PURCHASE_TAX_DOCUMENT
    ),
}


def _url(row: Document) -> str:
    look = _LOOKS[row.kind]
    return reverse(f"portal:{look.route}", args=[public_id(look.prefix, row.id)])


TABLE: Table[Document] = Table(
    name="documents",
    label=_("Documents"),
    columns=[
        Column(key="number", label=_("Document"), cell=lambda row: row.number or _LOOKS[row.kind].word, phone="title"),
        Column(key="kind", label=_("Kind"), cell=lambda row: _LOOKS[row.kind].word, phone="meta"),
        Column(key="date", label=_("Date"), cell=lambda row: markup.moment(row.at, clock=False), phone="meta"),
        Column(
            key="total",
            label=_("Total"),
            number=True,
            cell=lambda row: markup.amount(row.minor, row.currency),
            phone="amount",
        ),
    ],
    row_id=lambda row: row.id.hex,
    row_href=_url,
    filters=[
        Filter(key="kind", label=_("Kind"), choices=[Choice(kind.value, look.word) for kind, look in _LOOKS.items()])
    ],
    exports=False,
    empty_title=_("No documents yet"),
    empty_text=_("Receipts, credit notes and tax documents stand here as soon as there is one."),
    empty_icon="file",
)


@require_safe
@page(Permission.DOWNLOAD)
def reports(request: ContactRequest) -> HttpResponse:
    """This function will list the customer's documents, and ask which days a statement is to cover."""
    return _shown(request, DaysForm(initial=usual_days(request.today)))


@require_safe
@page(Permission.DOWNLOAD)
def statement_pdf(request: ContactRequest) -> HttpResponse:
    """This function will give the statement of the days that the form names as PDF."""
    covered = _covered(request)
    if isinstance(covered, HttpResponse):
        return covered
    return file_response(statements.statement_document(actor=request.actor, asked=covered))


@require_safe
@page(Permission.DOWNLOAD)
def statement_csv(request: ContactRequest) -> HttpResponseBase:
    """This function will give every movement of the days that the form names as CSV."""
    covered = _covered(request)
    if isinstance(covered, HttpResponse):
        return covered
    return statement_file(covered, request.customer["number"])


def _covered(request: ContactRequest) -> Asked | HttpResponse:
    """The days that were asked for; else the page again, with what is wrong beside its field."""
    form = DaysForm({**usual_days(request.today), **request.GET.dict()})
    if form.is_valid():
        try:
            return statements.asked_for(
                actor=request.actor,
                at=request.at,
                customer_id=request.customer_id,
                permission=Permission.DOWNLOAD,
                **form.cleaned_data,
            )
        except Invalid as error:
            say_beside(form, error)
    return _shown(request, form)


def _shown(request: ContactRequest, form: DaysForm) -> HttpResponse:
    listed = reverse("portal:reports")
    query = TABLE.read(request.GET)
    found = documents_page(
        request.customer_id,
        kinds=tuple(DocumentKind(kind) for kind in query.values("kind")),
        cursor=query.after or query.before,
    )
    shown = TABLE.page(
        query, listed, found.documents, next_cursor=found.next_cursor, previous_cursor=found.previous_cursor
    )
    response = table_response(request, "portal/reports.html", shown, {"form": form})
    if form.errors:
        response.status_code = 422
    return response
