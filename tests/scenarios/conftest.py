"""The world of a scenario: a business in euro, told by date, acting through the real use cases."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tallystick.catalog import operations as catalog
from tallystick.foundation.ids import parse_public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.invoices.operations import LineInput
from tallystick.ledger import queries as ledger
from tallystick.payments import queries as payments
from tallystick.usecases import bill, enrol
from tallystick.usecases.roles import EVERYTHING, ROLES


def actor(role: str = "Administrator") -> Actor:
    """This function will return a member of staff with a role."""
    return Actor(kind="staff", id=role, label=f"{role} person", permissions=frozenset(ROLES[role]))


def at(day: str, hour: int = 9) -> datetime:
    """This function will return a moment of a day, in UTC, which is the business's zone here."""
    return datetime.combine(date.fromisoformat(day), time(hour), tzinfo=UTC)


def uid(prefix: str, text: str | None) -> UUID:
    """This function will return the identifier behind a public one."""
    assert text is not None
    return parse_public_id(prefix, text, kind="thing")


class World:
    """A business with a tax rate, and short ways to begin a story."""

    def __init__(self) -> None:
        with transaction():
            self.vat = catalog.add_tax_rate(name="VAT 20 %", percent=Decimal(20), category="standard", country="AT")
            self.no_tax = catalog.add_tax_rate(name="Exempt", percent=Decimal(0), category="exempt", country="AT")
        self.staff = Actor(kind="staff", id="ada", label="Ada", permissions=EVERYTHING)

    def customer(self, name: str = "Acme Corp", *, day: str = "2026-01-01", currency: str = "EUR", **more: Any) -> UUID:
        """This function will enrol a business customer and return its id."""
        shape = enrol.create_customer(
            actor=self.staff,
            at=at(day),
            kind=more.pop("kind", "business"),
            name=name,
            currency=currency,
            contacts=[{"name": "Jo", "email": f"{name.lower().replace(' ', '.')}@example.com", "is_billing": True}],
            **more,
        )
        return uid("cus", shape["id"])

    def draft(
        self, customer: UUID, net: int = 8900, *, day: str = "2026-01-01", currency: str = "EUR", **more: Any
    ) -> UUID:
        """This function will draft an invoice of one line and return its id."""
        line = LineInput(
            description=more.pop("description", "Laptop rental"),
            quantity=Decimal(1),
            unit_price_minor=net,
            tax_rate_id=more.pop("tax", self.vat),
            **more,
        )
        shape = bill.create_invoice(actor=self.staff, at=at(day), customer_id=customer, currency=currency, lines=[line])
        return uid("inv", shape["id"])

    def invoice(self, customer: UUID, net: int = 8900, *, day: str = "2026-01-01", **more: Any) -> UUID:
        """This function will issue an invoice of one line and return its id."""
        invoice_id = self.draft(customer, net, day=day, **more)
        bill.issue_invoice(actor=self.staff, at=at(day), invoice_id=invoice_id)
        return invoice_id

    def expected_payment(self, invoice: UUID) -> dict[str, Any]:
        """This function will return the live expected payment of an invoice."""
        live = payments.live_scheduled(invoice)
        assert live is not None
        return live

    def owes(self, customer: UUID, currency: str = "EUR") -> int:
        """This function will return what the customer owes, in minor units."""
        return sum(each.owes_minor for each in ledger.standings(customer) if each.currency == currency)

    def credit(self, customer: UUID, currency: str = "EUR") -> int:
        """This function will return the customer's credit, in minor units."""
        return sum(each.credit_minor for each in ledger.standings(customer) if each.currency == currency)


@pytest.fixture
def world(db: None) -> World:
    """A business that keeps its books in euro."""
    return World()


@pytest.fixture
def posted() -> Callable[..., list[tuple[str, str, int]]]:
    """What the entries about an object post: rule, then (account, side, amount) as in the chart."""

    def entries(*objects: UUID) -> list[Any]:
        return [
            (entry["rule"], [(row["account"], row["side"], row["amount_minor"]) for row in entry["postings"]])
            for entry in ledger.entries_about(list(objects))
        ]

    return entries
