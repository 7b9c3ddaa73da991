"""Paying what failed by its link with another card, and automatic payment going on with that card (E38b)."""

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry
from tallystick.interfaces.jobs import autopay as autopay_jobs
from tallystick.payments import autopay_queries
from tallystick.payments import queries as payments
from tallystick.payments.models import Attempt
from tallystick.payments.terms import terms_hash
from tallystick.usecases import autopay
from tests.portal.conftest import STAFF, Business, now
from tests.portal.test_link_days import agreed
from tests.portal.test_links import (
    DECLINED,
    failed,
    link_to,
    nobody_was_here,
    order,
    shown,
    traces,
)
from tests.sandbox_service import pay

__all__ = ["nobody_was_here"]

pytestmark = pytest.mark.django_db


def ticked(page: str, method: str, total: int = 10680) -> dict[str, str]:
    """This function will return the form of a link, ticked so that automatic payment goes on with the card."""
    found = re.search(r'name="autopay_terms_sha256" value="(\w+)"', page)
    assert found is not None
    return order(method, total, autopay="on", autopay_terms_sha256=found[1])


def do_switches() -> int:
    """This function will do the jobs that let automatic payment go on with another card, twice each."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'autopay.switch' ORDER BY id")
        found = [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]
    for each in found * 2:
        autopay_jobs.switch(**each)
    return len(found)


@pytest.mark.parametrize("several", [False, True])
def test_e38b_automatic_payment_goes_on_with_the_card_that_paid_what_failed(
    client: Client, house: Business, account: str, *, several: bool
) -> None:
    payment, path = failed(house, account, several=several)
    agreed(payment, account)
    customer = payments.payment(payment)["customer_id"]
    autopay.agree(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        terms_sha256=terms_hash(autopay.TERMS.default),
        charge_day=5,
        cap_minor=50000,
        cap_currency="EUR",
        evidence="By phone",
    )
    page = shown(client, path)
    assert autopay.TERMS.default in page
    total = 10680 + 1200 * several
    sent = client.post(path, ticked(page, account, total=total))
    assert do_switches() == 0, "nothing is paid yet"
    pay(sent["Location"], "5555555555554444")
    attempt = Attempt.objects.latest("created_at")
    client.get(reverse("paylink:return", args=[public_id("att", attempt.id)]))
    assert do_switches() == 1

    row = autopay_queries.agreement(customer)
    assert row is not None
    (method,) = [each for each in payments.methods(customer) if each["id"] == row["method_id"]]
    assert (method["last_four"], method["is_default"]) == ("4444", False)
    assert (row["charge_day"], row["cap_minor"], row["cap_currency"]) == (5, 50000, "EUR")
    assert (row["terms_sha256"], row["accepted_through"]) == (terms_hash(autopay.TERMS.default), "link")
    assert row["accepted_by"].startswith("Payment link (")
    assert len(autopay_queries.past_agreements(customer)) == 2, "twice changes nothing"
    assert AuditEntry.objects.filter(action="agree_autopay", object_id=customer).count() == 3


def test_without_the_tick_or_a_payment_automatic_payment_stays_as_it_was(
    client: Client, house: Business, account: str
) -> None:
    payment, path = failed(house, account)
    agreed(payment, account)
    customer = payments.payment(payment)["customer_id"]
    before = autopay_queries.agreement(customer)
    sent = client.post(path, ticked(shown(client, path), account))
    pay(sent["Location"], DECLINED)
    attempt = Attempt.objects.latest("created_at")
    client.get(reverse("paylink:return", args=[public_id("att", attempt.id)]))
    sent = client.post(path, order(account))
    pay(sent["Location"])
    attempt = Attempt.objects.latest("created_at")
    client.get(reverse("paylink:return", args=[public_id("att", attempt.id)]))
    assert "Paid. Thank you!" in shown(client, path)
    assert do_switches() == 0
    assert (autopay_queries.agreement(customer), len(payments.methods(customer))) == (before, 1)


def test_where_it_is_off_nothing_is_offered_and_nothing_switched_on(
    client: Client, house: Business, account: str
) -> None:
    payment, path = failed(house, account)
    assert 'name="autopay"' not in shown(client, path)
    agreed(payment, account)
    form = ticked(shown(client, path), account)
    # A link to an invoice is anybody's.
    assert 'name="autopay"' not in shown(client, link_to(payments.payment(payment)["invoice_id"]))
    customer = payments.payment(payment)["customer_id"]
    autopay.end(actor=STAFF, at=now(), customer_id=customer)
    assert client.post(path, form).status_code == 302, "the tick is not asked for, and counts for nothing"
    pay(Attempt.objects.latest("created_at").action_url)
    attempt = Attempt.objects.latest("created_at")
    client.get(reverse("paylink:return", args=[public_id("att", attempt.id)]))
    assert (do_switches(), autopay_queries.agreement(customer)) == (0, None)


def test_what_was_agreed_after_the_tick_stays(client: Client, house: Business, account: str) -> None:
    payment, path = failed(house, account)
    agreed(payment, account)
    sent = client.post(path, ticked(shown(client, path), account))
    # While the gateway waits for its reader, somebody of the customer decides otherwise.
    customer = payments.payment(payment)["customer_id"]
    autopay.agree(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        terms_sha256=terms_hash(autopay.TERMS.default),
        charge_day=7,
        evidence="By phone",
    )
    before = autopay_queries.agreement(customer)
    pay(sent["Location"], "5555555555554444")
    attempt = Attempt.objects.latest("created_at")
    client.get(reverse("paylink:return", args=[public_id("att", attempt.id)]))
    assert do_switches() == 1
    assert autopay_queries.agreement(customer) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"autopay_terms_sha256": "0" * 64}, "The terms were changed meanwhile."),
        ({"autopay_terms_sha256": ""}, "The terms were changed meanwhile."),
        ({"method": "bank_transfer"}, "A bank transfer has no card."),
    ],
)
def test_what_cannot_be_agreed_by_a_link_pays_nothing(
    client: Client, house: Business, account: str, change: dict[str, str], said: str
) -> None:
    payment, path = failed(house, account)
    agreed(payment, account)
    form = ticked(shown(client, path), account) | change
    before = traces()
    refused = client.post(path, form)
    assert (refused.status_code, traces()) == (422, before)
    assert said in refused.content.decode()
