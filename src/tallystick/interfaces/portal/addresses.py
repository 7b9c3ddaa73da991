"""Addresses of things in the portal, by their public ids (the routes are in `urls.py`)."""

from uuid import UUID

from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.wire import builders
from tallystick.wire.purchase_tax import PURCHASE_TAX_DOCUMENT


def invoice_url(invoice_id: UUID) -> str:
    """This function will return the address of an invoice's page."""
    return reverse("portal:invoice", args=[public_id(builders.INVOICE, invoice_id)])


def payment_url(payment_id: UUID) -> str:
    """This function will return the address of a payment's page."""
    return reverse("portal:payment", args=[public_id(builders.PAYMENT, payment_id)])


def purchase_tax_url(document_id: UUID) -> str:
    """This function will return where the PDF of a tax invoice of purchases is."""
    return reverse("portal:purchase-tax-document-pdf", args=[public_id(PURCHASE_TAX_DOCUMENT, document_id)])


def invoice_pdf_url(invoice_id: UUID) -> str:
    """This function will return the address of an invoice's PDF."""
    return reverse("portal:invoice-pdf", args=[public_id(builders.INVOICE, invoice_id)])


def pay_url(invoice_id: UUID | None = None) -> str:
    """This function will return where one pays: all that is open, or an invoice, which is chosen already."""
    url = reverse("portal:pay")
    return f"{url}?invoice={public_id(builders.INVOICE, invoice_id)}" if invoice_id else url
