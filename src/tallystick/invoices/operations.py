"""Writing invoices and top-up requests: drafts, issue and send (where they get their numbers), void, and what settled
them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, TypeAlias
from uuid import UUID

from django_integrity.conversion import Named, refine_integrity_error

from tallystick.catalog.queries import tax_rates_by_id
from tallystick.customers.queries import customer_row, frozen_party
from tallystick.foundation import business, numbering
from tallystick.foundation.errors import Conflict, Invalid, NotFound
from tallystick.foundation.rows import columns, fetch_one, instances
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import earning, posting_rules
from tallystick.invoices.models import Invoice, InvoiceLine
from tallystick.invoices.states import INVOICE, TOPUP, next_state
from tallystick.invoices.totals import LineInput, PricedLine, Totals, totals
from tallystick.ledger import operations as ledger
from tallystick.ledger.queries import Rate, base_currency, entry_of, rate_on
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.money.currencies import exponent

MOST_LINES = 1000
LARGEST_QUANTITY = 10**10

# How the numbers of each kind begin.
_PREFIX = {INVOICE: "INV", TOPUP: "TOP"}

_LOCKED = f"SELECT {columns(Invoice)} FROM invoices_invoice WHERE id = %s FOR UPDATE"  # noqa: S608 - our own columns
_LOCKED_MANY = f"SELECT {columns(Invoice)} FROM invoices_invoice WHERE id = ANY(%s) ORDER BY id FOR UPDATE"  # noqa: S608

# The row as other rooms hold it: locked, never saved by them.
InvoiceRow: TypeAlias = Invoice


@dataclass(kw_only=True, eq=False)
class InvoiceLinesNotAccepted(Invalid):
    """The lines cannot make an invoice."""

    code: ClassVar[str] = "invoice_lines_not_accepted"
    sentence: ClassVar[str] = "{reason}"
    field: ClassVar[str | None] = "lines"

    reason: str


@dataclass(kw_only=True, eq=False)
class DueDateNotAccepted(Invalid):
    """An invoice is not due before its date."""

    code: ClassVar[str] = "due_date_not_accepted"
    sentence: ClassVar[str] = "The due date {due_date} is before the invoice date {invoice_date}."
    field: ClassVar[str | None] = "due_date"

    invoice_date: date
    due_date: date


@dataclass(kw_only=True, eq=False)
class InvoiceIsSettled(Conflict):
    """Only an invoice that nothing settled can be voided; otherwise a credit note is the way (`docs/model.md`, 23)."""

    code: ClassVar[str] = "invoice_is_settled"
    sentence: ClassVar[str] = (
        "Something is allocated to this invoice, or it was credited. Release the allocation first, "
        "or issue a credit note."
    )

    invoice_id: UUID


@dataclass(kw_only=True, eq=False)
class InvoiceOverpaid(Conflict):
    """More would be set against the invoice than is open."""

    code: ClassVar[str] = "invoice_overpaid"
    sentence: ClassVar[str] = "That is more than is open on this invoice."
    field: ClassVar[str | None] = "amount_minor"

    invoice_id: UUID


@dataclass(kw_only=True, eq=False)
class UsageIsFinal(Conflict):
    """What an invoice for usage asks for was booked with the purchases (J18): there is nothing of its own to undo."""

    code: ClassVar[str] = "usage_is_final"
    sentence: ClassVar[str] = (
        "This invoice is for purchases that were booked before. Credit the purchases instead: that comes back into the "
        "wallet, which can pay this invoice."
    )

    invoice_id: UUID


@needs_transaction
def create_draft(
    *,
    customer_id: UUID,
    currency: str,
    lines: Sequence[LineInput],
    prices_include_tax: bool,
    title: str,
    remark: str,
    at: datetime,
    group_id: UUID | None = None,
    kind: str = INVOICE,
    is_usage: bool = False,
    expires_months: int | None = None,
) -> UUID:
    """This function will make a draft with its totals and return its id. `group_id` is of a consolidated one.

    `kind` may be that of a top-up request, whose money can be used for `expires_months`; with `is_usage` it is for what
    charges took beyond prepaid money.

    Raises:
        NotFound: when the customer or a tax rate does not exist.
        InvoiceLinesNotAccepted: when there is no line, one cannot be used, or the total is negative or too large.
    """
    customer_row(customer_id)
    draft = Invoice(
        customer_id=customer_id,
        currency=currency,
        prices_include_tax=prices_include_tax,
        title=title,
        remark=remark,
        created_at=at,
        group_id=group_id,
        kind=kind,
        is_usage=is_usage,
        expires_months=expires_months,
    )
    rows = _priced(draft, lines)
    draft.save(force_insert=True)
    InvoiceLine.objects.bulk_create(rows)
    return draft.id


@needs_transaction
def issue(invoice_id: UUID, *, invoice_date: date, due_date: date | None, at: datetime) -> str:
    """This function will issue a draft: freeze both parties, give the next number of its year's series, post J02.

    One for what was used beyond prepaid money is posted by the room of wallets (J20).

    Without a due date the customer's terms decide (`docs/model.md`, 24). The number is taken last, because its series
    stays locked until the transaction ends.

    Raises:
        NotFound, InvoiceTransitionRefused: when there is no such draft.
        DueDateNotAccepted: when it would be due before its date.
        NoExchangeRate: when the currency has no rate on that day.
    """
    invoice = locked(invoice_id)
    state = next_state(invoice_id=invoice_id, state=invoice.state, event="issue", kind=invoice.kind)
    customer = customer_row(invoice.customer_id)
    due = due_date or invoice_date + timedelta(days=customer.terms_days)
    if due < invoice_date:
        raise DueDateNotAccepted(invoice_date=invoice_date, due_date=due)
    rate = rate_on(invoice.currency, invoice_date)
    invoice.state = state
    invoice.invoice_date = invoice_date
    invoice.due_date = due
    invoice.issued_at = at
    invoice.seller = business.frozen_party(pays_in=invoice.currency)
    invoice.buyer = frozen_party(customer)
    if not invoice.is_usage:
        ledger.post([posting_rules.issue(_posted(invoice, rate))], effective_date=invoice_date, at=at)
    invoice.number = document_number(invoice_date, numbering.take(series_of(invoice_date)))
    invoice.save(update_fields=["state", "invoice_date", "due_date", "issued_at", "seller", "buyer", "number"])
    return invoice.number


@needs_transaction
def send(request_id: UUID, *, day: date, at: datetime) -> str:
    """This function will send a draft of a top-up request: freeze both parties, give the next number of its series.

    Nothing posts (J01), and nothing is due. The number is taken last, because its series stays locked.

    Raises:
        NotFound, InvoiceTransitionRefused: when there is no such draft.
    """
    request = locked(request_id)
    request.state = next_state(invoice_id=request_id, state=request.state, event="send", kind=request.kind)
    request.invoice_date = day
    request.issued_at = at
    request.seller = business.frozen_party(pays_in=request.currency)
    request.buyer = frozen_party(customer_row(request.customer_id))
    request.number = document_number(day, numbering.take(series_of(day, TOPUP)), TOPUP)
    request.save(update_fields=["state", "invoice_date", "issued_at", "seller", "buyer", "number"])
    return request.number


@needs_transaction
def void(invoice_id: UUID, *, day: date, at: datetime) -> None:
    """This function will withdraw an issued invoice that nothing settled: the mirror of J02, dated `day` (J15).

    A top-up request that was sent is withdrawn in the same way; it had posted nothing.

    Raises:
        NotFound, InvoiceTransitionRefused: when there is no such issued invoice, or request that was sent.
        InvoiceIsSettled: when something is allocated to it, or it was credited.
        RevenueIsEarned, InvoiceMonthIsClosed: as the names say; then a credit note is the way.
        UsageIsFinal: when it is for what was used beyond prepaid money.
    """
    invoice = locked(invoice_id)
    require_no_usage(invoice)
    invoice.state = next_state(invoice_id=invoice_id, state=invoice.state, event="void", kind=invoice.kind)
    if invoice.open_minor != invoice.total_minor or invoice.credit_noted_minor:
        raise InvoiceIsSettled(invoice_id=invoice_id)
    if invoice.kind == INVOICE:
        earning.require_not_in_closed_books(invoice)
    invoice.voided_at = at
    invoice.save(update_fields=["state", "voided_at"])
    entry_id = entry_of(invoice_id, "J02")
    if entry_id is not None:
        ledger.reverse(entry_id, rule="J15", effective_date=day, at=at)


def require_no_usage(invoice: Invoice) -> None:
    """This function will refuse an invoice for what was used beyond prepaid money.

    Raises:
        UsageIsFinal: when it is one.
    """
    if invoice.is_usage:
        raise UsageIsFinal(invoice_id=invoice.id)


@needs_transaction
def settle(invoice_id: UUID, **by: int) -> int:
    """This function will add to the counters of what settled an invoice, such as `allocated_minor=500`.

    Returns what is open then, in minor units.

    Raises:
        NotFound: when there is no such invoice.
        InvoiceOverpaid: when more than the total would be settled.
    """
    counted = ", ".join(f"{column} = {column} + %s" for column in by)
    sql = f"UPDATE invoices_invoice SET {counted} WHERE id = %s RETURNING open_minor"  # noqa: S608 - our own columns
    with refine_integrity_error([(Named("invoice_is_not_overpaid"), InvoiceOverpaid(invoice_id=invoice_id))]):
        row = fetch_one(sql, [*by.values(), invoice_id])
    if row is None:
        raise NotFound(kind="invoice")
    open_minor: int = row["open_minor"]
    return open_minor


@needs_transaction
def locked(invoice_id: UUID) -> Invoice:
    """This function will lock the invoice until the transaction ends.

    Raises:
        NotFound: when there is none.
    """
    rows = instances(Invoice, _LOCKED, [invoice_id])
    if not rows:
        raise NotFound(kind="invoice")
    return rows[0]


@needs_transaction
def locked_many(invoice_ids: Sequence[UUID]) -> list[Invoice]:
    """This function will lock invoices in the order of their ids, which is the order for everybody.

    Raises:
        NotFound: when one of them does not exist.
    """
    rows = instances(Invoice, _LOCKED_MANY, [list(invoice_ids)])
    if len(rows) != len(set(invoice_ids)):
        raise NotFound(kind="invoice")
    return rows


def series_of(invoice_date: date, kind: str = INVOICE) -> str:
    """This function will return the series that numbers the documents of a date: each year and kind has its own."""
    return f"{kind}:{invoice_date.year}"


def document_number(invoice_date: date, number: int, kind: str = INVOICE) -> str:
    """This function will write a document's number as people see it."""
    return f"{_PREFIX[kind]}-{invoice_date.year}-{number:05}"


