"""What was recorded is edited or deleted (D4), told by date."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection

from tallystick.allocations.queries import targets
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.transactions import savepoint
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.assignments import AssignmentEditLimitReached
from tallystick.payments.edits import FactsAreFixed, PaymentNotDeletable
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.operations import AmountNotAccepted, ReceivedInFuture
from tallystick.usecases import amend, record
from tests.scenarios.conftest import World, actor, at, uid

pytestmark = pytest.mark.django_db


def recorded(world: World, **more: Any) -> Any:
    told = {"total_minor": 5000, "currency": "EUR", "received_date": date(2026, 3, 3), **more}
    return uid("pay", record.record_payment(actor=world.staff, at=at("2026-03-10"), **told)["id"])


def edited(world: World, payment: Any, who: str = "Support", **changes: Any) -> dict[str, Any]:
    amend.edit_payment(actor=actor(who), at=at("2026-03-11"), payment_id=payment, changes=changes)
    return payments.payment(payment)


def test_what_a_booked_payment_says_is_edited_and_the_trail_tells_from_what_to_what(world: World) -> None:
    payment = recorded(world, customer_id=world.customer(), description="Invoice 7 #angry", reference="TRX 1")
    row = edited(world, payment, description="Deposit #calm now", reference="TRX 2", remark="Ask Jo", fee_minor=120)
    assert (row["description"], row["private_text"], row["reference"]) == ("Deposit", "calm now", "TRX 2")
    assert (row["remark"], row["fee_minor"], row["total_minor"]) == ("Ask Jo", 120, 5000)
    entry = AuditEntry.objects.get(action="edit_payment")
    assert entry.before == {
        "description": "Invoice 7",
        "private_text": "angry",
        "reference": "TRX 1",
        "remark": "",
        "fee_minor": None,
    }
    assert entry.after["private_text"] == "calm now"
    edited(world, payment, reference="TRX 2")
    assert AuditEntry.objects.filter(action="edit_payment").count() == 1, "what stays the same is no change"
    assert payments.timeline(payment)[-1]["event"] == "edit"


def test_a_program_that_cannot_read_the_private_text_does_not_wipe_it(world: World) -> None:
    payment = recorded(world, description="Invoice 7 #angry")
    told = {"actor": world.staff, "at": at("2026-03-11"), "payment_id": payment, "keeps_private_text": True}
    amend.edit_payment(**told, changes={"description": "Invoice \\#8"})
    row = payments.payment(payment)
    assert (row["description"], row["private_text"]) == ("Invoice #8", "angry")
    amend.edit_payment(**told, changes={"description": "Invoice 9 #"})
    assert payments.payment(payment)["private_text"] == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"total_minor": 1},
        {"currency": "USD"},
        {"method": "cash"},
        {"received_date": date(2026, 1, 1)},
        {"customer_id": None},
    ],
)
@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_what_it_is_stays_once_it_is_booked_or_given_up(world: World, status: str, changes: dict[str, Any]) -> None:
    payment = recorded(world, customer_id=world.customer(), status=status)
    before = payments.payment(payment)
    with pytest.raises(FactsAreFixed):
        edited(world, payment, **changes)
    assert payments.payment(payment) == before
    assert not AuditEntry.objects.filter(action="edit_payment").exists()


def test_a_promise_is_corrected_and_what_it_is_meant_for_fits(world: World) -> None:
    customer, other = world.customer(), world.customer("Other Ltd")
    first, second = world.invoice(customer, 1000), world.invoice(customer, 3000)
    parts = [record.Part(invoice_id=first), record.Part(invoice_id=second)]
    payment = recorded(world, status="pending", total_minor=4800, parts=parts)
    row = edited(world, payment, total_minor=2000, method="cheque", received_date=date(2026, 3, 9))
    assert (row["total_minor"], row["method"], row["received_date"]) == (2000, "cheque", date(2026, 3, 9))
    assert targets(payment) == [(first, 1200), (second, 800)]
    row = edited(world, payment, customer_id=other)
    assert (row["customer_id"], row["assignment_edits"], targets(payment)) == (other, 3, [])
    row = edited(world, payment, customer_id=None)
    assert (row["customer_id"], row["assignment_edits"]) == (None, 4)
    edited(world, payment, customer_id=customer)
    with pytest.raises(AssignmentEditLimitReached):
        edited(world, payment, customer_id=None)
    assert payments.payment(payment)["customer_id"] == customer
    with pytest.raises(NotFound):
        edited(world, payment, customer_id=payment)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"total_minor": 0}, AmountNotAccepted),
        ({"received_date": date(2026, 3, 12)}, ReceivedInFuture),
        ({"currency": "XXX"}, InvalidField),
        ({"method": "gateway"}, InvalidField),
        ({"fee_minor": -1}, InvalidField),
    ],
)
def test_values_that_cannot_be_used_are_refused(world: World, changes: dict[str, Any], error: type[Exception]) -> None:
    payment = recorded(world, status="pending")
    before = payments.payment(payment)
    with pytest.raises(error):
        edited(world, payment, **changes)
    assert payments.payment(payment) == before


def deleted(payment: Any, who: str = "Administrator") -> Any:
    return amend.delete_payment(actor=actor(who), at=at("2026-03-12"), payment_id=payment)


@pytest.mark.parametrize("status", ["pending", "cancelled"])
def test_what_never_posted_is_deleted_and_gone(world: World, status: str) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 9000)
    payment = recorded(
        world, status=status, customer_id=customer, parts=[record.Part(invoice_id=invoice)], remark="Typing error"
    )
    with pytest.raises(NotAllowed):
        deleted(payment, "Finance")
    assert deleted(payment)["total_minor"] == 5000
    for read in (lambda: payments.payment(payment), lambda: payments.payment(payment, of_customer=customer)):
        with pytest.raises(NotFound):
            read()
    with pytest.raises(NotFound):
        deleted(payment)
    rows = lists.payments_page(PaymentFilter(customer_id=customer)).rows
    assert [row["kind"] for row in rows] == ["scheduled"]
    assert sum(each.minor for each in lists.totals(PaymentFilter(kind="receipt"))) == 0
    assert targets(payment) == []
    entry = AuditEntry.objects.get(action="delete_payment")
    assert (entry.before["status"], entry.before["remark"]) == (status, "Typing error")
    # It is no duplicate of anything any more.
    recorded(world, customer_id=customer)


def test_what_posted_or_belongs_to_an_invoice_is_never_deleted(world: World) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 9000)
    booked = recorded(world, customer_id=customer)
    for payment in (booked, world.expected_payment(invoice)["id"]):
        with pytest.raises(PaymentNotDeletable):
            deleted(payment)
    with (
        pytest.raises(IntegrityError, match="only_unposted_payments_are_deleted"),
        savepoint(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE payments_payment SET deleted_at = now() WHERE id = %s", [booked])
