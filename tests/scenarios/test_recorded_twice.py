"""Money that looks as if it had been recorded before: told by date."""

from datetime import date
from typing import Any

import pytest
from django.db import connection

from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.lookalikes import FOUND, Sought, lookalikes
from tallystick.payments.models import Payment
from tallystick.usecases import allocate, record
from tallystick.usecases.duplicates import DuplicatePayment
from tests.scenarios.conftest import World, at, uid

pytestmark = pytest.mark.django_db


def recorded(world: World, **more: Any) -> Any:
    told = {"total_minor": 5000, "currency": "EUR", "received_date": date(2026, 3, 3), "reference": "TRX 1", **more}
    return record.record_payment(actor=world.staff, at=at("2026-03-10"), **told)


def count() -> int:
    return len(lists.payments_page(PaymentFilter()).rows)


@pytest.mark.parametrize(
    "again",
    [
        {"reference": ""},
        {"reference": "TRX 2"},
        {"received_date": date(2026, 3, 5), "reference": " trx 1 "},
        {"received_date": date(2026, 3, 5), "status": "pending"},
    ],
)
def test_the_same_amount_with_the_same_day_or_reference_is_refused_until_somebody_says_so(
    world: World, again: dict[str, Any]
) -> None:
    customer = world.customer()
    first = recorded(world, customer_id=customer)
    with pytest.raises(DuplicatePayment) as refused:
        recorded(world, customer_id=customer, **again)
    assert refused.value.payment_id == uid("pay", first["id"])
    assert (count(), world.credit(customer)) == (1, 5000)
    recorded(world, customer_id=customer, allows_duplicate=True, **again)
    assert count() == 2


@pytest.mark.parametrize(
    "other",
    [
        {"total_minor": 5001},
        {"currency": "USD", "status": "pending"},
        {"received_date": date(2026, 3, 4), "reference": ""},
        {"status": "cancelled"},
    ],
)
def test_another_amount_currency_or_day_is_another_payment(world: World, other: dict[str, Any]) -> None:
    customer = world.customer()
    recorded(world, customer_id=customer)
    recorded(world, customer_id=customer, **other)
    recorded(world, customer_id=world.customer("Other Ltd"))
    recorded(world)
    assert count() == 4


def test_money_of_nobody_is_compared_with_money_of_nobody(world: World) -> None:
    recorded(world)
    with pytest.raises(DuplicatePayment):
        recorded(world, reference="")


def test_a_day_that_is_left_out_is_today(world: World) -> None:
    recorded(world, received_date=date(2026, 3, 10), reference="")
    with pytest.raises(DuplicatePayment):
        recorded(world, received_date=None, reference="")


def test_what_was_undone_is_no_duplicate_and_what_an_invoice_was_paid_with_is(world: World) -> None:
    customer = world.customer()
    wrong = recorded(world, customer_id=customer)
    allocate.reverse_payment(
        actor=world.staff, at=at("2026-03-10"), payment_id=uid("pay", wrong["id"]), reason="Counted twice"
    )
    promised = recorded(world, customer_id=customer, status="pending")
    record.cancel_payment(actor=world.staff, at=at("2026-03-10"), payment_id=uid("pay", promised["id"]))
    invoice = world.invoice(customer, 10000, day="2026-03-01")
    recorded(world, customer_id=customer, parts=[record.Part(invoice_id=invoice)])
    # Nothing names the customer here but the invoice.
    second = world.invoice(customer, 20000, day="2026-03-01")
    with pytest.raises(DuplicatePayment):
        recorded(world, parts=[record.Part(invoice_id=second)])
    assert world.owes(customer) == 12000 - 5000 + 24000


def test_many_are_compared_at_once_by_the_index(world: World) -> None:
    customer = world.customer()
    first = recorded(world, customer_id=customer)
    day = date(2026, 3, 3)
    sought = [
        Sought(customer_id=each, total_minor=5000, currency="EUR", received_date=day, reference="")
        for each in (None, customer)
    ]
    assert {place: row["id"] for place, row in lookalikes(sought).items()} == {1: uid("pay", first["id"])}
    assert lookalikes([]) == {}
    # Enough of them, of all amounts, that the other indexes of a customer are worse.
    Payment.objects.bulk_create(
        Payment(
            kind="receipt",
            status="pending",
            customer_id=(None, customer)[number % 2],
            total_minor=10 + number,
            currency="EUR",
            created_at=at("2026-03-03"),
        )
        for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payments_payment")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {FOUND}", [[0], [customer], [5000], ["EUR"], [day], [""]])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert plan.count("payments_that_look_alike") == 2, plan
