"""The database itself refuses a second bill of a day and a second group of a customer: shown by raw SQL."""

import threading
from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection

from tallystick.foundation.transactions import transaction
from tests.conftest import OwnDatabase
from tests.rooms.test_database_rules import refused, run
from tests.scenarios.subscribers import Subscribers, rows

PERIOD = (
    "INSERT INTO subscriptions_billedperiod "
    "(id, subscription_id, period_start, period_end, invoice_id, line_id, billed_at) "
    "SELECT %s, subscription_id, %s, %s, invoice_id, line_id, now() FROM subscriptions_billedperiod "
    "WHERE subscription_id = %s LIMIT 1"
)
MEMBER = (
    "INSERT INTO customers_membership (id, group_id, customer_id, joined_date, created_at) "
    "VALUES (%s, %s, %s, %s, now())"
)


class Billed(Subscribers):
    """A subscription of which February is billed."""

    def __init__(self) -> None:
        super().__init__()
        self.payer = self.customer("Payer AG")
        self.subscription = self.subscribe(self.customer(), self.price(), start="2026-02-01")
        self.run("2026-02-01")

    def bill(self, first: str, end: str) -> None:
        """This function will write that days are billed, past all rules but the database's."""
        run(PERIOD, uuid4(), date.fromisoformat(first), date.fromisoformat(end), self.subscription)


@pytest.fixture
def billed(db: None) -> Billed:
    """A subscription of which February is billed."""
    return Billed()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "end", "rule"),
    [
        ("2026-02-01", "2026-03-01", "one_bill_per_period"),
        ("2026-02-01", "2026-02-02", "one_bill_per_period"),
        ("2026-02-28", "2026-03-28", "no_day_is_billed_twice"),
        ("2026-01-15", "2026-02-02", "no_day_is_billed_twice"),
        ("2026-01-01", "2026-12-31", "no_day_is_billed_twice"),
        ("2026-04-02", "2026-04-01", "billed_period_is_not_negative"),
    ],
)
def test_no_day_is_billed_twice(billed: Billed, first: str, end: str, rule: str) -> None:
    refused(rule, lambda: billed.bill(first, end))


@pytest.mark.django_db
def test_the_days_around_are_free_and_so_are_days_that_were_taken_back(billed: Billed) -> None:
    with transaction():
        run("UPDATE subscriptions_billedperiod SET period_end = '2026-02-10'")
        billed.bill("2026-02-10", "2026-03-01")
        run("UPDATE subscriptions_billedperiod SET period_end = period_start WHERE period_start = '2026-02-10'")
        billed.bill("2026-02-10", "2026-03-01")
    refused("no_day_is_billed_twice", lambda: billed.bill("2026-01-01", "2026-02-02"))
    world_goes_on(billed)


def world_goes_on(billed: Billed) -> None:
    """This function will leave the subscription where its billed days end."""
    assert rows("SELECT max(period_end) FROM subscriptions_billedperiod") == [(date(2026, 3, 1),)]
    assert billed.column(billed.subscription, "next_period_start") == date(2026, 3, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE subscriptions_billedperiod SET period_end = period_end + 1",
        "UPDATE subscriptions_billedperiod SET period_start = period_start - 1",
        "DELETE FROM subscriptions_billedperiod",
    ],
)
def test_a_billed_period_is_only_ever_shortened(billed: Billed, change: str) -> None:
    refused("billed_period_is_kept", lambda: run(change))


@pytest.mark.django_db
def test_two_periods_of_one_statement_that_overlap(billed: Billed) -> None:
    both = (
        "INSERT INTO subscriptions_billedperiod "
        "(id, subscription_id, period_start, period_end, invoice_id, line_id, billed_at) "
        "SELECT gen_random_uuid(), subscription_id, first, first + 10, invoice_id, line_id, now() "
        "FROM subscriptions_billedperiod, (VALUES (date '2026-05-01'), (date '2026-05-09')) AS given (first)"
    )
    refused("no_day_is_billed_twice", lambda: run(both))


@pytest.mark.django_db
def test_a_customer_belongs_to_one_group_at_a_time(billed: Billed) -> None:
    first, second = (billed.group(billed.payer, day=1, first="2026-03-01", name=name) for name in ("One", "Two"))
    member = billed.customer("Member")
    run(MEMBER, uuid4(), first, member, date(2026, 1, 1))
    for group in (first, second):
        refused("one_open_membership_per_customer", lambda to=group: run(MEMBER, uuid4(), to, member, date(2026, 5, 1)))
    run("UPDATE customers_membership SET left_date = '2026-05-01'")
    run(MEMBER, uuid4(), second, member, date(2026, 5, 1))


@pytest.mark.django_db
def test_no_line_is_added_to_an_issued_invoice_by_one_statement_with_others(billed: Billed) -> None:
    more = (
        "INSERT INTO invoices_invoiceline (id, invoice_id, position, description, quantity, unit_price_minor, is_fee, "
        "tax_rate_id, tax_percent, net_minor, tax_minor) "
        "SELECT gen_random_uuid(), given.id, 2, 'More', 1, 1, false, tax_rate_id, tax_percent, 1, 0 "
        "FROM invoices_invoiceline, LATERAL (VALUES (gen_random_uuid()), (invoice_id)) AS given (id)"
    )
    refused("issued_invoice_is_frozen", lambda: run(more))


def at_the_same_time(first: Callable[[], None], second: Callable[[], None]) -> list[str]:
    """This function will let a second connection act while the first has not committed, and return what was refused."""
    refusals: list[str] = []
    wrote, waits = threading.Event(), threading.Event()

    def leads() -> None:
        with transaction():
            first()
            wrote.set()
            # The other one is at its statement now, and waits for this transaction or for nothing.
            waits.wait(5)
        connection.close()

    def follows() -> None:
        wrote.wait(5)
        try:
            with transaction():
                threading.Timer(0.5, waits.set).start()
                second()
        except IntegrityError as error:
            refusals.append(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for act in (leads, follows)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return refusals


@pytest.mark.parametrize(
    ("days", "rule"),
    [
        (("2026-03-01", "2026-04-01"), "one_bill_per_period"),
        (("2026-03-15", "2026-04-15"), "no_day_is_billed_twice"),
        (("2026-04-01", "2026-05-01"), None),
    ],
)
def test_two_connections_that_bill_at_the_same_time(
    own_database: OwnDatabase, days: tuple[str, str], rule: str | None
) -> None:
    billed = Billed()
    refusals = at_the_same_time(lambda: billed.bill("2026-03-01", "2026-04-01"), lambda: billed.bill(*days))
    assert refusals == ([rule] if rule else [])
    ((found,),) = rows("SELECT count(*) FROM subscriptions_billedperiod")
    assert found == (2 if rule else 3)
    # They stand on no line of their own: let the books forget them.
    run("UPDATE subscriptions_billedperiod SET period_end = period_start WHERE period_start > '2026-02-01'")


def test_two_connections_that_let_a_customer_join_at_the_same_time(own_database: OwnDatabase) -> None:
    billed = Billed()
    groups = [billed.group(billed.payer, day=1, first="2026-03-01", name=name) for name in ("One", "Two")]
    member = billed.customer("Member")

    def join(group: UUID) -> Callable[[], None]:
        return lambda: run(MEMBER, uuid4(), group, member, date(2026, 1, 1))

    assert at_the_same_time(join(groups[0]), join(groups[1])) == ["one_open_membership_per_customer"]
    assert len(rows("SELECT 1 FROM customers_membership")) == 1
