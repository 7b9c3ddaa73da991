"""Issuing thousands of invoices at once, each as `operations.issue` would: the same amounts, postings and numbers.

There is no draft. Who issues calls `post`, `write_lines` and `issue` in this order in one transaction: an invoice's
lines come before it, because nothing may be added to an issued one; and the numbers come last, because their series
stays locked until the transaction ends.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

import orjson

from tallystick.catalog.queries import tax_rates_by_id
from tallystick.customers.queries import CustomerRow, frozen_party
from tallystick.foundation import business, numbering
from tallystick.foundation.errors import ExpectedError
from tallystick.foundation.rows import copy_in
from tallystick.foundation.transactions import check_constraints, needs_transaction
from tallystick.invoices import posting_rules
from tallystick.invoices.operations import (
    InvoiceLinesNotAccepted,
    document_number,
    exact_base_per_unit,
    priced,
    require_line,
    series_of,
)
from tallystick.invoices.states import ISSUED
from tallystick.invoices.totals import LineInput, Totals
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import Account
from tallystick.ledger.entries import EntryDraft, Line, Worth
from tallystick.ledger.queries import Rate, rate_on

# What the column of a line's position can hold.
MOST_LINES: Final = 32_767

# Stand-ins for the ids of a document while its shape is computed.
_DOCUMENT, _CUSTOMER = UUID(int=0), UUID(int=1)
_FIRST_LINE: Final = 2

_LINE_COLUMNS: Final = (
    "id",
    "invoice_id",
    "position",
    "description",
    "quantity",
    "unit_price_minor",
    "is_fee",
    "tax_rate_id",
    "tax_percent",
    "net_minor",
    "tax_minor",
    "period_start",
    "period_end",
    "member_id",
    "member_name",
    "arithmetic",
)
_COUNTERS: Final = (
    "allocated_minor",
    "credited_minor",
    "written_off_minor",
    "difference_minor",
    "wallet_minor",
    "credit_noted_minor",
)
_INVOICE_COLUMNS: Final = (
    "id",
    "state",
    "number",
    "customer_id",
    "currency",
    "prices_include_tax",
    "title",
    "remark",
    "invoice_date",
    "due_date",
    "issued_at",
    "created_at",
    "group_id",
    "seller",
    "buyer",
    "net_minor",
    "tax_minor",
    "total_minor",
    *_COUNTERS,
)

# (account, side, worth, whose): the document, the place of a line, or the id of a tax rate.
_Posting: TypeAlias = tuple[Account, str, Worth, int | UUID | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """All that does not depend on who is billed: thousands of invoices share one."""

    amounts: Totals
    percents: tuple[Decimal, ...]
    # The entry of `posting_rules.issue` with stand-ins for the ids, and its lines with what takes their places.
    entry: EntryDraft
    postings: tuple[_Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An invoice to issue: its ids, its lines, and its shape as `Pricing` computed it."""

    invoice_id: UUID
    customer_id: UUID
    currency: str
    prices_include_tax: bool
    lines: Sequence[LineInput]
    line_ids: Sequence[UUID]
    shape: Shape
    title: str = ""
    group_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedInvoice:
    """An invoice that was issued, as its expected payment, its mail and its audit entry need it."""

    id: UUID
    number: str
    customer_id: UUID
    currency: str
    due_date: date
    total_minor: int


class Pricing:
    """Computes what the invoices of one day cost and post, each distinct shape once.

    Amounts are those of `totals`, postings those of `posting_rules.issue`: this class only remembers them.
    """

    def __init__(self, *, day: date, tax_rate_ids: Iterable[UUID]) -> None:
        self._day = day
        self.percents = {rate_id: rate.percent for rate_id, rate in tax_rates_by_id(tax_rate_ids).items()}
        self._rates: dict[str, Rate | ExpectedError] = {}
        self._shapes: dict[Any, Shape] = {}

    def shape(self, lines: Sequence[LineInput], *, currency: str, prices_include_tax: bool) -> Shape:
        """This function will return the shape of an invoice of these lines.

        Raises:
            InvoiceLinesNotAccepted: when they cannot make an invoice.
            NoExchangeRate: when the currency has no rate on the day.
        """
        if not 0 < len(lines) <= MOST_LINES:
            raise InvoiceLinesNotAccepted(reason=f"An invoice has 1 to {MOST_LINES} lines.")
        for line in lines:
            require_line(line)
        accounts = [
            posting_rules.revenue_account(
                is_fee=line.is_fee, period_start=line.period_start, period_end=line.period_end
            )
            for line in lines
        ]
        kinds = [
            (line.quantity, line.unit_price_minor, line.tax_rate_id, account.code)
            for line, account in zip(lines, accounts, strict=True)
        ]
        key = (currency, prices_include_tax, *kinds)
        found = self._shapes.get(key)
        if found is None:
            amounts = priced(lines, self.percents, prices_include_tax=prices_include_tax)
            found = self._shapes[key] = self._computed(lines, accounts, amounts, currency)
        return found

    def _computed(
        self, lines: Sequence[LineInput], accounts: Sequence[Account], amounts: Totals, currency: str
    ) -> Shape:
        rate = self._rate(currency)
        document = posting_rules.PostedDocument(
            document_id=_DOCUMENT,
            customer_id=_CUSTOMER,
            currency=currency,
            lines=tuple(
                posting_rules.PostedLine(
                    line_id=UUID(int=_FIRST_LINE + place),
                    account=account,
                    net_minor=amount.net_minor,
                    tax_rate_id=line.tax_rate_id,
                    tax_minor=amount.tax_minor,
                )
                for place, (line, account, amount) in enumerate(zip(lines, accounts, amounts.lines, strict=True))
            ),
            base_per_unit=exact_base_per_unit(currency, rate),
            rate=rate.value,
            rate_source=rate.source,
        )
        entry = posting_rules.issue(document)
        places: dict[UUID | None, int | None] = {UUID(int=_FIRST_LINE + place): place for place in range(len(lines))}
        places[_DOCUMENT] = None
        return Shape(
            amounts=amounts,
            percents=tuple(self.percents[line.tax_rate_id] for line in lines),
            entry=entry,
            postings=tuple(
                (line.account, line.side, line.worth, places.get(line.per, line.per)) for line in entry.lines
            ),
        )

    def _rate(self, currency: str) -> Rate:
        found = self._rates.get(currency)
        if found is None:
            try:
                found = rate_on(currency, self._day)
            except ExpectedError as error:
                found = error
            self._rates[currency] = found
        if isinstance(found, ExpectedError):
            raise found
        return found


