"""Lists of invoices: what a search finds, in pages, and that none of it reads the whole table."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import undone
from tallystick.invoices import queries, searching
from tallystick.invoices.queries import InvoiceFilter
from tests.backoffice.business import Business, moment

pytestmark = pytest.mark.django_db

TODAY = moment().date()


@pytest.fixture
def business() -> Business:
    """A business that has no invoices yet."""
    return Business()


def listed(wanted: InvoiceFilter, *, limit: int = 2) -> list[UUID]:
    """All rows of a list, page after page."""
    ids, cursor = list[UUID](), ""
    while True:
        page = queries.invoices_page(wanted, today=TODAY, cursor=cursor, limit=limit)
        ids += [row["id"] for row in page.rows]
        if not page.next_cursor:
            break
        cursor = page.next_cursor
    assert set(ids) == {row["id"] for row in queries.all_invoices(wanted, today=TODAY)}
    assert not queries.more_than(wanted, len(ids), today=TODAY)
    return ids


def number(invoice_id: UUID) -> str:
    return str(queries.invoice(invoice_id)["number"])


def titled(business: Business, customer: UUID, title: str) -> UUID:
    """A draft with a title."""
    draft = business.draft(customer)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE invoices_invoice SET title = %s WHERE id = %s", [title, draft])
    return draft


def test_invoices_are_found_by_number_title_and_customer(business: Business) -> None:
    acme, other = business.customer("Acme & Söhne (Nord)"), business.customer("Other")
    old, new, theirs = (
        business.invoice(whose, 1000, days_ago=days_ago) for whose, days_ago in ((acme, 30), (acme, 10), (other, 5))
    )
    draft = titled(business, other, "Hosting in March")
    for text, ids in (
        ("acme", [new, old]),
        ("nord söh", [new, old]),
        (number(old), [old]),
        (number(old).lower(), [old]),
        (number(old)[-4:], [old]),
        (number(old)[:-1], [theirs, new, old]),
        ("hosting", [draft]),
        ("march host", [draft]),
        ("osting", []),
        ("acme hosting", []),
        ("'&|!:*\\\0", []),
    ):
        assert listed(InvoiceFilter(search=text)) == ids, text
    assert listed(InvoiceFilter(search="acme", status="open")) == [new, old]
    assert listed(InvoiceFilter(search="acme", status="draft")) == []
    assert listed(InvoiceFilter(search="acme", customer_ids=(other,))) == []
    assert listed(InvoiceFilter(search=number(old), customer_ids=(acme,))) == [old]
    assert listed(InvoiceFilter(customer_ids=(acme, other))) == [draft, theirs, new, old]
    assert listed(InvoiceFilter(customer_ids=())) == []


def test_one_customers_own_are_found_among_them_alone(business: Business) -> None:
    acme, other = business.customer("Acme"), business.customer("Other")
    mine, theirs = business.invoice(acme, 1000), business.invoice(other, 1000)
    draft = titled(business, acme, "Hosting in March")
    for text, ids in (
        (number(mine), [mine]),
        (number(mine)[-3:], [mine]),
        ("hosting", [draft]),
        ("acme", [draft, mine]),
        (number(theirs), []),
        ("other", []),
    ):
        assert listed(InvoiceFilter(customer_id=acme, search=text)) == ids, text


def test_of_too_many_the_last_numbers_are_listed_and_that_is_told(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = business.customer("Acme")
    ids = [business.invoice(acme, 1000, days_ago=4 - day) for day in range(4)]
    wanted = InvoiceFilter(search=number(ids[0])[:-2])
    assert not queries.invoices_page(wanted, today=TODAY).is_cut
    monkeypatch.setattr(searching, "MOST", 2)
    page = queries.invoices_page(wanted, today=TODAY)
    assert ([row["id"] for row in page.rows], page.is_cut) == ([ids[3], ids[2]], True)
    # Those that can be paid are all found: a number that very many have is met by any walk.
    found = queries.payable(number=number(ids[0])[:-2], limit=10)
    assert [row["id"] for row in found] == ids[::-1]


def test_what_can_be_paid_is_found_by_number_customer_and_day_of_issue(business: Business) -> None:
    acme, other = business.customer("Acme"), business.customer("Other")
    old, new = business.invoice(acme, 1000, days_ago=30), business.invoice(acme, 1000, days_ago=10)
    paid, theirs = business.invoice(other, 1000, days_ago=10), business.invoice(other, 500, days_ago=10)
    business.payment(other, 1200, allocates_oldest_first=True)
    assert queries.invoice(paid)["open_minor"] == 0

    def found(**said: Any) -> list[UUID]:
        return [row["id"] for row in queries.payable(limit=9, **said)]

    assert found(number=number(old)[-4:]) == found(number=number(old).lower()) == [old]
    assert found(number=number(paid)) == []
    assert found(issued_date=moment(10).date()) == [theirs, new]
    assert found(customer_ids=(acme,)) == [new, old]
    assert [row["id"] for row in queries.found("acme")] == [new, old]
    assert [row["id"] for row in queries.found("other")] == [theirs, paid]
    assert [row["id"] for row in queries.found("other", open_only=True)] == [theirs]
    assert queries.found(" ") == []


class TestPlans:
    @pytest.fixture
    def many(self, business: Business) -> Iterator[UUID]:
        """Enough invoices that reading all of them is never the cheapest; lends a customer with many."""
        with undone():
            acme, other = business.customer("Acme"), business.customer("Other")
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute(
                    """
                    INSERT INTO invoices_invoice (id, state, number, customer_id, currency, prices_include_tax, title,
                        remark, invoice_date, due_date, issued_at, created_at, seller, buyer, net_minor, tax_minor,
                        total_minor, allocated_minor, credited_minor, written_off_minor, difference_minor,
                        wallet_minor, credit_noted_minor)
                    SELECT gen_random_uuid(), 'issued', 'INV-2020-' || lpad(n::text, 6, '0'),
                        CASE n %% 100 WHEN 1 THEN %s::uuid ELSE %s::uuid END, 'EUR', false, 'Month ' || n, '',
                        date '2020-01-01' + n %% 300, date '2020-02-01' + n %% 300, at, at, '{}', '{}', 100, 0, 100,
                        CASE WHEN n %% 50 = 0 THEN 0 ELSE 100 END, 0, 0, 0, 0, 0
                    FROM (SELECT n, timestamptz '2020-01-01' + n * interval '1 minute' AS at
                          FROM generate_series(1, 20000) AS n) AS drawn
                    """,
                    [acme, other],
                )
                cursor.execute("ANALYZE invoices_invoice")
            yield acme
        with connection.cursor() as cursor:
            # What ANALYZE finds outlives the rollback: other tests shall not take the table for a large one.
            cursor.execute("ANALYZE invoices_invoice")

    def test_no_search_reads_the_whole_table(self, many: UUID) -> None:
        asked: list[tuple[str, Any]] = []

        def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            asked.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            for text in ("INV-2020-000077", "INV", "00077", "acme", "month 77", "nothing"):
                page = queries.invoices_page(InvoiceFilter(search=text), today=TODAY, limit=10)
                if page.next_cursor:
                    queries.invoices_page(InvoiceFilter(search=text), today=TODAY, cursor=page.next_cursor, limit=10)
                queries.found(text)
                queries.payable(number=text, limit=10)
            queries.invoices_page(InvoiceFilter(customer_ids=(many, new_id())), today=TODAY)
            queries.invoices_page(InvoiceFilter(status="draft"), today=TODAY)
            queries.payable(issued_date=moment(3000).date(), limit=10)
        faults = []
        with connection.cursor() as cursor:
            for sql, params in asked:
                if not sql.startswith("EXPLAIN"):
                    cursor.execute(f"EXPLAIN {sql}", params)
                    plan = "\n".join(line for (line,) in cursor.fetchall())
                    if re.search(r"Seq Scan on invoices_invoice", plan):
                        faults.append(f"{sql}\n{plan}")
        assert len(asked) > 40
        assert faults == [], "\n\n".join(faults)
