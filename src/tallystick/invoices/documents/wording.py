"""Turns the facts of a document into the words that stand on it: in the customer's language, by its formats. Pure."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from babel import Locale
from babel.dates import format_interval
from babel.numbers import format_decimal, format_percent
from django.utils import translation
from django.utils.translation import gettext as _

from tallystick.foundation.wording import known_locale, one_line, spoken_language, written_date, written_money
from tallystick.invoices.documents.facts import (
    BankFacts,
    CreditedLineFacts,
    CreditNoteFacts,
    DocumentFacts,
    InvoiceFacts,
    LineFacts,
    Mark,
    PartOfPeriod,
    PartyFacts,
    TaxFacts,
)

# What a template prints: texts by name, and lists of them.
Sheet: TypeAlias = dict[str, Any]
# A text, or one that is set from right to left.
Said: TypeAlias = str | dict[str, str]
L = TypeVar("L", bound=CreditedLineFacts)

_STRONG = {"L", "R", "AL"}
# The widths of a digit and of a letter as the table sets them, and the space between its columns.
_DIGIT_MM, _LETTER_MM, _GAP_MM = 2.05, 1.65, 5.0


def invoice_sheet(facts: InvoiceFacts) -> Sheet:
    """This function will return what stands on an invoice, or on the preview of a draft."""
    with _language_of(facts):
        words = _Words.of(facts)
        named = _("Invoice %(number)s") % {"number": facts.number} if facts.number else _("Draft of an invoice")
        dates = [(_("Invoice date"), facts.invoice_date), (_("Due date"), facts.due_date)]
        known = [
            (_("Invoice number"), facts.number),
            *((label, words.day(day)) for label, day in dates if day),
            *_of_buyer(facts),
        ]
        priced = _("Price with tax") if facts.prices_include_tax else _("Unit price")
        head = [_("Description"), _("Quantity"), priced, _("Tax"), _amount_head(facts)]
        groups = _groups(facts, facts.lines, words, lambda line: _invoice_row(facts, line, words))
        return {
            **_frame(facts, words),
            "title": named,
            "date": _parts(facts.invoice_date),
            "heading": named,
            "subject": _said(facts.title),
            "mark": {Mark.NONE: "", Mark.DRAFT: _("Draft"), Mark.VOID: _("Void")}[facts.mark],
            "facts": _rows(known),
            "head": head,
            "groups": groups,
            "widths": _widths(head, groups),
            "total": [_("Total"), words.money(facts.total_minor)],
            "pay": None if facts.mark is Mark.VOID or not facts.total_minor else _how_to_pay(facts, words),
        }


def credit_note_sheet(facts: CreditNoteFacts) -> Sheet:
    """This function will return what stands on a credit note: the invoice that it reduces, and why."""
    with _language_of(facts):
        words = _Words.of(facts)
        named = _("Credit note %(number)s") % {"number": facts.number}
        known = [
            (_("Credit note number"), facts.number),
            (_("Date"), words.day(facts.credit_note_date)),
            (_("For invoice"), facts.invoice_number),
            (_("Invoice date"), words.day(facts.invoice_date)),
            *_of_buyer(facts),
        ]
        head = [_("Description"), _("Tax"), _amount_head(facts)]
        groups = _groups(facts, facts.lines, words, lambda line: _credited_row(facts, line, words))
        frame = _frame(facts, words)
        reduces = _("This document reduces invoice %(number)s by %(amount)s. Nothing is to be paid for it.") % {
            "number": facts.invoice_number,
            "amount": _apart(words.money(facts.total_minor)),
        }
        return {
            **frame,
            "title": named,
            "date": _parts(facts.credit_note_date),
            "heading": named,
            "subject": _("Reason: %(reason)s") % {"reason": _apart(facts.reason)},
            "mark": "",
            "facts": _rows(known),
            "head": head,
            "groups": groups,
            "widths": _widths(head, groups),
            "total": [_("Total credited"), words.money(facts.total_minor)],
            "notes": [reduces, *frame["notes"]],
        }


@dataclass(frozen=True)
class _Words:
    """How amounts, numbers and dates are written on one document."""

    locale: Locale
    currency: str

    @classmethod
    def of(cls, facts: DocumentFacts) -> "_Words":
        return cls(known_locale(facts.locale or spoken_language("")), facts.currency)

    def money(self, minor: int) -> str:
        return written_money(minor, self.currency, self.locale)

    def number(self, minor: int) -> str:
        return written_money(minor, self.currency, self.locale, with_symbol=False)

    def day(self, day: date) -> str:
        return written_date(day, self.locale)

    def quantity(self, quantity: Decimal) -> str:
        return format_decimal(
            quantity.normalize() + 0, locale=self.locale, decimal_quantization=False, numbering_system="latn"
        )

    def percent(self, percent: Decimal) -> str:
        return format_percent(
            percent.normalize() / 100, locale=self.locale, decimal_quantization=False, numbering_system="latn"
        )

    def period(self, start: date, end: date) -> str:
        """A half-open period, as people read it: with its last day."""
        last = end - timedelta(days=1)
        return self.day(start) if start == last else format_interval(start, last, "yMMMd", locale=self.locale)


def _language_of(facts: DocumentFacts) -> Any:
    return translation.override(spoken_language(facts.locale))


def _frame(facts: InvoiceFacts | CreditNoteFacts, words: _Words) -> Sheet:
    seller, by_rate = facts.seller, _by_rate(facts.lines)
    logo = facts.logo
    # No larger than its corner of the letterhead: 60 by 16 millimetres.
    width = min(Decimal(60), 16 * logo.width_for_height) if logo else Decimal(0)
    footer = [seller.name, _tax_id(seller), seller.email]
    return {
        "language": translation.get_language() or "en",
        "author": seller.name,
        "colour": facts.colour,
        "logo_width": float(round(width, 2)),
        "logo_name": seller.name,
        "seller": [_said(seller.name), *(_said(line) for line in [*_postal(seller), _tax_id(seller)] if line)],
        "sender_line": " · ".join(_apart(each) for each in [seller.name, *seller.lines] if each),
        "buyer": [_said(facts.buyer.name), *(_said(line) for line in _postal(facts.buyer))],
        "sums": _sums(facts, by_rate, words),
        "notes": _legal_words(by_rate, words),
        "footer": " · ".join(_apart(each) for each in footer if each),
        "page_words": _("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
    }


def _postal(party: PartyFacts) -> list[str]:
    names = known_locale(translation.get_language() or "en").territories
    return [one_line(line) for line in (*party.lines, names.get(party.country, party.country)) if line.strip()]


def _tax_id(party: PartyFacts) -> str:
    return _("Tax number %(number)s") % {"number": party.tax_id} if party.tax_id else ""


def _of_buyer(facts: DocumentFacts) -> list[tuple[str, str]]:
    return [(_("Customer number"), facts.buyer.number), (_("Your tax number"), facts.buyer.tax_id)]


def _rows(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, Said]]:
    return [(label, _said(value)) for label, value in pairs if value]


def _amount_head(facts: DocumentFacts) -> str:
    words = _("Amount with tax, %(currency)s") if facts.prices_include_tax else _("Amount, %(currency)s")
    return words % {"currency": facts.currency}


def _shown_minor(facts: DocumentFacts, line: CreditedLineFacts) -> int:
    """What stands beside a line: where prices include tax, so do the amounts, or no line would multiply."""
    return line.net_minor + line.tax_minor if facts.prices_include_tax else line.net_minor


def _invoice_row(facts: InvoiceFacts, line: LineFacts, words: _Words) -> Sheet:
    notes = _period_notes(line, words)
    if line.part is not None:
        notes.append(_arithmetic(line.part, words))
    return {
        "description": _said(line.description),
        "notes": notes,
        "cells": [
            words.quantity(line.quantity),
            words.number(line.unit_price_minor),
            words.percent(line.tax.percent),
            words.number(_shown_minor(facts, line)),
        ],
    }


def _credited_row(facts: CreditNoteFacts, line: CreditedLineFacts, words: _Words) -> Sheet:
    return {
        "description": _said(line.description),
        "notes": _period_notes(line, words),
        "cells": [words.percent(line.tax.percent), words.number(_shown_minor(facts, line))],
    }


def _widths(head: Sequence[str], groups: Sequence[Sheet]) -> list[float]:
    """How wide the columns of numbers are, in millimetres: by their longest text, none of which may wrap."""
    rows = [row["cells"] for group in groups for row in group["rows"]]
    widths = []
    for place, word in enumerate(head[1:]):
        numbers = [cells[place] for cells in rows]
        if place == len(head) - 2:
            numbers += [group["sum"] for group in groups if "sum" in group]
        longest = max(len(number) for number in numbers)
        widths.append(round(max(longest * _DIGIT_MM, _columns(word) * _LETTER_MM) + _GAP_MM, 1))
    return widths


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _period_notes(line: CreditedLineFacts, words: _Words) -> list[str]:
    if line.period_start is None or line.period_end is None:
        return []
    return [words.period(line.period_start, line.period_end)]


def _arithmetic(part: PartOfPeriod, words: _Words) -> str:
    price = words.number(part.price_minor)
    if part.quantity != 1:
        price = f"{words.quantity(part.quantity)} × {price}"
    return _("%(days)s of %(of_days)s days of %(price)s") % {
        "days": part.days,
        "of_days": part.of_days,
        "price": price,
    }


def _groups(facts: DocumentFacts, lines: Sequence[L], words: _Words, row: Callable[[L], Sheet]) -> list[dict[str, Any]]:
    """The lines under the name of each member, with the member's sum; one nameless group where there are no members."""
    by_member: dict[Any, list[L]] = {}
    for line in lines:
        by_member.setdefault((line.member_id, line.member_name), []).append(line)
    if not any(name for _member, name in by_member):
        return [{"name": None, "rows": [row(line) for line in lines]}]
    return [
        {
            "name": _said(name or _("Other")),
            "rows": [row(line) for line in own],
            "sum_word": _("Sum for %(name)s") % {"name": _apart(name)} if name else _("Sum"),
            "sum": words.number(sum(_shown_minor(facts, line) for line in own)),
        }
        for (_member, name), own in by_member.items()
    ]


