"""A shop that announces what is coming, and what it announced."""

from typing import Any
from uuid import UUID

import tallystick.interfaces.jobs.registry  # noqa: F401 - the jobs register themselves
from tallystick.correspondence.models import Message
from tallystick.foundation.transactions import transaction
from tallystick.gateways.port import CardFacts
from tallystick.payments import methods
from tallystick.payments.terms import terms_hash
from tallystick.usecases import autopay, configure, notify_coming, set_up
from tests.scenarios.conftest import at
from tests.scenarios.subscribers import bills
from tests.scenarios.subscriptions import Shop


class Noticing(Shop):
    """The shop of the scenarios, which announces what is coming."""

    def individual(self, name: str = "Ida", **more: Any) -> UUID:
        """This function will enrol somebody who is due on the invoice date."""
        return self.customer(name, kind="individual", **more)

    def announce(self, day: str) -> int:
        """This function will do what the job of a day does, and return how many mails are new."""
        return sum(notify_coming.write(payer_ids=part, at=at(day)) for part in notify_coming.found(at=at(day)))

    def autopay(self, customer: UUID, **agreed: Any) -> None:
        """This function will store a card of the customer, at a gateway that nobody asks, and agree to autopay."""
        account_id = set_up.set_up_gateway(
            actor=self.staff,
            at=at("2026-01-01"),
            adapter="sandbox",
            name="Cards",
            configuration={"base_url": "http://127.0.0.1:9", "secret_key": "sk", "webhook_secrets": ["whsec"]},
            is_live=False,
        )
        facts = CardFacts(brand="visa", last_four="4242", expiry_month=12, expiry_year=2040)
        with transaction():
            methods.keep(
                customer_id=customer, account_id=account_id, token=f"tok_{customer}", card=facts, at=at("2026-01-01")
            )
        autopay.agree(
            actor=self.staff,
            at=at("2026-01-01"),
            customer_id=customer,
            terms_sha256=terms_hash(autopay.TERMS.default),
            evidence="Signed form",
            **agreed,
        )

    def notice_days(self, days: int) -> None:
        """This function will have coming invoices announced so many days before they are due."""
        configure.change_settings(actor=self.staff, at=at("2026-01-01"), changes={"coming_invoice_days": days})


def notices(customer: UUID | None = None) -> list[Message]:
    """This function will return the notices, of one customer or of all, the oldest first."""
    found = Message.objects.filter(kind="coming_invoice").order_by("created_at", "id")
    return list(found if customer is None else found.filter(customer_id=customer))


def billed(customer: UUID) -> list[str]:
    """This function will return the totals of a customer's invoices as mails write them, the oldest first."""
    totals = dict.fromkeys((line[0], line[6]) for line in bills(customer))
    return [f"€{minor // 100:,}.{minor % 100:02}" for _, minor in totals]
