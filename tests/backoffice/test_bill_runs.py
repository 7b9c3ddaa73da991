"""Bill runs in the office: a look before, the run, what failed in it, and trying that again (E1, E2)."""

import html
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.subscriptions import run_queries
from tallystick.usecases import bill_run, set_up
from tests.api.conftest import row_counts
from tests.backoffice.billing import Billing
from tests.backoffice.business import SYSTEM, moment

pytestmark = pytest.mark.django_db
TODAY = datetime.now(tz=UTC).date()


@pytest.fixture
def business(db: None) -> Billing:
    """A business with something due: alone, in a group, and in a currency without a rate."""
    made = Billing()
    made.subscribe(made.customer("Alone Ltd"), made.price(8900))
    made.subscribe(made.customer("Swiss AG"), made.price(2000, currency="CHF"))
    made.member(made.group(), "Ada Inc", made.price(1000), days_ago=35)
    return made


def page(client: Client, url: str) -> str:
    """This function will return a page as people read it."""
    response = client.get(url)
    assert response.status_code == 200, url
    return html.unescape(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


def start(client: Client, day: date = TODAY) -> UUID:
    """This function will start a run by the form, and return its id."""
    form = {"as_of_date": day.isoformat(), "idempotency_key": str(uuid.uuid4())}
    assert client.post(reverse("office:new-bill-run"), form).status_code == 302
    found: UUID = run_queries.runs_page().rows[0]["id"]
    return found


def finish(run_id: UUID) -> None:
    """This function will do the steps that the jobs would do."""
    while bill_run.step(actor=SYSTEM, at=moment(), run_id=run_id) is not bill_run.Outcome.FINISHED:
        pass


def of(run_id: UUID, name: str = "bill-run") -> str:
    return reverse(f"office:{name}", args=[public_id("run", run_id)])


def test_a_look_bills_nothing_and_says_what_would_fail(business: Billing, finance: Client) -> None:
    new = reverse("office:new-bill-run")
    assert "Start the bill run" not in page(finance, new)
    before = row_counts()
    told = page(finance, f"{new}?as_of_date={TODAY.isoformat()}")
    for part in ("Acme Corp, laptops", "Swiss AG", "CHF", "One thing cannot be billed", "Start the bill"):
        assert part in told, part
    later = page(finance, f"{new}?as_of_date={(TODAY + timedelta(days=40)).isoformat()}")
    assert "Start the bill run" not in later
    assert row_counts() == before


def test_a_run_is_started_goes_on_and_tells_its_failures(business: Billing, finance: Client) -> None:
    run_id = start(finance)
    told = page(finance, of(run_id))
    assert "The run goes on" in told
    assert 'hx-trigger="every 2s"' in told
    part = finance.get(of(run_id), headers={"HX-Request": "true", "HX-Target": "bill-run-progress"}).content.decode()
    assert "<html" not in part
    assert 'hx-trigger="every 2s"' in part
    finish(run_id)
    told = page(finance, of(run_id))
    assert "hx-trigger" not in told.partition("<main")[2].partition("</main")[0]
    for word in ("One thing could not be billed", "Swiss AG", "CHF", "Try the failures again"):
        assert word in told, word
    assert "1 failed" in page(finance, reverse("office:bill-runs"))
    names = [row["buyer"]["name"] for row in invoices.invoices_page(invoices.InvoiceFilter(), today=TODAY).rows]
    assert "Alone Ltd" in names
    assert "Swiss AG" not in names


def test_what_failed_is_tried_again_when_it_is_mended(business: Billing, finance: Client) -> None:
    run_id = start(finance)
    before = row_counts()
    assert finance.post(of(run_id, "bill-run-again"), {"idempotency_key": "early"}).status_code == 422
    assert row_counts() == before
    finish(run_id)
    set_up.set_exchange_rate(
        actor=SYSTEM, at=moment(), currency="CHF", valid_from=date(2020, 1, 1), rate=Decimal("1.05"), source="Test"
    )
    assert "Each is billed if its fault is mended" in page(finance, of(run_id, "bill-run-again"))
    assert finance.post(of(run_id, "bill-run-again"), {"idempotency_key": "again"}).status_code == 302
    finish(run_id)
    told = page(finance, of(run_id))
    assert "24.00" in told
    assert "could not be billed" not in told
    before = row_counts()
    assert finance.post(of(run_id, "bill-run-again"), {"idempotency_key": "nothing"}).status_code == 422
    assert row_counts() == before


def test_a_day_to_come_is_not_billed(business: Billing, finance: Client) -> None:
    before = row_counts()
    form = {"as_of_date": (TODAY + timedelta(days=1)).isoformat(), "idempotency_key": "k"}
    response = finance.post(reverse("office:new-bill-run"), form)
    assert response.status_code == 422
    assert "A bill run ends today at the latest" in response.content.decode()
    assert row_counts() == before


@pytest.mark.parametrize("role", ["Support", "Engineer", "Read-only"])
def test_who_may_not_bill_sees_no_runs(business: Billing, as_role: Callable[[str], Client], role: str) -> None:
    begun = bill_run.begin_bill_run(actor=SYSTEM, at=moment())
    client = as_role(role)
    assert "Bill runs" not in page(client, reverse("office:home"))
    before = row_counts()
    for url in (
        reverse("office:bill-runs"),
        reverse("office:new-bill-run"),
        reverse("office:bill-run", args=[begun["id"]]),
        reverse("office:bill-run-again", args=[begun["id"]]),
    ):
        assert client.get(url).status_code == 403, url
    assert client.post(reverse("office:new-bill-run"), {"as_of_date": TODAY.isoformat()}).status_code == 403
    assert client.post(reverse("office:bill-run-again", args=[begun["id"]])).status_code == 403
    assert row_counts() == before
