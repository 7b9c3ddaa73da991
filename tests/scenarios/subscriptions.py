"""A business that sells subscriptions, told by date through the real use cases."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.subscriptions import queries
from tallystick.usecases import change_plan, offer, record, subscribe, unsubscribe
from tallystick.wire.subscriptions import CancelPreviewShape, PlanChangePreviewShape, SubscriptionShape
from tests.scenarios.conftest import at, uid
from tests.scenarios.subscribers import Subscribers


class Shop(Subscribers):
    """The world of the bill run, with the acts of staff on subscriptions."""

    def agree(self, customer: UUID, price: UUID, start: str, *, today: str = "", **terms: Any) -> UUID:
        """This function will draft and activate a subscription, on the day on which it begins if no other is named."""
        draft = subscribe.create_subscription(
            actor=self.staff,
            at=at(today or start),
            customer_id=customer,
            price_id=price,
            start_date=date.fromisoformat(start),
            **terms,
        )
        subscription_id = uid("sub", draft["id"])
        subscribe.activate_subscription(actor=self.staff, at=at(today or start), subscription_id=subscription_id)
        return subscription_id

    def another_price(self, price: UUID, amount_minor: int, **more: Any) -> UUID:
        """This function will change a price and return the new one's id."""
        changed = offer.change_price(
            actor=self.staff, at=at("2024-01-02"), price_id=price, changes={"amount_minor": amount_minor, **more}
        )
        return uid("prc", changed["id"])

    def preview(self, subscription: UUID, day: str, **wanted: Any) -> PlanChangePreviewShape:
        """This function will preview a change of plan."""
        return change_plan.preview_change(actor=self.staff, at=at(day), subscription_id=subscription, **wanted)

    def change(self, subscription: UUID, day: str, **wanted: Any) -> SubscriptionShape:
        """This function will change a plan as its preview tells."""
        told = self.preview(subscription, day, **wanted)
        return change_plan.change_plan(
            actor=self.staff, at=at(day), subscription_id=subscription, preview=told["preview"], **wanted
        )

    def preview_end(self, subscription: UUID, day: str, **wanted: Any) -> CancelPreviewShape:
        """This function will preview a cancellation."""
        return unsubscribe.preview_cancel(actor=self.staff, at=at(day), subscription_id=subscription, **wanted)

    def end(self, subscription: UUID, day: str, *, reason: str = "Sent back", **wanted: Any) -> SubscriptionShape:
        """This function will cancel as the preview tells."""
        told = self.preview_end(subscription, day, **wanted)
        return unsubscribe.cancel_subscription(
            actor=self.staff,
            at=at(day),
            subscription_id=subscription,
            preview=told["preview"],
            reason=reason,
            **wanted,
        )

    def row(self, subscription: UUID) -> dict[str, Any]:
        """This function will read a subscription."""
        return queries.subscription(subscription)

    def periods(self, subscription: UUID) -> list[tuple[str, str]]:
        """This function will return the billed periods, oldest first."""
        rows = queries.periods(subscription)[::-1]
        return [(row["period_start"].isoformat(), row["period_end"].isoformat()) for row in rows]

    def upcoming(self, subscription: UUID, most: int = 100) -> list[tuple[str, int]]:
        """This function will return when the next periods are billed, and what they cost with tax."""
        found = queries.periods_to_come(self.row(subscription))
        return [(each.period.start.isoformat(), each.total_minor) for each, _ in zip(found, range(most), strict=False)]

    def lines(self, subscription: UUID) -> list[list[tuple[str, int, int]]]:
        """This function will return the lines of the subscription's invoices, oldest first: words, net and tax."""
        ids = queries.invoice_ids(subscription)
        rows = sorted((invoices.invoice(invoice) for invoice in ids), key=lambda row: str(row["number"]))
        return [
            [(line["description"], line["net_minor"], line["tax_minor"]) for line in invoices.lines(row["id"])]
            for row in rows
        ]

    def pay(self, subscription: UUID, day: str) -> None:
        """This function will mark what is expected for a subscription as paid."""
        for invoice in queries.invoice_ids(subscription):
            live = payments.live_scheduled(invoice)
            if live is not None:
                record.mark_paid(
                    actor=self.staff,
                    at=at(day),
                    payment_id=live["id"],
                    received_date=date.fromisoformat(day),
                    method="bank_transfer",
                )

    def events(self, subscription: UUID) -> list[str]:
        """This function will return the names of what happened to a subscription."""
        return [row["event"] for row in queries.timeline(subscription)]


def arithmetic(line: Mapping[str, Any]) -> tuple[int, int, int, Decimal]:
    """This function will return how a line's amount was computed: days, of_days, price, quantity."""
    facts = line["arithmetic"]
    return facts["days"], facts["of_days"], facts["price_minor"], Decimal(facts["quantity"])