def exact_base_per_unit(currency: str, rate: Rate) -> Fraction:
    """This function will return what one minor unit is worth in minor units of base currency, exactly."""
    if rate.value is None:
        return Fraction(1)
    return Fraction(rate.value) * Fraction(10) ** (exponent(base_currency()) - exponent(currency))


def require_line(line: LineInput) -> None:
    """This function will refuse a line that cannot stand on an invoice.

    Raises:
        InvoiceLinesNotAccepted: with the reason.
    """
    if not line.description.strip():
        raise InvoiceLinesNotAccepted(reason="Every line needs a description.")
    if not 0 < line.quantity < LARGEST_QUANTITY or line.quantity != round(line.quantity, 4):
        raise InvoiceLinesNotAccepted(reason="A quantity is above 0, with at most four decimal places.")
    if (line.period_start is None) is not (line.period_end is None) or (
        line.period_start and line.period_end and line.period_end <= line.period_start
    ):
        raise InvoiceLinesNotAccepted(reason="A period has a first day and a later day on which it has ended.")


def priced(lines: Sequence[LineInput], percents: Mapping[UUID, Decimal], *, prices_include_tax: bool) -> Totals:
    """This function will compute an invoice's amounts; `percents` are those of the lines' tax rates.

    Raises:
        InvoiceLinesNotAccepted: when the total is negative, or an amount too large.
    """
    amounts = totals(
        [
            PricedLine(line.quantity, line.unit_price_minor, line.tax_rate_id, percents[line.tax_rate_id])
            for line in lines
        ],
        prices_include_tax=prices_include_tax,
    )
    if max(abs(line.net_minor) + abs(line.tax_minor) for line in amounts.lines) > LARGEST_MINOR:
        raise InvoiceLinesNotAccepted(reason="The amount of a line may not be beyond all measure.")
    if not 0 <= amounts.total_minor <= LARGEST_MINOR:
        raise InvoiceLinesNotAccepted(reason="The total of an invoice may not be negative, nor beyond all measure.")
    return amounts


