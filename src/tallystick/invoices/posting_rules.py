"""What invoices and credit notes post (`docs/chart-of-accounts.md`): J02, J03, J12, J13, J15, J26. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from tallystick.foundation.months import months_after
from tallystick.invoices.totals import split_tax
from tallystick.ledger.accounts import (
    CUSTOMER_CREDIT,
    DEFERRED_REVENUE,
    FEES_CHARGED,
    OUTPUT_TAX,
    RECEIVABLES,
    REVENUE,
    Account,
)
from tallystick.ledger.entries import EntryDraft, Line, Worth, credit, debit, mirror


@dataclass(frozen=True, slots=True)
class PostedLine:
    """A line of a document as the books see it: amounts in minor units, with the sign of the line.

    `base_minor` is what the net amount is carried at, where that is not to be reckoned at the document's rate.
    """

    line_id: UUID
    account: Account
    net_minor: int
    tax_rate_id: UUID
    tax_minor: int
    base_minor: int | None = None


@dataclass(frozen=True, slots=True)
class PostedDocument:
    """A document as the books see it, with the exact worth of one minor unit in minor units of base currency."""

    document_id: UUID
    customer_id: UUID
    currency: str
    lines: tuple[PostedLine, ...]
    base_per_unit: Fraction
    rate: Decimal | None
    rate_source: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What of an amount that is given up an account bears: bad debts of the invoice, or the tax of a rate."""

    account: Account
    object_id: UUID
    minor: int
    base_minor: int


def revenue_account(*, is_fee: bool, period_start: date | None, period_end: date | None) -> Account:
    """This function will choose where a line's net amount goes: fees, revenue, or deferred when it covers over a month.

    The period is half open; a calendar month from any day is not deferred (J02).
    """
    if is_fee:
        return FEES_CHARGED
    if period_start is None or period_end is None:
        return REVENUE
    is_longer = period_end > months_after(period_start, 1, day=period_start.day)
    return DEFERRED_REVENUE if is_longer else REVENUE


def issue(document: PostedDocument) -> EntryDraft:
    """This function will return the entry of an issued invoice (J02).

    Receivables are debited gross; revenue, deferred revenue and tax are credited; negative lines stand on the other
    side. Every line has its share of the base amount, so that the entry balances in base without a remainder.
    """
    return EntryDraft(
        rule="J02",
        subject_kind="invoice",
        subject_id=document.document_id,
        lines=_lines(document, RECEIVABLES),
        rate=document.rate,
        rate_source=document.rate_source,
    )


def issue_credit_note(document: PostedDocument, *, credit_note_id: UUID) -> EntryDraft:
    """This function will return the entry of a credit note (J26): revenue and tax back, customer credit up."""
    lines = mirror(_lines(document, CUSTOMER_CREDIT, per=credit_note_id))
    return EntryDraft(
        rule="J26",
        subject_kind="credit_note",
        subject_id=credit_note_id,
        lines=lines,
        rate=document.rate,
        rate_source=document.rate_source,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedSum:
    """What a run earned for one product and currency; `lowered` is that of negative lines, such as discounts."""

    product_id: UUID | None
    currency: str
    earned_minor: int
    earned_base: int
    lowered_minor: int
    lowered_base: int


def earn(earned: EarnedSum, *, run_id: UUID) -> EntryDraft:
    """This function will return the entry of earned revenue (J03), per product, or per run where there is none.

    Which line earned how much is kept beside it, a row each.
    """
    per = earned.product_id or run_id
    more = Worth(earned.earned_minor, earned.currency, earned.earned_base)
    less = Worth(earned.lowered_minor, earned.currency, earned.lowered_base)
    sides = (
        (more, debit(DEFERRED_REVENUE, more, per=per), credit(REVENUE, more, per=per)),
        (less, debit(REVENUE, less, per=per), credit(DEFERRED_REVENUE, less, per=per)),
    )
    lines = tuple(line for worth, *both in sides if worth.minor for line in both)
    return EntryDraft(rule="J03", subject_kind="revenue_run", subject_id=run_id, lines=lines)


def write_off(*, invoice_id: UUID, customer_id: UUID, currency: str, parts: Sequence[GivenUp]) -> EntryDraft:
    """This function will return the entry of a claim that is given up (J12): bad debts up, and perhaps tax back."""
    worth = Worth(sum(part.minor for part in parts), currency, sum(part.base_minor for part in parts))
    return EntryDraft(
        rule="J12",
        subject_kind="invoice",
        subject_id=invoice_id,
        lines=(
            *(
                debit(part.account, Worth(part.minor, currency, part.base_minor), per=part.object_id)
                for part in parts
                if part.minor
            ),
            credit(RECEIVABLES, worth, customer_id=customer_id, per=invoice_id),
        ),
    )


def recover(*, invoice_id: UUID, customer_id: UUID, currency: str, parts: Sequence[GivenUp]) -> EntryDraft:
    """This function will return the entry of a written-off claim that is paid after all (J13): it is owed again."""
    given_up = write_off(invoice_id=invoice_id, customer_id=customer_id, currency=currency, parts=parts)
    return replace(given_up, rule="J13", lines=mirror(given_up.lines))


def _lines(document: PostedDocument, customer_account: Account, per: UUID | None = None) -> tuple[Line, ...]:
    parts: list[tuple[Account, UUID, int, int | None]] = [
        (line.account, line.line_id, line.net_minor, line.base_minor) for line in document.lines if line.net_minor
    ]
    for rate_id, tax_minor in _tax_by_rate(document.lines).items():
        if tax_minor:
            parts.append((OUTPUT_TAX, rate_id, tax_minor, None))
    if not parts:
        return ()
    reckoned = [minor for *_, minor, base in parts if base is None]
    levelled = iter(_level(split_tax([minor * document.base_per_unit for minor in reckoned]), reckoned))
    bases = [next(levelled) if base is None else base for *_, base in parts]
    lines: list[Line] = []
    gross = sum(minor for *_, minor, _base in parts)
    if gross:
        worth = Worth(gross, document.currency, sum(bases))
        lines.append(debit(customer_account, worth, customer_id=document.customer_id, per=per or document.document_id))
    for (account, object_id, minor, _carried), base in zip(parts, bases, strict=True):
        side = credit if minor > 0 else debit
        lines.append(side(account, Worth(abs(minor), document.currency, abs(base)), per=object_id))
    return tuple(lines)


def _level(bases: list[int], minors: Sequence[int]) -> list[int]:
    """Rounding may leave a base amount with the wrong sign (a tiny negative share); it is then 0, and the largest part
    takes the difference.
    """
    levelled = [base if base * minor > 0 else 0 for base, minor in zip(bases, minors, strict=True)]
    lost = sum(bases) - sum(levelled)
    if lost:
        largest = max(range(len(levelled)), key=lambda index: abs(levelled[index]))
        levelled[largest] += lost
    return levelled


def _tax_by_rate(lines: Sequence[PostedLine]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for line in lines:
        found[line.tax_rate_id] = found.get(line.tax_rate_id, 0) + line.tax_minor
    return found
