"""Mails are written here, after the fact that they tell of was committed."""

from uuid import UUID

from tallystick.foundation import clock
from tallystick.foundation.jobs import job
from tallystick.usecases import (
    greet,
    notify,
    notify_approval,
    notify_card_tries,
    notify_coming,
    notify_methods,
    notify_topup,
)


@job("mail.receipt")
def receipt(payment_id: str) -> None:
    """This function will write the receipt of a payment."""
    notify.write_receipt(payment_id=UUID(payment_id), at=clock.now())


@job("mail.invoice")
def invoice(invoice_id: str) -> None:
    """This function will write that an invoice was issued."""
    notify.write_invoice(invoice_id=UUID(invoice_id), at=clock.now())


@job("mail.invoices")
def invoices(invoice_ids: list[str]) -> None:
    """This function will write of each of many invoices that it was issued."""
    notify.write_invoices(invoice_ids=[UUID(each) for each in invoice_ids], at=clock.now())


@job("mail.coming_invoices")
def coming_invoices(payer_ids: list[str]) -> None:
    """This function will write to each of many payers what they will be billed soon."""
    notify_coming.write(payer_ids=[UUID(each) for each in payer_ids], at=clock.now())


@job("mail.credit_note")
def credit_note(credit_note_id: str) -> None:
    """This function will write that a credit note was issued."""
    notify.write_credit_note(credit_note_id=UUID(credit_note_id), at=clock.now())


@job("mail.topup_request")
def topup_request(request_id: str) -> None:
    """This function will write that a top-up request was sent."""
    notify_topup.write(request_id=UUID(request_id), at=clock.now())


@job("mail.tax_document")
def tax_document(document_id: str) -> None:
    """This function will write that the tax invoice of a top-up is there."""
    notify_topup.write_tax_document(document_id=UUID(document_id), at=clock.now())


@job("mail.purchase_tax_document")
def purchase_tax_document(document_id: str) -> None:
    """This function will write that the tax invoice of a month's purchases is there."""
    notify_topup.write_purchase_tax_document(document_id=UUID(document_id), at=clock.now())


@job("mail.payment_failed")
def payment_failed(attempt_id: str) -> None:
    """This function will write that a try failed."""
    notify.write_payment_failed(attempt_id=UUID(attempt_id), at=clock.now())


@job("mail.refund")
def refund(payment_id: str) -> None:
    """This function will write that a refund was paid."""
    notify.write_refund(payment_id=UUID(payment_id), at=clock.now())


@job("mail.transfer")
def transfer(payment_id: str) -> None:
    """This function will write where to transfer a promised payment to."""
    notify.write_transfer_instructions(payment_id=UUID(payment_id), at=clock.now())


@job("mail.welcome")
def welcome(contact_id: str, customer_id: str) -> None:
    """This function will write that the portal is open to a contact."""
    notify.write_welcome(contact_id=UUID(contact_id), customer_id=UUID(customer_id), at=clock.now())


@job("mail.sign_in_link")
def sign_in_link(email: str) -> None:
    """This function will write a link that signs in, if the address is that of a contact."""
    greet.send_sign_in_link(email=email, at=clock.now())


@job("mail.password_link")
def password_link(email: str) -> None:
    """This function will write a link that sets a new password, if somebody signs in with the address."""
    greet.send_password_link(email=email, at=clock.now())


@job("mail.address_link")
def address_link(user_id: str, email: str, unique: str) -> None:
    """This function will write to a new address that it can be confirmed, and to the one of now that it may change."""
    greet.send_address_link(user_id=UUID(user_id), email=email, unique=unique, at=clock.now())


@job("mail.method_added")
def method_added(method_id: str) -> None:
    """This function will write that a payment method was stored."""
    notify_methods.write_added(method_id=UUID(method_id), at=clock.now())


@job("mail.method_removed")
def method_removed(method_id: str, by_contact_id: str | None) -> None:
    """This function will write that a stored payment method was removed."""
    by = None if by_contact_id is None else UUID(by_contact_id)
    notify_methods.write_removed(method_id=UUID(method_id), by_contact_id=by, at=clock.now())


@job("mail.second_factor_reset")
def second_factor_reset(user_id: str, unique: str) -> None:
    """This function will write to a member of staff that the second factors were removed."""
    greet.send_second_factor_reset(user_id=UUID(user_id), unique=unique, at=clock.now())


@job("mail.card_tries_stopped")
def card_tries_stopped(customer_id: str, minutes: int, unique: str) -> None:
    """This function will write to staff that a customer was stopped from trying cards."""
    notify_card_tries.write(customer_id=UUID(customer_id), minutes=minutes, unique=unique, at=clock.now())


@job("mail.approval_waits")
def approval_waits(approval_id: str) -> None:
    """This function will write to those who may decide that an act waits for a second person."""
    notify_approval.write(approval_id=UUID(approval_id), at=clock.now())
