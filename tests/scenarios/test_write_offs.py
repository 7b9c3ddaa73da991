"""Claims that will not be paid, and debts that are paid after all, told by date (J12, J13; `docs/model.md`, 23)."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError

from tallystick.allocations.operations import InvoiceNotOpen
from tallystick.allocations.queries import standing_allocations
from tallystick.foundation import settings_store
from tallystick.foundation.errors import ExpectedError, InvalidField, NotAllowed
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.invoices.credit_notes import NothingLeftToCredit
from tallystick.invoices.operations import InvoiceOverpaid
from tallystick.invoices.totals import LineInput
from tallystick.invoices.write_off_queries import TAX_RELIEF
from tallystick.invoices.write_offs import NotWrittenOff
from tallystick.ledger import operations as ledger
from tallystick.payments import queries as payments
from tallystick.reports.frame.shape import Asked
from tallystick.usecases import allocate, bill, reports, write_off
from tests.scenarios.conftest import World, actor, at, uid
from tests.scenarios.equations import everything, rows
from tests.scenarios.prepaid import Prepaid

pytestmark = pytest.mark.django_db


def gives_up(world: World, invoice: UUID, *, day: str = "2026-04-01", **more: Any) -> Any:
    asked = {"reason": "Insolvent"} | more
    return write_off.write_off_invoice(actor=world.staff, at=at(day), invoice_id=invoice, **asked)


def owes_again(world: World, invoice: UUID, *, day: str = "2026-06-01", **more: Any) -> Any:
    asked = {"reason": "The court paid"} | more
    return write_off.recover_invoice(actor=world.staff, at=at(day), invoice_id=invoice, **asked)


def test_what_will_not_be_paid_is_given_up_and_nothing_is_expected_of_it(world: World, posted: Any) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 10000)
    expected = world.expected_payment(invoice)["id"]

    told = gives_up(world, invoice)

    assert (told["state"], told["open_minor"]) == ("written_off", 0)
    assert invoices.invoice(invoice)["written_off_minor"] == 12000
    assert posted(invoice)[-1] == ("J12", [("6200", "D", 12000), ("1200", "C", 12000)])
    cancelled = payments.payment(expected)
    assert (cancelled["status"], cancelled["cancel_reason"]) == ("cancelled", "written_off")
    assert world.owes(customer) == 0


def test_a_part_is_given_up_and_the_rest_is_still_owed(world: World) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 10000)

    told = gives_up(world, invoice, amount_minor=5000)

    assert (told["open_minor"], world.expected_payment(invoice)["total_minor"], world.owes(customer)) == (7000,) * 3


def test_what_was_not_earned_yet_is_credited_first(world: World, posted: Any) -> None:
    customer = world.customer()
    line = LineInput(
        description="A year of support",
        quantity=Decimal(1),
        unit_price_minor=12000,
        tax_rate_id=world.vat,
        period_start=date(2026, 1, 1),
        period_end=date(2027, 1, 1),
    )
    setup = LineInput(description="Setting up", quantity=Decimal(1), unit_price_minor=1000, tax_rate_id=world.vat)
    draft = bill.create_invoice(
        actor=world.staff, at=at("2026-01-01"), customer_id=customer, currency="EUR", lines=[line, setup]
    )
    invoice = uid("inv", draft["id"])
    bill.issue_invoice(actor=world.staff, at=at("2026-01-01"), invoice_id=invoice)

    told = gives_up(world, invoice)

    row = invoices.invoice(invoice)
    assert (told["state"], row["credited_minor"], row["written_off_minor"]) == ("written_off", 14400, 1200)
    (note,) = invoices.credit_notes_of(invoice)
    assert posted(note["id"])[0] == (
        "J26",
        [("2100", "C", 14400), ("2400", "D", 12000), ("2300", "D", 2400)],
    )


def test_a_written_off_debt_is_paid_after_all_in_parts(world: World, posted: Any) -> None:
    with transaction():
        settings_store.put(TAX_RELIEF, True)
        ledger.set_rate(currency="USD", valid_from=date(2026, 1, 1), rate=Decimal("0.9137"), source="ECB")
    customer = world.customer(currency="USD")
    invoice = world.invoice(customer, 9999, currency="USD")
    total = invoices.invoice(invoice)["total_minor"]
    gives_up(world, invoice)

    # It comes as money on account, is found to be for the debt, and is set against it.
    payment = Prepaid(world).receive(customer, 5000, day="2026-06-01", currency="USD")
    told = owes_again(world, invoice, payment_id=payment)
    assert (told["open_minor"], invoices.invoice(invoice)["written_off_minor"]) == (0, total - 5000)
    assert payments.payment(payment)["unallocated_minor"] == 0

    # The rest is promised: it is owed and expected again, and given up once more.
    told = owes_again(world, invoice, day="2026-07-01")
    assert (told["state"], told["open_minor"]) == ("overdue", total - 5000)
    assert world.expected_payment(invoice)["total_minor"] == total - 5000
    gives_up(world, invoice, day="2026-08-01")
    owes_again(world, invoice, day="2026-09-01")
    left = {
        account: sum(
            (1 if side == "D" else -1) * minor
            for rule, lines in posted(invoice)
            if rule in {"J12", "J13"}
            for name, side, minor in lines
            if name == account
        )
        for account in ("6200", "2300")
    }
    assert left == {"6200": 0, "2300": 0}


def test_what_is_written_off_is_not_credited_too(world: World) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 10000)
    gives_up(world, invoice, amount_minor=9000)
    common: dict[str, Any] = {"actor": world.staff, "at": at("2026-05-01"), "invoice_id": invoice, "reason": "Goodwill"}

    with pytest.raises(NothingLeftToCredit):
        bill.issue_credit_note(**common, gross_minor=3001)
    note = bill.issue_credit_note(**common)

    assert (note["total_minor"], world.owes(customer), world.credit(customer)) == (3000, 0, 0)


@pytest.mark.parametrize(
    ("refusal", "more"),
    [
        (InvoiceOverpaid, {"amount_minor": 12001}),
        (InvalidField, {"amount_minor": 0}),
        (InvalidField, {"amount_minor": -1}),
        (InvalidField, {"reason": " "}),
        (InvalidField, {"reason": "x" * 201}),
    ],
)
def test_a_refused_write_off_leaves_no_trace(world: World, refusal: type[ExpectedError], more: Any) -> None:
    invoice = world.invoice(world.customer(), 10000)
    before = everything()
    with pytest.raises(refusal):
        gives_up(world, invoice, **more)
    assert everything() == before


def test_a_refused_recovery_leaves_no_trace(world: World) -> None:
    customer = world.customer()
    invoice, other = world.invoice(customer, 10000), world.invoice(customer, 10000)
    gives_up(world, invoice, amount_minor=5000)
    gives_up(world, other)
    foreign = Prepaid(world).receive(world.customer("Other Ltd"), 5000, day="2026-05-01")
    before = everything()
    for refusal, more in (
        (NotWrittenOff, {"amount_minor": 5001}),
        (InvalidField, {"amount_minor": 0}),
        (InvalidField, {"reason": ""}),
        (ExpectedError, {"payment_id": foreign}),
    ):
        with pytest.raises(refusal):
            owes_again(world, invoice, **more)
    with pytest.raises(InvoiceNotOpen):
        gives_up(world, other)
    assert everything() == before


def test_the_tax_report_has_the_net_amount_that_was_given_up_and_what_came_of_it(world: World) -> None:
    with transaction():
        settings_store.put(TAX_RELIEF, True)
    customer = world.customer()
    invoice = world.invoice(customer, 100000, day="2026-03-01")
    # 666.67 and 133.33, of which 200.00 and 40.00 come back: 20 % of 666.65 would be 133.33, too.
    gives_up(world, invoice, amount_minor=80000)
    owes_again(world, invoice, amount_minor=24000)

    def taxed(first: date, last: date) -> tuple[Any, Any]:
        asked = Asked(first_day=first, last_day=last)
        told = reports.read_report(actor=world.staff, at=at("2026-07-01"), name="tax", asked=asked)
        (row,) = told.found.parts[0].rows
        return row["net"].value, row["tax"].value

    assert taxed(date(2026, 4, 1), date(2026, 4, 30)) == (-66667, -13333)
    assert taxed(date(2026, 6, 1), date(2026, 6, 30)) == (20000, 4000)


def test_only_who_may_write_off_does(world: World) -> None:
    invoice = world.invoice(world.customer(), 10000)
    for act in (write_off.write_off_invoice, write_off.recover_invoice):
        with pytest.raises(NotAllowed):
            act(actor=actor("Support"), at=at("2026-04-01"), invoice_id=invoice, reason="Insolvent")


def test_money_for_a_written_off_invoice_is_never_lost(world: World) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 10000)
    gives_up(world, invoice)
    payment = Prepaid(world).receive(customer, 15000, day="2026-05-01")

    owes_again(world, invoice, payment_id=payment)

    assert (invoices.invoice(invoice)["open_minor"], payments.payment(payment)["unallocated_minor"]) == (0, 3000)
    (part,) = standing_allocations(payment)
    allocate.release_allocation(actor=world.staff, at=at("2026-05-02"), allocation_id=part["id"])
    assert world.owes(customer) == 12000


def test_what_was_given_up_stays_written(world: World) -> None:
    gives_up(world, world.invoice(world.customer(), 10000))
    for change in (
        "UPDATE invoices_writeoff SET reason = 'Other'",
        "DELETE FROM invoices_writeoff",
        "TRUNCATE invoices_writeoff CASCADE",
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction():
            rows(change)
