"""Posting and closing a month at the same instant never pass one another: no entry comes after the lock."""

import threading
import time
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection

from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import BANK_CLEARING, CASH
from tallystick.ledger.entries import EntryDraft, Worth, credit, debit
from tallystick.ledger.queries import closed_until
from tallystick.usecases import month_end
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.month_end import MonthEndNotDone
from tests.concurrency.race import PATIENCE_SECONDS, connections_for, race
from tests.conftest import OwnDatabase
from tests.scenarios.conftest import World, at
from tests.usecases.test_earned_revenue import bills

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
NOW = at("2026-02-10")


@pytest.fixture(autouse=True)
def books(own_database: OwnDatabase) -> Iterator[None]:
    """Books in a database in which everything is committed."""
    with connections_for(12):
        yield


def post() -> date:
    """This function will post an entry of January, and return the day on which it stands in the books."""
    subject, worth = new_id(), Worth(500, "EUR", 500)
    lines = (debit(CASH, worth), credit(BANK_CLEARING, worth))
    draft = EntryDraft(rule="J32", subject_kind="test", subject_id=subject, lines=lines)
    ledger.post([draft], effective_date=date(2026, 1, 20), at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT effective_date FROM ledger_journalentry WHERE subject_id = %s", [subject])
        found: date = cursor.fetchone()[0]
    return found


def post_alone() -> date:
    with transaction():
        return post()


def close() -> None:
    month_end.close_month(actor=SYSTEM, at=NOW, month=JANUARY)


def waiting_for_the_books(count: int) -> None:
    """This function will wait until so many wait for the lock of closed months."""
    for _ in range(PATIENCE_SECONDS * 50):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE relation = 'ledger_periodact'::regclass AND NOT granted"
            )
            if cursor.fetchone()[0] == count:
                return
        time.sleep(0.02)
    raise AssertionError(count)


def test_closing_waits_for_who_posts_and_who_posts_later_waits_for_it() -> None:
    days: list[date] = []
    closer = threading.Thread(target=lambda: (close(), connection.close()))
    late = threading.Thread(target=lambda: (days.append(post_alone()), connection.close()))
    with transaction():
        assert post() == date(2026, 1, 20)
        closer.start()
        waiting_for_the_books(1)
        late.start()
        waiting_for_the_books(2)
        assert closed_until() is None
    for thread in (closer, late):
        thread.join(PATIENCE_SECONDS)
    assert (days, closed_until()) == ([FEBRUARY], date(2026, 1, 31))


def test_who_posts_when_a_month_is_closed_lands_before_it_or_on_the_first_open_day() -> None:
    finish = race(*[post_alone] * 8, close)
    assert finish.refusals.total() == 0
    assert {each for each in finish.results if each} <= {date(2026, 1, 20), FEBRUARY}
    assert post_alone() == FEBRUARY


def test_two_who_close_a_month_at_once_close_it_once() -> None:
    finish = race(close, close)
    assert finish.refusals == {"MonthClosedOutOfOrder": 1}
    assert closed_until() == date(2026, 1, 31)


def test_a_month_is_not_closed_over_revenue_that_is_deferred_while_closing_waits() -> None:
    world, refused = World(), []

    def closes() -> None:
        try:
            close()
        except MonthEndNotDone as error:
            refused.append(error.left)
        connection.close()

    closer = threading.Thread(target=closes)
    with transaction():
        bills(world, (36500, JANUARY, date(2027, 1, 1)))
        closer.start()
        waiting_for_the_books(1)
    closer.join(PATIENCE_SECONDS)
    assert (refused, closed_until()) == (["earn the deferred revenue of the month"], None)


def test_who_reads_closings_or_posts_elsewhere_does_not_wait() -> None:
    with transaction():
        post()
        race(post_alone, post_alone, closed_until)
