"""A bill run writes, invoice by invoice, what a single invoice would be: amounts, tax, postings, expected payment."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.catalog import operations as catalog
from tallystick.foundation.transactions import transaction, undone
from tallystick.invoices.totals import LineInput
from tallystick.ledger import operations as ledger
from tallystick.subscriptions.schedule import part_price, schedule_of
from tallystick.usecases import bill
from tests.scenarios.conftest import at, uid
from tests.scenarios.subscribers import Subscribers, rows

pytestmark = pytest.mark.django_db

TODAY = "2026-03-01"
RATES = {"USD": "0.917431192661", "JPY": "0.006123456789", "KWD": "3.0123"}
PERCENTS = ["20", "7.7", "5.5", "0.1", "100"]

quantities = st.decimals(min_value="0.0001", max_value="5000", places=4) | st.integers(1, 20).map(Decimal)
plans = st.fixed_dictionaries(
    {
        "amount_minor": st.integers(0, 3) | st.integers(0, 10**7),
        "currency": st.sampled_from(["EUR", *RATES]),
        "frequency": st.sampled_from(["monthly", "quarterly", "annually"]),
        "includes_tax": st.booleans(),
        "tax": st.integers(0, len(PERCENTS)),
        "quantity": quantities,
        # Before today, with a first part of a period or without, and perhaps with a last one.
        "start": st.dates(date(2026, 1, 1), date(2026, 3, 1)),
        "billing_day": st.none() | st.integers(1, 31),
        "months": st.none() | st.integers(1, 4),
        "kind": st.sampled_from(["business", "individual"]),
        "terms_days": st.integers(0, 365),
    }
)


class Shop(Subscribers):
    """The business of the scenarios, with currencies and odd rates of tax."""

    def __init__(self) -> None:
        super().__init__()
        with transaction():
            for currency, rate in RATES.items():
                ledger.set_rate(
                    currency=currency, valid_from=date(2020, 1, 1), rate=Decimal(rate), source=f"Bank of {currency}"
                )
            self.taxes = [
                catalog.add_tax_rate(name=f"Odd {each} %", percent=Decimal(each), category="standard", country="AT")
                for each in PERCENTS
            ]
        self.taxes.append(self.no_tax)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(wanted=st.lists(plans, min_size=1, max_size=4))
def test_a_run_writes_what_single_invoices_would_be(db: None, wanted: list[dict[str, Any]]) -> None:
    with transaction(), undone():
        shop = Shop()
        subscriptions = [_subscribe(shop, plan, f"Customer {number}") for number, plan in enumerate(wanted)]
        with undone():
            shop.run(TODAY)
            ran = [told(row[0]) for row in rows("SELECT id FROM invoices_invoice ORDER BY number")]
        for invoice in _singly(shop, subscriptions):
            bill.issue_invoice(actor=shop.staff, at=at(TODAY), invoice_id=invoice)
        singly = [told(row[0]) for row in rows("SELECT id FROM invoices_invoice ORDER BY number")]
    assert ran == singly
    assert ran


def _subscribe(shop: Shop, plan: dict[str, Any], name: str) -> UUID:
    customer = shop.customer(
        name,
        kind=plan["kind"],
        terms_days=plan["terms_days"] if plan["kind"] == "business" else 0,
    )
    price = shop.price(
        plan["amount_minor"],
        currency=plan["currency"],
        frequency=plan["frequency"],
        includes_tax=plan["includes_tax"],
        tax=shop.taxes[plan["tax"]],
    )
    return shop.subscribe(
        customer,
        price,
        start=plan["start"].isoformat(),
        quantity=str(plan["quantity"]),
        billing_day=plan["billing_day"],
        months=plan["months"],
    )


def _singly(shop: Shop, subscriptions: list[UUID]) -> list[UUID]:
    """This function will draft the invoices one by one, in the order of a run: round by round, by subscription."""
    rounds: list[tuple[date, int, UUID, Any]] = []
    for subscription in sorted(subscriptions):
        row = rows(
            "SELECT customer_id, description, quantity, unit_price_minor, currency, prices_include_tax, tax_rate_id, "
            "frequency, anchor_date, anchor_day, end_date, next_period_start FROM subscriptions_subscription "
            "WHERE id = %s",
            subscription,
        )[0]
        schedule = schedule_of(anchor=row[8], anchor_day=row[9], frequency=row[7])
        for number, period in enumerate(schedule.periods(row[11], until=row[10])):
            if period.start > date.fromisoformat(TODAY):
                break
            whole = period.is_whole
            line = LineInput(
                description=row[1],
                quantity=row[2] if whole else Decimal(1),
                unit_price_minor=row[3] if whole else part_price(period, unit_price_minor=row[3], quantity=row[2]),
                tax_rate_id=row[6],
                period_start=period.start,
                period_end=period.end,
                arithmetic=None
                if whole
                else {
                    "days": period.days,
                    "of_days": period.of_days,
                    "price_minor": row[3],
                    "quantity": str(row[2]),
                },
            )
            rounds.append((date.min, number, subscription, (row[0], row[4], row[5], line)))
    drafts = []
    for *_, (customer, currency, includes_tax, line) in sorted(rounds, key=lambda each: each[:3]):
        shape = bill.create_invoice(
            actor=shop.staff,
            at=at(TODAY),
            customer_id=customer,
            currency=currency,
            prices_include_tax=includes_tax,
            lines=[line],
        )
        drafts.append(uid("inv", shape["id"]))
    return drafts


def told(invoice: UUID) -> dict[str, Any]:
    """This function will return all that an invoice wrote, with ids that chance made replaced by what they are of."""
    names: dict[Any, str] = {invoice: "invoice"}
    found: dict[str, Any] = {}
    for table, where in {
        "invoices_invoiceline": "invoice_id = %s ORDER BY position",
        "payments_payment": "invoice_id = %s ORDER BY id",
        "ledger_journalentry": "subject_id = %s ORDER BY id",
        "invoices_invoice": "id = %s",
    }.items():
        found[table] = _rows(table, where, invoice)
        for number, row in enumerate(found[table]):
            names[row["id"]] = f"{table} {number}"
    for table, where in {
        "ledger_posting": "entry_id IN (SELECT id FROM ledger_journalentry WHERE subject_id = %s) ORDER BY id",
        "payments_paymentevent": "payment_id IN (SELECT id FROM payments_payment WHERE invoice_id = %s) ORDER BY id",
    }.items():
        found[table] = [{**row, "id": "by chance"} for row in _rows(table, where, invoice)]
    return {
        table: [
            {name: names.get(value, value) if isinstance(value, UUID) else value for name, value in row.items()}
            for row in each
        ]
        for table, each in found.items()
    }


def _rows(table: str, where: str, invoice: UUID) -> list[dict[str, Any]]:
    columns = [
        row[0] for row in rows("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", table)
    ]
    # Which database transaction wrote an entry is the test's own.
    columns = [name for name in columns if name != "written_in"]
    return [
        dict(zip(columns, row, strict=True))
        for row in rows(f"SELECT {', '.join(columns)} FROM {table} WHERE {where}", invoice)
    ]
