"""Lists stay fast, exports hold exactly what is filtered, and people's text is text."""

import csv
import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.kit.files import harmless
from tallystick.usecases import enrol
from tests.backoffice.business import SYSTEM, Business, moment

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>"
PRIVATE = "PLANTED-private-marker"


def rows_of(client: Client, query: str = "", *, of: str = "payments") -> list[dict[str, str]]:
    response: Any = client.get(f"/office/{of}/?format=csv{query}")
    assert response["Content-Disposition"].startswith("attachment")
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    # Settings are read anew every two seconds, whatever the page.
    # A statement that the server has prepared is told without its words.
    return sum("foundation_setting" not in (query["sql"] or "") for query in captured)


@pytest.mark.parametrize("name", ["customers", "invoices", "payments", "audit", "home"])
def test_a_list_of_fifty_costs_no_more_queries_than_one_of_five(business: Business, finance: Client, name: str) -> None:
    def add(count: int) -> None:
        for number in range(count):
            customer = business.customer(f"Customer {number}")
            business.invoice(customer, 5000)
            business.payment(customer, 1000)

    address = reverse(f"office:{name}")
    add(5)
    few = queries_of(finance, address)
    add(45)
    assert queries_of(finance, address) <= few


def test_pages_follow_one_another_and_keep_the_filter(business: Business, finance: Client) -> None:
    customer = business.customer()
    for number in range(60):
        business.payment(customer, 1000 + number)
    business.payment(customer, 99, status="pending")
    page = finance.get("/office/payments/?status=completed").content.decode()
    assert page.count('class="table-link"') == 50
    following = next(part for part in page.split('href="') if "after=" in part).partition('"')[0].replace("&amp;", "&")
    assert "status=completed" in following
    rest = finance.get(following).content.decode()
    assert rest.count('class="table-link"') == 10
    assert "before=" in rest


def test_the_export_is_what_is_filtered(business: Business, finance: Client) -> None:
    acme, other = business.customer("Acme"), business.customer("Other")
    business.payment(acme, 1234, reference="=1+1", description=f"Seen, by all #{PRIVATE}")
    business.payment(other, 5000, currency="JPY", method="cash")
    business.payment(None, 777)
    assert [row["Total"] for row in rows_of(finance)] == ["7.77", "5000", "12.34"]
    number = customers.customer(acme)["number"]
    [row] = rows_of(finance, f"&customer={number}")
    assert (row["Customer"], row["Total"], row["Currency"]) == ("Acme", "12.34", "EUR")
    assert (row["Reference"], row["Description"]) == ("'=1+1", "Seen, by all")
    assert [row["Currency"] for row in rows_of(finance, "&currency=JPY")] == ["JPY"]
    assert [row["Total"] for row in rows_of(finance, "&money=suspense")] == ["7.77"]
    assert rows_of(finance, "&customer=nobody-of-this-name") == []


def test_the_private_text_stays_in_the_house(business: Business, finance: Client) -> None:
    payment = business.payment(business.customer(), 1234, description=f"Public #{PRIVATE}", remark=f"{PRIVATE} too")
    address = reverse("office:payment", args=[public_id("pay", payment)])
    assert PRIVATE in finance.get(address).content.decode()
    # Staff find by it; the file does not tell it.
    found = rows_of(finance, f"&q={PRIVATE}")
    assert len(found) == 1
    assert not any(PRIVATE in value for value in found[0].values())


def test_what_a_spreadsheet_would_run_is_text() -> None:
    for text in ("=1", "+1", "-1", "@SUM", "\t=1", "\r=1", "\n=1"):
        assert harmless(text) == f"'{text}"
    assert harmless("\0=1") == "'=1"
    assert harmless('a "quoted"; text') == 'a "quoted"; text'