@needs_transaction
def post(bills: Sequence[Bill], *, day: date, at: datetime) -> None:
    """This function will post the invoices (J02), and check the entries while nobody waits for a number.

    Raises:
        IntegrityError: when an entry breaks a rule of the books.
    """
    ledger.post_many([_draft(bill) for bill in bills], effective_date=day, at=at)
    check_constraints()


@needs_transaction
def write_lines(bills: Sequence[Bill]) -> None:
    """This function will write the lines of invoices that are issued later in this transaction."""
    copy_in("invoices_invoiceline", _LINE_COLUMNS, (row for bill in bills for row in _line_rows(bill)))


@needs_transaction
def issue(bills: Sequence[Bill], payers: Mapping[UUID, CustomerRow], *, day: date, at: datetime) -> list[IssuedInvoice]:
    """This function will issue the invoices, dated `day` and due by each payer's terms, numbered in their order.

    Raises:
        IntegrityError: when an invoice breaks a rule of the database.
    """
    sellers = {code: _json(business.frozen_party(pays_in=code)) for code in {bill.currency for bill in bills}}
    last = numbering.take_many(series_of(day), len(bills)) - 1
    issued = [
        IssuedInvoice(
            id=bill.invoice_id,
            number=document_number(day, number),
            customer_id=bill.customer_id,
            currency=bill.currency,
            due_date=day + timedelta(days=payers[bill.customer_id].terms_days),
            total_minor=bill.shape.amounts.total_minor,
        )
        for number, bill in enumerate(bills, start=last + 1)
    ]
    buyers = {customer_id: _json(frozen_party(payer)) for customer_id, payer in payers.items()}
    rows = (
        _invoice_row(bill, each, dated=(day, at), parties=(sellers[bill.currency], buyers[bill.customer_id]))
        for bill, each in zip(bills, issued, strict=True)
    )
    copy_in("invoices_invoice", _INVOICE_COLUMNS, rows)
    return issued


def _draft(bill: Bill) -> EntryDraft:
    shape, document, customer, line_ids = bill.shape, bill.invoice_id, bill.customer_id, bill.line_ids
    lines = tuple(
        Line(
            account=account,
            side=side,
            worth=worth,
            customer_id=customer if account.of_customer else None,
            per=document if whose is None else line_ids[whose] if isinstance(whose, int) else whose,
        )
        for account, side, worth, whose in shape.postings
    )
    entry = shape.entry
    return EntryDraft(
        rule=entry.rule,
        subject_kind=entry.subject_kind,
        subject_id=document,
        lines=lines,
        rate=entry.rate,
        rate_source=entry.rate_source,
    )


def _line_rows(bill: Bill) -> Iterable[tuple[Any, ...]]:
    shape = bill.shape
    for place, (line_id, line) in enumerate(zip(bill.line_ids, bill.lines, strict=True)):
        amount = shape.amounts.lines[place]
        yield (
            line_id,
            bill.invoice_id,
            place + 1,
            line.description.strip(),
            line.quantity,
            line.unit_price_minor,
            line.is_fee,
            line.tax_rate_id,
            shape.percents[place],
            amount.net_minor,
            amount.tax_minor,
            line.period_start,
            line.period_end,
            line.member_id,
            line.member_name,
            None if line.arithmetic is None else _json(line.arithmetic),
        )


def _invoice_row(
    bill: Bill, issued: IssuedInvoice, *, dated: tuple[date, datetime], parties: tuple[str, str]
) -> tuple[Any, ...]:
    day, at = dated
    amounts = bill.shape.amounts
    return (
        bill.invoice_id,
        ISSUED,
        issued.number,
        bill.customer_id,
        bill.currency,
        bill.prices_include_tax,
        bill.title,
        "",
        day,
        issued.due_date,
        at,
        at,
        bill.group_id,
        *parties,
        amounts.net_minor,
        amounts.tax_minor,
        amounts.total_minor,
        *(0 for _ in _COUNTERS),
    )


def _json(facts: Mapping[str, Any]) -> str:
    return orjson.dumps(facts).decode()
