"""The world of the portal's tests: a business with customers, contacts who can sign in, and ways to pay."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tallystick.catalog import operations as catalog
from tallystick.customers import queries as customers
from tallystick.foundation import business, settings_store
from tallystick.foundation.ids import parse_public_id
from tallystick.foundation.models import User
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.gateways import operations as gateways
from tallystick.invoices.operations import LineInput
from tallystick.ledger import operations as ledger
from tallystick.usecases import bill, enrol
from tallystick.usecases.roles import EVERYTHING

PASSWORD = "correct horse battery"
STAFF = Actor(kind="staff", id="ada", label="Ada", permissions=EVERYTHING)
ALL_RIGHTS = ["view", "pay", "manage_methods", "download"]


def uid(prefix: str, text: str | None) -> UUID:
    """This function will return the identifier behind a public one."""
    assert text is not None
    return parse_public_id(prefix, text, kind="thing")


class Business:
    """A business with tax rates, a bank account and a colour, and short ways to begin a story."""

    def __init__(self) -> None:
        with transaction():
            self.vat = catalog.add_tax_rate(name="VAT 20 %", percent=Decimal(20), category="standard", country="AT")
            self.reduced = catalog.add_tax_rate(name="VAT 10 %", percent=Decimal(10), category="standard", country="AT")
            self.no_tax = catalog.add_tax_rate(name="Exempt", percent=Decimal(0), category="exempt", country="AT")
            for setting, value in {
                business.NAME: "Northwind Fibre",
                business.ADDRESS: "12 Harbour Street\nGalway",
                business.COUNTRY: "IE",
                business.EMAIL: "billing@northwind.example",
                business.COLOUR: "#0f766e",
                business.BANK_HOLDER: "Northwind Fibre Ltd",
                business.BANK_IBAN: "DE89370400440532013000",
                business.BANK_BIC: "COBADEFFXXX",
            }.items():
                settings_store.put(setting, value)

    def customer(self, name: str = "Ivory & Sons", *, currency: str = "EUR", **more: Any) -> UUID:
        """This function will enrol a customer with one contact and return its id."""
        email = more.pop("email", f"{'.'.join(name.lower().replace('&', '').split())}@example.com")
        contact = {
            "name": more.pop("contact", "Mary O'Neill"),
            "email": email,
            "is_billing": True,
            "rights": more.pop("rights", ALL_RIGHTS),
        }
        shape = enrol.create_customer(
            actor=STAFF,
            at=now(),
            kind="business",
            name=name,
            currency=currency,
            contacts=[contact],
            terms_days=more.pop("terms_days", 14),
            **more,
        )
        return uid("cus", shape["id"])

    def open_portal(self, customer: UUID, *, password: str = PASSWORD) -> User:
        """This function will let the customer's contact sign in, with a password, and return the user."""
        contact = customers.contacts(customer)[0]
        enrol.open_portal(actor=STAFF, at=now(), customer_id=customer, contact_id=contact.id)
        user = User.objects.get(email=contact.email)
        user.set_password(password)
        user.save()
        return user

    def invoice(self, customer: UUID, net: int = 8900, *, currency: str = "EUR", **more: Any) -> UUID:
        """This function will issue an invoice of one line and return its id."""
        line = LineInput(
            description=more.pop("description", "Laptop rental"),
            quantity=more.pop("quantity", Decimal(1)),
            unit_price_minor=net,
            tax_rate_id=more.pop("tax", self.vat),
        )
        shape = bill.create_invoice(
            actor=STAFF, at=now(), customer_id=customer, currency=currency, lines=[line], remark="internal-remark"
        )
        invoice_id = uid("inv", shape["id"])
        bill.issue_invoice(actor=STAFF, at=now(), invoice_id=invoice_id, sends_mail=False, **more)
        return invoice_id

    def gateway(self, base_url: str = "http://127.0.0.1:9", **configuration: Any) -> UUID:
        """This function will set up an account at the sandbox; without an address nobody answers there."""
        with transaction():
            return gateways.set_up_account(
                adapter="sandbox",
                name="Sandbox Cards",
                configuration={"base_url": base_url, "secret_key": "sk_test", "webhook_secrets": [], **configuration},
                is_live=False,
                at=now(),
            )

    def rate(self, currency: str, rate: str) -> None:
        """This function will store an exchange rate of today."""
        with transaction():
            ledger.set_rate(currency=currency, valid_from=now().date(), rate=Decimal(rate), source="test")


def now() -> datetime:
    """This function will return the moment."""
    return datetime.now(tz=UTC)


@pytest.fixture
def house(db: None) -> Business:
    """A business that keeps its books in euro."""
    return Business()


@pytest.fixture
def signed_in(house: Business, client: Client) -> tuple[Client, UUID]:
    """A browser in which the contact of a customer is signed in, and that customer."""
    customer = house.customer()
    client.force_login(house.open_portal(customer))
    return client, customer
