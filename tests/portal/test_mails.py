"""Mails about money: to the right people, once, with what is true when they are written."""

from typing import Any
from uuid import UUID

import pytest

from tallystick.correspondence.models import Message
from tallystick.customers import queries as customers
from tallystick.interfaces.jobs import mail
from tallystick.payments import queries as payments
from tallystick.payments.exchange import Came
from tallystick.usecases import allocate, enrol, notify, record, refund
from tallystick.usecases.record import Part
from tests.portal.conftest import STAFF, Business, now, uid

pytestmark = pytest.mark.django_db


def add_contact(customer: UUID, email: str, *, is_billing: bool = False) -> None:
    enrol.add_contact(actor=STAFF, at=now(), customer_id=customer, name="", email=email, is_billing=is_billing)


def recorded(customer: UUID | None, total: int, *parts: UUID, **more: Any) -> UUID:
    shape = record.record_payment(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        total_minor=total,
        currency="EUR",
        parts=[Part(invoice_id=invoice) for invoice in parts],
        **more,
    )
    return uid("pay", shape["id"])


def to(kind: str) -> list[str]:
    return sorted(Message.objects.filter(kind=kind).values_list("recipient_email", flat=True))


def text(kind: str) -> str:
    message = Message.objects.filter(kind=kind).first()
    assert message is not None
    return message.text_body


def test_a_receipt_goes_to_all_contacts_once(house: Business) -> None:
    customer = house.customer()
    add_contact(customer, "sam@example.com")
    first, _open = house.invoice(customer, 5000), house.invoice(customer, 1000)
    payment = recorded(customer, 7000, first, description="Cash #he was late", method="cash")
    for _ in range(2):
        mail.receipt(payment_id=str(payment))
    assert to("receipt") == ["ivory.sons@example.com", "sam@example.com"]
    words = text("receipt")
    for fact in ("R-", "Cash", "€70.00", "€60.00", "€10.00 was not needed", "Left to pay: €12.00"):
        assert fact in words
    assert "late" not in words


def test_a_receipt_says_what_came_in_another_currency_and_at_which_rate(house: Business) -> None:
    house.rate("USD", "0.92")
    customer = house.customer()
    payment = recorded(customer, 9200, house.invoice(customer, 5000), came=Came(minor=10000, currency="USD"))
    mail.receipt(payment_id=str(payment))
    assert "You paid: $100.00 (1 USD = 0.92 EUR)" in text("receipt")


@pytest.mark.parametrize("undone", ["reversed", "suspense", "pending"])
def test_no_receipt_without_money_of_a_customer(house: Business, undone: str) -> None:
    customer = house.customer()
    payment = recorded(
        None if undone == "suspense" else customer, 700, status="pending" if undone == "pending" else "completed"
    )
    if undone == "reversed":
        allocate.reverse_payment(actor=STAFF, at=now(), payment_id=payment, reason="Typed twice")
    mail.receipt(payment_id=str(payment))
    assert to("receipt") == []


def test_an_invoice_goes_to_billing_contacts_or_else_to_all(house: Business) -> None:
    customer = house.customer()
    add_contact(customer, "sam@example.com")
    for _ in range(2):
        mail.invoice(invoice_id=str(house.invoice(customer)))
    assert to("invoice_issued") == ["ivory.sons@example.com"] * 2
    assert "DE89 3704 0044 0532 0130 00" in text("invoice_issued")
    assert "/portal/invoices/inv_" in text("invoice_issued")


def test_an_invoice_goes_to_everybody_when_nobody_is_for_billing(house: Business) -> None:
    shape = enrol.create_customer(
        actor=STAFF,
        at=now(),
        kind="individual",
        name="Jo",
        currency="EUR",
        contacts=[{"name": "Jo", "email": "jo@example.com"}, {"name": "", "email": "sam@example.com"}],
    )
    mail.invoice(invoice_id=str(house.invoice(uid("cus", shape["id"]))))
    assert to("invoice_issued") == ["jo@example.com", "sam@example.com"]


def test_a_refund_is_told(house: Business) -> None:
    customer = house.customer()
    payment = recorded(customer, 7000)
    shape = refund.refund_payment(
        actor=STAFF, at=now(), payment_id=payment, amount_minor=2500, reason="Cancelled", method="bank_transfer"
    )
    for _ in range(2):
        mail.refund(payment_id=str(uid("pay", shape["id"])))
    assert to("refund_sent") == ["ivory.sons@example.com"]
    assert "€25.00" in text("refund_sent")
    assert str(payments.payment(payment)["receipt_number"]) in text("refund_sent")


def test_the_welcome_comes_once_and_is_no_key(house: Business) -> None:
    customer = house.customer()
    [contact] = customers.contacts(customer)
    for _ in range(2):
        mail.welcome(contact_id=str(contact.id), customer_id=str(customer))
    assert to("welcome") == ["ivory.sons@example.com"]
    assert text("welcome").count("http") == 1
    assert "http://localhost:8000/portal/" in text("welcome")


def test_mails_are_written_in_the_customers_formats(house: Business) -> None:
    customer = house.customer(details={"language": "de-AT"})
    payment = recorded(customer, 123456789)
    assert notify.write_receipt(payment_id=payment, at=now()) == 1
    assert "1.234.567,89" in text("receipt").replace("\N{NO-BREAK SPACE}", ".")
