"""Wallets and invoices: usage beyond prepaid money is invoiced, and invoices are paid from the wallet (J20, J21)."""

from dataclasses import replace
from typing import Any

import pytest

from tallystick.allocations.operations import InvoiceNotOpen
from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.invoices import queries as invoices
from tallystick.invoices.operations import InvoiceOverpaid, UsageIsFinal
from tallystick.payments import queries as payments
from tallystick.usecases import bill, dispute, wallet_invoices
from tallystick.wallets.settling import NothingUsedBeyond, WalletTooSmall
from tests.scenarios.conftest import World, actor, at
from tests.scenarios.prepaid import Prepaid

pytestmark = pytest.mark.django_db


@pytest.fixture
def prepaid(world: World) -> Prepaid:
    return Prepaid(world)


def test_what_was_used_beyond_prepaid_is_invoiced_and_counted_once(world: World, prepaid: Prepaid, posted: Any) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 1000)
    bought = prepaid.buy(customer, 1600)
    usage = prepaid.invoice_usage(customer)
    row = invoices.invoice(usage)
    assert (row["state"], row["total_minor"], row["tax_minor"], row["number"]) == (
        *("issued", 600, 0, "INV-2026-00001"),
    )
    assert posted(usage) == [("J20", [("1200", "D", 600), ("2200", "C", 600)])]
    assert (prepaid.wallet(customer), world.owes(customer)) == (0, 600)
    assert world.expected_payment(usage)["total_minor"] == 600
    with pytest.raises(NothingUsedBeyond):
        prepaid.invoice_usage(customer)
    # Revenue and tax stand since the purchase: nothing of the invoice can be undone.
    common: dict[str, Any] = {"actor": world.staff, "at": at("2026-01-21"), "invoice_id": usage, "reason": "Wrong"}
    for undo in (bill.void_invoice, bill.issue_credit_note):
        with pytest.raises(UsageIsFinal):
            undo(**common)
    # The purchase is credited instead: into the lot of the usage, which pays the invoice.
    prepaid.credit(bought, 600, day="2026-01-21")
    assert (prepaid.wallet(customer), world.owes(customer)) == (600, 600)
    prepaid.pay_from_wallet(usage)
    assert (prepaid.wallet(customer), world.owes(customer)) == (0, 0)
    assert payments.live_scheduled(usage) is None


def test_an_invoice_is_paid_from_paid_money_alone_and_that_is_undone(
    world: World, prepaid: Prepaid, posted: Any
) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 700)
    prepaid.receive(customer, 500, day="2026-01-03")
    prepaid.give(customer, 9000)
    invoice = world.invoice(customer, 1500, day="2026-01-20")
    with pytest.raises(WalletTooSmall) as told:
        prepaid.pay_from_wallet(invoice)
    assert told.value.available_minor == 1200
    with pytest.raises(InvoiceOverpaid):
        prepaid.pay_from_wallet(invoice, 1801)
    with pytest.raises(InvoiceNotOpen):
        prepaid.pay_from_wallet(prepaid.request(customer, 100, day="2026-01-20"), 100)

    draw = prepaid.pay_from_wallet(invoice, 1000)
    assert posted(draw)[0] == ("J21", [("2200", "D", 700), ("2200", "D", 300), ("1200", "C", 1000)])
    assert (world.owes(customer), prepaid.wallet(customer)) == (800, 9200)
    assert world.expected_payment(invoice)["total_minor"] == 800
    prepaid.buy(customer, 9500, day="2026-01-21")
    assert prepaid.wallet(customer) == -300

    prepaid.take_back(draw)
    back = [("1200", "D", 1000), ("2200", "C", 300), ("2200", "C", 400), ("2200", "C", 300)]
    assert posted(draw)[-1] == ("J21", back), "what was used beyond prepaid meanwhile is filled first"
    assert (world.owes(customer), prepaid.wallet(customer)) == (1800, 700)
    with pytest.raises(NotFound):
        prepaid.take_back(draw)


def test_a_top_up_that_paid_an_invoice_and_goes_back_leaves_the_invoice_open(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    top_up = prepaid.receive(customer, 2000)
    invoice = world.invoice(customer, 1000, day="2026-01-20")
    prepaid.pay_from_wallet(invoice)
    prepaid.buy(customer, 300, day="2026-01-21")
    dispute.record_bank_return(actor=world.staff, at=at("2026-01-25"), payment_id=top_up)
    assert (world.owes(customer), prepaid.wallet(customer)) == (1200, -300)


def test_who_may_not_changes_nothing(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 2000)
    invoice = world.invoice(customer, 1000, day="2026-01-20")
    stranger = replace(world.staff, scope=("customer", prepaid.customer("Others Ltd")))
    for who, error in ((actor("Support"), NotAllowed), (stranger, NotFound)):
        common: dict[str, Any] = {"actor": who, "at": at("2026-01-21")}
        with pytest.raises(error):
            wallet_invoices.pay_from_wallet(**common, invoice_id=invoice)
        with pytest.raises(error):
            wallet_invoices.invoice_usage(**common, customer_id=customer, currency="EUR")
    assert (world.owes(customer), prepaid.wallet(customer)) == (1200, 2000)
