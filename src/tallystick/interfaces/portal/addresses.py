"""Addresses of things in the portal, by their public ids (the routes are in `urls.py`)."""

from uuid import UUID

from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.wire import builders


def invoice_url(invoice_id: UUID) -> str:
    """This function will return the address of an invoice's page."""
    return reverse("portal:invoice", args=[public_id(builders.INVOICE, invoice_id)])


def payment_url(payment_id: UUID) -> str:
    """This function will return the address of a payment's page."""
    return reverse("portal:payment", args=[public_id(builders.PAYMENT, payment_id)])
