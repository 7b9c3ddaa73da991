"""Giving up what an invoice lacks (J12), and owing it again because it is paid after all (J13).

Revenue that was not earned yet is credited first (J26): that takes a use case, because a credit note is set against its
invoice by a room above.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import Sum

from tallystick.foundation import settings_store
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import fetch
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import operations, posting_rules
from tallystick.invoices.models import CreditNoteLine, Invoice, InvoiceLine
from tallystick.invoices.posting_rules import GivenUp
from tallystick.invoices.write_off_models import WriteOff, WriteOffTax
from tallystick.invoices.write_off_queries import TAX_RELIEF
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import BAD_DEBTS, CHART, OUTPUT_TAX, RECEIVABLES
from tallystick.ledger.queries import carried_part
from tallystick.money.split import by_weights, pro_rata

LONGEST_REASON: Final = 200

# What of an invoice's write-offs still stands on each account but its own claim, on the debit side.
_STANDING = """
SELECT posting.account, posting.object_id,
    sum(CASE posting.side WHEN 'D' THEN posting.amount_minor ELSE -posting.amount_minor END)::bigint AS minor,
    sum(CASE posting.side WHEN 'D' THEN posting.base_minor ELSE -posting.base_minor END)::bigint AS base_minor
FROM ledger_journalentry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
WHERE entry.subject_id = %s AND entry.rule IN ('J12', 'J13') AND posting.account <> '1200'
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(kw_only=True, eq=False)
class NotWrittenOff(Conflict):
    """Only what was written off can be owed again."""

    code: ClassVar[str] = "not_written_off"
    sentence: ClassVar[str] = "That is more than is written off of this invoice: {left_minor}."
    field: ClassVar[str | None] = "amount_minor"

    invoice_id: UUID
    left_minor: int
    currency: str


@needs_transaction
def write_off(claim: Invoice, amount_minor: int, *, reason: str, day: date, at: datetime) -> UUID:
    """This function will give up a part of what is open of a locked invoice (J12), and return the write-off's id.

    With the setting for tax relief, the part of the tax that is left in it is not owed any more. `claim` is kept true.

    Raises:
        InvoiceOverpaid: when that much is not open.
        InvalidField: when it is not above 0, or the reason is missing or too long.
    """
    require_usable(amount_minor, reason)
    if amount_minor > claim.open_minor:
        raise operations.InvoiceOverpaid(invoice_id=claim.id)
    worth = carried_part(RECEIVABLES, claim.id, amount_minor, claim.currency)
    taxes = _relief(claim, amount_minor) if settings_store.get(TAX_RELIEF) else {}
    minors = [*taxes.values(), amount_minor - sum(taxes.values())]
    bases = by_weights(worth.base_minor, minors)
    places = [*((OUTPUT_TAX, rate_id) for rate_id in taxes), (BAD_DEBTS, claim.id)]
    parts = [
        GivenUp(account, object_id, minor, base)
        for (account, object_id), minor, base in zip(places, minors, bases, strict=True)
    ]
    return _write(WriteOff.Kind.WRITE_OFF, claim, parts, reason=reason, day=day, at=at)


@needs_transaction
def recover(claim: Invoice, amount_minor: int, *, reason: str, day: date, at: datetime) -> UUID:
    """This function will make a part of what was written off of a locked invoice owed again (J13), and return the id.

    Each account gives back its part at what it carries; the last part takes the remainder. `claim` is kept true.

    Raises:
        NotWrittenOff: when that much is not written off.
        InvalidField: when it is not above 0, or the reason is missing or too long.
    """
    require_usable(amount_minor, reason)
    if amount_minor > claim.written_off_minor:
        raise NotWrittenOff(invoice_id=claim.id, left_minor=claim.written_off_minor, currency=claim.currency)
    standing = [row for row in fetch(_STANDING, [claim.id]) if row["minor"]]
    taken = by_weights(amount_minor, [row["minor"] for row in standing])
    parts = [
        GivenUp(CHART[row["account"]], row["object_id"], minor, pro_rata(row["base_minor"], minor, row["minor"]))
        for row, minor in zip(standing, taken, strict=True)
    ]
    return _write(WriteOff.Kind.RECOVERY, claim, parts, reason=reason, day=day, at=at)


