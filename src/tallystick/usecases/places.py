"""Where people find things: absolute addresses for mails and gateways, made from the settings, never from a request."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.wire import builders


def place(name: str, *arguments: str) -> str:
    """This function will return the absolute address of a named page of this installation."""
    return f"{settings.SITE_URL}{reverse(name, args=arguments)}"


def portal() -> str:
    """This function will return the address of the portal."""
    return place("portal:home")


def portal_invoice(invoice_id: UUID) -> str:
    """This function will return the address of an invoice in the portal."""
    return place("portal:invoice", public_id(builders.INVOICE, invoice_id))


def portal_payment(payment_id: UUID) -> str:
    """This function will return the address of a payment in the portal."""
    return place("portal:payment", public_id(builders.PAYMENT, payment_id))


def portal_wallet() -> str:
    """This function will return the address of the wallet in the portal, where vouchers are redeemed."""
    return place("portal:wallet")


def portal_methods() -> str:
    """This function will return the address of the stored payment methods in the portal."""
    return place("portal:methods")


def portal_autopay() -> str:
    """This function will return the address of automatic payment in the portal."""
    return place("portal:autopay")


def payment_link(token: str) -> str:
    """This function will return the address by which the reader of a payment link opens what it is for."""
    return place("paylink:open", token)


def payment_link_return() -> str:
    """This function will return where a gateway sends the reader of a payment link back to; "{attempt}" in it becomes
    the attempt's id. It has no secret in it, because it goes to the gateway.
    """
    return place("paylink:return", "ATTEMPT").replace("ATTEMPT", "{attempt}")


def portal_setup_return(then: str) -> str:
    """This function will return where a gateway sends customers back to who stored a card; "{setup}" in it becomes the
    set-up's id, and `then` says on which page they go on.
    """
    return f"{place('portal:method-setup', 'SETUP').replace('SETUP', '{setup}')}?then={then}"


def portal_return() -> str:
    """This function will return where a gateway sends customers back to; "{attempt}" in it becomes the attempt's id."""
    return place("portal:return", "ATTEMPT").replace("ATTEMPT", "{attempt}")
