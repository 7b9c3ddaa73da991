"""Lists of payments: every search, filter and order against rows written by hand, page by page."""

import base64
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.customers import queries as customers
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.ids import new_id, public_id
from tallystick.foundation.paging import CursorNotAccepted
from tallystick.foundation.transactions import undone
from tallystick.invoices import queries as invoices
from tallystick.payments import lists
from tallystick.payments.dispute_models import Dispute
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.models import Payment
from tallystick.payments.states import KINDS, STATUSES
from tests.backoffice.business import Business
from tests.rooms.listed_payments import (
    BEGAN,
    NARROWED,
    ORDERS,
    WALKED,
    WAYS,
    business,
    expected_order,
    found,
    insert,
    received_on,
    searched,
    without_books,
)

__all__ = ["business", "without_books"]

pytestmark = pytest.mark.django_db


ROW = st.fixed_dictionaries(
    {
        "status": st.sampled_from([status for status in STATUSES if status != "completed"]),
        "kind": st.sampled_from(["receipt", "voucher", "charge"]),
        "currency": st.sampled_from(["EUR", "JPY", "KWD"]),
        "total_minor": st.integers(1, 5).map(lambda number: number * 1000),
        "who": st.sampled_from([None, 0, 1, 2]),
        "second": st.integers(0, 3),
        "day": st.integers(0, 3),
        "method": st.sampled_from(["", "cash", "cheque"]),
    }
)


class TestOrders:
    @pytest.fixture
    def whom(self, business: Business) -> list[UUID]:
        """Three customers, two of whom share a name, with expected payments."""
        whom = [business.customer(name) for name in ("Beta", "alpha", "Beta")]
        for number, days_ago in enumerate((30, 10, 10, 60)):
            business.invoice(whom[number % 3], 1000 + number, days_ago=days_ago)
        return whom

    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(drawn=st.lists(ROW, max_size=25), limit=st.integers(2, 7), name=st.sampled_from(sorted(NARROWED)))
    @pytest.mark.parametrize("limits", WAYS)
    def test_every_order_shows_each_row_once(
        self, whom: list[UUID], limits: lists.Limits, drawn: list[dict[str, Any]], limit: int, name: str
    ) -> None:
        wanted, fits = NARROWED[name]
        with undone():
            insert(
                [
                    {
                        **{name: each[name] for name in ("status", "kind", "currency", "total_minor", "method")},
                        "customer_id": None if each["who"] is None else whom[each["who"]],
                        "received_date": received_on(each["day"]),
                        "created_at": BEGAN + timedelta(seconds=each["second"]),
                    }
                    for each in drawn
                ]
            )
            Payment.objects.filter(kind="scheduled", total_minor__lt=1003).update(received_date=received_on(2))
            names = customers.names(whom)
            columns = ("id", "status", "kind", "currency", "method", "total_minor", "customer_id")
            rows = [
                {**row, "name": names.get(row["customer_id"], "")}
                for row in Payment.objects.values(*columns, "created_at", "due_date", "received_date")
            ]
            for sort in ORDERS:
                inorder = [row["id"] for row in sorted(rows, key=expected_order(sort)) if fits(row)]
                assert found(wanted, sort=sort, limits=limits, limit=limit) == inorder, sort

    @pytest.mark.parametrize("limits", WAYS)
    @pytest.mark.parametrize("sort", ORDERS)
    def test_pages_lead_back_the_way_they_came(self, whom: list[UUID], sort: str, limits: lists.Limits) -> None:
        insert(
            [
                {
                    "customer_id": [*whom, None][number % 4],
                    "status": STATUSES[number % 2],
                    "total_minor": 1 + number % 3,
                }
                for number in range(20)
            ]
        )
        wanted, cursor, pages = PaymentFilter(), "", list[list[UUID]]()
        while True:
            page = lists.payments_page(wanted, sort=sort, cursor=cursor, limit=3, limits=limits)
            pages.append([row["id"] for row in page.rows])
            if not page.next_cursor:
                break
            cursor = page.next_cursor
        assert len(pages) == 8
        for before in reversed(pages[:-1]):
            page = lists.payments_page(wanted, sort=sort, cursor=page.previous_cursor, limit=3, limits=limits)
            assert [row["id"] for row in page.rows] == before
        assert page.previous_cursor == ""

    def test_a_customer_of_many_payments_is_walked_to_the_end(self, whom: list[UUID]) -> None:
        many = insert([{"customer_id": whom[0]} for _ in range(30)])
        shown = found(PaymentFilter(kind="receipt"), sort="customer", limits=WALKED, limit=4)
        assert shown == many[::-1]

    def test_orders_that_lists_do_not_have_are_refused(self) -> None:
        for sort in ("", "-", "number", "--due", "due,amount", "Due"):
            with pytest.raises(InvalidField):
                lists.payments_page(PaymentFilter(), sort=sort)

    @pytest.mark.usefixtures("whom")
    def test_cursors_of_other_lists_are_refused(self) -> None:
        page = lists.payments_page(PaymentFilter(), sort="due", limit=1)
        for sort in ("-due", "amount", "created", "customer", "status"):
            with pytest.raises(CursorNotAccepted):
                lists.payments_page(PaymentFilter(), sort=sort, cursor=page.next_cursor)
        for forged in (
            [False, "due", 0],
            [False, "due", 9, "2026-01-01", "x", "y"],
            [False, "due", -1, "2026-01-01T00:00:00", str(new_id())],
            [False, "due", "0", 1, 2, 3],
            [False, "due", 0, "2026-13-01", "2026-01-01T00:00:00", str(new_id())],
            [False, "due", 0, None, "2026-01-01T00:00:00", str(new_id())],
            [False, "due", True, "2026-01-01T00:00:00", str(new_id())],
            [False, 5],
            [False],
            [1],
            {},
        ):
            cursor = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode()
            with pytest.raises(CursorNotAccepted):
                lists.payments_page(PaymentFilter(), sort="due", cursor=cursor)


