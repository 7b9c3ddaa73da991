"""Late fees: billed on an invoice of their own when a reminder is told, and taken back when nobody got it (J60)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from tallystick.catalog import operations as catalog
from tallystick.customers.queries import customer_row
from tallystick.dunning import operations
from tallystick.dunning.fee_queries import LateFeeFacts, late_fee_of_reminder, late_fees_of
from tallystick.dunning.queries import PlanFacts, ReminderFacts
from tallystick.foundation import audit
from tallystick.foundation.errors import Conflict
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import needs_transaction, savepoint
from tallystick.foundation.wording import spoken_language
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries as invoice_queries
from tallystick.invoices.states import ISSUED
from tallystick.invoices.totals import LineInput
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.payments import expected
from tallystick.payments.private_text import Description
from tallystick.usecases.bill import apply_credit, withdraw
from tallystick.usecases.crediting import credit_invoice
from tallystick.usecases.frame import SYSTEM


@needs_transaction
def bill(
    reminder: ReminderFacts,
    plan: PlanFacts,
    row: Mapping[str, Any],
    *,
    fee_minor: int,
    day: date,
    actor: Actor,
    at: datetime,
) -> LateFeeFacts:
    """This function will issue the invoice of a reminder's late fee, and return what was billed.

    `row` are the columns of the late invoice, which the caller holds locked; `fee_minor` is in minor units of its
    currency, tax included where the plan has it taxed.

    It is due when the reminder asks for payment, or at once; it goes out with the reminder, and not by itself. A
    reminder has one fee, ever: when it was billed before, that is returned.

    Raises:
        NoExchangeRate: when the currency has no rate on the day.
    """
    billed = late_fee_of_reminder(reminder.id)
    if billed is not None:
        return billed
    customer = customer_row(row["customer_id"])
    with translation.override(spoken_language(customer.language)):
        description = _("Late fee for invoice %(number)s") % {"number": row["number"]}
    line = LineInput(
        description=description,
        quantity=Decimal(1),
        unit_price_minor=fee_minor,
        tax_rate_id=plan.fee_tax_rate_id or catalog.no_tax_on_damages(),
        is_fee=True,
    )
    invoice_id = invoices.create_draft(
        customer_id=customer.id,
        currency=row["currency"],
        lines=[line],
        prices_include_tax=True,
        title="",
        remark="",
        at=at,
        group_id=row["group_id"],
    )
    number = invoices.issue(invoice_id, invoice_date=day, due_date=reminder.pay_by_date or day, at=at)
    expected.follow(invoice_id, reason="superseded", by=actor.label, at=at)
    if customer.applies_credit:
        apply_credit(invoice_id, customer.id, row["currency"], day=day, by=actor.label, at=at)
    fee = Money(fee_minor, parse_currency(row["currency"]))
    operations.note_fee(
        reminder_id=reminder.id, late_invoice_id=reminder.invoice_id, invoice_id=invoice_id, fee=fee, at=at
    )
    operations.add_fee(reminder.id, fee_minor=fee_minor)
    audit.record(
        actor=actor,
        at=at,
        action="bill_late_fee",
        kind="invoice",
        object_id=invoice_id,
        after={"number": number, "late_invoice": row["number"], "total_minor": fee_minor, "currency": row["currency"]},
    )
    return LateFeeFacts(
        reminder_id=reminder.id,
        late_invoice_id=reminder.invoice_id,
        invoice_id=invoice_id,
        currency=row["currency"],
        fee_minor=fee_minor,
    )


@dataclass(frozen=True, kw_only=True)
class OpenFee:
    """What is open of a late fee, in minor units, on which invoice, and when that is due."""

    invoice_id: UUID
    number: str
    open_minor: int
    due_date: date


def open_fees_of(late_invoice_ids: Iterable[UUID]) -> dict[UUID, list[OpenFee]]:
    """This function will return the late fees that are open because of some late invoices, by these, the oldest first.
    A few queries for any number.
    """
    late = set(late_invoice_ids)
    billed = [each for each in late_fees_of(late) if each.late_invoice_id in late]
    rows = invoice_queries.invoices_by_id(each.invoice_id for each in billed)
    found: dict[UUID, list[OpenFee]] = {}
    for each in billed:
        row = rows[each.invoice_id]
        if row["state"] == ISSUED and row["open_minor"]:
            fee = OpenFee(
                invoice_id=row["id"], number=row["number"], open_minor=row["open_minor"], due_date=row["due_date"]
            )
            found.setdefault(each.late_invoice_id, []).append(fee)
    return found


@needs_transaction
def take_back(reminder_id: UUID, *, at: datetime) -> None:
    """This function will withdraw the late fee of a reminder that nobody got; what settled it already becomes credit by
    a credit note. No mail says so: a fee is told with its reminder, so nobody heard of this one (decision 0041).
    """
    invoice_id = operations.take_back_fee(reminder_id, at=at)
    if invoice_id is None:
        return
    row = invoices.locked(invoice_id)
    left = row.total_minor - row.credit_noted_minor - row.written_off_minor
    if row.state != ISSUED or not left:
        return
    with translation.override(spoken_language(customer_row(row.customer_id).language)):
        reason = _("The late fee is taken back: nobody had to be reminded any more.")
    try:
        with savepoint():
            withdraw(invoice_id, reason=reason, actor=SYSTEM, at=at)
    except Conflict:
        told = Description(reason, "")
        credit_invoice(invoice_id, reason=told, gross_minor=left, sends_mail=False, actor=SYSTEM, at=at)
