"""The past is locked (J63): no door and no raw SQL posts into a closed month, and months close and reopen in order."""

from collections.abc import Callable
from datetime import date, datetime
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection

from tallystick.foundation.errors import ExpectedError, InvalidField, NotAllowed
from tallystick.foundation.ids import new_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger import periods
from tallystick.ledger.accounts import BANK_CLEARING, CASH
from tallystick.ledger.entries import EntryDraft, Worth, credit, debit
from tallystick.ledger.queries import closed_until
from tallystick.usecases import month_end
from tallystick.usecases.frame import SYSTEM
from tallystick.wire.month_end import period_id
from tests.scenarios.conftest import actor, at
from tests.trails import trail_of

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))
NOW = at("2026-04-15")
ENTRY = (
    "INSERT INTO ledger_journalentry (id, rule, effective_date, recorded_at, subject_kind, subject_id, rate_source) "
    "VALUES (%s, 'J32', %s, now(), 'test', %s, '')"
)
ACT = (
    "INSERT INTO ledger_periodact (month, act, closed_until, acted_at, acted_by, reason) "
    "VALUES (%s, %s, %s, %s, '', %s)"
)


def close(month: date, *, moment: datetime = NOW) -> Any:
    return month_end.close_month(actor=SYSTEM, at=moment, month=month)


def reopen(month: date, reason: str = "A late bill") -> Any:
    return month_end.reopen_month(actor=SYSTEM, at=NOW, month=month, reason=reason)