@pytest.mark.parametrize("limits", WAYS)
class TestFilters:
    def test_status_kind_currency_and_method(self, limits: lists.Limits) -> None:
        a, b, c = insert(
            [
                {"status": "failed", "method": "cash"},
                {"status": "cancelled", "kind": "charge", "currency": "JPY"},
                {"status": "pending", "kind": "voucher", "currency": "KWD", "method": "cheque"},
            ]
        )
        for wanted, ids in (
            (PaymentFilter(status="failed"), {a}),
            (PaymentFilter(status=("failed", "pending")), {a, c}),
            (PaymentFilter(status="paid"), set[UUID]()),
            (PaymentFilter(kind=("charge", "voucher")), {b, c}),
            (PaymentFilter(currency="JPY"), {b}),
            (PaymentFilter(method="cash"), {a}),
            (PaymentFilter(method=("cash", "cheque"), currency=("KWD", "JPY")), {c}),
            (PaymentFilter(status="failed", kind="charge"), set[UUID]()),
        ):
            for sort in ORDERS:
                assert set(found(wanted, limits=limits, sort=sort)) == ids, (wanted, sort)

    def test_days(self, business: Business, limits: lists.Limits) -> None:
        first = date(2026, 3, 1)
        days = insert([{"received_date": first + timedelta(days=number)} for number in range(40)])
        undated = insert([{}])
        for wanted, ids in (
            (PaymentFilter(received_from=first + timedelta(days=38)), days[38:]),
            (PaymentFilter(received_until=first + timedelta(days=1)), days[:2]),
            (PaymentFilter(received_from=first, received_until=first), days[:1]),
            (PaymentFilter(received_from=first + timedelta(days=2), received_until=first), []),
            (PaymentFilter(received_from=date(1, 1, 1), received_until=date(9999, 12, 31)), days),
        ):
            for sort in ORDERS:
                assert sorted(found(wanted, limits=limits, sort=sort, limit=7)) == sorted(ids), (wanted, sort)
            assert found(wanted, limits=limits, limit=7) == ids[::-1]
            assert found(wanted, limits=limits, limit=7, sort="created") == ids
        assert undated[0] not in found(PaymentFilter(received_until=date(2030, 1, 1)), limits=limits)
        customer = business.customer()
        claims = [business.invoice(customer, 100, days_ago=days_ago) for days_ago in (20, 10)]
        due = [invoices.invoice(claim)["due_date"] for claim in claims]
        [row] = lists.payments_page(PaymentFilter(due_from=due[0], due_until=due[0]), limits=limits).rows
        assert row["invoice_id"] == claims[0]
        assert len(found(PaymentFilter(due_from=due[0]), limits=limits, limit=1)) == 2

    def test_days_that_were_recorded_late_keep_their_place(self, limits: lists.Limits) -> None:
        """Received long ago and recorded last: the order of making is not that of receiving."""
        ids = insert([{"received_date": date(2026, 1, 1) + timedelta(days=(number * 7) % 50)} for number in range(50)])
        wanted = PaymentFilter(received_from=date(2026, 1, 1), received_until=date(2026, 3, 1))
        for limit in (1, 3, 50):
            assert found(wanted, limits=limits, limit=limit) == ids[::-1]

    def test_amounts_as_they_are_written(self, limits: lists.Limits) -> None:
        euro, yen, dinar, purchase = insert(
            [
                {"total_minor": 6085},
                {"total_minor": 61, "currency": "JPY"},
                {"total_minor": 60849, "currency": "KWD"},
                {"total_minor": 6085, "kind": "charge"},
            ]
        )
        for low, high, ids in (
            ("60.85", "60.85", {euro}),
            ("60.85", None, {euro, yen}),
            ("60", "60.849", {dinar}),
            (None, "0", {purchase}),
            ("-60.85", "-60.85", {purchase}),
            ("62", "1", set[UUID]()),
        ):
            wanted = PaymentFilter(
                amount_from=None if low is None else Decimal(low), amount_until=None if high is None else Decimal(high)
            )
            for sort in ORDERS:
                assert set(found(wanted, limits=limits, sort=sort)) == ids, (low, high, sort)

    def test_customer_group_suspense_and_unallocated(self, business: Business, limits: lists.Limits) -> None:
        acme, other = business.customer("Acme"), business.customer("Other")
        invoice = business.invoice(acme, 5000)
        left = business.payment(acme, 2000)
        lost = business.payment(None, 777)
        promised = business.payment(None, 778, status="pending")
        paid = business.payment(other, 100)
        [owed] = found(PaymentFilter(invoice_id=invoice), limits=limits)
        for wanted, ids in (
            (PaymentFilter(customer_id=acme), {owed, left}),
            (PaymentFilter(customer_ids=(acme, other)), {owed, left, paid}),
            (PaymentFilter(customer_ids=()), set[UUID]()),
            (PaymentFilter(in_suspense=True), {lost}),
            (PaymentFilter(unallocated=True), {left, lost, paid}),
            (PaymentFilter(unallocated=True, customer_id=acme), {left}),
            (PaymentFilter(group_ids=(new_id(),), of_groups_ids=(promised,)), {promised}),
            (PaymentFilter(ids=(lost, paid)), {lost, paid}),
            (PaymentFilter(ids=()), set[UUID]()),
            (PaymentFilter(customer_id=acme, made=True), {left}),
        ):
            for sort in ORDERS:
                assert set(found(wanted, limits=limits, sort=sort)) == ids, (wanted, sort)

    def test_what_open_disputes_are_about(self, business: Business, limits: lists.Limits) -> None:
        acme = business.customer("Acme")
        asked, opened, won, lost, _calm = (business.payment(acme, 2000 + number) for number in range(5))
        for payment, state in ((asked, "inquiry"), (opened, "opened"), (won, "won"), (lost, "lost")):
            Dispute.objects.create(
                payment_id=payment,
                kind="chargeback",
                state=state,
                amount_minor=50,
                currency="EUR",
                sort_date=BEGAN.date(),
                opened_at=BEGAN,
                closed_at=BEGAN if state in {"won", "lost"} else None,
                taken_minor=50 if state == "lost" else 0,
            )
        for sort in ORDERS:
            assert set(found(PaymentFilter(disputed=True), limits=limits, sort=sort)) == {asked, opened}
            assert found(PaymentFilter(disputed=True, amount_from=Decimal("20.01")), limits=limits, sort=sort) == [
                opened
            ]


