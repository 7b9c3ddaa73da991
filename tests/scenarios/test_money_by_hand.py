"""Money that staff record, from invoice to books, told by date."""

from datetime import date
from typing import Any

import pytest

from tallystick.invoices import queries as invoices
from tallystick.invoices.credit_notes import CreditNotAccepted
from tallystick.payments import queries as payments
from tallystick.payments.operations import PaymentNotCompleted
from tallystick.usecases import allocate, bill, record, refund
from tests.scenarios.conftest import World, at, uid
from tests.trails import trail_of

pytestmark = pytest.mark.django_db


def test_an_invoice_is_issued_and_marked_as_paid(world: World, posted: Any) -> None:
    customer = world.customer(terms_days=30)
    invoice = world.invoice(customer, 8900, day="2026-01-01")

    row = invoices.invoice(invoice)
    assert (row["number"], row["total_minor"], row["due_date"]) == ("INV-2026-00001", 10680, date(2026, 1, 31))
    assert posted(invoice) == [("J02", [("1200", "D", 10680), ("4000", "C", 8900), ("2300", "C", 1780)])]
    expected = world.expected_payment(invoice)
    assert (expected["status"], expected["total_minor"], world.owes(customer)) == ("pending", 10680, 10680)

    paid = record.mark_paid(
        actor=world.staff,
        at=at("2026-01-20"),
        payment_id=expected["id"],
        received_date=date(2026, 1, 19),
        method="bank_transfer",
        reference="TRX 4711",
    )

    assert (paid["status"], paid["receipt_number"], paid["reference"]) == ("completed", "R-2026-00001", "TRX 4711")
    assert invoices.invoice(invoice)["open_minor"] == 0
    assert (world.owes(customer), world.credit(customer)) == (0, 0)
    assert posted(expected["id"])[0] == ("J04", [("1100", "D", 10680), ("2100", "C", 10680)])
    assert posted(expected["id"])[1] == ("J08", [("2100", "D", 10680), ("1200", "C", 10680)])


def test_less_came_and_a_new_expected_payment_is_born_for_the_rest(world: World) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 10000)
    first = world.expected_payment(invoice)

    record.mark_paid(
        actor=world.staff,
        at=at("2026-01-05"),
        payment_id=first["id"],
        received_date=date(2026, 1, 5),
        method="cash",
        total_minor=5000,
    )

    rest = world.expected_payment(invoice)
    assert (rest["total_minor"], rest["replaces_id"]) == (7000, first["id"])
    assert payments.payment(first["id"])["total_minor"] == 5000
    assert world.owes(customer) == 7000


def test_a_receipt_over_several_invoices_supersedes_their_expected_payments(world: World) -> None:
    customer = world.customer()
    first = world.invoice(customer, 1000)
    world.invoice(customer, 2000)
    expected = world.expected_payment(first)

    receipt = record.record_payment(
        actor=world.staff,
        at=at("2026-02-01"),
        customer_id=customer,
        total_minor=5000,
        currency="EUR",
        allocates_oldest_first=True,
        description="Invoice #123 by hand",
    )

    assert [part["amount_minor"] for part in receipt["allocations"]] == [1200, 2400]
    assert (receipt["description"], receipt["unallocated_minor"]) == ("Invoice", 1400)
    assert payments.payment(uid("pay", receipt["id"]))["private_text"] == "123 by hand"
    superseded = payments.payment(expected["id"])
    assert (superseded["status"], superseded["cancel_reason"]) == ("cancelled", "superseded")
    assert (world.owes(customer), world.credit(customer)) == (0, 1400)

    third = world.invoice(customer, 1000, day="2026-02-02")
    assert invoices.invoice(third)["open_minor"] == 0, "credit pays the new invoice at once"
    assert world.credit(customer) == 200


def test_money_without_a_customer_waits_in_suspense_until_it_is_assigned(world: World, posted: Any) -> None:
    customer = world.customer()
    receipt = record.record_payment(
        actor=world.staff, at=at("2026-01-02"), total_minor=700, currency="EUR", method="cash"
    )
    payment = uid("pay", receipt["id"])
    assert posted(payment) == [("J05", [("1000", "D", 700), ("2000", "C", 700)])]

    for _ in range(2):
        allocate.assign_payment(actor=world.staff, at=at("2026-01-03"), payment_id=payment, customer_id=customer)
        assert world.credit(customer) == 700
        allocate.unassign_payment(actor=world.staff, at=at("2026-01-03"), payment_id=payment)
        assert world.credit(customer) == 0
    allocate.assign_payment(actor=world.staff, at=at("2026-01-03"), payment_id=payment, customer_id=customer)

    from tallystick.payments.assignments import AssignmentEditLimitReached

    with pytest.raises(AssignmentEditLimitReached):
        allocate.unassign_payment(actor=world.staff, at=at("2026-01-04"), payment_id=payment)
    assert (world.credit(customer), payments.payment(payment)["assignment_edits"]) == (700, 5)


