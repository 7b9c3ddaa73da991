"""Addresses of things in the back office, by their public ids; the ids inside never stand on a page.

The routes are in `urls.py`.
"""

from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.wire import (
    approvals,
    bill_runs,
    builders,
    catalog,
    disputes,
    gateway_messages,
    payment_imports,
    references,
    staff,
    vouchers,
)
from tallystick.wire.audit import MESSAGE
from tallystick.wire.explain import ABOUT
from tallystick.wire.ids import customer_id_of, invoice_id_of, payment_id_of, product_id_of, subscription_id_of
from tallystick.wire.purchase_tax import PURCHASE_TAX_DOCUMENT
from tallystick.wire.wallets import TAX_DOCUMENT

# Reading an address back belongs beside writing it, and so does what the address of a number names.
__all__ = [
    "ABOUT",
    "MESSAGE",
    "customer_id_of",
    "invoice_id_of",
    "payment_id_of",
    "product_id_of",
    "subscription_id_of",
]

STATEMENT = "stm"

# What has a page of its own: the prefix of its public id, and the name of the page.
_PAGES = {
    "customer": (builders.CUSTOMER, "office:customer"),
    "invoice": (builders.INVOICE, "office:invoice"),
    "payment": (builders.PAYMENT, "office:payment"),
    "subscription": (references.SUBSCRIPTION, "office:subscription"),
    "product": (catalog.PRODUCT, "office:product"),
    "message": (MESSAGE, "office:message"),
    "billing_group": (builders.BILLING_GROUP, "office:group"),
    "bill_run": (bill_runs.BILL_RUN, "office:bill-run"),
    "approval": (approvals.APPROVAL, "office:approval"),
    "user": (staff.MEMBER, "office:member"),
    "role": (staff.ROLE, "office:role"),
    "dispute": (disputes.DISPUTE, "office:dispute"),
    "voucher_batch": (vouchers.VOUCHER_BATCH, "office:voucher-batch"),
    "payment_import": (payment_imports.PAYMENT_IMPORT, "office:payment-import"),
    "gateway_message": (gateway_messages.GATEWAY_MESSAGE, "office:gateway-message"),
}


def customer_url(customer_id: UUID) -> str:
    """This function will return the address of a customer's page."""
    return object_url("customer", customer_id)


def invoice_url(invoice_id: UUID) -> str:
    """This function will return the address of an invoice's page."""
    return object_url("invoice", invoice_id)


def payments_url(customer_id: UUID | None) -> str:
    """This function will return the address of the list of payments: a customer's, or with None all."""
    if customer_id is None:
        return _all_payments()
    return _with_gap("office:customer-payments").replace("ID", public_id(builders.CUSTOMER, customer_id))


def payment_url(payment_id: UUID) -> str:
    """This function will return the address of a payment's page."""
    return object_url("payment", payment_id)


def money_url(payment_id: UUID) -> str:
    """This function will return the address of the page that lists all that a payment is allocated to."""
    return reverse("office:payment-money", args=[public_id(builders.PAYMENT, payment_id)])


def proof_url(payment_id: UUID, proof_id: UUID) -> str:
    """This function will return where the proof of a promised transfer is."""
    ids = [public_id(builders.PAYMENT, payment_id), public_id(builders.TRANSFER_PROOF, proof_id)]
    return reverse("office:transfer-proof", args=ids)


def dispute_url(dispute_id: UUID) -> str:
    """This function will return the address of a dispute's page."""
    return object_url("dispute", dispute_id)


def subscription_url(subscription_id: UUID) -> str:
    """This function will return the address of a subscription's page."""
    return object_url("subscription", subscription_id)


def product_url(product_id: UUID) -> str:
    """This function will return the address of a product's page."""
    return object_url("product", product_id)


def message_url(message_id: UUID) -> str:
    """This function will return the address of a mail's page."""
    return object_url("message", message_id)


def document_url(kind: str, object_id: UUID) -> str:
    """This function will return where the PDF of an invoice, a credit note, a receipt, a sent statement, or the tax
    document of a top-up or of purchases is.
    """
    if kind == "purchase_tax_document":
        return reverse("office:purchase-tax-document-pdf", args=[public_id(PURCHASE_TAX_DOCUMENT, object_id)])
    if kind == "tax_document":
        return reverse("office:tax-document-pdf", args=[public_id(TAX_DOCUMENT, object_id)])
    if kind == "statement":
        return reverse("office:sent-statement", args=[public_id(STATEMENT, object_id)])
    if kind == "receipt":
        return reverse("office:kept-receipt", args=[public_id(builders.RECEIPT, object_id)])
    if kind == "credit_note":
        return reverse("office:credit-note-pdf", args=[public_id(builders.CREDIT_NOTE, object_id)])
    return reverse("office:invoice-pdf", args=[public_id(builders.INVOICE, object_id)])


def e_invoice_url(kind: str, object_id: UUID) -> str:
    """This function will return where the XML of the tax document of a top-up, or of purchases, is."""
    if kind == "purchase_tax_document":
        return reverse("office:purchase-tax-document-xml", args=[public_id(PURCHASE_TAX_DOCUMENT, object_id)])
    return reverse("office:tax-document-xml", args=[public_id(TAX_DOCUMENT, object_id)])


def explain_url(number: str, **about: UUID | date | str | None) -> str:
    """This function will return the address that explains a number, by its name in `reports.explain.registry`."""
    told = {name: public_id(ABOUT[name], value) if isinstance(value, UUID) else value for name, value in about.items()}
    query = urlencode({name: str(value) for name, value in told.items() if value})
    return f"{_with_gap('office:explain').replace('ID', number)}?{query}"


def object_url(kind: str, object_id: UUID | None) -> str:
    """This function will return the address of the page about an object, or the empty text when it has none."""
    if object_id is None or kind not in _PAGES:
        return ""
    prefix, name = _PAGES[kind]
    return _with_gap(name).replace("ID", public_id(prefix, object_id))


def public(prefix: str, identifier: Any) -> str:
    """This function will return a public id, or the empty text for none."""
    return public_id(prefix, identifier) if identifier else ""


@cache
def _all_payments() -> str:
    return reverse("office:payments")


@cache
def _with_gap(name: str) -> str:
    """The address of a page with ID in the place of the public id, looked up once: a list names fifty of them."""
    return reverse(name, args=["ID"])
