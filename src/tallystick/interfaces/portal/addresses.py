"""Addresses of things in the portal, by their public ids (the routes are in `urls.py`)."""

from functools import cache
from typing import Final
from uuid import UUID

from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.wire import builders
from tallystick.wire.purchase_tax import PURCHASE_TAX_DOCUMENT

# No address has it by itself, and none writes it in another way.
_PLACE: Final = "~"


def invoice_url(invoice_id: UUID) -> str:
    """This function will return the address of an invoice's page."""
    return _of("portal:invoice", public_id(builders.INVOICE, invoice_id))


def payment_url(payment_id: UUID) -> str:
    """This function will return the address of a payment's page."""
    return _of("portal:payment", public_id(builders.PAYMENT, payment_id))


def purchase_tax_url(document_id: UUID) -> str:
    """This function will return where the PDF of a tax invoice of purchases is."""
    return _of("portal:purchase-tax-document-pdf", public_id(PURCHASE_TAX_DOCUMENT, document_id))


def purchase_tax_xml_url(document_id: UUID) -> str:
    """This function will return where the XML of a tax invoice of purchases is."""
    return _of("portal:purchase-tax-document-xml", public_id(PURCHASE_TAX_DOCUMENT, document_id))


def invoice_pdf_url(invoice_id: UUID) -> str:
    """This function will return the address of an invoice's PDF."""
    return _of("portal:invoice-pdf", public_id(builders.INVOICE, invoice_id))


def pay_url(invoice_id: UUID | None = None) -> str:
    """This function will return where one pays: all that is open, or an invoice, which is chosen already."""
    url = reverse("portal:pay")
    return f"{url}?invoice={public_id(builders.INVOICE, invoice_id)}" if invoice_id else url


def _of(route: str, public: str) -> str:
    before, behind = _around(route)
    return f"{before}{public}{behind}"


@cache
def _around(route: str) -> tuple[str, str]:
    """What stands around a public id in the addresses of a route: a page of a list has a hundred of them."""
    before, behind = reverse(route, args=[_PLACE]).split(_PLACE)
    return before, behind