def _by_rate(lines: Sequence[CreditedLineFacts]) -> dict[TaxFacts, tuple[int, int]]:
    """Net and tax of each rate, in the order of the lines."""
    sums: dict[TaxFacts, tuple[int, int]] = {}
    for line in lines:
        net, tax = sums.get(line.tax, (0, 0))
        sums[line.tax] = (net + line.net_minor, tax + line.tax_minor)
    return sums


def _sums(facts: DocumentFacts, by_rate: dict[TaxFacts, tuple[int, int]], words: _Words) -> list[tuple[str, str]]:
    net_word = _("Net") if facts.prices_include_tax else _("Subtotal")
    rows = [(net_word, words.money(facts.net_minor))]
    for rate, (net, tax) in by_rate.items():
        word = _("%(rate)s on %(amount)s") % {"rate": _apart(rate.name), "amount": _apart(words.money(net))}
        rows.append((word, words.money(tax)))
    return rows


def _legal_words(by_rate: dict[TaxFacts, tuple[int, int]], words: _Words) -> list[str]:
    """What the law wants said of lines without tax (EU directive 2006/112, article 226, points 11 and 11a)."""
    said = {
        "reverse_charge": _("Reverse charge: the customer owes the tax on %(amount)s."),
        "exempt": _("%(rate)s: %(amount)s is exempt from tax."),
    }
    return [
        said[rate.category] % {"rate": _apart(rate.name), "amount": _apart(words.money(net))}
        for rate, (net, _tax) in by_rate.items()
        if rate.category in said
    ]


