"""The month-end page: what is left to do, the revenue run, closing and reopening, and the general journal."""

import csv
import html
import re
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.correspondence.models import SentStatement
from tallystick.customers.models import Customer
from tallystick.foundation.ids import public_id
from tallystick.foundation.months import months_after
from tallystick.foundation.transactions import transaction
from tallystick.gateways.port import Answer, Outcome
from tallystick.invoices.totals import LineInput
from tallystick.ledger import operations as ledger
from tallystick.ledger.periods import last_day
from tallystick.ledger.queries import closed_until
from tallystick.payments.queries import attempts
from tallystick.usecases import bill, earn_revenue, record, send_statements, settle
from tests.backoffice.business import Business, moment
from tests.sandbox_service import running_sandbox
from tests.scenarios.conftest import World, uid

pytestmark = pytest.mark.django_db

TODAY = datetime.now(tz=UTC).date()
MONTH = months_after(TODAY, -1, day=1)
NAME = f"{MONTH:%Y-%m}"


def with_something_left() -> World:
    """This function will make a business of whose last month something is left to do."""
    made = World()
    with transaction():
        ledger.set_rate(currency="JPY", valid_from=date(2020, 1, 1), rate=Decimal("0.0061"), source="ECB")
    at = datetime.combine(MONTH, datetime.min.time(), tzinfo=UTC).replace(hour=9)
    lines = [
        LineInput(
            description="A year",
            quantity=Decimal(1),
            unit_price_minor=120000,
            tax_rate_id=made.vat,
            period_start=MONTH,
            period_end=months_after(MONTH, 12, day=1),
        )
    ]
    for currency in ("EUR", "JPY"):
        customer = made.customer(f"=Payer in {currency}", currency=currency)
        told = bill.create_invoice(actor=made.staff, at=at, customer_id=customer, currency=currency, lines=lines)
        bill.issue_invoice(actor=made.staff, at=at, invoice_id=uid("inv", told["id"]))
    record.record_payment(
        actor=made.staff, at=at, customer_id=None, total_minor=4321, currency="EUR", method="cash", received_date=MONTH
    )
    return made


@pytest.fixture
def world(db: None) -> World:
    return with_something_left()


