"""What each rule of the chart posts, as stories: an act of the product, and every line that it must leave.

Each story is told twice: of a customer who is billed in euro, which the books are kept in, and of one who is billed in
dollars, which are worth 0.92 EUR in January and 0.90 EUR from February on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from tallystick.allocations.queries import standing_allocations
from tallystick.foundation.transactions import transaction
from tallystick.gateways.port import Answer, Outcome
from tallystick.invoices.operations import LineInput
from tallystick.ledger import operations as ledger
from tallystick.payments import operations as payments
from tallystick.payments import states
from tallystick.payments.posting_rules import GATEWAY
from tallystick.usecases import allocate, bill, dispute, refund, set_up, settle, write_off
from tests.scenarios.conftest import World, at, uid
from tests.scenarios.prepaid import Prepaid

JANUARY, FEBRUARY = "2026-01-10", "2026-02-10"
# Account, side, minor units, and what the books carry that at when it is in dollars.
Posted = tuple[str, str, int, int]


class Story(World):
    """A business in euro and one customer, who is billed in euro or in dollars."""

    def __init__(self, currency: str) -> None:
        super().__init__()
        with transaction():
            for day, rate in ((date(2026, 1, 1), "0.92"), (date(2026, 2, 1), "0.90")):
                ledger.set_rate(currency="USD", valid_from=day, rate=Decimal(rate), source="ECB")
        self.currency = currency
        self.payer = self.customer(currency=currency)
        self.prepaid = Prepaid(self)

    def bills(self, net: int = 10000) -> UUID:
        """This function will issue an invoice in January: 120.00 with its tax, if not said otherwise."""
        return self.invoice(self.payer, net, day=JANUARY, currency=self.currency)

    def bills_all_kinds(self) -> UUID:
        """This function will issue an invoice of revenue of now, revenue of three months, and a fee."""
        kinds: tuple[dict[str, Any], ...] = (
            {"unit_price_minor": 10000},
            {"unit_price_minor": 500, "is_fee": True},
            {"unit_price_minor": 30000, "period_start": date(2026, 1, 1), "period_end": date(2026, 4, 1)},
        )
        lines = [LineInput(description="Line", quantity=Decimal(1), tax_rate_id=self.vat, **kind) for kind in kinds]
        told = bill.create_invoice(
            actor=self.staff, at=at(JANUARY), customer_id=self.payer, currency=self.currency, lines=lines
        )
        bill.issue_invoice(actor=self.staff, at=at(JANUARY), invoice_id=uid("inv", told["id"]))
        return uid("inv", told["id"])

    def receives(self, day: str = FEBRUARY, *, minor: int = 12000, known: bool = True, **more: Any) -> UUID:
        """This function will record money of the customer, or of nobody."""
        return self.prepaid.receive(self.payer if known else None, minor, day=day, currency=self.currency, **more)

    def receives_by_gateway(self, day: str = FEBRUARY, *, minor: int = 12000, known: bool = True) -> UUID:
        """This function will book money that came through a payment service."""
        account_id = set_up.set_up_gateway(
            actor=self.staff,
            at=at(day),
            adapter="sandbox",
            name="Cards",
            configuration={"base_url": "http://127.0.0.1:9", "secret_key": "none", "webhook_secrets": []},
            is_live=False,
        )
        with transaction():
            payment = payments.create(
                kind=states.RECEIPT,
                status=states.COMPLETED,
                total_minor=minor,
                currency=self.currency,
                customer_id=self.payer if known else None,
                method=GATEWAY,
                account_id=account_id,
                by="Cards",
                at=at(day),
            )
            today = date.fromisoformat(day)
            payments.complete(payment, received_date=today, today=today, by="Cards", at=at(day))
        return payment.id

    def pays(self, invoice: UUID) -> UUID:
        """This function will pay an invoice in February with 120.00."""
        return self.receives(invoice=invoice)

    def releases(self, payment: UUID) -> None:
        """This function will release what a payment settles, in February."""
        (part,) = standing_allocations(payment)
        allocate.release_allocation(actor=self.staff, at=at(FEBRUARY), allocation_id=part["id"])

    def gives_up(self, invoice: UUID) -> UUID:
        """This function will write an invoice off in February, and return it."""
        write_off.write_off_invoice(actor=self.staff, at=at(FEBRUARY), invoice_id=invoice, reason="Insolvent")
        return invoice

    def refunds(self, payment: UUID, *, minor: int = 12000, method: str = "bank_transfer", **more: Any) -> UUID:
        """This function will refund a payment in February."""
        asked = {"reason": "Paid twice", "amount_minor": minor, "method": method} | more
        return uid("pay", refund.refund_payment(actor=self.staff, at=at(FEBRUARY), payment_id=payment, **asked)["id"])

    def refunds_by_gateway(self, payment: UUID, *said: Outcome, minor: int = 12000) -> None:
        """This function will refund through the payment service, which says one thing after another of it."""
        begun = refund.start(
            actor=self.staff, at=at(FEBRUARY), payment_id=payment, amount_minor=minor, reason="Paid twice"
        )
        for outcome in said:
            answer = Answer(outcome=outcome, gateway_reference="re_1", amount_minor=minor, currency=self.currency)
            settle.settle_refund(refund_id=UUID(begun["refund_id"]), answer=answer, at=at(FEBRUARY))

    def disputes(self, payment: UUID, day: str = FEBRUARY, **more: Any) -> dict[str, Any]:
        """This function will open a dispute about a whole payment, and return what names it to the next act."""
        told = dispute.open_dispute(actor=self.staff, at=at(day), payment_id=payment, **more)
        return {"actor": self.staff, "at": at(FEBRUARY), "dispute_id": uid("dsp", told["id"])}

    def returns(self, payment: UUID) -> None:
        """This function will have the bank send a payment back in February."""
        dispute.record_bank_return(actor=self.staff, at=at(FEBRUARY), payment_id=payment)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A story, the rule that it is of, and all lines that this rule posts in it."""

    rule: str
    act: Callable[[Story], object]
    lines: tuple[Posted, ...]

    def in_currency(self, currency: str) -> list[Posted]:
        """This function will return the lines: in euro the base amount is the amount, and nothing is exchanged."""
        if currency == "USD":
            return sorted(self.lines)
        return sorted((account, side, minor, minor) for account, side, minor, _ in self.lines if minor)


STORIES: Final[dict[str, Told]] = {}


def posts(rule: str, *lines: Posted, by: str = "") -> Callable[[Callable[[Story], object]], Callable[[Story], object]]:
    """This function will enter a story: all that the rule posts in it, however many entries that takes.

    `by` tells one story from another where they are written by one function.
    """

    def told(act: Callable[[Story], object]) -> Callable[[Story], object]:
        name = " ".join(filter(None, (rule, act.__name__, by)))
        assert name not in STORIES, name
        STORIES[name] = Told(rule=rule, act=act, lines=lines)
        return act

    return told
