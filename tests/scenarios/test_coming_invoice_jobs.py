"""The job that announces coming invoices: by payers, within its setting, without a trace but the mail."""

import json
from datetime import date
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import app

import tallystick.interfaces.jobs.registry  # noqa: F401 - the jobs register themselves
from tallystick.correspondence.operations import RecipientNotAccepted
from tallystick.foundation import clock, settings_store
from tallystick.foundation.settings_store import SettingNotAccepted
from tallystick.interfaces.jobs import billing
from tallystick.subscriptions.coming import NOTICE_DAYS
from tallystick.usecases import configure, notify_coming
from tests.api.conftest import row_counts
from tests.scenarios.conftest import at
from tests.scenarios.noticing import Noticing, notices
from tests.scenarios.subscribers import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Noticing:
    return Noticing()


def test_an_address_that_is_none_stops_nobody_else(shop: Noticing) -> None:
    ida, typo = shop.individual(), shop.individual("Typo")
    for customer in (ida, typo):
        shop.subscribe(customer, shop.price(), start="2026-02-08")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_contact SET email = 'nobody' WHERE customer_id = %s", [typo])
    assert shop.announce("2026-02-01") == 1
    assert [each.customer_id for each in notices()] == [ida]
    ((arguments,),) = rows("SELECT args::text FROM procrastinate_jobs WHERE task_name = 'mail.coming_invoices'")
    assert json.loads(arguments) == {"payer_ids": [typo.hex]}
    with pytest.raises(RecipientNotAccepted):
        notify_coming.write(payer_ids=[typo], at=at("2026-02-01"))


def test_the_days_are_a_setting(shop: Noticing) -> None:
    shop.subscribe(shop.individual(), shop.price(), start="2026-03-01")
    shop.notice_days(0)
    assert [shop.announce(f"2026-02-{day:02}") for day in range(20, 29)] == [0] * 9
    assert notify_coming.find(at=at("2026-02-27")) == 0
    shop.notice_days(14)
    assert shop.announce("2026-02-14") == 0
    assert shop.announce("2026-02-15") == 1
    for bad in (-1, 61, True, "7", None, 7.5):
        with pytest.raises(SettingNotAccepted):
            configure.change_settings(actor=shop.staff, at=at("2026-02-15"), changes={"coming_invoice_days": bad})
    assert settings_store.get(NOTICE_DAYS) == 14


def test_a_notice_leaves_no_trace_but_itself(shop: Noticing) -> None:
    payer = shop.customer("Payer AG", terms_days=0)
    member = shop.individual("Ada Inc")
    shop.join(shop.group(payer, day=8, first="2026-02-08"), member, "2026-01-01")
    for customer in (payer, member):
        shop.subscribe(customer, shop.price(), start="2026-02-07")
    subscriptions = rows("SELECT * FROM subscriptions_subscription ORDER BY id")
    before = row_counts()

    assert shop.announce("2026-02-01") == 2

    after = row_counts()
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
        "correspondence_message": 2,
        "procrastinate_jobs": 2,
        "procrastinate_events": 2,
    }
    assert rows("SELECT * FROM subscriptions_subscription ORDER BY id") == subscriptions
    assert rows("SELECT next_billing_date FROM customers_billinggroup") == [(date(2026, 2, 8),)]


def test_the_job_of_the_day_writes_through_jobs_of_some_payers_each(shop: Noticing) -> None:
    price = shop.price()
    for number in range(5):
        shop.subscribe(shop.individual(f"Ida {number}"), price, start="2026-02-08")
    with patch.object(clock, "now", lambda: at("2026-02-01")), patch.object(notify_coming, "PAYERS_PER_JOB", 2):
        billing.announce()
        waiting = rows("SELECT args FROM procrastinate_jobs WHERE task_name = 'mail.coming_invoices' ORDER BY id")
        assert notices() == []
        for (arguments,) in waiting * 2:
            read = json.loads(arguments) if isinstance(arguments, str) else arguments
            app.tasks["mail.coming_invoices"].func(**read)
        billing.announce()
    assert len(waiting) == 3
    assert len(notices()) == 5
    assert len(rows("SELECT id FROM procrastinate_jobs WHERE task_name = 'mail.coming_invoices'")) == 3


def test_looking_ahead_takes_as_many_statements_for_many_as_for_few(shop: Noticing) -> None:
    price = shop.price()
    payers = [shop.individual(f"Ida {number}") for number in range(30)]
    for payer in payers:
        shop.subscribe(payer, price, start="2026-02-08")
    counted = []
    # The settings are read once for all.
    settings_store.get(NOTICE_DAYS)
    for few in (payers[:2], payers[2:]):
        with CaptureQueriesContext(connection) as statements:
            found = notify_coming._foresee(actor=shop.staff, at=at("2026-02-01"), payer_ids=few, notice_days=7)
        assert len(found) == len(few)
        counted.append(len(statements))
    assert counted[0] == counted[1]
    with CaptureQueriesContext(connection) as statements:
        assert sum(map(len, notify_coming.found(at=at("2026-02-01")))) == 30
    # One page of what is billed alone, its end, groups, trials and pauses; the settings; who was told.
    assert len(statements) <= 8
