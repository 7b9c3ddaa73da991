"""Writing credit notes: which part of which line, at which tax, and what it posts (J26)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from django.db.models import F, Sum
from django_integrity.conversion import Named, refine_integrity_error

from tallystick.foundation import numbering
from tallystick.foundation.errors import Conflict, Invalid, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import posting_rules
from tallystick.invoices.earning import earned_of
from tallystick.invoices.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from tallystick.invoices.operations import exact_base_per_unit, locked, require_no_usage
from tallystick.invoices.states import ISSUED, InvoiceTransitionRefused
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import DEFERRED_REVENUE, REVENUE, Account
from tallystick.ledger.entries import EntryDraft, Worth
from tallystick.ledger.queries import Rate, carried, draft_of, entry_of
from tallystick.money.split import by_weights, pro_rata

LONGEST_REASON = 200
LONGEST_LINE = 500


@dataclass(kw_only=True, eq=False)
class CreditNotAccepted(Invalid):
    """The parts cannot make a credit note."""

    code: ClassVar[str] = "credit_not_accepted"
    sentence: ClassVar[str] = "{reason}"
    field: ClassVar[str | None] = "lines"

    reason: str


@dataclass(kw_only=True, eq=False)
class NothingLeftToCredit(Conflict):
    """The invoice, or a line of it, has been credited already."""

    code: ClassVar[str] = "nothing_left_to_credit"
    sentence: ClassVar[str] = "More would be credited than is left of this invoice: {left_minor}."

    invoice_id: UUID
    left_minor: int
    currency: str


@dataclass(frozen=True)
class _Part:
    """The part of a line that is credited, net and tax, with the sign of the line."""

    line: InvoiceLine
    net_minor: int
    tax_minor: int


@needs_transaction
def issue(
    invoice_id: UUID,
    *,
    gross_by_line: Mapping[UUID, int] | None,
    gross_minor: int | None,
    reason: str,
    day: date,
    at: datetime,
    says: str = "",
    is_unearned: bool = False,
    ended_date: date | None = None,
) -> UUID:
    """This function will issue a credit note and return its id: its total becomes the customer's credit.

    What is credited is named by line (`gross_by_line`, with tax), or as one amount that is spread over what is left of
    all lines (`gross_minor`), or, with neither, everything that is left. `says` is added to what each line is called:
    how the amount was computed. What `is_unearned` was not delivered: it is taken from what is deferred of the line, as
    far as that reaches, and not in proportion. On `ended_date` the service of the lines ends: what is left of them is
    earned by then.

    Raises:
        NotFound: when there is no such invoice.
        InvoiceTransitionRefused: when it is not issued.
        UsageIsFinal: when it is for what was used beyond prepaid money.
        CreditNotAccepted: when no reason is given, a line is foreign, or nothing would be credited.
        NothingLeftToCredit: when more would be credited than is left.
    """
    invoice = locked(invoice_id)
    if invoice.state != ISSUED:
        raise InvoiceTransitionRefused(invoice_id=invoice_id, state=invoice.state, event="issue_credit_note")
    require_no_usage(invoice)
    if not reason.strip():
        raise CreditNotAccepted(reason="Say why this is credited. What stands behind # the customer does not read.")
    if len(reason.strip()) > LONGEST_REASON:
        raise CreditNotAccepted(reason=f"The reason of a credit note has at most {LONGEST_REASON} characters.")
    parts = _parts(invoice, gross_by_line=gross_by_line, gross_minor=gross_minor)
    net, tax = sum(part.net_minor for part in parts), sum(part.tax_minor for part in parts)
    if net + tax <= 0:
        raise CreditNotAccepted(reason="A credit note is for more than 0.")
    note = CreditNote(
        id=new_id(),
        invoice=invoice,
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        reason=reason.strip(),
        credit_note_date=day,
        issued_at=at,
        seller=invoice.seller,
        buyer=invoice.buyer,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
    )
    refused = _require_not_given_up(invoice, note.total_minor)
    ledger.post([_draft(invoice, note, parts, is_unearned=is_unearned)], effective_date=day, at=at)
    with refine_integrity_error([(Named("invoice_is_not_credited_above_its_total"), refused)]):
        Invoice.objects.filter(id=invoice_id).update(credit_noted_minor=F("credit_noted_minor") + note.total_minor)
    note.number = f"CN-{day.year}-{numbering.take(f'credit_note:{day.year}'):05}"
    note.save(force_insert=True)
    _keep(note, parts, says=says, ended_date=ended_date)
    return note.id


def _keep(note: CreditNote, parts: list[_Part], *, says: str, ended_date: date | None) -> None:
    CreditNoteLine.objects.bulk_create(
        CreditNoteLine(
            credit_note=note,
            invoice_line=part.line,
            position=position,
            description=f"{part.line.description}: {says}"[:LONGEST_LINE] if says else part.line.description,
            net_minor=part.net_minor,
            tax_minor=part.tax_minor,
            ended_date=ended_date,
        )
        for position, part in enumerate(parts, start=1)
    )


@needs_transaction
def spend(credit_note_id: UUID, *, allocated_minor: int = 0, refunded_minor: int = 0) -> None:
    """This function will add to the counters of where a credit note's money went; may be negative.

    Raises:
        CreditOverspent: when more than its total would be spent.
    """
    with refine_integrity_error(
        [(Named("credit_note_is_not_overspent"), CreditOverspent(credit_note_id=credit_note_id))]
    ):
        CreditNote.objects.filter(id=credit_note_id).update(
            allocated_minor=F("allocated_minor") + allocated_minor, refunded_minor=F("refunded_minor") + refunded_minor
        )


@dataclass(kw_only=True, eq=False)
class CreditOverspent(Conflict):
    """More would be taken from the credit note than is left on it."""

    code: ClassVar[str] = "credit_overspent"
    sentence: ClassVar[str] = "That is more than is left on this credit note."
    field: ClassVar[str | None] = "amount_minor"

    credit_note_id: UUID


@needs_transaction
def locked_credit_note(credit_note_id: UUID) -> CreditNote:
    """This function will lock the credit note until the transaction ends.

    Raises:
        NotFound: when there is none.
    """
    note = CreditNote.objects.select_for_update(of=("self",)).filter(id=credit_note_id).first()
    if note is None:
        raise NotFound(kind="credit note")
    return note


def _parts(invoice: Invoice, *, gross_by_line: Mapping[UUID, int] | None, gross_minor: int | None) -> list[_Part]:
    left = _left(invoice)
    if gross_by_line is None:
        whole = sum(net + tax for _, net, tax in left)
        # What was written off was given up already; all that is left is what is left beside it.
        wanted = whole - invoice.written_off_minor if gross_minor is None else gross_minor
        if not 0 < wanted <= whole:
            raise NothingLeftToCredit(invoice_id=invoice.id, left_minor=whole, currency=invoice.currency)
        if wanted == whole:
            return [_Part(line, net, tax) for line, net, tax in left if net or tax]
        # A part is spread over the positive lines: a discount has lowered what is left of the whole already.
        positive = [(line, net, tax) for line, net, tax in left if net + tax > 0]
        grosses = by_weights(wanted, [net + tax for _, net, tax in positive])
        return [
            _part(line, net, tax, gross) for (line, net, tax), gross in zip(positive, grosses, strict=True) if gross
        ]
    by_id = {line.id: (line, net, tax) for line, net, tax in left}
    parts = []
    for line_id, gross in gross_by_line.items():
        if line_id not in by_id:
            raise CreditNotAccepted(reason="A line of the credit note is not on this invoice.")
        line, net, tax = by_id[line_id]
        if gross == 0 or abs(gross) > abs(net + tax) or (gross > 0) is not (net + tax > 0):
            raise NothingLeftToCredit(invoice_id=invoice.id, left_minor=net + tax, currency=invoice.currency)
        parts.append(_part(line, net, tax, gross))
    return parts


def _part(line: InvoiceLine, net: int, tax: int, gross: int) -> _Part:
    sign = 1 if gross > 0 else -1
    part_tax = sign * pro_rata(abs(tax), abs(gross), abs(net + tax))
    return _Part(line, gross - part_tax, part_tax)


def _left(invoice: Invoice) -> list[tuple[InvoiceLine, int, int]]:
    """Each line with the net and tax that no credit note has taken yet."""
    rows = InvoiceLine.objects.filter(invoice_id=invoice.id).order_by("position")
    credited = {
        row["invoice_line_id"]: (row["net"], row["tax"])
        for row in CreditNoteLine.objects.filter(invoice_line__invoice_id=invoice.id)
        .values("invoice_line_id")
        .annotate(net=Sum("net_minor"), tax=Sum("tax_minor"))
    }
    found = []
    for line in rows:
        net, tax = credited.get(line.id, (0, 0))
        found.append((line, line.net_minor - net, line.tax_minor - tax))
    return found


def _require_not_given_up(invoice: Invoice, total_minor: int) -> NothingLeftToCredit:
    """Refuse to credit what is written off, which would be credit that nobody paid.

    Returns what is to be said when more is credited than is left of the invoice at all.
    """
    left = max(invoice.total_minor - invoice.credit_noted_minor - invoice.written_off_minor, 0)
    refused = NothingLeftToCredit(invoice_id=invoice.id, left_minor=left, currency=invoice.currency)
    if invoice.written_off_minor and total_minor > left:
        raise refused
    return refused


def unearned_by_line(invoice: Invoice, most_minor: int) -> dict[UUID, int]:
    """This function will return what of each line is deferred revenue still, with its tax, up to an amount in all.

    Amounts are in minor units with the sign of the line, as `issue` takes them by line.
    """
    held: dict[UUID, int] = {}
    for line, net, tax in _left(invoice):
        deferred = min(_deferred(line).minor, abs(net)) if net else 0
        if deferred:
            held[line.id] = (1 if net > 0 else -1) * (deferred + pro_rata(abs(tax), deferred, abs(net)))
    if sum(held.values()) <= most_minor:
        return held
    positive = {line_id: gross for line_id, gross in held.items() if gross > 0}
    parts = by_weights(most_minor, list(positive.values()))
    return {line_id: gross for line_id, gross in zip(positive, parts, strict=True) if gross}


def _draft(invoice: Invoice, note: CreditNote, parts: list[_Part], *, is_unearned: bool) -> EntryDraft:
    """The entry at the invoice's own rate, so that setting it against its invoice leaves no exchange difference."""
    entry_id = entry_of(invoice.id, "J02")
    first = draft_of(entry_id) if entry_id is not None else None
    rate = Rate(first.rate, first.rate_source) if first else Rate(None, "")
    lines: list[posting_rules.PostedLine] = []
    for part in parts:
        unearned = _unearned(part, first=is_unearned)
        tax = part.tax_minor
        nets = (
            (DEFERRED_REVENUE, unearned.minor, unearned.base_minor),
            (_earned_account(part.line), part.net_minor - unearned.minor, None),
        )
        for account, net, base in nets:
            if net or tax:
                lines.append(posting_rules.PostedLine(part.line.id, account, net, part.line.tax_rate_id, tax, base))
                tax = 0
    document = posting_rules.PostedDocument(
        document_id=invoice.id,
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        lines=tuple(lines),
        base_per_unit=exact_base_per_unit(invoice.currency, rate),
        rate=rate.value,
        rate_source=rate.source,
    )
    return posting_rules.issue_credit_note(document, credit_note_id=note.id)


