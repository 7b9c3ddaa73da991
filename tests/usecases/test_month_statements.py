"""All statements of a month: one to everybody who has something on their account, however often they are sent."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tallystick.correspondence.models import SentStatement
from tallystick.foundation.errors import NotAllowed
from tallystick.foundation.transactions import transaction
from tallystick.ledger.folding import fold_postings, settled_until
from tallystick.ledger.periods import MonthNotOver
from tallystick.reports import month_statements
from tallystick.usecases import record, send_statements
from tallystick.usecases.frame import SYSTEM
from tests.scenarios.conftest import World, actor, at
from tests.scenarios.subscribers import rows

pytestmark = pytest.mark.django_db

JANUARY = date(2026, 1, 1)
NOW = at("2026-02-03")
WAITING = (
    "SELECT args ->> 'after' FROM procrastinate_jobs WHERE task_name = 'statements.send_month' ORDER BY id DESC LIMIT 1"
)


def begin(**more: Any) -> Any:
    return send_statements.send_month_statements(**{"actor": SYSTEM, "at": NOW, "month": JANUARY} | more)


def sent() -> list[tuple[UUID, date | None, date]]:
    return sorted(SentStatement.objects.values_list("customer_id", "from_date", "until_date"))


def go_on() -> None:
    """This function will do what the jobs would do, one customer each."""
    after: UUID | None = None
    while True:
        send_statements.work(at=NOW, month=JANUARY, after=after, limit=1)
        ((last,),) = rows(WAITING)
        if after is not None and last == str(after):
            return
        after = UUID(last)


def test_everybody_with_something_gets_one_statement() -> None:
    world = World()
    owing = [world.customer(f"Customer {number}") for number in range(3)]
    for customer in owing:
        world.invoice(customer, 10000, day="2026-01-10")
    world.customer("Nothing Ltd")
    assert begin() == {"month": "2026-01", "customers": 3}
    send_statements.work(at=NOW, month=JANUARY, after=None, limit=1)
    assert len(sent()) == 1
    # It was killed here, and begun once more by somebody who does not know.
    assert begin()["customers"] == 2
    go_on()
    assert sent() == sorted((customer, JANUARY, date(2026, 1, 31)) for customer in owing)
    assert begin()["customers"] == 0
    send_statements.work(at=NOW, month=JANUARY, after=None)
    assert len(sent()) == 3


def test_only_of_a_month_that_is_over_and_by_who_may_send() -> None:
    with pytest.raises(NotAllowed):
        begin(actor=actor("Read-only"))
    with pytest.raises(MonthNotOver):
        begin(at=at("2026-01-31"))
    assert rows(WAITING) == []


def test_nobody_gets_one_who_came_after_the_month_and_everybody_who_had_something_then() -> None:
    world = World()
    had, came = world.customer("Had Ltd"), world.customer("Came Ltd", day="2026-02-01")
    owed = world.invoice(had, 10000, day="2025-12-10")
    world.invoice(came, 10000, day="2026-02-01")
    # Paid since: nothing is left now, and all of it was owed at the end of January.
    record.record_payment(
        actor=world.staff,
        at=at("2026-02-02"),
        total_minor=12000,
        currency="EUR",
        received_date=date(2026, 2, 2),
        parts=[record.Part(invoice_id=owed)],
    )
    for folded in (False, True):
        if folded:
            with transaction():
                fold_postings(until=settled_until() or 0)
        assert begin()["customers"] == 1
        assert month_statements.customers_waiting(JANUARY, today=NOW.date(), after=None, limit=9) == [had]