def page(client: Client, **query: str) -> str:
    response = client.get(reverse("office:month-end"), query)
    assert response.status_code == 200
    return html.unescape(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


def send(client: Client, act: str, **values: Any) -> int:
    answer = client.post(reverse(f"office:{act}", args=[NAME]), {"idempotency_key": str(uuid.uuid4()), **values})
    return answer.status_code


def earn() -> None:
    while earn_revenue.step(at=moment()):
        pass


def test_a_month_is_looked_at_earned_and_closed(world: World, finance: Client) -> None:
    told = page(finance)
    for part in ("No month was closed yet", "Money in suspense", "43.21", "Do this first", "Earn deferred revenue"):
        assert part in told, part
    for address in re.findall(r'class="table-link" href="([^"]+)"', told):
        assert finance.get(address).status_code == 200, address
    # What must be done first keeps it open.
    assert send(finance, "close-month") == 422
    assert closed_until() is None
    assert "earns the share of its days" in html.unescape(
        finance.get(reverse("office:earn-month", args=[NAME])).content.decode()
    )
    assert send(finance, "earn-month") == 302
    earn()
    told = page(finance)
    assert "Do this first" not in told
    assert "Without a subscription" in told
    second_look = html.unescape(finance.get(reverse("office:close-month", args=[NAME])).content.decode())
    for part in ("Nothing can be posted", "documents keep their true dates", "no obstacle: Money in suspense"):
        assert part in second_look, part
    assert send(finance, "close-month") == 302
    assert closed_until() == last_day(MONTH)
    told = page(finance, month=NAME)
    assert "This month is closed" in told
    assert "Reopen" not in told


def test_only_who_may_closes_and_reopens(world: World, as_role: Callable[[str], Client]) -> None:
    finance, support, admin = (as_role(role) for role in ("Finance", "Support", "Administrator"))
    assert support.get(reverse("office:month-end")).status_code == 403
    for act in ("earn-month", "close-month", "reopen-month", "journal"):
        assert support.get(reverse(f"office:{act}", args=[NAME])).status_code == 403
    assert (send(support, "earn-month"), send(support, "close-month")) == (403, 403)
    send(finance, "earn-month")
    earn()
    assert send(finance, "close-month") == 302
    assert send(finance, "reopen-month", reason="A late bill") == 403
    assert send(admin, "reopen-month", reason="") == 422
    assert closed_until() is not None
    assert "Reopen" in page(admin, month=NAME)
    assert send(admin, "reopen-month", reason="A late bill") == 302
    assert closed_until() == MONTH - timedelta(days=1)


def test_all_statements_are_sent(world: World, finance: Client, as_role: Callable[[str], Client]) -> None:
    assert send(as_role("Read-only"), "send-statements") == 403
    asked = html.unescape(finance.get(reverse("office:send-statements", args=[NAME])).content.decode())
    assert "2 customers get a statement by mail." in asked
    assert send(finance, "send-statements") == 302
    send_statements.work(at=moment(), month=MONTH, after=None)
    assert sorted(SentStatement.objects.values_list("from_date", "until_date")) == [(MONTH, last_day(MONTH))] * 2


def test_promises_that_have_not_come_are_counted_and_lead_to_their_rows(world: World, finance: Client) -> None:
    told: dict[str, Any] = {"actor": world.staff, "currency": "EUR", "status": "pending", "customer_id": None}
    at = datetime.combine(MONTH, datetime.min.time(), tzinfo=UTC).replace(hour=9)
    record.record_payment(**told, at=at, total_minor=1234)
    record.record_payment(**told, at=moment(), total_minor=5678)
    (row,) = re.findall(r"<tr>(?:(?!</tr>).)*Promised payments.*?</tr>", page(finance, month=NAME), re.DOTALL)
    assert "12.34" in row
    assert "Look at it" in row
    (address,) = re.findall(r'class="table-link" href="([^"]+)"', row)
    listed = html.unescape(finance.get(address).content.decode())
    assert ("12.34" in listed, "56.78" in listed) == (True, False)


def test_attempts_without_an_answer_are_counted_and_lead_to_exactly_their_payments(
    business: Business, finance: Client, tmp_path: Path
) -> None:
    customer = business.customer()
    with running_sandbox(tmp_path) as sandbox:
        account = business.gateway(sandbox)
        begun = [
            business.card_payment(customer, business.invoice(customer, net), account) for net in (1000, 2000, 3000)
        ]
        for payment in begun[1:]:
            (attempt,) = attempts(payment)
            answer = Answer(outcome=Outcome.UNKNOWN, message="Nobody answers.")
            settle.settle_attempt(attempt_id=attempt["id"], answer=answer, at=moment())
    (row,) = re.findall(r"<tr>(?:(?!</tr>).)*Attempts without an answer.*?</tr>", page(finance, month=NAME), re.DOTALL)
    assert re.findall(r"How many</span>\s*(\d+)", row) == ["2"]
    (address,) = re.findall(r'class="table-link" href="([^"]+)"', row)
    listed = finance.get(address).content.decode()
    assert [public_id("pay", each) in listed for each in begun] == [False, True, True]


def test_there_are_no_other_months(world: World, finance: Client) -> None:
    for wrong in ("2026-13", "soon", "2026-1", "0001-01", "9999-12"):
        assert finance.get(reverse("office:month-end"), {"month": wrong}).status_code == 404, wrong
    this = f"{TODAY:%Y-%m}"
    told = page(finance, month=this)
    assert "This month goes on" in told
    assert "Close the month" not in told


def test_debits_and_credits_of_the_journal_are_equal(world: World, finance: Client) -> None:
    Customer.objects.filter(name="=Payer in JPY").update(number="=1+1")
    answer = finance.get(reverse("office:journal", args=[NAME]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(StringIO(text)))
    assert answer["Content-Disposition"] == f'attachment; filename="journal-{NAME}.csv"'
    assert len(rows) == 8
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row["Currency"]] += Decimal(row["Debit"] or 0) - Decimal(row["Credit"] or 0)
        sums["base"] += Decimal(row["Debit in base currency"] or 0) - Decimal(row["Credit in base currency"] or 0)
    assert set(sums.values()) == {Decimal(0)}
    # What a spreadsheet would run is text.
    assert [row["Customer number"] for row in rows if row["Account"] == "1200" and row["Currency"] == "JPY"] == [
        "'=1+1"
    ]
    (suspense,) = [row for row in rows if row["Account"] == "2000"]
    assert (suspense["Day"], suspense["Rule"], suspense["Credit"]) == (MONTH.isoformat(), "J05", "43.21")
    assert {row["Debit"] for row in rows if row["Currency"] == "JPY" and row["Debit"]} == {"144000"}
