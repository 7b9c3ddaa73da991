"""A business with prepaid customers: short ways to top up, buy and look into the wallet."""

from typing import Any
from uuid import UUID

from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.usecases import charge, make_vouchers, record, redeem, topup, wallet_invoices
from tallystick.usecases.record import Part
from tallystick.wallets import operations as wallets
from tallystick.wallets import queries
from tallystick.wallets.vouchers import BatchTerms
from tallystick.wire.vouchers import RedemptionShape
from tests.scenarios.conftest import World, at, uid


class Prepaid:
    """What the stories of prepaid customers do again and again."""

    def __init__(self, world: World) -> None:
        self.world = world

    def customer(self, name: str = "Callers Ltd", *, is_prepaid: bool = True, **more: Any) -> UUID:
        """This function will enrol a customer whose money fills the wallet."""
        return self.world.customer(name, details={"is_prepaid": is_prepaid}, **more)

    def request(
        self,
        customer: UUID,
        minor: int = 5000,
        *,
        day: str = "2026-01-01",
        currency: str = "EUR",
        tax: UUID | None = None,
    ) -> UUID:
        """This function will send a top-up request, taxed on use or (at a rate) when paid, and return its id."""
        shape = topup.create_topup_request(
            actor=self.world.staff,
            at=at(day),
            customer_id=customer,
            currency=currency,
            total_minor=minor,
            tax_rate_id=tax,
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

    def batch(self, *, day: str = "2026-01-01", actor: Actor | None = None, **terms: Any) -> UUID:
        """This function will make a batch of vouchers of 10.00 each, and return its id."""
        told = {"name": "Welcome", "currency": "EUR", "quantity": 1, "amount_minor": 1000} | terms
        shape = make_vouchers.create_voucher_batch(
            actor=actor or self.world.staff, at=at(day), terms=BatchTerms(**told)
        )
        return uid("vbt", shape["id"])

    def codes(self, batch: UUID, *, day: str = "2026-01-02") -> list[str]:
        """This function will return the codes of a batch, in order."""
        found = make_vouchers.voucher_codes(actor=self.world.staff, at=at(day), batch_id=batch)
        return [each.code for each in found]

    def code(self, **terms: Any) -> str:
        """This function will return the code of the one voucher of a new batch."""
        return self.codes(self.batch(**terms))[0]

    def sell(self, batch: UUID, *, day: str = "2026-01-03") -> None:
        """This function will record what a reseller transferred for a batch."""
        make_vouchers.sell_voucher_batch(actor=self.world.staff, at=at(day), batch_id=batch, method="bank_transfer")

    def redeem(
        self, customer: UUID, number: str, *, day: str = "2026-01-05", actor: Actor | None = None, currency: str = "EUR"
    ) -> RedemptionShape:
        """This function will redeem a voucher."""
        return redeem.redeem_voucher(
            actor=actor or self.world.staff, at=at(day), customer_id=customer, number=number, currency=currency
        )

    def invoice_usage(self, customer: UUID, *, day: str = "2026-01-20", currency: str = "EUR") -> UUID:
        """This function will issue the invoice for what was used beyond prepaid money."""
        shape = wallet_invoices.invoice_usage(
            actor=self.world.staff, at=at(day), customer_id=customer, currency=currency
        )
        return uid("inv", shape["id"])

    def pay_from_wallet(self, invoice: UUID, minor: int | None = None, *, day: str = "2026-01-21") -> UUID:
        """This function will pay an invoice from the wallet, and return the draw."""
        shape = wallet_invoices.pay_from_wallet(
            actor=self.world.staff, at=at(day), invoice_id=invoice, amount_minor=minor
        )
        return uid("wdr", shape["id"])

    def take_back(self, draw: UUID, *, day: str = "2026-01-22") -> None:
        """This function will undo what the wallet paid of an invoice."""
        wallet_invoices.take_back_to_wallet(actor=self.world.staff, at=at(day), draw_id=draw)

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


def bought_often(prepaid: Prepaid) -> UUID:
    """This function will redeem a sold batch of vouchers, buy twelve times from one lot, and return who bought."""
    customer = prepaid.customer()
    prepaid.receive(customer, 5000)
    for day in range(11, 23):
        prepaid.buy(customer, 100, day=f"2026-01-{day:02}")
    batch = prepaid.batch(quantity=12, is_sold=True, reseller="Kiosk")
    prepaid.sell(batch)
    for index, code in enumerate(prepaid.codes(batch)[1:]):
        prepaid.redeem(prepaid.customer(f"Reader {index}"), code)
    return customer
