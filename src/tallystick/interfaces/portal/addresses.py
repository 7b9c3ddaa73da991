"""Addresses of things in the portal, by their public ids."""

from uuid import UUID

from django.urls import reverse

from tallystick.foundation.ids import parse_public_id, public_id
from tallystick.wire import builders

GATEWAY_ACCOUNT = "gwa"


def invoice_url(invoice_id: UUID) -> str:
    """This function will return the address of an invoice's page."""
    return reverse("portal:invoice", args=[public_id(builders.INVOICE, invoice_id)])


def payment_url(payment_id: UUID) -> str:
    """This function will return the address of a payment's page."""
    return reverse("portal:payment", args=[public_id(builders.PAYMENT, payment_id)])


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


def attempt_id_of(text: str) -> UUID:
    """This function will return the id of an attempt from its public id.

    Raises:
        NotFound: when the text is none.
    """
    return parse_public_id(builders.ATTEMPT, text, kind="attempt")
