"""The documents of a change of plan and of an early end: to whom, one invoice, or credit notes (J26, J60, J61)."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson

from tallystick.customers.queries import customer_row, group_of, names
from tallystick.foundation import audit, jobs
from tallystick.foundation.errors import Conflict
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries
from tallystick.invoices.totals import LineInput
from tallystick.payments import expected
from tallystick.payments.private_text import Description
from tallystick.subscriptions import adjustments, billing
from tallystick.subscriptions.billing import BilledDays
from tallystick.subscriptions.operations import SubscriptionRow
from tallystick.subscriptions.proration import CreditableDays, charge
from tallystick.subscriptions.queries import plan_of
from tallystick.usecases.bill import apply_credit
from tallystick.usecases.crediting import credit_invoice
from tallystick.wire import builders


@dataclass(kw_only=True, eq=False)
class PreviewOutOfDate(Conflict):
    """What was confirmed is not what would happen any more."""

    code: ClassVar[str] = "preview_out_of_date"
    sentence: ClassVar[str] = "Something has changed since this was shown. Look at the preview again."
    field: ClassVar[str | None] = "preview"


@dataclass(frozen=True)
class Payer:
    """Who is billed for a subscription: its customer, or the payer of the billing group that it belongs to."""

    customer_id: UUID
    group_id: UUID | None = None
    title: str = ""
    member_id: UUID | None = None
    member_name: str = ""


def payer_of(customer_id: UUID, *, on: date) -> Payer:
    """This function will return who is billed for what a customer's subscriptions cost on a day (`docs/model.md`, 28).

    Raises:
        NotFound: when there is no such customer.
    """
    group = group_of(customer_id, on=on)
    if group is None:
        return Payer(customer_id=customer_row(customer_id).id)
    return Payer(
        customer_id=group["payer_id"],
        group_id=group["id"],
        title=group["name"],
        member_id=customer_id,
        member_name=names([customer_id])[customer_id],
    )


def issue_lines(
    lines: Sequence[LineInput],
    payer: Payer,
    *,
    currency: str,
    prices_include_tax: bool,
    actor: Actor,
    day: date,
    at: datetime,
) -> tuple[UUID, list[UUID]]:
    """This function will issue an invoice of the lines, dated `day`, and return its id and those of its lines.

    It posts (J02), expects its payment, is paid from the payer's credit and goes out by mail, as every invoice does.

    Raises:
        InvoiceLinesNotAccepted, NoExchangeRate: as the names say.
    """
    named = [replace(line, member_id=payer.member_id, member_name=payer.member_name) for line in lines]
    invoice_id = invoices.create_draft(
        customer_id=payer.customer_id,
        currency=currency,
        lines=named,
        prices_include_tax=prices_include_tax,
        title=payer.title,
        remark="",
        at=at,
        group_id=payer.group_id,
    )
    number = invoices.issue(invoice_id, invoice_date=day, due_date=None, at=at)
    expected.follow(invoice_id, reason="superseded", by=actor.label, at=at)
    if customer_row(payer.customer_id).applies_credit:
        apply_credit(invoice_id, payer.customer_id, currency, day=day, by=actor.label, at=at)
    jobs.defer("mail.invoice", invoice_id=str(invoice_id))
    audit.record(
        actor=actor,
        at=at,
        action="issue_invoice",
        kind="invoice",
        object_id=invoice_id,
        after={"state": "open" if queries.invoice(invoice_id)["open_minor"] else "paid", "number": number},
    )
    return invoice_id, [row["id"] for row in queries.lines(invoice_id)]


def bill_next(row: SubscriptionRow, *, actor: Actor, day: date, at: datetime) -> UUID | None:
    """This function will bill the next period of a locked subscription on an invoice of its own, dated `day`.

    Returns the invoice's id, or None when nothing is left to bill.

    Raises:
        InvoiceLinesNotAccepted, NoExchangeRate: as the names say.
    """
    if row.next_period_start is None:
        return None
    plan = plan_of(vars(row))
    period = plan.schedule.period_from(row.next_period_start, until=row.end_date)
    if period is None:
        return None
    invoice_id, (line_id,) = issue_lines(
        [charge(plan, period)],
        Payer(customer_id=row.customer_id),
        currency=row.currency,
        prices_include_tax=row.prices_include_tax,
        actor=actor,
        day=day,
        at=at,
    )
    adjustments.bill([BilledDays(row.id, period.start, period.end, invoice_id, line_id)], at=at)
    billing.move_on([(row.id, None if period.end == row.end_date else period.end)])
    return invoice_id


def issue_credit(
    parts: Iterable[tuple[CreditableDays, int]],
    *,
    reason: Description,
    says: str,
    actor: Actor,
    at: datetime,
    ended_date: date | None = None,
) -> list[str]:
    """This function will credit days to come of lines, each with the amount beside it in minor units with tax (J26),
    and return the public ids of the credit notes, one for each invoice.

    `says` tells on each line how the amount was computed. `ended_date` is the first day that is not delivered any more,
    where the lines pay for nothing behind it.
    """
    return [
        credit_invoice(
            invoice_id,
            gross_by_line=gross_by_line,
            reason=reason,
            says=says,
            actor=actor,
            at=at,
            is_unearned=True,
            ended_date=ended_date,
        )["id"]
        for invoice_id, gross_by_line in by_invoice(parts).items()
    ]


def by_invoice(parts: Iterable[tuple[CreditableDays, int]]) -> dict[UUID, dict[UUID, int]]:
    """This function will return what is credited of each line, by invoice, in the order of the parts."""
    found: dict[UUID, dict[UUID, int]] = {}
    for days, minor in parts:
        found.setdefault(days.invoice_id, {})[days.line_id] = minor
    return found


def token_of(preview: Mapping[str, Any]) -> str:
    """This function will return what stands for all that a preview says, for whoever confirms it."""
    return hashlib.sha256(orjson.dumps(preview, option=orjson.OPT_SORT_KEYS)).hexdigest()


def require_same(preview: Mapping[str, Any], token: str) -> None:
    """This function will refuse to act on a preview that is out of date.

    Raises:
        PreviewOutOfDate: when it says something else by now.
    """
    if preview["preview"] != token:
        raise PreviewOutOfDate


def documents(invoice_id: UUID | None, notes: Sequence[str]) -> dict[str, Any]:
    """This function will name what was issued, for a timeline; `notes` are public ids."""
    return {
        "invoice": None if invoice_id is None else public_id(builders.INVOICE, invoice_id),
        "credit_notes": list(notes),
    }
