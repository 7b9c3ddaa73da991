"""Reports in the office: each page opens, its figures lead to rows that sum to them, and files say the same."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from tallystick.foundation import clock
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.reports.frame.registry import REPORTS
from tallystick.reports.frame.shape import Asked
from tallystick.usecases import set_up
from tallystick.wallets import operations as wallets
from tests.backoffice.billing import Billing
from tests.backoffice.business import SYSTEM, Business, moment
from tests.backoffice.test_groups import generate

pytestmark = pytest.mark.django_db


def page_of(client: Client, name: str, **query: str) -> Any:
    answer = client.get(reverse("office:report", args=[name]), query)
    assert answer.status_code == 200, name
    return html.fromstring(answer.content.decode())


@pytest.mark.parametrize("name", REPORTS)
def test_each_report_shows_its_rule_its_table_and_a_chart_without_style_or_script(
    business: Business, as_role: Callable[[str], Client], name: str
) -> None:
    customer, today = business.busy_month()["customer"], clock.local_date(clock.now())
    business.invoice(customer, 120_000, period_start=today, period_end=today + timedelta(days=365))
    with transaction():
        wallets.grant(
            customer_id=customer,
            currency="EUR",
            amount_minor=5000,
            source="Welcome credit",
            expires_date=None,
            day=today,
            at=clock.now(),
        )
    about = {"customer": public_id("cus", customer)} if REPORTS[name].needs else {}
    answer = as_role("Read-only").get(reverse("office:report", args=[name]), about)
    shown = html.fromstring(answer.content.decode())
    report = REPORTS[name]
    # The first part is in base currency, in which nothing is said twice.
    titles = [str(column.title) for column in report.columns if not column.in_base]
    headings = [each.text_content().strip() for each in shown.xpath("//section//table/thead//th")]
    if not headings:
        assert name in {"failure-reasons", "billing-groups"}, "the month has neither"
        assert "There is nothing to report for this." in shown.text_content()
        return
    if name == "metrics":
        headings = [each.text_content().strip() for each in shown.xpath("//section//table/tbody/tr/td[1]")]
    assert headings[: len(titles)] == titles
    assert str(report.formula) in shown.text_content()
    for svg in shown.xpath("//*[@class='chart']//*[local-name()='svg']"):
        assert svg.get("role") == "img"
        assert svg.get("aria-label")
        assert not svg.xpath(".//style | .//script | .//@style | .//@onclick | .//desc")


def test_the_figures_of_metrics_lead_to_the_rows_that_they_count(
    business: Business, as_role: Callable[[str], Client]
) -> None:
    business.busy_month()
    client = as_role("Finance")
    shown = page_of(client, "metrics", currency="EUR")
    links = shown.xpath("//td//a[@class='figure-rows']/@href")
    (income,) = {link for link in links if "status=completed" in link}
    listed = client.get(income).content.decode()
    told = [each.text_content() for each in shown.xpath("//tbody//td")]
    amount = re.search(r"[\d,]+\.\d\d", told[1])
    assert amount is not None
    assert amount[0] != "0.00"
    assert amount[0] in listed


def test_files_have_the_same_rows(business: Business, as_role: Callable[[str], Client]) -> None:
    business.busy_month()
    address = reverse("office:report", args=["payment-status"])
    client = as_role("Read-only")
    answer = client.get(address, {"format": "csv", "currency": "EUR"})
    lines = list(csv.reader(StringIO(b"".join(answer).decode("utf-8-sig"))))  # type: ignore[call-overload]
    assert lines[0] == ["Currency", "Status", "Payments", "Share (%)", "Amount"]
    assert [line[1] for line in lines[1:]] == ["Pending", "Processing", "Completed", "Failed", "Cancelled", "All"]
    assert sum(int(line[2]) for line in lines[1:-1]) == int(lines[-1][2]) > 0
    sheet = client.get(address, {"format": "xlsx", "currency": "EUR"})
    with ZipFile(BytesIO(b"".join(sheet))) as book:  # type: ignore[call-overload]
        assert "xl/worksheets/sheet1.xml" in book.namelist()


def test_a_rate_of_tax_keeps_all_its_places(business: Business, as_role: Callable[[str], Client]) -> None:
    business.invoice(business.customer(), 100_000)
    business.vat = set_up.add_tax_rate(
        actor=SYSTEM, at=moment(1), name="Missouri", percent=Decimal("8.125"), country="US"
    )
    business.invoice(business.customer("Gateway Arch Ltd"), 100_000)
    client = as_role("Finance")
    rows = page_of(client, "tax").xpath("//tbody/tr")
    assert [row.xpath("./td[2]")[0].text_content().split()[-1] for row in rows] == ["20%", "8.125%"]
    answer = client.get(reverse("office:report", args=["tax"]), {"format": "csv"})
    lines = list(csv.reader(StringIO(b"".join(answer).decode("utf-8-sig"))))  # type: ignore[call-overload]
    assert [line[2] for line in lines] == ["Percent (%)", "20", "8.125", ""]
    sheet = client.get(reverse("office:report", args=["tax"]), {"format": "xlsx"})
    with ZipFile(BytesIO(b"".join(sheet))) as book:  # type: ignore[call-overload]
        assert b"<v>8.125</v>" in book.read("xl/worksheets/sheet1.xml")


def test_what_cannot_be_asked_is_refused(business: Business, as_role: Callable[[str], Client]) -> None:
    client = as_role("Read-only")
    assert client.get(reverse("office:report", args=["no-such-report"])).status_code == 404
    shown = page_of(client, "metrics", from_date="2026-03-02", until_date="2026-03-01")
    assert "The last day lies before the first." in shown.text_content()
    wrong = {"format": "csv", "from_date": "2026-03-02", "until_date": "2026-03-01"}
    assert client.get(reverse("office:report", args=["metrics"]), wrong).status_code == 422
    business.busy_month()
    endless = {"from_date": "0001-01-01", "until_date": "", "step": "day"}
    assert "These are too many steps." in page_of(client, "failed-payments", **endless).text_content()
    for kind in ("csv", "xlsx"):
        refused = client.get(reverse("office:report", args=["failed-payments"]), {**endless, "format": kind})
        assert (refused.status_code, b"too many steps" in b"".join(refused)) == (422, True), kind  # type: ignore[call-overload]
    assert Client().get(reverse("office:reports")).status_code == 302


def test_figures_of_the_books_open_what_explains_them(business: Business, as_role: Callable[[str], Client]) -> None:
    business.busy_month()
    client = as_role("Read-only")
    shown = page_of(client, "trial-balance", currency="EUR")
    rows = {row.xpath("./td[1]")[0].text_content().split()[-1]: row for row in shown.xpath("//tbody/tr")}
    (link,) = rows["1200"].xpath("./td[6]//a[@class='figure-why']/@href")
    explained = html.fromstring(client.get(link).content.decode())
    figure = re.search(r"[\d,]+\.\d\d", rows["1200"].xpath("./td[6]")[0].text_content())
    assert figure is not None
    assert figure[0] in explained.text_content()
    assert "1200 Receivables" in explained.text_content()
    # Nobody's page asks for an account that is not on the chart.
    assert client.get(link.replace("1200", "1299")).status_code == 400


def test_billing_groups_are_told_by_their_invoices(as_role: Callable[[str], Client]) -> None:
    business = Billing()
    group = business.group("Nine to five")
    business.member(group, "Member Ltd", business.price(8900))
    generate(business, group)
    client = as_role("Read-only")
    shown = page_of(client, "billing-groups", until_date="2100-01-01", from_date="2020-01-01")
    name, payments, *_others = shown.xpath("//tbody/tr/td")
    assert "Nine to five" in name.text_content()
    (link,) = payments.xpath(".//a/@href")
    assert f"group={public_id('grp', group)}" in link
    listed = html.fromstring(client.get(link).content.decode())
    assert len(listed.xpath("//tbody/tr")) == 1
    assert "Nine to five" in listed.text_content()


def test_many_billing_groups_have_pages_with_the_totals_of_all() -> None:
    business = Billing()
    for name in ("beta", "Alpha", "gamma"):
        group = business.group(name)
        business.member(group, f"Member of {name}", business.price(8900))
        generate(business, group)
    names, cursor = [], ""
    for _ in range(2):
        asked = Asked(all_days=True, limit=2, cursor=cursor)
        found = REPORTS["billing-groups"].read(asked)
        (part,) = found.parts
        assert part.total is not None
        assert part.total["payments"].value == 3
        names += [row["group"].value for row in part.rows]
        cursor = found.next_cursor
    assert (names, cursor) == (["Alpha", "beta", "gamma"], "")


def test_a_customers_payments_lead_to_their_history(business: Business, as_role: Callable[[str], Client]) -> None:
    customer = public_id("cus", business.busy_month()["customer"])
    client = as_role("Read-only")
    listed = html.fromstring(client.get(reverse("office:customer-payments", args=[customer])).content.decode())
    (link,) = listed.xpath("//a[contains(@href, '/reports/customer-payments/')]/@href")
    assert "What one customer paid" in client.get(link).content.decode()
    # Asked for nobody, the page asks who it is about.
    asks = page_of(client, "customer-payments")
    assert not asks.xpath("//section//table")
    assert asks.xpath("//input[@name='customer_query']")


@pytest.mark.parametrize("name", REPORTS)
def test_the_first_and_the_last_days_of_the_calendar_are_answered(
    business: Business, as_role: Callable[[str], Client], name: str
) -> None:
    customer = business.busy_month()["customer"]
    about = {"customer": public_id("cus", customer)} if REPORTS[name].needs else {}
    client = as_role("Read-only")
    ends = (
        ("0001-01-01", "0001-01-31", "week"),
        ("9999-12-01", "9999-12-31", "month"),
        ("2026-01-01", "9999-12-31", "day"),
        ("0001-01-01", "9999-12-31", "month"),
    )
    for first, last, step in ends:
        query = {**about, "from_date": first, "until_date": last, "as_of": last, "step": step}
        answer = client.get(reverse("office:report", args=[name]), query)
        assert answer.status_code in {200, 422}, query


def test_the_step_that_is_meant_is_the_one_that_is_shown(business: Business, as_role: Callable[[str], Client]) -> None:
    client = as_role("Read-only")
    assert page_of(client, "income").xpath("//select[@name='step']/option[1]/@value") == ["month"]
    assert page_of(client, "income", step="week").xpath("//option[@selected]/@value")[0] == "week"
