"""What reports count of payments (model, 30): sums that are kept equal the rows, whatever happened to those."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random
from typing import Any, Final

import pytest
from hypothesis import settings

from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import execute, fetch
from tallystick.foundation.transactions import undone
from tallystick.payments import counting, lists
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.models import CountingState, DailySum, Payment, PaymentChange
from tallystick.reports.frame import of_payments, over_time
from tallystick.reports.frame.registry import REPORTS
from tallystick.reports.frame.shape import Asked, Drill
from tallystick.usecases import configure, upkeep
from tallystick.usecases.frame import SYSTEM

pytestmark = pytest.mark.django_db

# How many random books are made; each is changed, folded in between, and counted anew.
BOOKS: Final = max(100, settings().max_examples // 10)
_NOW: Final = datetime(2026, 3, 1, tzinfo=UTC)
_BEGAN: Final = date(2026, 1, 1)
_FACTS: Final[tuple[counting.Fact, ...]] = ("day", "status", "kind", "method", "reason")

_OTHER_INDEXES: Final = """
SELECT indexrelid::regclass::text AS name FROM pg_index
WHERE indrelid = 'payments_payment'::regclass AND NOT indisunique
  AND indexrelid <> 'payments_of_customer_facts'::regclass"""


@pytest.fixture(autouse=True)
def without_books(db: None) -> Iterator[None]:
    """Rows that are written by hand are in no books: they are gone before those are looked at."""
    with undone():
        yield


def random_facts(chance: Random, *, is_due: bool) -> dict[str, Any]:
    status = chance.choice(["pending", "processing", "completed", "failed", "cancelled"])
    day = _BEGAN + timedelta(days=chance.randrange(60))
    made = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(60 * 24 * 60))
    completed = {"completed_at": made, "received_date": day} if status == "completed" else {}
    is_gone = chance.random() < 0.2
    gone = {"reversed_at" if status == "completed" else "deleted_at": made} if is_gone else {}
    return {
        "status": status,
        "currency": chance.choice(["EUR", "USD", "JPY", "KWD"]),
        "total_minor": chance.randrange(1, 10**9),
        "method": chance.choice(["", "cash", "bank_transfer", "gateway"]),
        "failure_code": chance.choice(["", "card_declined", "expired_card"]),
        "due_date": day if is_due else chance.choice([None, day]),
        "created_at": made,
        **completed,
        **gone,
    }


def random_payment(chance: Random) -> Payment:
    """An expected payment names an invoice and a customer that nobody has: nothing here asks for them."""
    kind = chance.choice(["scheduled", "scheduled", "receipt", "receipt", "voucher", "charge"])
    expected = {"invoice_id": new_id(), "customer_id": new_id()} if kind == "scheduled" else {}
    return Payment(kind=kind, **expected, **random_facts(chance, is_due=kind == "scheduled"))


def random_receipt(chance: Random) -> Payment:
    return Payment(kind="receipt", **random_facts(chance, is_due=False))


def a_book(chance: Random) -> None:
    """Some payments, of which some change afterwards, before or after what was written is folded."""
    made = Payment.objects.bulk_create([random_payment(chance) for _ in range(chance.randrange(1, 12))])
    if chance.random() < 0.5:
        counting.fold()
    for each in chance.sample(made, len(made) // 2):
        changed = random_facts(chance, is_due=each.kind == "scheduled")
        fresh = {"completed_at": None, "received_date": None, "reversed_at": None, "deleted_at": None}
        Payment.objects.filter(id=each.id).update(**{**fresh, **changed})


def day_of(row: dict[str, Any]) -> date:
    if row["status"] == "completed":
        day: date = row["received_date"]
        return day
    return row["due_date"] or row["created_at"].date()


def counted_rows() -> list[dict[str, Any]]:
    """What reports count, read row by row, and never by what is kept."""
    rows = Payment.objects.filter(kind__in=["scheduled", "receipt"], reversed_at=None, deleted_at=None).values()
    return [{**row, "day": day_of(row), "reason": row["failure_code"] * (row["status"] == "failed")} for row in rows]


def test_every_metric_equals_a_count_over_the_rows_of_random_books() -> None:
    chance = Random(30)
    for number in range(BOOKS):
        Payment.objects.all().delete()
        PaymentChange.objects.all().delete()
        DailySum.objects.all().delete()
        a_book(chance)
        first = chance.choice([None, _BEGAN + timedelta(days=20)])
        last = chance.choice([None, _BEGAN + timedelta(days=40)])
        asked = Asked(first_day=first, last_day=last, settled_only=number % 3 == 0)
        rows = [
            row
            for row in counted_rows()
            if (first is None or row["day"] >= first)
            and (last is None or row["day"] <= last)
            and not (asked.settled_only and row["status"] in {"pending", "processing"})
        ]
        found = {part.currency: part.rows[0] for part in REPORTS["metrics"].read(asked).parts}
        assert found.keys() == {row["currency"] for row in rows}
        for currency, cells in found.items():
            own = [row for row in rows if row["currency"] == currency]
            assert {name: cell.value for name, cell in cells.items()} == expected_metrics(own), (number, currency)


def expected_metrics(rows: list[dict[str, Any]]) -> dict[str, int]:
    total = sum(row["total_minor"] for row in rows)
    paid = [row["total_minor"] for row in rows if row["status"] == "completed"]
    failed = [row for row in rows if row["status"] == "failed"]
    pending = [row for row in rows if row["status"] == "pending"]

    def rounded(part: int, whole: int) -> int:
        return int(part / whole + 0.5) if part < 2**50 else (2 * part + whole) // (2 * whole)

    return {
        "income": sum(paid),
        "outstanding": sum(row["total_minor"] for row in pending if row["kind"] == "scheduled"),
        "promised": sum(
            row["total_minor"] for row in pending if row["kind"] == "receipt" and row["method"] == "bank_transfer"
        ),
        "success": rounded(len(paid) * 10_000, len(rows)),
        "average": rounded(total, len(rows)),
        "failed": rounded(len(failed) * 10_000, len(rows)),
        "payments": len(rows),
    }


def test_every_figure_leads_to_rows_that_sum_to_it() -> None:
    chance = Random(37)
    for _ in range(6):
        a_book(chance)
    first = _BEGAN + timedelta(days=9)
    somebody = next(row["customer_id"] for row in counted_rows() if row["customer_id"] and row["day"] > first)
    seen: Counter[str] = Counter()
    for report in (*of_payments.REPORTS, *over_time.REPORTS):
        of_one = somebody if report.needs else None
        for settled, step in product({False, "settled" in report.takes}, ("day", "week", "month")):
            asked = Asked(step=step, settled_only=settled, customer_id=of_one, first_day=first)
            for part in report.read(asked).parts:
                for row in (*part.rows, part.total or {}):
                    for column in report.columns:
                        if (cell := row.get(column.name)) is not None and cell.drill is not None:
                            figure = behind(cell.drill, is_money=column.kind == "money")
                            if column.kind == "percent" or column.name == "average":
                                continue
                            assert cell.value == figure, (report.name, column.name, row)
                            seen[report.name] += 1
    assert seen.keys() == {report.name for report in (*of_payments.REPORTS, *over_time.REPORTS)}


def behind(drill: Drill, *, is_money: bool) -> int:
    """How many payments the list has, or what they come to: whatever stands on it, also what is cancelled."""
    first, last = drill.days.get("counted", (None, None))
    told: dict[str, Any] = {**drill.query}
    assert told.pop("in_reports") == "true"
    if drill.settled_only:
        told["status"] = ("completed", "failed", "cancelled")
    wanted = PaymentFilter(
        **told, in_reports=True, counted_from=first, counted_until=last, customer_id=drill.customer_id
    )
    found = lists.totals(wanted)
    return sum(total.minor if is_money else total.count for total in found)


@pytest.mark.parametrize("fold", [False, True])
def test_kept_sums_are_those_of_the_rows_by_every_fact(fold: bool) -> None:
    chance = Random(7)
    for _ in range(30):
        a_book(chance)
    if fold:
        counting.fold()
        assert not PaymentChange.objects.exists()
    kept = counting.sums(by=_FACTS)
    CountingState.objects.all().delete()
    assert kept == counting.sums(by=_FACTS)
    assert sum(row["count"] for row in kept) == len(counted_rows()) > 50


@pytest.mark.parametrize("by", [("month", "status"), ("week", "kind", "method", "reason")])
def test_a_customers_payments_are_counted_from_an_index_alone(
    by: tuple[counting.Fact, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan: list[str] = []

    def explain(sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        plan.extend(row["QUERY PLAN"] for row in fetch(f"EXPLAIN {sql}", parameters))
        return []

    # In a table of a few rows any other index is as good.
    for row in fetch(_OTHER_INDEXES, []):
        execute(f"DROP INDEX {row['name']}", [])
    execute("SET LOCAL enable_seqscan = off", [])
    execute("SET LOCAL enable_bitmapscan = off", [])
    monkeypatch.setattr(counting, "fetch", explain)
    counting.sums(by=by, first_day=_BEGAN, customer_id=new_id())
    assert "Index Only Scan using payments_of_customer_facts on payments_payment" in "\n".join(plan)


def test_sums_are_built_anew_where_there_are_none_and_in_another_time_zone() -> None:
    Payment.objects.bulk_create([random_receipt(Random(number)) for number in range(50)])
    CountingState.objects.all().delete()
    in_utc = counting.sums(by=_FACTS)
    upkeep.fold_payments()
    assert (DailySum.objects.exists(), PaymentChange.objects.exists()) == (True, False)
    assert counting.sums(by=_FACTS) == in_utc
    configure.change_settings(actor=SYSTEM, at=_NOW, changes={"time_zone": "Pacific/Auckland"})
    # Until the sums are built anew, every answer tells days as they do.
    assert (counting.counting_zone(), counting.sums(by=_FACTS) == in_utc) == ("UTC", True)
    upkeep.fold_payments()
    elsewhere = counting.sums(by=_FACTS)
    assert (counting.counting_zone(), elsewhere == in_utc) == ("Pacific/Auckland", False)
    CountingState.objects.all().delete()
    assert counting.sums(by=_FACTS) == elsewhere


def test_updates_of_anything_else_are_not_noted() -> None:
    (made,) = Payment.objects.bulk_create([random_receipt(Random(1))])
    before = PaymentChange.objects.count()
    assert before <= 1
    Payment.objects.filter(id=made.id).update(remark="Nothing that counts.")
    assert PaymentChange.objects.count() == before