def test_hostile_text_is_inert_everywhere(business: Business, as_role: Callable[[str], Client]) -> None:
    boss = as_role("Administrator")
    shape = enrol.create_customer(
        actor=SYSTEM,
        at=moment(),
        kind="business",
        name=HOSTILE,
        currency="EUR",
        details={"note": HOSTILE, "address_lines": HOSTILE, "tax_id": "<b>1</b>"},
        contacts=[{"name": HOSTILE, "email": "jo@example.com"}],
    )
    customer = customers.found("script")[0]["id"]
    invoice = business.invoice(customer, 5000, text=HOSTILE)
    payment = business.payment(customer, 6000, description=HOSTILE, reference=HOSTILE, remark=HOSTILE)
    pages = [
        "/office/",
        "/office/customers/",
        "/office/invoices/",
        "/office/payments/",
        "/office/audit/",
        f"/office/customers/{shape['id']}/",
        f"/office/customers/{shape['id']}/edit/",
        f"/office/invoices/{public_id('inv', invoice)}/",
        f"/office/payments/{public_id('pay', payment)}/",
        f"/office/payments/{public_id('pay', payment)}/allocate/",
        "/office/find/?q=script",
        "/office/find/customers/?q=script",
        f"/office/payments/?q={HOSTILE}",
    ]
    for address in pages:
        page = boss.get(address).content.decode()
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address
        assert customer.hex not in page.replace(f"cus_{customer.hex}", ""), address
        assert str(customer) not in page, address


def test_pickers_find_by_name_number_and_address(business: Business, finance: Client) -> None:
    customer = business.customer("Zweckverband Nord")
    row = customers.customer(customer)
    for text in ("zweck", row["number"], "jo@exam"):
        assert "Zweckverband Nord" in finance.get("/office/find/customers/", {"q": text}).content.decode()
    assert "Zweckverband" not in finance.get("/office/find/customers/", {"q": "nobody"}).content.decode()


def test_the_palette_offers_only_what_one_may_do(business: Business, as_role: Callable[[str], Client]) -> None:
    assert "Record a payment" in as_role("Support").get("/office/find/").content.decode()
    assert "Record a payment" not in as_role("Read-only").get("/office/find/").content.decode()


def test_a_mail_is_shown_in_a_closed_frame(business: Business, finance: Client) -> None:
    from tallystick.correspondence import queries as correspondence
    from tallystick.usecases import notify

    customer = business.customer()
    payment = business.payment(customer, 1234)
    notify.write_receipt(payment_id=payment, at=moment())
    [mail] = correspondence.outbox_page(customer_id=customer).rows
    public = public_id("msg", mail["id"])
    page = finance.get(f"/office/outbox/{public}/")
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "sandbox" in page.content.decode()
    body = finance.get(f"/office/outbox/{public}/body/")
    assert "script-src" not in body["Content-Security-Policy"]
    assert body["Content-Security-Policy"].endswith("sandbox")
    assert body["X-Frame-Options"] == "SAMEORIGIN"
    assert "€12.34" in body.content.decode()


def plans_of(client: Client, address: str) -> list[str]:
    """What the server would do for each statement of a page, when it reads a whole table only for want of an index."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert client.get(address).status_code == 200
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql, params in asked:
            # What looks at plans itself, what counts all of a table that such a plan says to be small, and what frames
            # a transaction.
            frames = ("SAVEPOINT", "RELEASE", "SET CONSTRAINTS")
            if sql.startswith(
                ("EXPLAIN", *frames, "WITH p AS MATERIALIZED (SELECT p.* FROM payments_payment AS p WHERE TRUE)")
            ):
                continue
            cursor.execute(f"EXPLAIN {sql}", params)
            plans.append(sql + "\n" + "\n".join(line for (line,) in cursor.fetchall()))
        cursor.execute("SET LOCAL enable_seqscan = on")
    return plans


@pytest.mark.parametrize("name", ["list", "payment", "invoice", "customer"])
def test_a_page_reads_no_large_table_as_a_whole(business: Business, finance: Client, name: str) -> None:
    customer = business.customer()
    invoice = business.invoice(customer, 5000)
    payment = business.payment(customer, 5000)
    address = {
        "list": reverse("office:payments"),
        "payment": addresses.payment_url(payment),
        "invoice": addresses.invoice_url(invoice),
        "customer": addresses.customer_url(customer),
    }[name]
    large = (
        r"Seq Scan on (ledger_(journalentry|posting)|payments_|invoices_|allocations_|correspondence_|foundation_audit)"
    )
    plans = plans_of(finance, address)
    assert len(plans) > 3
    assert [plan for plan in plans if re.search(large, plan)] == []
