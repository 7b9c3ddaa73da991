"""The world of the portal's tests: a business with customers, contacts who can sign in, and ways to pay."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tallystick.catalog import operations as catalog
from tallystick.customers import queries as customers
from tallystick.foundation import business, settings_store
from tallystick.foundation.ids import parse_public_id, public_id
from tallystick.foundation.models import User
from tallystick.foundation.months import months_after
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.gateways import operations as gateways
from tallystick.invoices import queries as invoices
from tallystick.invoices.operations import LineInput
from tallystick.ledger import operations as ledger
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases import bill, charge, enrol, record, tax_purchases, topup
from tallystick.usecases.roles import EVERYTHING
from tallystick.wallets import queries as wallets
from tallystick.wire.purchase_tax import PurchaseTaxDocumentShape
from tests.sandbox_service import Account, SandboxService, running_sandbox

PASSWORD = "correct horse battery"
STAFF = Actor(kind="staff", id="ada", label="Ada", permissions=EVERYTHING)
ALL_RIGHTS = ["view", "pay", "manage_methods", "manage_autopay", "download", "manage_contacts"]


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

    def taxed_topup(self, customer: UUID, total: int = 6000) -> tuple[str, str]:
        """This function will send a top-up request that is taxed and paid, and return it and its tax document."""
        told: dict[str, Any] = {
            "actor": STAFF,
            "at": now(),
            "customer_id": customer,
            "currency": "EUR",
            "total_minor": total,
        }
        asked = topup.create_topup_request(**told, tax_rate_id=self.vat)
        request = uid("inv", asked["id"])
        topup.send_topup_request(actor=STAFF, at=now(), request_id=request)
        record.record_payment(**told, parts=[record.Part(invoice_id=request)])
        (document,) = wallets.tax_documents([request])[request]
        return asked["id"], public_id("txd", document["id"])

    def taxed_purchases(self, customer: UUID, total: int = 6000, *, months_ago: int = 1) -> PurchaseTaxDocumentShape:
        """This function will have the customer buy something in a month that is over, and issue its tax invoice."""
        month = months_after(now().date(), -months_ago, day=1)
        told: dict[str, Any] = {"actor": STAFF, "customer_id": customer, "currency": "EUR"}
        charge.charge_account(
            **told,
            at=datetime.combine(month, time(12), tzinfo=UTC),
            total_minor=total,
            tax_rate_id=self.vat,
            description="Calls",
        )
        return tax_purchases.issue_purchase_tax_document(**told, at=now(), month=month)

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


def form_of(*invoice_ids: UUID, method: str, key: str | None = None, **more: str) -> dict[str, Any]:
    """This function will return the form as a browser sends it, with these invoices chosen."""
    chosen = [public_id("inv", invoice_id) for invoice_id in invoice_ids]
    opened = [invoices.invoice(invoice_id)["open_minor"] for invoice_id in invoice_ids]
    return {
        "pay": "selected_invoices",
        "invoice": chosen,
        "currency": invoices.invoice(invoice_ids[0])["currency"] if invoice_ids else "EUR",
        "total": str(sum(opened)),
        "to_invoices": str(sum(opened)),
        "method": method,
        "idempotency_key": key or str(uuid.uuid4()),
        **more,
    }


def only_payment(customer: UUID) -> dict[str, Any]:
    """This function will return the one payment that the customer has made."""
    [row] = lists.payments_page(PaymentFilter(customer_id=customer, made=True), public=True).rows
    return row


def made(customer: UUID) -> list[tuple[str, int]]:
    """This function will return the status and amount of every payment that the customer made, the oldest first."""
    rows = lists.payments_page(PaymentFilter(customer_id=customer, made=True), public=True).rows
    return [(row["status"], row["total_minor"]) for row in reversed(rows)]


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


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    """A payment service, one for all stories of a file."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as served:
        yield served


@pytest.fixture
def merchant(sandbox: SandboxService) -> Account:
    """A merchant of the payment service, new for each story."""
    return sandbox.create_merchant(f"Shop {uuid.uuid4().hex}")


@pytest.fixture
def account(house: Business, merchant: Account) -> str:
    """Our account at the payment service, by its public id."""
    account_id = house.gateway(
        merchant.base_url, secret_key=merchant.secret_key, webhook_secrets=[merchant.webhook_secret]
    )
    return public_id("gwa", account_id)