def _how_to_pay(facts: InvoiceFacts, words: _Words) -> Sheet:
    amount = _apart(words.money(facts.total_minor))
    due = facts.due_date
    lead = (
        _("Please pay %(amount)s by %(day)s.") % {"amount": amount, "day": _apart(words.day(due))}
        if due
        else _("Please pay %(amount)s.") % {"amount": amount}
    )
    return {
        "heading": _("How to pay"),
        "lead": lead,
        "bank": _rows(_of_bank(facts.bank, facts.number)) if facts.bank else [],
        "online": _("Or pay online, by card too:") if facts.bank else _("Pay online:"),
        "url": facts.portal_url,
        "code_words": _("Scan it with your banking app"),
    }


def _of_bank(bank: BankFacts, reference: str) -> list[tuple[str, str]]:
    return [
        (_("Account holder"), bank.holder),
        (_("IBAN"), bank.iban),
        (_("BIC"), bank.bic),
        (_("Bank"), bank.bank),
        (_("Reference"), reference),
    ]


def _said(text: str) -> Said:
    """People's text on one line; one that begins in a script from right to left is marked, to be set in its direction.

    The first letter decides, as it does on the pages (UAX 9, rules P2 and P3).
    """
    line = one_line(unicodedata.normalize("NFC", text))
    first = next((kind for each in line if (kind := unicodedata.bidirectional(each)) in _STRONG), "L")
    return line if first == "L" else {"text": line}


def _apart(text: str) -> str:
    """A text within a sentence: one from right to left may not reorder what stands around it (UAX 9, isolates)."""
    line = one_line(unicodedata.normalize("NFC", text))
    turns = any(unicodedata.bidirectional(each) in {"R", "AL"} for each in line)
    return f"\N{FIRST STRONG ISOLATE}{line}\N{POP DIRECTIONAL ISOLATE}" if turns else line


def _parts(day: date | None) -> tuple[int, int, int] | None:
    return (day.year, day.month, day.day) if day else None