def run(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def raw_entry(day: str) -> None:
    entry_id = new_id()
    run(ENTRY, entry_id, day, new_id())
    for side in ("D", "C"):
        run(
            "INSERT INTO ledger_posting (entry_id, account, side, amount_minor, currency, base_minor) "
            "VALUES (%s, '1000', %s, 1, 'EUR', 1)",
            entry_id,
            side,
        )


def refused(constraint: str, act: Callable[[], object]) -> None:
    """The act, in a transaction of its own, is refused by exactly this rule of the database."""
    with pytest.raises(IntegrityError) as error, transaction():
        act()
    assert error.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


def posted_on(day: date, *, many: bool = False) -> date:
    """On which day an entry of that day stands in the books."""
    subject, worth = new_id(), Worth(500, "EUR", 500)
    draft = EntryDraft(
        rule="J32", subject_kind="test", subject_id=subject, lines=(debit(CASH, worth), credit(BANK_CLEARING, worth))
    )
    with transaction():
        (ledger.post_many if many else ledger.post)([draft], effective_date=day, at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT effective_date FROM ledger_journalentry WHERE subject_id = %s", [subject])
        found: date = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("many", [False, True])
def test_what_belongs_to_a_closed_month_is_posted_on_the_first_open_day(many: bool) -> None:
    assert posted_on(date(2020, 1, 31), many=many) == date(2020, 1, 31)
    close(FEBRUARY)
    found = [posted_on(day, many=many) for day in (date(2020, 1, 31), FEBRUARY, date(2026, 2, 28), MARCH)]
    assert found == [MARCH] * 4
    assert posted_on(date(2026, 3, 7), many=many) == date(2026, 3, 7)
    reopen(FEBRUARY)
    assert posted_on(date(2026, 2, 28), many=many) == date(2026, 2, 28)
    assert posted_on(date(2026, 1, 31), many=many) == FEBRUARY


def test_raw_sql_posts_nothing_into_a_closed_month() -> None:
    with transaction():
        raw_entry("2026-01-15")
    close(FEBRUARY)
    for day in ("2020-01-01", "2026-01-15", "2026-02-28"):
        refused("period_is_open", lambda day=day: raw_entry(day))  # type: ignore[misc]
    many = (
        "INSERT INTO ledger_journalentry "
        "(id, rule, effective_date, recorded_at, subject_kind, subject_id, rate_source) "
        "SELECT gen_random_uuid(), 'J32', day, now(), 'test', gen_random_uuid(), '' "
        "FROM generate_series('2026-02-28'::date, '2026-03-02', '1 day') AS day"
    )
    refused("period_is_open", lambda: run(many))
    with transaction():
        raw_entry("2026-03-01")


def test_months_close_in_order_and_only_when_they_are_over() -> None:
    told = close(JANUARY)
    assert told["closed_until"] == "2026-01-31"
    assert [(act["month"], act["act"], act["by"]) for act in told["acts"]] == [("2026-01", "close", "Tallystick")]
    for month in (JANUARY, MARCH, date(2025, 12, 1)):
        with pytest.raises(periods.MonthClosedOutOfOrder):
            close(month)
    assert close(FEBRUARY)["closed_until"] == "2026-02-28"
    assert close(MARCH)["closed_until"] == "2026-03-31"
    for month in (APRIL, date(2026, 5, 1)):
        with pytest.raises(periods.MonthNotOver):
            close(month)
    with pytest.raises(periods.MonthNotOver):
        close(APRIL, moment=at("2026-04-30", 23))
    assert close(APRIL, moment=at("2026-05-01"))["closed_until"] == "2026-04-30"
    assert trail_of(period_id(APRIL))[-1]["action"] == "close_month"


def test_only_the_newest_closed_month_is_reopened_with_a_reason() -> None:
    with pytest.raises(periods.MonthNotReopened):
        reopen(JANUARY)
    close(JANUARY)
    close(FEBRUARY)
    for month, error in ((JANUARY, periods.MonthNotReopened), (MARCH, periods.MonthNotReopened)):
        with pytest.raises(error):
            reopen(month)
    for reason in (" ", "x" * 201):
        with pytest.raises(InvalidField):
            reopen(FEBRUARY, reason)
    assert closed_until() == date(2026, 2, 28)
    told = reopen(FEBRUARY, " A late bill ")
    assert (told["closed_until"], told["acts"][0]["reason"]) == ("2026-01-31", "A late bill")
    entry = trail_of(period_id(FEBRUARY))[-1]
    assert (entry["action"], entry["after"]) == ("reopen_month", {"month": "2026-02", "reason": "A late bill"})
    assert close(FEBRUARY)["closed_until"] == "2026-02-28"


@pytest.mark.parametrize(
    ("role", "act"), [("Support", close), ("Read-only", close), ("Finance", reopen), ("Support", reopen)]
)
def test_closing_and_reopening_have_permissions_of_their_own(role: str, act: Callable[[date], Any]) -> None:
    close(JANUARY)
    values: dict[str, Any] = {"reason": "Because"} if act is reopen else {}
    with pytest.raises(NotAllowed):
        getattr(month_end, f"{act.__name__}_month")(actor=actor(role), at=NOW, month=JANUARY, **values)
    assert closed_until() == date(2026, 1, 31)
    with pytest.raises(ExpectedError):
        close(date(2026, 2, 2))
    assert closed_until() == date(2026, 1, 31)


def test_how_a_month_stands_is_told_to_who_may_look_at_the_business() -> None:
    nobody = Actor(kind="api_key", id="k", label="K", permissions=frozenset({"download"}))
    with pytest.raises(NotAllowed):
        month_end.told(actor=nobody, at=NOW, month=JANUARY)


def test_the_database_keeps_the_order_of_closings() -> None:
    close(JANUARY)
    wrong = [
        ("months_close_in_order", (MARCH, "close", "2026-03-31", NOW, "")),
        ("months_close_in_order", (JANUARY, "close", "2026-01-31", NOW, "")),
        ("months_close_in_order", (FEBRUARY, "close", "2026-02-27", NOW, "")),
        ("months_close_in_order", (FEBRUARY, "close", "2026-03-31", NOW, "")),
        ("only_past_months_close", (FEBRUARY, "close", "2026-02-28", at("2026-02-28"), "")),
        ("newest_month_reopens", (FEBRUARY, "reopen", "2026-01-31", NOW, "x")),
        ("newest_month_reopens", (JANUARY, "reopen", "2026-01-15", NOW, "x")),
        ("reopening_has_a_reason", (JANUARY, "reopen", "2025-12-31", NOW, "")),
        ("reopening_has_a_reason", (FEBRUARY, "close", "2026-02-28", NOW, "x")),
    ]
    for constraint, values in wrong:
        refused(constraint, lambda values=values: run(ACT, *values))  # type: ignore[misc]
    for sql in ("UPDATE ledger_periodact SET acted_by = 'x'", "DELETE FROM ledger_periodact"):
        refused("ledger_periodact_is_append_only", lambda sql=sql: run(sql))  # type: ignore[misc]
    refused("ledger_periodact_is_append_only", lambda: run("TRUNCATE ledger_periodact"))
    assert closed_until() == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("stored", "until"),
    [('"2026-03-31"', "2026-03-31"), ('"2026-03-05"', "2026-02-28"), ('""', None), ('"soon"', None)],
)
def test_what_the_earlier_setting_locked_stays_locked(stored: str, until: str | None) -> None:
    run("INSERT INTO foundation_setting (name, value) VALUES ('books_closed_until', %s::jsonb)", stored)
    run(import_module("tallystick.ledger.migrations.0003_past_is_locked").CARRIED_OVER)
    assert closed_until() == (until and date.fromisoformat(until))
