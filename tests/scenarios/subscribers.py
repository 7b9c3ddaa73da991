"""A business with prices and subscribers, whose bills a run writes."""

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from django.db import connection

from tallystick.catalog import operations as catalog
from tallystick.catalog import queries as offered
from tallystick.customers import groups
from tallystick.foundation.transactions import transaction
from tallystick.subscriptions import operations as subscriptions
from tallystick.usecases import bill_run
from tallystick.wire.bill_runs import BillRunShape
from tests.scenarios.conftest import World, at, uid

DAY = "2024-01-01"


class Subscribers(World):
    """The world of the scenarios, with subscriptions."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = count(1)
        with transaction():
            self.product = catalog.add_product(name="Laptop rental", description="", at=at(DAY))

    def price(
        self,
        amount_minor: int = 8900,
        *,
        currency: str = "EUR",
        frequency: str = "monthly",
        includes_tax: bool = False,
        tax: UUID | None = None,
    ) -> UUID:
        """This function will add a variant with a price and return the price's id."""
        with transaction():
            variant = catalog.add_variant(
                product_id=self.product,
                name=f"Variant {next(self._numbers)}",
                cost_minor=None,
                cost_currency="",
                at=at(DAY),
            )
            return catalog.add_price(
                variant_id=variant,
                currency=currency,
                frequency=frequency,
                amount_minor=amount_minor,
                includes_tax=includes_tax,
                tax_rate_id=tax or self.vat,
                at=at(DAY),
            )

    def subscribe(self, customer: UUID, price: UUID, *, start: str, **terms: Any) -> UUID:
        """This function will activate a subscription of which nothing is billed yet, and return its id."""
        return unbilled(customer, price, start=start, **terms)

    def group(self, payer: UUID, *, day: int, first: str, name: str = "Acme Group") -> UUID:
        """This function will make a billing group whose first invoice comes on a day."""
        with transaction():
            return groups.create_group(
                name=name,
                payer_id=payer,
                billing_day=day,
                next_billing_date=date.fromisoformat(first),
                at=at(DAY),
            )

    def join(self, group: UUID, customer: UUID, day: str) -> None:
        """This function will let a customer join a group on a day."""
        with transaction():
            groups.join(group, customer, day=date.fromisoformat(day), at=at(day))

    def leave(self, group: UUID, customer: UUID, day: str) -> None:
        """This function will let a customer leave a group on a day."""
        with transaction():
            groups.leave(group, customer, day=date.fromisoformat(day))

    def run(self, today: str | datetime, *, as_of: str = "", limit: int = bill_run.CHUNK) -> BillRunShape:
        """This function will do a whole bill run on a day and return how it ended."""
        moment = at(today) if isinstance(today, str) else today
        begun = bill_run.begin_bill_run(
            actor=self.staff, at=moment, as_of_date=date.fromisoformat(as_of) if as_of else None
        )
        run_id = uid("run", begun["id"])
        self.go_on(run_id, moment, limit=limit)
        return self.one_run(run_id)

    def go_on(self, run_id: UUID, moment: datetime, *, limit: int = bill_run.CHUNK) -> int:
        """This function will do all steps of a run, and return how many there were."""
        steps = 1
        while bill_run.step(actor=self.staff, at=moment, run_id=run_id, limit=limit) is not bill_run.Outcome.FINISHED:
            steps += 1
        return steps

    def one_run(self, run_id: UUID) -> BillRunShape:
        """This function will read a run."""
        from tallystick.wire import bill_runs

        return bill_runs.one_run(run_id)

    def set(self, subscription_id: UUID, **columns: Any) -> None:
        """This function will write columns of a subscription past all rules but the database's."""
        written = ", ".join(f"{name} = %s" for name in columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE subscriptions_subscription SET {written} WHERE id = %s", [*columns.values(), subscription_id]
            )

    def column(self, subscription_id: UUID, name: str) -> Any:
        """This function will return a column of a subscription."""
        ((value,),) = rows(f"SELECT {name} FROM subscriptions_subscription WHERE id = %s", subscription_id)
        return value


def unbilled(
    customer: UUID,
    price: UUID,
    *,
    start: str,
    today: str = "",
    quantity: str = "1",
    billing_day: int | None = None,
    months: int | None = None,
    billing_start: str = "",
) -> UUID:
    """This function will activate a subscription of which nothing is billed yet, and return its id."""
    terms = subscriptions.Terms(
        quantity=Decimal(quantity),
        start_date=date.fromisoformat(start),
        billing_start_date=date.fromisoformat(billing_start or start),
        billing_day=billing_day,
        contract_months=months,
        collection="autopay",
        early_return_fee_minor=None,
        remark="",
    )
    with transaction():
        subscription_id = subscriptions.create_draft(
            customer_id=customer, price=offered.price(price), terms=terms, by="Ada", at=at(start)
        )
        subscriptions.activate(
            subscriptions.locked(subscription_id),
            today=date.fromisoformat(today or start),
            by="Ada",
            at=at(today or start),
        )
    return subscription_id


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """This function will read rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def bills(customer: UUID | None = None) -> list[tuple[Any, ...]]:
    """This function will return the lines of issued invoices: number, dated, due, period, net, total of the invoice."""
    return rows(
        "SELECT invoice.number, invoice.invoice_date, invoice.due_date, line.period_start, line.period_end, "
        "line.net_minor, invoice.total_minor "
        "FROM invoices_invoice AS invoice JOIN invoices_invoiceline AS line ON line.invoice_id = invoice.id "
        "WHERE %s::uuid IS NULL OR invoice.customer_id = %s ORDER BY invoice.number, line.position",
        customer,
        customer,
    )
