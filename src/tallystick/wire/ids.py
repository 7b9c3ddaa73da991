"""Public ids read back, for every door alike. Each function raises `NotFound` for a text that cannot be such an id."""

from uuid import UUID

from tallystick.foundation.ids import parse_public_id
from tallystick.wire import builders


def customer_id_of(text: str) -> UUID:
    """This function will return the id of a customer from its public id."""
    return parse_public_id(builders.CUSTOMER, text, kind="customer")


def contact_id_of(text: str) -> UUID:
    """This function will return the id of a contact from its public id."""
    return parse_public_id(builders.CONTACT, text, kind="contact")


def invoice_id_of(text: str) -> UUID:
    """This function will return the id of an invoice from its public id."""
    return parse_public_id(builders.INVOICE, text, kind="invoice")


def payment_id_of(text: str) -> UUID:
    """This function will return the id of a payment from its public id."""
    return parse_public_id(builders.PAYMENT, text, kind="payment")


def attempt_id_of(text: str) -> UUID:
    """This function will return the id of an attempt from its public id."""
    return parse_public_id(builders.ATTEMPT, text, kind="attempt")


def allocation_id_of(text: str) -> UUID:
    """This function will return the id of an allocation from its public id."""
    return parse_public_id(builders.ALLOCATION, text, kind="allocation")


def gateway_account_id_of(text: str) -> UUID:
    """This function will return the id of a gateway account from its public id."""
    return parse_public_id(builders.GATEWAY_ACCOUNT, text, kind="gateway account")