def _unearned(part: _Part, *, first: bool) -> Worth:
    """How much of the part is deferred revenue still, with the sign of the line (J26): as much as there is when that
    goes first, else in proportion to what the line has left. Its base amount moves pro rata, the last part takes all.
    """
    credited = CreditNoteLine.objects.filter(invoice_line_id=part.line.id).aggregate(net=Sum("net_minor"))["net"] or 0
    left = part.line.net_minor - credited
    held = _deferred(part.line)
    most = abs(part.net_minor)
    minor = min(most, held.minor) if first else pro_rata(min(held.minor, abs(left)), most, abs(left)) if left else 0
    sign = 1 if part.net_minor > 0 else -1
    base = pro_rata(held.base_minor, minor, held.minor) if minor else 0
    return Worth(sign * minor, held.currency, sign * base)


def _deferred(line: InvoiceLine) -> Worth:
    """How much of a line, net, is deferred revenue still, and what it is carried at; without a sign."""
    account = posting_rules.revenue_account(
        is_fee=line.is_fee, period_start=line.period_start, period_end=line.period_end
    )
    held = carried(DEFERRED_REVENUE, line.id) if account is DEFERRED_REVENUE else None
    if held is None:
        return Worth(0, "", 0)
    earned, earned_base = earned_of(line.id)
    return Worth(abs(held.minor - earned), held.currency, abs(held.base_minor - earned_base))


def _earned_account(line: InvoiceLine) -> Account:
    account = posting_rules.revenue_account(
        is_fee=line.is_fee, period_start=line.period_start, period_end=line.period_end
    )
    return REVENUE if account is DEFERRED_REVENUE else account
