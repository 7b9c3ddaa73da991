"""A business with prepaid customers: short ways to top up, buy and look into the wallet."""

from typing import Any
from uuid import UUID

from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.usecases import charge, record, topup
from tallystick.usecases.record import Part
from tallystick.wallets import operations as wallets
from tallystick.wallets import queries
from tests.scenarios.conftest import World, at, uid


class Prepaid:
    """What the stories of prepaid customers do again and again."""

    def __init__(self, world: World) -> None:
        self.world = world

    def customer(self, name: str = "Callers Ltd", *, is_prepaid: bool = True, **more: Any) -> UUID:
        """This function will enrol a customer whose money fills the wallet."""
        return self.world.customer(name, details={"is_prepaid": is_prepaid}, **more)

    def request(self, customer: UUID, minor: int = 5000, *, day: str = "2026-01-01", currency: str = "EUR") -> UUID:
        """This function will send a top-up request and return its id."""
        shape = topup.create_topup_request(
            actor=self.world.staff, at=at(day), customer_id=customer, currency=currency, total_minor=minor
        )
        request = uid("inv", shape["id"])
        topup.send_topup_request(actor=self.world.staff, at=at(day), request_id=request)
        return request

    def receive(self, customer: UUID | None, minor: int, *, day: str = "2026-01-02", **more: Any) -> UUID:
        """This function will record money that came, perhaps for a request (`invoice`), and return its payment."""
        invoice = more.pop("invoice", None)
        shape = record.record_payment(
            actor=self.world.staff,
            at=at(day),
            customer_id=customer,
            total_minor=minor,
            currency=more.pop("currency", "EUR"),
            parts=[Part(invoice_id=invoice)] if invoice else (),
            allows_duplicate=True,
            **more,
        )
        return uid("pay", shape["id"])

    def buy(self, customer: UUID, minor: int, *, day: str = "2026-01-10", currency: str = "EUR", **more: Any) -> UUID:
        """This function will charge a purchase and return its id."""
        shape = charge.charge_account(
            actor=self.world.staff,
            at=at(day),
            customer_id=customer,
            currency=currency,
            total_minor=minor,
            tax_rate_id=more.pop("tax", self.world.vat),
            description=more.pop("description", "Calls"),
            **more,
        )
        return uid("pay", shape["id"])

    def credit(self, bought: UUID, minor: int | None = None, *, day: str = "2026-01-11") -> Any:
        """This function will credit a purchase."""
        return charge.credit_charge(
            actor=self.world.staff, at=at(day), charge_id=bought, amount_minor=minor, reason="The call dropped"
        )

    def give(
        self, customer: UUID, minor: int, *, expires: Any = None, day: str = "2026-01-03", currency: str = "EUR"
    ) -> UUID:
        """This function will open a lot of promotional credit."""
        with transaction():
            return wallets.grant(
                customer_id=customer,
                currency=currency,
                amount_minor=minor,
                source="Welcome credit",
                expires_date=expires,
                day=at(day).date(),
                at=at(day),
            )

    def wallet(self, customer: UUID, currency: str = "EUR") -> int:
        """This function will return what is in the wallet, in minor units; below 0 it was used beyond prepaid."""
        return sum(each.wallet_minor for each in ledger.standings(customer) if each.currency == currency)

    def lots(self, customer: UUID, currency: str = "EUR") -> list[tuple[str, int, int]]:
        """This function will return the lots in the order of use: kind, what is left, of how much."""
        row = queries.wallet(customer, currency)
        assert row is not None
        lots = queries.lots_of([row["id"]])[row["id"]]
        return [(lot["kind"], lot["left_minor"], lot["amount_minor"]) for lot in lots]

    def state(self, request: UUID) -> tuple[str, int, int]:
        """This function will return what is stored of a request: state, provisioned, open."""
        row = invoices.invoice(request)
        return row["state"], row["allocated_minor"], row["open_minor"]
