"""The demonstration's story is told by the use cases, and nothing of it is refused."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from tallystick.catalog.queries import tax_rates
from tallystick.customers.queries import customers_page
from tallystick.foundation import clock
from tallystick.interfaces.cli.demo_data import load
from tallystick.interfaces.cli.demo_data.cast import people
from tallystick.interfaces.cli.demo_data.story import DAYS, Stage
from tallystick.interfaces.cli.demo_data.visitor import Visitor
from tallystick.payments.queries import PaymentFilter, payments_page
from tests.conftest import OwnDatabase
from tests.sandbox_service import running_sandbox
from tests.scenarios.conftest import actor

CUSTOMERS = 24


def test_the_same_chance_makes_the_same_people_of_many_places() -> None:
    first, again = people(Random(7), load.CUSTOMERS), people(Random(7), load.CUSTOMERS)
    assert first == again
    assert len({person.name for person in first}) == load.CUSTOMERS >= 300
    assert len({person.currency for person in first}) >= 4
    assert {person.kind for person in first} == {"business", "individual"}
    scripts = {name for person in first for letter in person.name for name in _scripts(letter)}
    assert {"latin", "cyrillic", "greek", "arabic", "cjk"} <= scripts


def _scripts(letter: str) -> set[str]:
    ranges = {"latin": (0x41, 0x24F), "greek": (0x370, 0x3FF), "cyrillic": (0x400, 0x4FF), "arabic": (0x600, 0x6FF)}
    found = {name for name, (first, last) in ranges.items() if first <= ord(letter) <= last}
    return found | ({"cjk"} if ord(letter) >= 0x3000 else set())


@pytest.mark.processes
def test_two_years_of_a_smaller_business(own_database: OwnDatabase, tmp_path: Path) -> None:
    at = clock.now()
    begin = at - timedelta(days=DAYS + 1)
    with running_sandbox(tmp_path) as sandbox:
        load.set_up_business(begin)
        merchant = load.connect_sandbox(sandbox.base_url, "http://localhost:8000", at=begin)
        stage = Stage(
            staff=actor(),
            tax_rates={rate.category: rate.id for rate in tax_rates()},
            account_id=merchant["account_id"],
            visitor=Visitor(sandbox.base_url, merchant["secret_key"]),
            return_url="http://localhost:8000/portal/payments/return/{attempt}",
            today=clock.local_date(at),
        )
        roles = load.tell(stage, customers=CUSTOMERS)

    assert len(roles) == len(customers_page(limit=200).rows) == CUSTOMERS
    told = payments_page(PaymentFilter(), limit=200).rows
    assert {"completed", "pending"} <= {row["status"] for row in told}
    first = min(row["created_at"] for row in payments_page(PaymentFilter(status="completed"), limit=200).rows)
    assert first < at - timedelta(days=30)