class TestSearch:
    def test_what_staff_find_a_payment_by(self, business: Business) -> None:
        acme = business.customer("Zweckverband Abfall & Söhne (Nord)")
        invoice = business.invoice(acme, 8900)
        number = invoices.invoice(invoice)["number"]
        [owed] = found(PaymentFilter(invoice_id=invoice))
        paid = business.payment(
            acme, 6085, reference="RF18-5390/0754", description="Rent of May #called twice", invoice_number="X-77"
        )
        other = business.payment(business.customer("Other"), 99, reference="50%_off\\")
        receipt = lists.payments_page(PaymentFilter(ids=(paid,))).rows[0]["receipt_number"]
        account = customers.customer(acme)["number"]
        for limits in WAYS:
            for text, ids in (
                ("zweckverband", {owed, paid}),
                ("Söhne nord", {owed, paid}),
                ("abf", {owed, paid}),
                (account, {owed, paid}),
                (number, {owed}),
                (number.lower(), {owed}),
                (number[:-1], {owed}),
                ("RF18-5390/0754", {paid}),
                ("rf18 5390", {paid}),
                ("5390", {paid}),
                ("rent may", {paid}),
                ("twice", {paid}),
                ("X-77", {paid}),
                (receipt, {paid}),
                (public_id("pay", paid), {paid}),
                ("60.85", {paid}),
                ("60,85", {paid}),
                ("€60.85", {paid}),
                ("60.85 EUR", {paid}),
                ("6085", {paid}),
                ("50%", {other}),
                ("off", {other}),
                ("50%_off", {other}),
                ("60.8", set[UUID]()),
                ("%", set[UUID]()),
                ("'", set[UUID]()),
                ("nobody", set[UUID]()),
                ("rent nobody", set[UUID]()),
                ("\0", set[UUID]()),
                ("& | ! ( :*", set[UUID]()),
            ):
                assert searched(text, limits=limits) == ids, (text, limits)

    def test_money_is_found_by_the_invoice_that_it_settles_and_by_its_subscription(self, business: Business) -> None:
        acme = business.customer("Acme")
        one, two = business.invoice(acme, 100), business.invoice(acme, 200)
        paid = business.payment(acme, 400, allocates_oldest_first=True)
        owed = set(found(PaymentFilter(kind="scheduled")))
        number = invoices.invoice(two)["number"]
        assert paid in searched(number)
        assert searched(number) - owed == {paid}
        assert searched(invoices.invoice(one)["number"]) - owed == {paid}
        assert searched("SUB-2026-99999") == set()

    def test_words_of_too_many_are_cut_and_that_is_told(self) -> None:
        ids = insert([{"reference": f"common {number}"} for number in range(3)])
        every, is_cut = lists.with_words("common", public=False, most=3)
        assert (set(every), is_cut) == (set(ids), False)
        few, is_cut = lists.with_words("common", public=False, most=2)
        assert (len(few), is_cut) == (2, True)
        assert set(few) < set(ids)
        assert lists.with_words("common", public=False, most=0) == ((), True)
        assert lists.with_words("!", public=False) == ((), False)

    def test_names_without_blanks_are_found_by_any_part(self, business: Business) -> None:
        [paid] = insert([{"customer_id": business.customer("株式会社東京データセンター運用サービス")}])
        assert searched("東京データ") == {paid}
        assert searched("株式会社東") == {paid}

    def test_what_is_private_is_found_by_staff_alone(self, business: Business) -> None:
        paid = business.payment(business.customer("Acme"), 100, description="Seen #hidden", reference="known")
        for limits in WAYS:
            assert searched("hidden", limits=limits) == {paid}
            for text, ids in (("hidden", []), ("acme", []), ("known", [paid]), ("seen", [paid])):
                page = lists.payments_page(PaymentFilter(search=text), public=True, limits=limits)
                assert [row["id"] for row in page.rows] == ids, text
                assert all("private_text" not in row for row in page.rows)


def test_statuses_and_kinds_are_all_walked() -> None:
    assert set(KINDS) == set(Payment.Kind.values)
    assert set(STATUSES) == set(Payment.Status.values)


def test_figures_are_exact_for_few_and_estimated_for_many(business: Business) -> None:
    acme = business.customer()
    business.payment(acme, 1000)
    insert([{"customer_id": acme, "total_minor": 300, "kind": "charge"}, {"currency": "JPY", "customer_id": acme}])
    insert([{"customer_id": acme, "total_minor": 9999, "status": "cancelled"}])
    few = lists.figures(PaymentFilter(customer_id=acme))
    assert (few.count, few.is_exact) == (4, True)
    assert [(each.currency, each.minor, each.count) for each in few.sums] == [("EUR", 700, 3), ("JPY", 100, 1)]
    assert lists.figures(PaymentFilter()).count == 4
    every = lists.figures(PaymentFilter(), most=0)
    assert (every.is_exact, every.sums) == (False, [])