def _posted(invoice: Invoice, rate: Rate) -> posting_rules.PostedDocument:
    return posting_rules.PostedDocument(
        document_id=invoice.id,
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        lines=tuple(
            posting_rules.PostedLine(
                line_id=line.id,
                account=posting_rules.revenue_account(
                    is_fee=line.is_fee, period_start=line.period_start, period_end=line.period_end
                ),
                net_minor=line.net_minor,
                tax_rate_id=line.tax_rate_id,
                tax_minor=line.tax_minor,
            )
            for line in InvoiceLine.objects.filter(invoice_id=invoice.id).order_by("position")
        ),
        base_per_unit=exact_base_per_unit(invoice.currency, rate),
        rate=rate.value,
        rate_source=rate.source,
    )


def _priced(draft: Invoice, lines: Sequence[LineInput]) -> list[InvoiceLine]:
    if not 0 < len(lines) <= MOST_LINES:
        raise InvoiceLinesNotAccepted(reason=f"An invoice has 1 to {MOST_LINES} lines.")
    for line in lines:
        require_line(line)
    rates = tax_rates_by_id(line.tax_rate_id for line in lines)
    percents = {rate_id: rate.percent for rate_id, rate in rates.items()}
    amounts = priced(lines, percents, prices_include_tax=draft.prices_include_tax)
    draft.net_minor, draft.tax_minor, draft.total_minor = amounts.net_minor, amounts.tax_minor, amounts.total_minor
    return [
        InvoiceLine(
            invoice=draft,
            position=position,
            description=line.description.strip(),
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            is_fee=line.is_fee,
            tax_rate_id=line.tax_rate_id,
            tax_percent=percents[line.tax_rate_id],
            net_minor=amount.net_minor,
            tax_minor=amount.tax_minor,
            period_start=line.period_start,
            period_end=line.period_end,
            member_id=line.member_id,
            member_name=line.member_name,
            arithmetic=line.arithmetic,
        )
        for position, (line, amount) in enumerate(zip(lines, amounts.lines, strict=True), start=1)
    ]