@pytest.mark.parametrize("left", [0, 300])
def test_money_in_suspense_that_was_paid_back_is_still_assigned(world: World, posted: Any, left: int) -> None:
    customer = world.customer()
    told = record.record_payment(actor=world.staff, at=at("2026-01-02"), total_minor=5000, currency="EUR")
    payment = uid("pay", told["id"])
    refund.refund_payment(
        actor=world.staff,
        at=at("2026-01-03"),
        payment_id=payment,
        amount_minor=5000 - left,
        reason="Wrong payer",
        method="bank_transfer",
    )
    done = allocate.assign_payment(actor=world.staff, at=at("2026-01-04"), payment_id=payment, customer_id=customer)
    assert (done["customer"], done["unallocated_minor"], world.credit(customer)) == (f"cus_{customer.hex}", left, left)
    moved = [lines for rule, lines in posted(payment) if rule == "J06"]
    assert moved == ([[("2000", "D", left), ("2100", "C", left)]] if left else [])
    back = allocate.unassign_payment(actor=world.staff, at=at("2026-01-05"), payment_id=payment)
    assert (back["customer"], world.credit(customer)) == (None, 0)


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_what_is_only_promised_has_nothing_too_much(world: World, posted: Any, currency: str) -> None:
    customer = world.customer()
    told = record.record_payment(
        actor=world.staff,
        at=at("2026-01-02"),
        customer_id=customer,
        total_minor=5000,
        currency=currency,
        status="pending",
    )
    payment = uid("pay", told["id"])
    with pytest.raises(PaymentNotCompleted):
        allocate.write_small_difference(
            actor=world.staff, at=at("2026-01-03"), payment_id=payment, amount_minor=1, reason="Bank fee"
        )
    assert posted(payment) == []


def test_a_credit_note_says_why_to_the_customer(world: World) -> None:
    invoice = world.invoice(world.customer(), 10000)
    with pytest.raises(CreditNotAccepted, match="the customer does not read"):
        bill.issue_credit_note(actor=world.staff, at=at("2026-01-10"), invoice_id=invoice, reason="#by us")
    assert invoices.credit_notes_of(invoice) == []
    assert trail_of(invoice)[-1]["action"] == "issue_invoice"


def test_a_credit_note_reduces_the_invoice_and_what_it_does_not_need_is_credit(world: World, posted: Any) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 10000)
    note = bill.issue_credit_note(
        actor=world.staff, at=at("2026-01-10"), invoice_id=invoice, reason="Delivered late #by us", gross_minor=2400
    )
    assert (note["number"], note["net_minor"], note["tax_minor"]) == ("CN-2026-00001", 2000, 400)
    assert (note["reason"], trail_of(invoice)[-1]["after"]) == ("Delivered late", {**note, "private_text": "by us"})
    assert (world.owes(customer), world.expected_payment(invoice)["total_minor"]) == (9600, 9600)
    assert posted(uid("crn", note["id"]))[0] == ("J26", [("2100", "C", 2400), ("4000", "D", 2000), ("2300", "D", 400)])

    record.mark_paid(
        actor=world.staff,
        at=at("2026-01-11"),
        payment_id=world.expected_payment(invoice)["id"],
        received_date=date(2026, 1, 11),
        method="cheque",
    )
    bill.issue_credit_note(actor=world.staff, at=at("2026-01-12"), invoice_id=invoice, reason="Cancelled")
    assert (world.owes(customer), world.credit(customer)) == (0, 9600)


@pytest.mark.parametrize("still_owed", [False, True])
def test_refund_of_allocated_money_asks_whether_it_is_still_owed(world: World, still_owed: bool) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 10000)
    expected = world.expected_payment(invoice)
    record.mark_paid(
        actor=world.staff,
        at=at("2026-01-05"),
        payment_id=expected["id"],
        received_date=date(2026, 1, 5),
        method="bank_transfer",
    )
    shape = refund.refund_payment(
        actor=world.staff,
        at=at("2026-01-06"),
        payment_id=expected["id"],
        amount_minor=3000,
        reason="Early return",
        still_owed=still_owed,
        method="bank_transfer",
    )
    assert (shape["status"], shape["total_minor"]) == ("completed", -3000)
    row = payments.payment(expected["id"])
    assert (row["allocated_minor"], row["refunded_minor"], row["unallocated_minor"]) == (9000, 3000, 0)
    assert world.owes(customer) == (3000 if still_owed else 0)
    assert len(invoices.credit_notes_of(invoice)) == (0 if still_owed else 1)


def test_a_void_invoice_is_withdrawn_with_the_mirror_of_its_issue(world: World, posted: Any) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 8900)
    expected = world.expected_payment(invoice)
    bill.void_invoice(actor=world.staff, at=at("2026-01-02"), invoice_id=invoice, reason="Wrong customer")
    assert posted(invoice)[1] == ("J15", [("1200", "C", 10680), ("4000", "D", 8900), ("2300", "D", 1780)])
    row = payments.payment(expected["id"])
    assert (row["status"], row["cancel_reason"], world.owes(customer)) == ("cancelled", "withdrawn", 0)


def test_a_payment_recorded_wrongly_is_reversed_and_its_row_stays(world: World) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 8900)
    expected = world.expected_payment(invoice)
    record.mark_paid(
        actor=world.staff, at=at("2026-01-05"), payment_id=expected["id"], received_date=date(2026, 1, 5), method="cash"
    )
    shape = allocate.reverse_payment(
        actor=world.staff, at=at("2026-01-06"), payment_id=expected["id"], reason="Counted twice"
    )
    assert (shape["status"], shape["reversed"]) == ("completed", True)
    assert world.owes(customer) == 10680
    assert world.expected_payment(invoice)["replaces_id"] == expected["id"]
