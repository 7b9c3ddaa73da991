"""A smaller demonstration, told once for all the tests of a module."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from tallystick.catalog.queries import tax_rates
from tallystick.foundation import clock
from tallystick.interfaces.cli.demo_data import load
from tallystick.interfaces.cli.demo_data.catalog import offer_everything
from tallystick.interfaces.cli.demo_data.story import DAYS, Stage
from tallystick.interfaces.cli.demo_data.visitor import Visitor
from tests.conftest import check_books, fresh_database
from tests.databases import Databases
from tests.sandbox_service import running_sandbox
from tests.scenarios.conftest import actor

SITE = "http://localhost:8000"


@dataclass(frozen=True)
class Played:
    """The story that was told: when, and what came of it."""

    at: datetime
    told: load.Told

    @property
    def today(self) -> date:
        """The last day of the story."""
        return clock.local_date(self.at)


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """This function will return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest,
    databases: Databases,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Played]:
    """Two years of a business with so many `CUSTOMERS` as the module says, in a database of its own, told once.

    Its books balance in the end.
    """
    with ExitStack() as stack:
        stack.enter_context(fresh_database(databases, django_db_blocker))
        sandbox = stack.enter_context(running_sandbox(tmp_path_factory.mktemp("sandbox")))
        at = clock.now()
        begin = at - timedelta(days=DAYS + 1)
        load.set_up_business(begin)
        merchant = load.connect_sandbox(sandbox.base_url, SITE, at=begin)
        rates = {rate.category: rate.id for rate in tax_rates()}
        stage = Stage(
            staff=actor(),
            tax_rates=rates,
            offer=offer_everything(actor=actor(), at=begin, tax_rates=rates),
            account_id=merchant["account_id"],
            visitor=Visitor(sandbox.base_url, merchant["secret_key"]),
            return_url=f"{SITE}/portal/payments/return/{{attempt}}",
            today=clock.local_date(at),
        )
        yield Played(at=at, told=load.tell(stage, customers=request.module.CUSTOMERS))
        check_books()
