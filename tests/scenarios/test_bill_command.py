"""`tallystick bill` bills what is due, tells it in a table, and says by its exit code whether anything failed."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tests.conftest import OwnDatabase
from tests.scenarios.subscribers import Subscribers, bills, rows

pytestmark = pytest.mark.processes

TODAY = datetime.now(tz=UTC).date()


def bill(database: OwnDatabase, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tallystick.interfaces.cli.main", "bill", *options]
    environment = {**database.environment, "COLUMNS": "120"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_dry_run_then_a_run_by_two_processes_then_nothing(own_database: OwnDatabase) -> None:
    world = Subscribers()
    price = world.price(123450)
    for number in range(12):
        world.subscribe(world.customer(f"C{number}"), price, start=TODAY.isoformat())
    group = world.group(world.customer("Payer AG"), day=TODAY.day, first=TODAY.isoformat())
    member = world.customer("Member")
    world.join(group, member, "2020-01-01")
    world.subscribe(member, world.price(1000), start=(TODAY - timedelta(days=3)).isoformat())

    dry = bill(own_database, "--dry-run")
    assert (dry.returncode, dry.stderr, bills()) == (0, "", [])
    assert f"Would be billed as of {TODAY}" in dry.stdout
    assert "17788.80 EUR" in dry.stdout
    assert "Acme Group" in dry.stdout

    done = bill(own_database, "--workers", "2")
    assert (done.returncode, done.stderr, len(bills())) == (0, "", 13)
    assert f"Billed as of {TODAY}" in done.stdout
    assert "17788.80 EUR" in done.stdout
    assert rows("SELECT count(*) FROM subscriptions_billrun WHERE finished_at IS NOT NULL") == [(1,)]

    again = bill(own_database, "--as-of", TODAY.isoformat())
    assert (again.returncode, again.stdout) == (0, "Nothing is due.\n")


def test_it_ends_with_1_when_something_failed_and_with_a_sentence_for_a_day_to_come(own_database: OwnDatabase) -> None:
    world = Subscribers()
    subscription = world.subscribe(world.customer(), world.price(currency="USD"), start=TODAY.isoformat())
    for options in (["--dry-run"], []):
        done = bill(own_database, *options)
        assert done.returncode == 1
        assert "1 could not be billed:" in done.stdout
        assert f"sub_{subscription.hex}" in done.stdout
        assert "There is no exchange rate from USD to EUR" in done.stdout

    with transaction():
        ledger.set_rate(currency="USD", valid_from=date(2020, 1, 1), rate=Decimal("0.9"), source="Bank")
    assert bill(own_database).returncode == 0
    later = bill(own_database, "--as-of", (TODAY + timedelta(days=2)).isoformat())
    assert (later.returncode, later.stderr) == (
        1,
        "Error: A bill run ends today at the latest. For later, ask for a preview.\n",
    )
