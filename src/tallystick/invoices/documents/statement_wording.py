"""Turns the facts of a statement of account into the words that stand on it. Pure."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.invoices.documents.facts import AgeFacts, CurrencyFacts, MovementFacts, StatementFacts
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


def statement_sheet(facts: StatementFacts) -> Sheet:
    """This function will return what stands on a statement of account."""
    with language_of(facts):
        words = Words.of(facts, "")
        named = _("Statement of account")
        known = [
            (_("From"), words.day(facts.from_date) if facts.from_date else _("the beginning")),
            (_("Up to and including"), words.day(facts.until_date)),
            (_("As it was known on"), words.day(facts.known_date) if facts.known_date else ""),
            *of_buyer(facts),
        ]
        notes = [
            _("What you owe, your credit and your wallet stand side by side. None is taken off another."),
            _("Every entry stands at the day for which it counts; what is recorded later can still be added to a day."),
        ]
        return {
            **paper(facts),
            "title": named,
            "date": date_parts(facts.known_date or facts.until_date),
            "heading": named,
            "subject": _subject(facts, words),
            "mark": "",
            "facts": rows(known),
            "parts": [_currency(facts, each) for each in facts.currencies],
            "nothing": _("Nothing has moved on this account up to this day."),
            "notes": notes,
        }


def _subject(facts: StatementFacts, words: Words) -> str:
    last = words.day(facts.until_date)
    if facts.from_date is None:
        return _("Up to %(last)s") % {"last": last}
    return _("%(first)s to %(last)s") % {"first": words.day(facts.from_date), "last": last}


def _currency(facts: StatementFacts, own: CurrencyFacts) -> Sheet:
    words = Words.of(facts, own.currency)
    head = [_("Date"), _("What"), _("Amount"), _("You owe"), _("Credit")]
    if own.has_wallet:
        head.append(_("Wallet"))
    first = [_row(own.opening, words, own)] if own.opening else []
    moved = [_row(each, words, own) for each in own.movements]
    closing = _closing(facts, own, words)
    numbers = [row["cells"] for row in [*first, *moved, closing]]
    return {
        "heading": own.currency,
        "truths": _truths(own, words),
        "head": head,
        "opening": first,
        "left_out": _left_out(own.left_out),
        "rows": moved,
        "closing": closing,
        "widths": [width_of(word, [cells[place] for cells in numbers]) for place, word in enumerate(head[2:])],
        "age_heading": _("How old your open invoices are"),
        "ages": [(_age_words(each), words.number(each.minor)) for each in own.ages],
    }


def _truths(own: CurrencyFacts, words: Words) -> list[tuple[str, str]]:
    truths = [(_("You owe"), words.money(own.owes_minor)), (_("Credit"), words.money(own.credit_minor))]
    if own.has_wallet:
        below = own.wallet_minor < 0
        truths.append((_("Used beyond prepaid") if below else _("Wallet"), words.money(abs(own.wallet_minor))))
    return truths


def _row(moved: MovementFacts, words: Words, own: CurrencyFacts) -> Sheet:
    balances = [moved.owes_minor, moved.credit_minor, *([moved.wallet_minor] if own.has_wallet else [])]
    return {
        "day": words.day(moved.day),
        "words": said(moved.words),
        "cells": [words.number(moved.minor) if moved.minor else "", *(words.number(each) for each in balances)],
    }


def _closing(facts: StatementFacts, own: CurrencyFacts, words: Words) -> Sheet:
    balances = [own.owes_minor, own.credit_minor, *([own.wallet_minor] if own.has_wallet else [])]
    return {
        "words": _("Balance on %(day)s") % {"day": words.day(facts.until_date)},
        "cells": ["", *(words.number(each) for each in balances)],
    }


def _left_out(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(count)s earlier movement is not listed here. It is counted in the balances; the CSV file has it.",
        "%(count)s earlier movements are not listed here. They are counted in the balances; the CSV file has them.",
        count,
    ) % {"count": apart(str(count))}


def _age_words(age: AgeFacts) -> str:
    if not age.from_days:
        return _("Not due")
    if age.to_days is None:
        return _("Over %(days)s days") % {"days": age.from_days - 1}
    return _("%(first)s–%(last)s days") % {"first": age.from_days, "last": age.to_days}