def require_usable(amount_minor: int, reason: str) -> None:
    """This function will refuse to give up a claim, or to bring it back, without an amount or without saying why.

    Raises:
        InvalidField: when the amount is not above 0, or the reason is missing or too long.
    """
    if amount_minor <= 0:
        raise InvalidField(name="amount_minor", reason="Enter an amount above 0.")
    if not reason.strip():
        raise InvalidField(name="reason", reason="Say why. Customers do not read it.")
    if len(reason.strip()) > LONGEST_REASON:
        raise InvalidField(name="reason", reason=f"The reason has at most {LONGEST_REASON} characters.")


def _write(kind: str, claim: Invoice, parts: list[GivenUp], *, reason: str, day: date, at: datetime) -> UUID:
    rule = posting_rules.write_off if kind == WriteOff.Kind.WRITE_OFF else posting_rules.recover
    draft = rule(invoice_id=claim.id, customer_id=claim.customer_id, currency=claim.currency, parts=parts)
    amount = sum(part.minor for part in parts)
    taxes = {part.object_id: part.minor for part in parts if part.account is OUTPUT_TAX and part.minor}
    row = WriteOff.objects.create(
        id=new_id(),
        kind=kind,
        invoice=claim,
        customer_id=claim.customer_id,
        amount_minor=amount,
        tax_minor=sum(taxes.values()),
        currency=claim.currency,
        reason=reason.strip(),
        day=day,
        entry_id=ledger.post([draft], effective_date=day, at=at)[0],
        written_at=at,
    )
    WriteOffTax.objects.bulk_create(
        WriteOffTax(write_off=row, tax_rate_id=rate_id, tax_minor=minor) for rate_id, minor in taxes.items()
    )
    counted = amount if kind == WriteOff.Kind.WRITE_OFF else -amount
    claim.open_minor = operations.settle(claim.id, written_off_minor=counted)
    claim.written_off_minor += counted
    return row.id


def _relief(claim: Invoice, amount_minor: int) -> Mapping[UUID, int]:
    """The tax within an amount that is given up, by rate: what neither credit notes nor write-offs took yet.

    An invoice for usage has none of its own: its tax stands with the purchases (J18, J20).
    """
    gross = claim.total_minor - claim.credit_noted_minor - claim.written_off_minor
    within = min(amount_minor, gross)
    left = {rate_id: minor for rate_id, minor in _tax_left(claim.id).items() if minor}
    tax = min(sum(left.values()), gross)
    positive = {rate_id: minor for rate_id, minor in left.items() if minor > 0}
    if within <= 0 or tax <= 0:
        return {}
    parts = by_weights(pro_rata(tax, within, gross), list(positive.values()))
    return {rate_id: minor for rate_id, minor in zip(positive, parts, strict=True) if minor}


def _tax_left(invoice_id: UUID) -> dict[UUID, int]:
    """The tax of each rate of an invoice that is owed still."""
    found: dict[UUID, int] = {}
    credited = CreditNoteLine.objects.filter(invoice_line__invoice_id=invoice_id)
    sources: list[tuple[int, Any]] = [
        (1, InvoiceLine.objects.filter(invoice_id=invoice_id).values_list("tax_rate_id")),
        (-1, credited.values_list("invoice_line__tax_rate_id")),
    ]
    for kind, sign in ((WriteOff.Kind.WRITE_OFF, -1), (WriteOff.Kind.RECOVERY, 1)):
        relieved = WriteOffTax.objects.filter(write_off__invoice_id=invoice_id, write_off__kind=kind)
        sources.append((sign, relieved.values_list("tax_rate_id")))
    for sign, rows in sources:
        for rate_id, minor in rows.annotate(minor=Sum("tax_minor")):
            found[rate_id] = found.get(rate_id, 0) + sign * minor
    return found
