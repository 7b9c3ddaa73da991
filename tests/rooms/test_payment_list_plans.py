"""No filter and no order of the lists of payments reads the whole table, however they are combined."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tallystick.foundation.ids import new_id
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.reports import payment_search
from tests.backoffice.business import Business
from tests.rooms.listed_payments import ORDERS, WALKED, business, without_books

__all__ = ["business", "without_books"]

pytestmark = pytest.mark.django_db


# A filter by what it narrows to, and whether a walk by an index finds its rows. Each must do without a whole table.
FILTERS = {
    "everything": PaymentFilter(),
    "status": PaymentFilter(status="failed"),
    "kind": PaymentFilter(kind="voucher"),
    "both": PaymentFilter(status=("pending", "failed"), kind="receipt"),
    "currency": PaymentFilter(currency="JPY"),
    "method": PaymentFilter(method="cheque"),
    "received": PaymentFilter(received_from=date(2026, 2, 1), received_until=date(2026, 3, 1)),
    "received since": PaymentFilter(received_from=date(2026, 2, 1)),
    "due": PaymentFilter(due_from=date(2026, 2, 1), due_until=date(2026, 3, 1)),
    "amount": PaymentFilter(amount_from=Decimal(5), amount_until=Decimal(6)),
    "suspense": PaymentFilter(in_suspense=True),
    "disputed": PaymentFilter(disputed=True),
    "confirmed": PaymentFilter(confirmed_by_customer=True),
    "unallocated": PaymentFilter(unallocated=True),
    "group": PaymentFilter(group_ids=(new_id(),), of_groups_ids=(new_id(),)),
    "words": PaymentFilter(search="needle"),
    "words of many": PaymentFilter(search="common"),
    "amount searched": PaymentFilter(search="60.85"),
    "named": PaymentFilter(
        search="acme",
        named=payment_search.Named(customer_ids=(new_id(),), invoice_ids=(new_id(),), payment_ids=(new_id(),)),
    ),
    "invoice": PaymentFilter(invoice_id=new_id()),
    "ids": PaymentFilter(ids=(new_id(),)),
}


class TestPlans:
    @pytest.fixture
    def many(self, business: Business) -> Iterator[UUID]:
        """Enough payments that reading all of them is never the cheapest; lends a customer with many."""
        acme, other = business.customer("Acme"), business.customer("Other")
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO payments_payment (id, kind, status, customer_id, total_minor, currency, description,
                    private_text, remark, customer_note, method, reference, invoice_text, received_date, created_at,
                    mails_confirmation, cancel_reason, failure_code, assignment_edits, allocated_minor,
                    difference_minor, refunded_minor, refund_reserved_minor, lost_minor)
                SELECT gen_random_uuid(), (ARRAY['receipt', 'voucher', 'charge'])[1 + n %% 3],
                    (ARRAY['pending', 'failed', 'cancelled', 'processing'])[1 + n %% 4],
                    CASE WHEN n %% 10 = 0 THEN NULL WHEN n %% 2 = 0 THEN %s::uuid ELSE %s::uuid END, 1 + n %% 900,
                    (ARRAY['EUR', 'JPY', 'KWD'])[1 + n %% 3], 'common words', '', '', '',
                    (ARRAY['cash', 'cheque', ''])[1 + n %% 3], 'ref' || n, '', date '2026-01-01' + n %% 90,
                    timestamptz '2026-01-01' + n * interval '1 minute', false, '', '', 0, 0, 0, 0, 0, 0
                FROM generate_series(1, 15000) AS n
                """,
                [acme, other],
            )
            cursor.execute("ANALYZE payments_payment")
        yield acme
        with connection.cursor() as cursor:
            # What ANALYZE finds outlives the rollback: other tests shall not take the table for a large one.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("DELETE FROM payments_payment")
            cursor.execute("ANALYZE payments_payment")

    @pytest.mark.parametrize("limits", [WALKED, lists.Limits(0, 20_000), lists.Limits(300, 20_000)])
    def test_no_filter_and_no_order_reads_the_whole_table(self, many: UUID, limits: lists.Limits) -> None:
        days = PaymentFilter(customer_id=many, made_from=date(2026, 1, 3), made_until=date(2026, 1, 4))
        own = {"customer": PaymentFilter(customer_id=many), "some": PaymentFilter(customer_ids=(many,)), "days": days}
        filters = {**FILTERS, **own}
        asked: list[tuple[str, str, Any]] = []

        def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            asked.append((about, sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            for name, wanted in filters.items():
                for sort in ORDERS:
                    about = f"{name} by {sort}"
                    page = lists.payments_page(wanted, sort=sort, limit=20, limits=limits)
                    if page.next_cursor:
                        lists.payments_page(wanted, sort=sort, cursor=page.next_cursor, limit=20, limits=limits)
                about = f"{name} counted"
                lists.figures(wanted, most=limits.collected)
        faults = []
        with connection.cursor() as cursor:
            for about, sql, params in asked:
                if sql.startswith("EXPLAIN"):
                    continue
                # Looking whether something is rare, and sorting what has been seen to be, read as they like where it is
                # most of a small table: only an index must be there.
                looks = sql.startswith(("SELECT count(*) AS count FROM (SELECT 1", "WITH fitting AS MATERIALIZED"))
                cursor.execute(f"SET LOCAL enable_seqscan = {'off' if looks else 'on'}")
                cursor.execute(f"EXPLAIN {sql}", params)
                plan = "\n".join(line for (line,) in cursor.fetchall())
                if re.search(r"Seq Scan on payments_payment", plan):
                    faults.append(f"{about}\n{plan}")
        assert len(asked) > 700
        assert faults == [], "\n\n".join(faults)
