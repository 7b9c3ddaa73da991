"""Addresses of things in the back office, by their public ids; the ids inside never stand on a page."""

from typing import Any
from uuid import UUID

from django.urls import reverse

from tallystick.foundation.ids import parse_public_id, public_id
from tallystick.wire import builders

MESSAGE = "msg"
API_KEY = "key"
CONTACT = builders.CONTACT

# What an audit entry or a mail is about: its prefix, the page of it, and how an address names it.
_PAGES = {
    "customer": (builders.CUSTOMER, "office:customer"),
    "invoice": (builders.INVOICE, "office:invoice"),
    "payment": (builders.PAYMENT, "office:payment"),
    "message": (MESSAGE, "office:message"),
}


def customer_url(customer_id: UUID) -> str:
    """This function will return the address of a customer's page."""
    return reverse("office:customer", args=[public_id(builders.CUSTOMER, customer_id)])


def invoice_url(invoice_id: UUID) -> str:
    """This function will return the address of an invoice's page."""
    return reverse("office:invoice", args=[public_id(builders.INVOICE, invoice_id)])


def payment_url(payment_id: UUID) -> str:
    """This function will return the address of a payment's page."""
    return reverse("office:payment", args=[public_id(builders.PAYMENT, payment_id)])


def message_url(message_id: UUID) -> str:
    """This function will return the address of a mail's page."""
    return reverse("office:message", args=[public_id(MESSAGE, message_id)])


def object_url(kind: str, object_id: UUID | None) -> str:
    """This function will return the address of the page about an object, or the empty text when it has none."""
    if object_id is None or kind not in _PAGES:
        return ""
    prefix, name = _PAGES[kind]
    return reverse(name, args=[public_id(prefix, object_id)])


def object_id_of(text: str) -> UUID | None:
    """This function will return the id behind a public id of a kind that has a page, or None."""
    for prefix, _name in _PAGES.values():
        if text.startswith(f"{prefix}_"):
            return parse_public_id(prefix, text, kind="object")
    return None


def customer_id_of(text: str) -> UUID:
    """This function will return the id of a customer from its public id.

    Raises:
        NotFound: when the text is none.
    """
    return parse_public_id(builders.CUSTOMER, text, kind="customer")


def invoice_id_of(text: str) -> UUID:
    """This function will return the id of an invoice from its public id.

    Raises:
        NotFound: when the text is none.
    """
    return parse_public_id(builders.INVOICE, text, kind="invoice")


def payment_id_of(text: str) -> UUID:
    """This function will return the id of a payment from its public id.

    Raises:
        NotFound: when the text is none.
    """
    return parse_public_id(builders.PAYMENT, text, kind="payment")


def public(prefix: str, identifier: Any) -> str:
    """This function will return a public id, or the empty text for none."""
    return public_id(prefix, identifier) if identifier else ""
