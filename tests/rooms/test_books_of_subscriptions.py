"""`verify-books` sees what is wrong with billed periods, whoever wrote it."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection

from tallystick.reports.verify_books import verify_books
from tests.rooms.test_database_rules import run
from tests.scenarios.subscribers import Subscribers


class Billed(Subscribers):
    """A business that billed February, March and April of a subscription."""

    def __init__(self) -> None:
        super().__init__()
        self.subscription = self.subscribe(self.customer(), self.price(), start="2026-02-01")
        self.run("2026-04-01")


@pytest.fixture
def billed(db: None) -> Iterator[Billed]:
    """The business; what is broken in a test is forgotten after it."""
    yield Billed()
    connection.set_rollback(True)


def failures() -> list[str]:
    return [failure.rpartition(": ")[2] for failure in verify_books().failures]


def without_triggers(sql: str) -> None:
    """This function will write past all rules, as a broken program or disk would."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET LOCAL session_replication_role = replica")
    run(sql)
    run("SET LOCAL session_replication_role = origin")


def test_books_that_agree(billed: Billed) -> None:
    assert failures() == []
    checks = {check.statement: check.counted for check in verify_books().checks}
    assert checks["Each billed period of a subscription stands on a line of an issued invoice, for those days"] == 3
    assert checks["No day of a subscription is billed twice"] == 3
    assert checks["Billing of each subscription goes on where its billed days end, or later"] == 1


def test_a_period_on_a_line_for_other_days(billed: Billed) -> None:
    without_triggers(
        "UPDATE invoices_invoiceline SET period_start = period_start + 1 WHERE period_start = '2026-03-01'"
    )
    assert failures() == ["expected issued, found the line is for other days"]


def test_a_period_on_the_line_of_another_invoice(billed: Billed) -> None:
    without_triggers(
        "UPDATE subscriptions_billedperiod SET invoice_id = (SELECT max(id::text)::uuid FROM invoices_invoice) "
        "WHERE period_start = '2026-02-01'"
    )
    assert failures() == ["expected issued, found the line is on another invoice"]


def test_days_that_are_billed_twice(billed: Billed) -> None:
    without_triggers(
        "UPDATE subscriptions_billedperiod SET period_end = '2026-03-04' WHERE period_start = '2026-02-01'"
    )
    assert sorted(failures()) == ["expected 0, found 3", "expected issued, found the line is for other days"]


def test_billing_that_would_begin_again_before_its_end(billed: Billed) -> None:
    billed.set(billed.subscription, next_period_start=date(2026, 4, 20))
    assert failures() == ["expected 0, found 11"]
