"""Turns the facts of a document into the words that stand on it: in the customer's language, by its formats. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.catalog.queries import NO_TAX_ON_DAMAGES, TAX_ON_USE
from tallystick.foundation.business import detail_lines
from tallystick.invoices.documents.facts import (
    ASKS_NOTHING,
    BankFacts,
    Claim,
    CreditedLineFacts,
    CreditNoteFacts,
    DocumentFacts,
    InvoiceFacts,
    LineFacts,
    Mark,
    PartOfPeriod,
    TaxFacts,
)
from tallystick.invoices.documents.phrases import (
    Sheet,
    Words,
    apart,
    date_parts,
    language_of,
    of_buyer,
    paper,
    rows,
    said,
    width_of,
)

L = TypeVar("L", bound=CreditedLineFacts)


def invoice_sheet(facts: InvoiceFacts) -> Sheet:
    """This function will return what stands on an invoice, or on the preview of a draft."""
    with language_of(facts):
        words = Words.of(facts, facts.currency)
        named = _named(facts)
        date_word = _("Date") if facts.claim is Claim.PREPAYMENT else _("Invoice date")
        dates = [(date_word, facts.invoice_date), (_("Due date"), facts.due_date)]
        known = [
            (_("Request number") if facts.claim is Claim.PREPAYMENT else _("Invoice number"), facts.number),
            *((label, words.day(day)) for label, day in dates if day),
            *of_buyer(facts),
        ]
        priced = _("Price with tax") if facts.prices_include_tax else _("Unit price")
        head = [_("Description"), _("Quantity"), priced, _("Tax"), _amount_head(facts)]
        groups = _groups(facts, facts.lines, words, lambda line: _invoice_row(facts, line, words))
        frame = _frame(facts, words)
        return {
            **frame,
            "notes": [*_about_prepaid(facts), *frame["notes"]],
            "title": named,
            "date": date_parts(facts.invoice_date),
            "heading": named,
            "subject": said(facts.title),
            "mark": {Mark.NONE: "", Mark.DRAFT: _("Draft"), Mark.VOID: _("Void")}[facts.mark],
            "facts": rows(known),
            "head": head,
            "groups": groups,
            "widths": _widths(head, groups),
            "total": [_("Total"), words.money(facts.total_minor)],
            "pay": _how_to_pay(facts, words) if _can_be_paid(facts) else None,
        }


def _named(facts: InvoiceFacts) -> str:
    if facts.claim in ASKS_NOTHING:
        words = _("Tax invoice %(number)s") if facts.total_minor >= 0 else _("Tax credit note %(number)s")
    elif facts.claim is Claim.PREPAYMENT:
        words = _("Top-up request %(number)s") if facts.number else _("Draft of a top-up request")
    else:
        words = _("Invoice %(number)s") if facts.number else _("Draft of an invoice")
    return words % {"number": facts.number}


def _about_prepaid(facts: InvoiceFacts) -> list[str]:
    if facts.claim is Claim.MONEY:
        return []
    if facts.claim is Claim.TAXED_TOPUP and facts.mark is Mark.VOID:
        return [_("The top-up was taken back, and its tax with it.")]
    if facts.claim is Claim.TAXED_TOPUP:
        return [_("This is paid. The net amount is in your prepaid credit; no tax is charged when you use it.")]
    if facts.claim is Claim.TAXED_PURCHASES:
        return [
            _(
                "Nothing is to be paid for this: your prepaid credit paid it. What you used beyond it is invoiced by "
                "itself, without its tax, which is here."
            )
        ]
    if all(line.tax.category == "outside_scope" for line in facts.lines):
        said = _(
            "This is a pro forma and not a tax invoice. Nothing is owed: what you pay is added to your prepaid "
            "credit, and tax is charged when you use it."
        )
    else:
        said = _(
            "This is a pro forma and not a tax invoice. Nothing is owed: what you pay is added to your prepaid credit "
            "without its tax, and you get a tax invoice of it."
        )
    return [said] if facts.expires_months is None else [said, _usable_for(facts.expires_months)]


def _usable_for(months: int) -> str:
    return ngettext(
        "You can use it for %(count)s month after you pay.",
        "You can use it for %(count)s months after you pay.",
        months,
    ) % {"count": months}


def _can_be_paid(facts: InvoiceFacts) -> bool:
    return facts.mark is not Mark.VOID and facts.total_minor > 0 and facts.claim not in ASKS_NOTHING


def credit_note_sheet(facts: CreditNoteFacts) -> Sheet:
    """This function will return what stands on a credit note: the invoice that it reduces, and why."""
    with language_of(facts):
        words = Words.of(facts, facts.currency)
        named = _("Credit note %(number)s") % {"number": facts.number}
        known = [
            (_("Credit note number"), facts.number),
            (_("Date"), words.day(facts.credit_note_date)),
            (_("For invoice"), facts.invoice_number),
            (_("Invoice date"), words.day(facts.invoice_date)),
            *of_buyer(facts),
        ]
        head = [_("Description"), _("Tax"), _amount_head(facts)]
        groups = _groups(facts, facts.lines, words, lambda line: _credited_row(facts, line, words))
        frame = _frame(facts, words)
        reduces = _("This document reduces invoice %(number)s by %(amount)s. Nothing is to be paid for it.") % {
            "number": facts.invoice_number,
            "amount": apart(words.money(facts.total_minor)),
        }
        return {
            **frame,
            "title": named,
            "date": date_parts(facts.credit_note_date),
            "heading": named,
            "subject": _("Reason: %(reason)s") % {"reason": apart(facts.reason)},
            "mark": "",
            "facts": rows(known),
            "head": head,
            "groups": groups,
            "widths": _widths(head, groups),
            "total": [_("Total credited"), words.money(facts.total_minor)],
            "notes": [reduces, *frame["notes"]],
        }


def _frame(facts: InvoiceFacts | CreditNoteFacts, words: Words) -> Sheet:
    by_rate = _by_rate(facts.lines)
    return {**paper(facts), "sums": _sums(facts, by_rate, words), "notes": _legal_words(by_rate, words)}


def _amount_head(facts: DocumentFacts) -> str:
    words = _("Amount with tax, %(currency)s") if facts.prices_include_tax else _("Amount, %(currency)s")
    return words % {"currency": facts.currency}


def _shown_minor(facts: DocumentFacts, line: CreditedLineFacts) -> int:
    """What stands beside a line: where prices include tax, so do the amounts, or no line would multiply."""
    return line.net_minor + line.tax_minor if facts.prices_include_tax else line.net_minor


def _invoice_row(facts: InvoiceFacts, line: LineFacts, words: Words) -> Sheet:
    notes = _period_notes(line, words)
    if line.part is not None:
        notes.append(_arithmetic(line.part, words))
    return {
        "description": said(line.description),
        "notes": notes,
        "cells": [
            words.quantity(line.quantity),
            words.number(line.unit_price_minor),
            words.percent(line.tax.percent),
            words.number(_shown_minor(facts, line)),
        ],
    }


def _credited_row(facts: CreditNoteFacts, line: CreditedLineFacts, words: Words) -> Sheet:
    return {
        "description": said(line.description),
        "notes": _period_notes(line, words),
        "cells": [words.percent(line.tax.percent), words.number(_shown_minor(facts, line))],
    }


def _widths(head: Sequence[str], groups: Sequence[Sheet]) -> list[float]:
    """How wide the columns of numbers are, in millimetres: by their longest text, none of which may wrap."""
    cells_of = [row["cells"] for group in groups for row in group["rows"]]
    widths = []
    for place, word in enumerate(head[1:]):
        numbers = [cells[place] for cells in cells_of]
        if place == len(head) - 2:
            numbers += [group["sum"] for group in groups if "sum" in group]
        widths.append(width_of(word, numbers))
    return widths


def _period_notes(line: CreditedLineFacts, words: Words) -> list[str]:
    if line.period_start is None or line.period_end is None:
        return []
    return [words.period(line.period_start, line.period_end)]


def _arithmetic(part: PartOfPeriod, words: Words) -> str:
    price = words.number(part.price_minor)
    if part.quantity != 1:
        price = f"{words.quantity(part.quantity)} × {price}"
    return _("%(days)s of %(of_days)s days of %(price)s") % {
        "days": part.days,
        "of_days": part.of_days,
        "price": price,
    }


def _groups(facts: DocumentFacts, lines: Sequence[L], words: Words, row: Callable[[L], Sheet]) -> list[dict[str, Any]]:
    """The lines under the name of each member, with the member's sum; one nameless group where there are no members."""
    by_member: dict[Any, list[L]] = {}
    for line in lines:
        by_member.setdefault((line.member_id, line.member_name), []).append(line)
    if not any(name for _member, name in by_member):
        return [{"name": None, "rows": [row(line) for line in lines]}]
    return [
        {
            "name": said(name or _("Other")),
            "rows": [row(line) for line in own],
            "sum_word": _("Sum for %(name)s") % {"name": apart(name)} if name else _("Sum"),
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


def _sums(facts: DocumentFacts, by_rate: dict[TaxFacts, tuple[int, int]], words: Words) -> list[tuple[str, str]]:
    net_word = _("Net") if facts.prices_include_tax else _("Subtotal")
    sums = [(net_word, words.money(facts.net_minor))]
    for rate, (net, tax) in by_rate.items():
        word = _("%(rate)s on %(amount)s") % {"rate": apart(_rate_name(rate)), "amount": apart(words.money(net))}
        sums.append((word, words.money(tax)))
    return sums


def _rate_name(rate: TaxFacts) -> str:
    """The name of a rate: those that we made ourselves are said in the language of the reader."""
    ours = {TAX_ON_USE: _("No tax before use"), NO_TAX_ON_DAMAGES: _("No tax on late fees")}
    return ours.get(rate.name, rate.name)


def _legal_words(by_rate: dict[TaxFacts, tuple[int, int]], words: Words) -> list[str]:
    """What the law wants said of lines without tax (EU directive 2006/112, article 226, points 11 and 11a)."""
    said = {
        "reverse_charge": _("Reverse charge: the customer owes the tax on %(amount)s."),
        "exempt": _("%(rate)s: %(amount)s is exempt from tax."),
    }
    return [
        said[rate.category] % {"rate": apart(rate.name), "amount": apart(words.money(net))}
        for rate, (net, _tax) in by_rate.items()
        if rate.category in said
    ]


def _how_to_pay(facts: InvoiceFacts, words: Words) -> Sheet:
    amount = apart(words.money(facts.total_minor))
    due = facts.due_date
    lead = (
        _("Please pay %(amount)s by %(day)s.") % {"amount": amount, "day": apart(words.day(due))}
        if due
        else _("Please pay %(amount)s.") % {"amount": amount}
    )
    return how_to_pay(lead, bank=facts.bank, reference=facts.number, portal_url=facts.portal_url)


def how_to_pay(lead: str, *, bank: BankFacts | None, reference: str, portal_url: str) -> Sheet:
    """This function will return where to send money, and by what it is recognised."""
    return {
        "heading": _("How to pay"),
        "lead": lead,
        "bank": rows(_of_bank(bank, reference)) if bank else [],
        "online": _("Or pay online, by card too:") if bank else _("Pay online:"),
        "url": portal_url,
        "code_words": _("Scan it with your banking app"),
    }


def _of_bank(bank: BankFacts, reference: str) -> list[tuple[str, str]]:
    return [
        (_("Account holder"), bank.holder),
        (_("IBAN"), bank.iban),
        (_("BIC"), bank.bic),
        (_("Bank"), bank.bank),
        *((label or _("Details"), value) for label, value in detail_lines(bank.details)),
        (_("Reference"), reference),
    ]
