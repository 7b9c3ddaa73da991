"""Prepaid customers, told by date: they top up, buy, are credited, and use more than they paid for (A18, D3, D9)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tallystick.allocations.operations import DifferentPayer, InvoiceNotOpen
from tallystick.foundation.errors import Conflict, InvalidField, NotAllowed
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.invoices.operations import InvoiceIsSettled
from tallystick.invoices.states import InvoiceTransitionRefused
from tallystick.ledger import operations as ledger_operations
from tallystick.payments import operations as payments_operations
from tallystick.payments import queries as payments
from tallystick.usecases import allocate, bill, charge, dispute, record, refund, topup
from tallystick.usecases.record import Part
from tallystick.wallets import charges
from tallystick.wallets.operations import TopupSpent
from tests.scenarios.conftest import World, actor, at, uid
from tests.scenarios.equations import everything
from tests.scenarios.prepaid import Prepaid

pytestmark = pytest.mark.django_db


@pytest.fixture
def prepaid(world: World) -> Prepaid:
    return Prepaid(world)


def test_a_request_is_sent_paid_and_provisions_the_wallet(world: World, prepaid: Prepaid, posted: Any) -> None:
    customer = prepaid.customer(is_prepaid=False)
    request = prepaid.request(customer, 5000)
    row = invoices.invoice(request)
    assert (row["number"], row["due_date"], row["tax_minor"]) == ("TOP-2026-00001", None, 0)
    assert posted(request) == [], "nothing posts when it is sent"
    assert (world.owes(customer), invoices.open_invoices(customer), invoices.open_totals(date(2026, 2, 1))) == (
        0,
        [],
        [],
    )
    assert payments.live_scheduled(request) is None

    first = prepaid.receive(customer, 2000, invoice=request)
    assert prepaid.state(request) == ("sent", 2000, 3000)
    second = prepaid.receive(customer, 4000, day="2026-01-03")
    assert world.credit(customer) == 4000, "money that names no invoice stays credit, for who is not prepaid"
    allocate.allocate_payment(
        actor=world.staff, at=at("2026-01-03"), payment_id=second, parts=[Part(invoice_id=request)]
    )

    assert prepaid.state(request) == ("sent", 5000, 0)
    assert (prepaid.wallet(customer), world.credit(customer), world.owes(customer)) == (5000, 1000, 0)
    assert prepaid.lots(customer) == [("paid", 2000, 2000), ("paid", 3000, 3000)]
    assert posted(first)[1] == ("J16", [("2100", "D", 2000), ("2200", "C", 2000)])
    assert payments.payment(second)["unallocated_minor"] == 1000


def test_a_prepaid_customer_s_money_makes_sends_and_provisions_its_request(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    payment = prepaid.receive(customer, 5000)

    (row,) = invoices.invoices_page(invoices.InvoiceFilter(customer_id=customer), today=date(2026, 1, 2)).rows
    assert (row["kind"], row["state"], row["number"], row["open_minor"]) == ("topup", "sent", "TOP-2026-00001", 0)
    assert (prepaid.wallet(customer), world.credit(customer)) == (5000, 0)
    assert payments.payment(payment)["allocated_minor"] == 5000

    invoice = world.invoice(customer, 1000, day="2026-01-05")
    assert world.owes(customer) == 1200, "the wallet pays no invoice by itself"
    prepaid.receive(customer, 1200, day="2026-01-06", invoice=invoice)
    assert (world.owes(customer), prepaid.wallet(customer)) == (0, 5000)
    # Fixed amount: the oldest first, the rest into the wallet (model 22).
    world.invoice(customer, 1000, day="2026-01-07")
    prepaid.receive(customer, 2000, day="2026-01-08", allocates_oldest_first=True)
    assert (world.owes(customer), prepaid.wallet(customer), world.credit(customer)) == (0, 5800, 0)


def test_a_promised_payment_that_is_marked_as_paid_tops_up(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    payment = prepaid.receive(customer, 3000, status="pending")
    assert prepaid.wallet(customer) == 0
    record.mark_paid(
        actor=world.staff,
        at=at("2026-01-09"),
        payment_id=payment,
        received_date=date(2026, 1, 8),
        method="bank_transfer",
    )
    assert (prepaid.wallet(customer), world.credit(customer)) == (3000, 0)


def test_purchases_draw_the_wallet_and_a_credit_goes_back_where_it_came_from(
    world: World, prepaid: Prepaid, posted: Any
) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 1000)
    prepaid.give(customer, 300, expires=date(2026, 3, 31))
    prepaid.give(customer, 100, expires=date(2026, 1, 5))

    bought = prepaid.buy(customer, 900)
    assert posted(bought) == [
        ("J18", [("2210", "D", 300), ("2200", "D", 600), ("4010", "C", 800), ("2300", "C", 100)])
    ], "the lot that expired is left alone; what the gift pays is not taxed"
    assert prepaid.lots(customer) == [("promotional", 100, 100), ("paid", 400, 1000), ("promotional", 0, 300)]
    row = payments.payment(bought)
    assert (row["kind"], row["status"], row["total_minor"]) == ("charge", "completed", 900)

    shape = prepaid.credit(bought, 700)
    assert (shape["credited_minor"], prepaid.lots(customer)[1:]) == (
        700,
        [("promotional", 100, 300), ("paid", 1000, 1000)],
    )
    assert posted(bought)[1] == (
        "J19",
        [("4010", "D", 600), ("2300", "D", 100), ("2200", "C", 600), ("2210", "C", 100)],
    )
    prepaid.credit(bought)
    with pytest.raises(charges.ChargeOvercredited):
        prepaid.credit(bought)
    assert prepaid.wallet(customer) == 1400


def test_a_delivered_service_is_recorded_and_the_next_top_up_fills_the_wallet(
    world: World, prepaid: Prepaid, posted: Any
) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 1000)
    first, second = prepaid.buy(customer, 700), prepaid.buy(customer, 610)
    assert (prepaid.wallet(customer), world.owes(customer)) == (-310, 0)

    top_up = prepaid.receive(customer, 2000, day="2026-01-12")
    assert prepaid.wallet(customer) == 1690
    assert posted(top_up)[1] == ("J16", [("2100", "D", 2000), ("2200", "C", 310), ("2200", "C", 1690)])
    assert prepaid.lots(customer) == [("paid", 1690, 2000), ("paid", 0, 1000)]
    # The purchase drew on the new lot now: there its credit goes.
    prepaid.credit(second, 310, day="2026-01-13")
    assert prepaid.lots(customer) == [("paid", 2000, 2000), ("paid", 0, 1000)]
    # It is unspent again, so that it can be taken back.
    allocate.reverse_payment(actor=world.staff, at=at("2026-01-14"), payment_id=top_up, reason="Bounced")
    assert (prepaid.wallet(customer), world.credit(customer)) == (0, 0)
    prepaid.credit(first, day="2026-01-15")
    assert prepaid.lots(customer) == [("paid", 700, 1000)]


def test_what_comes_back_by_a_credit_fills_a_wallet_that_is_below_zero(prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 1000)
    first = prepaid.buy(customer, 1000)
    second = prepaid.buy(customer, 400)
    assert prepaid.wallet(customer) == -400
    prepaid.credit(first)
    assert (prepaid.wallet(customer), prepaid.lots(customer)) == (600, [("paid", 600, 1000)])
    prepaid.credit(second)
    assert (prepaid.wallet(customer), prepaid.lots(customer)) == (1000, [("paid", 1000, 1000)])


def test_a_top_up_is_taken_back_only_while_nothing_of_it_is_spent(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer(is_prepaid=False)
    request = prepaid.request(customer, 5000)
    payment = prepaid.receive(customer, 5000, invoice=request)
    (part,) = [each for each in record.builders.one_payment(payment)["allocations"] if not each["released_at"]]
    bought = prepaid.buy(customer, 120)
    before = everything()
    acts = [
        lambda: allocate.release_allocation(
            actor=world.staff, at=at("2026-01-12"), allocation_id=uid("alc", part["id"])
        ),
        lambda: allocate.unassign_payment(actor=world.staff, at=at("2026-01-12"), payment_id=payment),
        lambda: allocate.reverse_payment(actor=world.staff, at=at("2026-01-12"), payment_id=payment, reason="Wrong"),
        lambda: refund.refund_payment(
            actor=world.staff,
            at=at("2026-01-12"),
            payment_id=payment,
            amount_minor=100,
            reason="Wanted back",
            still_owed=False,
            method="cash",
        ),
    ]
    for act in acts:
        with pytest.raises(TopupSpent):
            act()
    with pytest.raises(InvoiceIsSettled):
        topup.void_topup_request(actor=world.staff, at=at("2026-01-12"), request_id=request, reason="Wrong")
    assert everything() == before, "a refused act leaves no trace"

    prepaid.credit(bought)
    acts[1]()
    assert (prepaid.wallet(customer), world.credit(customer), prepaid.state(request)) == (0, 0, ("sent", 0, 5000))
    topup.void_topup_request(actor=world.staff, at=at("2026-01-12"), request_id=request, reason="Wrong")
    assert prepaid.state(request) == ("void", 0, 5000)


def test_a_refund_takes_an_unspent_top_up_back_and_needs_no_credit_note(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    payment = prepaid.receive(customer, 5000)
    refund.refund_payment(
        actor=world.staff,
        at=at("2026-01-12"),
        payment_id=payment,
        amount_minor=2000,
        reason="Wanted back",
        still_owed=False,
        method="bank_transfer",
    )
    row = payments.payment(payment)
    assert (row["refunded_minor"], row["allocated_minor"], row["unallocated_minor"]) == (2000, 3000, 0)
    assert (prepaid.wallet(customer), world.credit(customer)) == (3000, 0)
    (request,) = invoices.invoices_page(invoices.InvoiceFilter(customer_id=customer), today=date(2026, 1, 2)).rows
    assert (request["open_minor"], invoices.credit_notes_of(request["id"])) == (2000, [])


def test_money_that_its_payer_takes_back_leaves_the_wallet_below_zero_and_blocked(
    world: World, prepaid: Prepaid, posted: Any
) -> None:
    customer = prepaid.customer()
    first, second = prepaid.receive(customer, 1000), prepaid.receive(customer, 500)
    bought = prepaid.buy(customer, 800)
    dispute.record_bank_return(
        actor=world.staff, at=at("2026-01-12"), payment_id=first, returned_date=date(2026, 1, 12)
    )
    assert posted(first)[2] == (
        "J17",
        [("2200", "D", 200), ("2200", "D", 500), ("2200", "D", 300), ("2100", "C", 1000)],
    )
    assert (prepaid.wallet(customer), world.credit(customer)) == (-300, 0)
    assert payments.payment(first)["lost_minor"] == 1000
    charge.set_debit_limit(
        actor=world.staff, at=at("2026-01-12"), customer_id=customer, currency="EUR", debit_limit_minor=5000
    )
    with pytest.raises(charges.DebitLimitReached):
        charge.authorise_charge(
            actor=world.staff, at=at("2026-01-12"), customer_id=customer, currency="EUR", total_minor=1
        )
    prepaid.receive(customer, 400, day="2026-01-13")
    authorised = charge.authorise_charge(
        actor=world.staff, at=at("2026-01-13"), customer_id=customer, currency="EUR", total_minor=5100
    )
    assert authorised["available_minor"] == 5100, "filled, it is not blocked any more"
    prepaid.credit(bought, day="2026-01-14")
    assert prepaid.lots(customer) == [("paid", 500, 500), ("paid", 400, 400)]
    assert payments.payment(second)["allocated_minor"] == 500


def test_what_cannot_be_done_with_a_request(world: World, prepaid: Prepaid) -> None:
    customer, other = prepaid.customer(is_prepaid=False), prepaid.customer("Others Ltd", is_prepaid=False)
    draft = topup.create_topup_request(
        actor=world.staff, at=at("2026-01-01"), customer_id=customer, currency="EUR", total_minor=1000
    )
    draft_id = uid("inv", draft["id"])
    request, theirs = prepaid.request(customer, 1000), prepaid.receive(other, 1000)
    money = prepaid.receive(customer, 1000)
    invoice = world.draft(customer)
    before = everything()
    refused: list[tuple[type[Exception], Any]] = [
        (InvoiceTransitionRefused, lambda: bill.issue_invoice(
            actor=world.staff, at=at("2026-01-02"), invoice_id=draft_id)),
        (InvoiceTransitionRefused, lambda: topup.void_topup_request(
            actor=world.staff, at=at("2026-01-02"), request_id=draft_id, reason="Wrong")),
        (InvoiceTransitionRefused, lambda: topup.send_topup_request(
            actor=world.staff, at=at("2026-01-02"), request_id=request)),
        (Conflict, lambda: bill.issue_credit_note(
            actor=world.staff, at=at("2026-01-02"), invoice_id=request, reason="Wrong")),
        (InvoiceNotOpen, lambda: allocate.allocate_payment(
            actor=world.staff, at=at("2026-01-02"), payment_id=money, parts=[Part(invoice_id=draft_id)])),
        (DifferentPayer, lambda: allocate.allocate_payment(
            actor=world.staff, at=at("2026-01-02"), payment_id=theirs, parts=[Part(invoice_id=request)])),
        (InvoiceNotOpen, lambda: allocate.write_small_difference(
            actor=world.staff, at=at("2026-01-02"), invoice_id=request, amount_minor=1, reason="Short")),
        (InvalidField, lambda: topup.void_topup_request(
            actor=world.staff, at=at("2026-01-02"), request_id=request, reason=" ")),
        (Exception, lambda: topup.send_topup_request(actor=world.staff, at=at("2026-01-02"), request_id=invoice)),
    ]  # fmt: skip
    for error, act in refused:
        with pytest.raises(error):
            act()
    assert everything() == before


def test_what_cannot_be_charged(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 1000)
    bought = prepaid.buy(customer, 100, external_id="cdr-1")
    before = everything()
    with pytest.raises(charges.ChargeReportedBefore):
        prepaid.buy(customer, 100, external_id="cdr-1")
    with pytest.raises(InvalidField):
        prepaid.buy(customer, 100, description="# only private")
    with pytest.raises(payments_operations.AmountNotAccepted):
        prepaid.buy(customer, 0)
    with pytest.raises(charges.ChargeOvercredited):
        prepaid.credit(bought, 101)
    with pytest.raises(InvalidField):
        allocate.reverse_payment(actor=world.staff, at=at("2026-01-12"), payment_id=bought, reason="Wrong")
    with pytest.raises(InvalidField):
        refund.refund_payment(
            actor=world.staff,
            at=at("2026-01-12"),
            payment_id=bought,
            amount_minor=1,
            reason="Wrong",
            still_owed=False,
            method="cash",
        )
    assert everything() == before


def test_the_debit_limit_refuses_an_authorisation_and_nothing_else(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 1000)

    def authorise(minor: int) -> int:
        shape = charge.authorise_charge(
            actor=world.staff, at=at("2026-01-10"), customer_id=customer, currency="EUR", total_minor=minor
        )
        return shape["available_minor"]

    assert authorise(1000) == 1000
    with pytest.raises(charges.DebitLimitReached) as refused:
        authorise(1001)
    assert refused.value.available_minor == 1000
    charge.set_debit_limit(
        actor=world.staff, at=at("2026-01-10"), customer_id=customer, currency="EUR", debit_limit_minor=500
    )
    assert authorise(1500) == 1500
    prepaid.buy(customer, 1800)
    assert prepaid.wallet(customer) == -800, "it was delivered"
    with pytest.raises(charges.DebitLimitReached):
        authorise(1)


def test_who_may_do_what(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    support, finance = actor("Support"), actor("Finance")
    draft = topup.create_topup_request(
        actor=support, at=at("2026-01-01"), customer_id=customer, currency="EUR", total_minor=1000
    )
    request = uid("inv", draft["id"])
    told: dict[str, Any] = {"at": at("2026-01-02")}
    bought: dict[str, Any] = {
        **told,
        "customer_id": customer,
        "currency": "EUR",
        "total_minor": 100,
        "tax_rate_id": world.vat,
        "description": "Calls",
    }
    before = everything()
    for act in (
        lambda: topup.send_topup_request(actor=support, request_id=request, **told),
        lambda: charge.charge_account(actor=support, **bought),
        lambda: charge.set_debit_limit(
            actor=support, customer_id=customer, currency="EUR", debit_limit_minor=1, **told
        ),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert everything() == before
    topup.send_topup_request(actor=finance, request_id=request, **told)
    shape = charge.charge_account(actor=finance, **bought)
    with pytest.raises(NotAllowed):
        charge.credit_charge(actor=support, charge_id=uid("pay", shape["id"]), reason="Wrong", **told)
    charge.credit_charge(actor=finance, charge_id=uid("pay", shape["id"]), reason="Wrong", **told)
    topup.void_topup_request(actor=finance, request_id=request, reason="Wrong", **told)


def test_a_wallet_in_another_currency_carries_what_it_was_paid_at(world: World, prepaid: Prepaid) -> None:
    set_rate("USD", "2026-01-01", "0.9")
    customer = prepaid.customer(currency="USD")
    prepaid.receive(customer, 1000, currency="USD")
    set_rate("USD", "2026-01-05", "0.8")
    bought = prepaid.buy(customer, 1500, currency="USD")
    assert prepaid.wallet(customer, "USD") == -500
    set_rate("USD", "2026-01-12", "0.7")
    prepaid.receive(customer, 2000, currency="USD", day="2026-01-13")
    prepaid.credit(bought, 700, day="2026-01-14")
    prepaid.credit(bought, day="2026-01-15")
    assert (prepaid.wallet(customer, "USD"), prepaid.lots(customer, "USD")) == (
        3000,
        [("paid", 1000, 1000), ("paid", 2000, 2000)],
    )


def set_rate(currency: str, day: str, rate: str) -> None:
    with transaction():
        ledger_operations.set_rate(
            currency=currency, valid_from=date.fromisoformat(day), rate=Decimal(rate), source="typed"
        )
