"""Documents to take away: an invoice, a credit note, several invoices at once; and the logo that stands on them."""

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tallystick.foundation.errors import Conflict, Invalid
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, carry_out, sentence
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.kit.files import file_response
from tallystick.interfaces.kit.forms import KitForm
from tallystick.invoices import queries
from tallystick.invoices.states import DRAFT
from tallystick.usecases import configure, documents, e_invoices, receipts
from tallystick.usecases.documents import Bundle
from tallystick.usecases.promise import download_proof
from tallystick.usecases.roles import Permission
from tallystick.wallets import purchase_tax_queries
from tallystick.wallets import queries as wallets
from tallystick.wire import builders
from tallystick.wire.ids import (
    credit_note_id_of,
    invoice_id_of,
    payment_id_of,
    purchase_tax_document_id_of,
    receipt_id_of,
    tax_document_id_of,
    transfer_proof_id_of,
)


class LogoForm(KitForm):
    """A picture, or none any more."""

    logo = forms.FileField(
        label=gettext_lazy("Picture"),
        required=False,
        help_text=gettext_lazy("A PNG, JPEG or SVG of at most 2 MB, on a light ground."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/svg+xml"}),
    )
    no_logo = forms.BooleanField(label=gettext_lazy("Use no logo"), required=False)

    def clean(self) -> dict[str, object]:
        """This method will ask for one of the two."""
        told: dict[str, object] = super().clean() or self.cleaned_data
        if not told.get("logo") and not told.get("no_logo") and "logo" not in self.errors:
            self.add_error("logo", _("Choose a picture."))
        return told


@require_safe
@page(Permission.DOWNLOAD)
def invoice_pdf(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give an invoice as PDF; a draft as the preview of one."""
    invoice_id = invoice_id_of(public)
    if queries.invoice(invoice_id)["state"] == DRAFT:
        return file_response(documents.draft_preview(actor=request.actor, invoice_id=invoice_id))
    return file_response(documents.invoice_document(actor=request.actor, invoice_id=invoice_id))


@require_safe
@page(Permission.DOWNLOAD)
def credit_note_pdf(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give a credit note as PDF."""
    found = credit_note_id_of(public)
    return file_response(documents.credit_note_document(actor=request.actor, credit_note_id=found))


@require_safe
@page(Permission.DOWNLOAD)
def invoice_xml(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give an invoice as e-invoice, or say on its page why it is none."""
    try:
        return file_response(e_invoices.invoice_xml(actor=request.actor, invoice_id=invoice_id_of(public)))
    except Conflict as error:
        messages.error(request, sentence(error))
    return HttpResponseRedirect(reverse("office:invoice", args=[public]))


@require_safe
@page(Permission.DOWNLOAD)
def credit_note_xml(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give a credit note as e-invoice, or say on the page of its invoice why it is none."""
    found = credit_note_id_of(public)
    try:
        return file_response(e_invoices.credit_note_xml(actor=request.actor, credit_note_id=found))
    except Conflict as error:
        messages.error(request, sentence(error))
    about = queries.credit_note(found)["invoice_id"]
    return HttpResponseRedirect(reverse("office:invoice", args=[public_id(builders.INVOICE, about)]))


@require_safe
@page(Permission.DOWNLOAD)
def tax_document_pdf(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give the tax document of a top-up as PDF."""
    return file_response(documents.tax_document(actor=request.actor, document_id=tax_document_id_of(public)))


@require_safe
@page(Permission.DOWNLOAD)
def purchase_tax_document_pdf(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give the tax document of a month's purchases as PDF."""
    found = purchase_tax_document_id_of(public)
    return file_response(documents.purchase_tax_document(actor=request.actor, document_id=found))


@require_safe
@page(Permission.DOWNLOAD)
def tax_document_xml(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give the tax document of a top-up as e-invoice, or say on the page of its request why it is
    none.
    """
    found = tax_document_id_of(public)
    try:
        return file_response(e_invoices.tax_document_xml(actor=request.actor, document_id=found))
    except Conflict as error:
        messages.error(request, sentence(error))
    about = wallets.tax_document(found)["lot__allocation__invoice_id"]
    return HttpResponseRedirect(addresses.invoice_url(about))


@require_safe
@page(Permission.DOWNLOAD)
def purchase_tax_document_xml(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give the tax document of a month's purchases as e-invoice, or say on the page of its customer
    why it is none.
    """
    found = purchase_tax_document_id_of(public)
    try:
        return file_response(e_invoices.purchase_tax_document_xml(actor=request.actor, document_id=found))
    except Conflict as error:
        messages.error(request, sentence(error))
    about = purchase_tax_queries.document(found)["wallet__customer_id"]
    return HttpResponseRedirect(addresses.customer_url(about))


@require_safe
@page(Permission.DOWNLOAD)
def receipt_pdf(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give the receipt of a payment or refund as PDF, issued now if it never was (E35)."""
    payment_id = payment_id_of(public)
    try:
        return file_response(receipts.receipt_document(actor=request.actor, at=request.at, payment_id=payment_id))
    except Conflict as error:
        messages.error(request, sentence(error))
    return HttpResponseRedirect(reverse("office:payment", args=[public]))


@require_safe
@page(Permission.DOWNLOAD)
def kept_receipt(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give a receipt that went by mail, as it went."""
    return file_response(receipts.kept_receipt(actor=request.actor, receipt_id=receipt_id_of(public)))


@require_safe
@page(Permission.DOWNLOAD)
def transfer_proof(request: StaffRequest, public: str, proof: str) -> HttpResponse:
    """This function will give what a customer handed in to prove a transfer."""
    found = download_proof(
        actor=request.actor, at=request.at, payment_id=payment_id_of(public), proof_id=transfer_proof_id_of(proof)
    )
    return file_response(found)


@require_POST
@page(Permission.DOWNLOAD)
def invoice_documents(request: StaffRequest) -> HttpResponse:
    """This function will give the invoices that were chosen in the list as one file."""
    bundle = Bundle.ZIP if request.POST.get("action") == Bundle.ZIP else Bundle.ONE_PDF
    chosen = [invoice_id_of(each) for each in request.POST.getlist("selected")]
    try:
        return file_response(documents.invoice_documents(actor=request.actor, invoice_ids=chosen, bundle=bundle))
    except (Conflict, Invalid) as error:
        messages.error(request, sentence(error))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("office:invoices")
    return HttpResponseRedirect(back)


@page(Permission.CHANGE_SETTINGS)
def logo(request: StaffRequest) -> HttpResponse:
    """This function will change the logo."""
    act = Act(
        title=_("Logo"),
        lead=_("On invoices and credit notes, and on the pages of the portal."),
        submit=_("Save"),
        back=reverse("office:settings"),
        happens=[_("Documents that were issued before keep the logo that they had.")],
        done=_("The logo is saved."),
    )

    def change(told: dict[str, object]) -> None:
        upload = None if told["no_logo"] else told["logo"]
        content = upload.read() if isinstance(upload, UploadedFile) else None
        configure.change_logo(actor=request.actor, at=request.at, content=content)

    return carry_out(request, act, LogoForm(request.POST or None, request.FILES or None), change)
