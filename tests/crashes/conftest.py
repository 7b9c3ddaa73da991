"""A shop in a database of its own, and processes that are killed while they work for it."""

from typing import Any
from uuid import UUID

import pytest

from tests.conftest import OwnDatabase
from tests.crashes.victim import Victim
from tests.gateways.receiver import Receiver
from tests.usecases.conftest import receiver, service
from tests.usecases.shop import Shop

__all__ = ["receiver", "service"]


class Scene:
    """A shop with one customer, an invoice of 106.80 and a stored card."""

    def __init__(self, shop: Shop, database: OwnDatabase) -> None:
        from tests.usecases.test_unknown_outcomes import stored_card

        self.shop, self.database = shop, database
        self.customer, self.invoice = shop.bill()
        self.method = stored_card(shop, self.customer)
        # What the gateway tells of the stored card is no part of the story.
        shop.posts()

    def begin(self, act: str, *, dies: str = "", **arguments: Any) -> Victim:
        """This function will start a process that does something, and dies at a point if one is named."""
        known = {
            "customer_id": self.customer,
            "invoice_id": self.invoice,
            "method_id": self.method,
            "account_id": self.shop.account_id,
        }
        return Victim({"act": act, "dies": dies} | known | arguments, self.database.url)

    def run(self, act: str, *, dies: str = "", **arguments: Any) -> int:
        """This function will run such a process to its end, and return how it ended: -9 when it was killed."""
        return self.begin(act, dies=dies, **arguments).wait()

    def outcome(self) -> dict[str, Any]:
        """This function will return all that may be said of how the story ended, to compare it with another telling."""
        from tallystick.ledger import queries as ledger
        from tallystick.payments import lists
        from tallystick.payments.filters import PaymentFilter

        found = lists.payments_page(PaymentFilter(status="completed")).rows
        objects: list[UUID] = [self.invoice, self.shop.account_id, *(row["id"] for row in found)]
        return {
            "charges": self.shop.charges(),
            "refunds": self.shop.refunds(),
            "completed": sorted((row["kind"], row["total_minor"], row["allocated_minor"]) for row in found),
            "invoice": self.shop.standing(self.invoice),
            "entries": sorted(entry["rule"] for entry in ledger.entries_about(objects)),
            "receipts": len(self.shop.mails()),
            "refund mails": len(self.shop.mails("mail.refund")),
            "standing": (self.shop.owes(self.customer), self.shop.credit(self.customer)),
            "clearing agrees": self.shop.clearing_agrees(),
        }


@pytest.fixture
def scene(own_database: OwnDatabase, service: Any, receiver: Receiver) -> Scene:
    """The shop before anything was paid."""
    return Scene(Shop(service, receiver), own_database)
