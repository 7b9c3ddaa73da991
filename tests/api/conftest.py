"""A business with two customers, and keys of many kinds."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from tallystick.correspondence.letters import letters_about
from tallystick.foundation import settings_store
from tallystick.foundation.business import ADDRESS, COUNTRY, TAX_ID
from tallystick.foundation.ids import parse_public_id, public_id
from tallystick.foundation.months import months_after
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.subscriptions import bill_runs
from tallystick.subscriptions.bill_plan import Failure
from tallystick.usecases import bill_run, charge, configure, grouping, keys, reminder_letters, set_up
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.roles import EVERYTHING
from tallystick.wire.ids import bill_run_id_of, invoice_id_of, subscription_id_of
from tests.api.caller import Caller
from tests.correspondence.dunning_samples import reminder
from tests.gateway_messages import inbox_message
from tests.sandbox_service import Account, SandboxService, running_sandbox
from tests.scenarios.conftest import World
from tests.stored_cards import stored_card

TODAY = datetime.now(tz=UTC).date().isoformat()
NOTHING = {"minor": 0, "currency": "EUR"}


class Business(World):
    """The business of the scenarios, told as the API tells it: by public ids and today."""

    def __init__(self) -> None:
        super().__init__()
        with transaction():
            # Invoices of a business that says who it is are e-invoices.
            settings_store.put(ADDRESS, "12 Harbour Street\nGalway")
            settings_store.put(COUNTRY, "IE")
            settings_store.put(TAX_ID, "IE1234567T")
        self.tax_rate = public_id("tax", self.vat)
        self.x = self.customer("Xavier Ltd", day=TODAY, details={"country": "AT"})
        self.y = self.customer("Yvonne Ltd", day=TODAY, details={"country": "AT"})
        self.cus_x, self.cus_y = public_id("cus", self.x), public_id("cus", self.y)
        self._products = count(1)

    def key(self, *permissions: str, customer: UUID | None = None, name: str = "Program") -> str:
        """This function will return a key; with no permission named it has all of them."""
        made = keys.create_api_key(
            actor=SYSTEM,
            at=datetime.now(tz=UTC),
            name=name,
            permissions=permissions or EVERYTHING,
            customer_id=customer,
        )
        return made["secret"]

    def caller(self, *permissions: str, customer: UUID | None = None) -> Caller:
        """This function will return a program with such a key."""
        return Caller(self.key(*permissions, customer=customer))

    def open_invoice(self, customer: UUID, net: int = 8900) -> str:
        """This function will issue an invoice with 20 % tax today and return its public id."""
        return public_id("inv", self.invoice(customer, net, day=TODAY))

    def offered(self) -> tuple[str, str, str]:
        """This function will return the public ids of a new product, its variant and its price of 89.00 a month."""
        api = self.caller()
        product = api.post("/products", {"name": f"Laptop {next(self._products)}"}).body["id"]
        variant = api.post("/variants", {"product": product, "name": "Pro 16"}).body["id"]
        price = {"variant": variant, "currency": "EUR", "frequency": "monthly", "amount_minor": 8900}
        made = api.post("/prices", {**price, "tax_rate": self.tax_rate})
        return product, variant, made.body["id"]

    def group(self, payer: UUID) -> str:
        """This function will make a billing group with a name of its own, and return its public id."""
        at, name = datetime.now(tz=UTC), uuid4().hex
        return grouping.create_group(actor=SYSTEM, at=at, name=name, billing_day=1, payer_id=payer)["id"]

    def rent(self, customer: UUID, price: str = "") -> str:
        """This function will activate a subscription today, of a new product unless a price is named; its public id."""
        api = self.caller()
        chosen = price or self.offered()[2]
        body = {"customer": public_id("cus", customer), "price": chosen, "start_date": TODAY}
        made = api.post("/subscriptions", body).body["id"]
        assert api.post(f"/subscriptions/{made}/activate").status == 200
        return str(made)

    def failed_run(self, subscription: str) -> str:
        """This function will return the public id of a finished bill run in which a subscription failed."""
        at = datetime.now(tz=UTC)
        made = bill_run.begin_bill_run(actor=SYSTEM, at=at)["id"]
        run_id = bill_run_id_of(made)
        while bill_run.step(actor=SYSTEM, at=at, run_id=run_id) is not bill_run.Outcome.FINISHED:
            pass
        failure = Failure(code="test", sentence="It failed.", subscription_id=subscription_id_of(subscription))
        with transaction():
            bill_runs.add(run_id, {}, [failure], at=at)
        return made

    def approval(self, customer: UUID) -> str:
        """This function will have a program ask for a payment that a second person approves; its request's id."""
        at = datetime.now(tz=UTC)
        configure.change_settings(actor=SYSTEM, at=at, changes={"second_person_completing_above": NOTHING})
        made = self.caller().post("/payments", a_payment(customer=public_id("cus", customer), allows_duplicate=True))
        configure.change_settings(actor=SYSTEM, at=at, changes={"second_person_completing_above": None})
        assert made.status == 202
        return str(made.body["id"])

    def card(self, customer: UUID, gateway_account: str, **facts: str) -> str:
        """This function will store a card of a customer at a gateway account and return its public id."""
        account_id = parse_public_id("gwa", gateway_account, kind="gateway account")
        return public_id("pmt", stored_card(customer, account_id, **facts))

    def bought_before(self, customer: UUID, *, months_ago: int) -> str:
        """This function will have a customer buy something in an earlier month, and return the month."""
        month = months_after(date.fromisoformat(TODAY), -months_ago, day=1)
        charge.charge_account(
            actor=SYSTEM,
            at=datetime.combine(month, time(12), tzinfo=UTC),
            customer_id=customer,
            currency="EUR",
            total_minor=120,
            tax_rate_id=self.vat,
            description="Calls",
        )
        return month.isoformat()[:7]

    def gateway(self, merchant: Account | None = None, *, name: str = "Cards") -> str:
        """This function will return a gateway account; without a merchant nobody listens behind it."""
        account_id = set_up.set_up_gateway(
            actor=SYSTEM,
            at=datetime.now(tz=UTC),
            adapter="sandbox",
            name=name,
            configuration={
                "base_url": merchant.base_url if merchant else "http://127.0.0.1:9",
                "secret_key": merchant.secret_key if merchant else "sk_none",
                "webhook_secrets": [merchant.webhook_secret if merchant else "whsec_none"],
                "timeout_seconds": 20,
            },
            is_live=False,
        )
        return public_id("gwa", account_id)

    def message(self, gateway_account: str, external_id: str = "evt_1", *, state: str = "unmatched") -> str:
        """This function will keep a message of a payment service that fits nothing."""
        account_id = parse_public_id("gwa", gateway_account, kind="gateway account")
        return public_id("gwm", inbox_message(account_id, external_id, state=state))

    def letter(self, customer: UUID, invoice: str) -> str:
        """This function will keep a letter that reminds of an invoice, and return its public id."""
        row = {**invoices.invoice(invoice_id_of(invoice)), "customer_id": customer}
        told, at = reminder(), datetime.now(tz=UTC)
        with transaction():
            reminder_letters.keep(uuid4(), told, row, billed=None, open_fees=(), day=at.date(), at=at)
        (kept,) = letters_about(row["id"])
        return public_id("let", kept["id"])


@pytest.fixture
def business(db: None) -> Business:
    """A business that keeps its books in euro."""
    return Business()


@pytest.fixture
def api(business: Business) -> Caller:
    """A program that may do everything."""
    return business.caller()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    """The sandbox payment service."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as service:
        yield service


@pytest.fixture
def traces() -> Callable[[], dict[str, int]]:
    """How many rows each table has: what a refused act must not change."""
    return row_counts


def row_counts() -> dict[str, int]:
    """This function will count the rows of all tables, those that only time fills left out."""
    left_out = ("django_session", "foundation_cache", "procrastinate_workers", "django_migrations")
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name not in left_out]
        counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)
        cursor.execute(counts)
        found: list[tuple[str, int]] = cursor.fetchall()
    return dict(found)


def a_payment(**more: Any) -> dict[str, Any]:
    """This function will return the input of a payment of 50.00 EUR."""
    return {"total_minor": 5000, "currency": "EUR", **more}
