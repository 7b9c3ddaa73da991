"""Turns the facts of a receipt into the words that stand on it. Pure."""

from django.utils.translation import gettext as _

from tallystick.invoices.documents.facts import ReceiptFacts
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


def receipt_sheet(facts: ReceiptFacts) -> Sheet:
    """This function will return what stands on the receipt of a payment, or of a refund."""
    with language_of(facts):
        words = Words.of(facts, facts.currency)
        is_refund = bool(facts.of_receipt)
        named = (_("Refund receipt %(number)s") if is_refund else _("Receipt %(number)s")) % {"number": facts.number}
        known = [
            (_("Receipt number"), facts.number),
            (_("Paid back on") if is_refund else _("Received on"), words.day(facts.received_date)),
            *_came(facts, words, is_refund=is_refund),
            (_("Method"), facts.method),
            (_("Reference"), facts.reference),
            (_("For receipt"), facts.of_receipt),
            *of_buyer(facts),
        ]
        head = [_("Description"), _("Amount, %(currency)s") % {"currency": facts.currency}]
        lines = [(text, words.number(minor)) for text, minor in _lines(facts)]
        return {
            **paper(facts),
            "title": named,
            "date": date_parts(facts.received_date),
            "heading": named,
            "subject": said(facts.description),
            "mark": _("Void") if facts.is_void else "",
            "facts": rows(known),
            "head": head,
            "groups": [
                {
                    "name": None,
                    "rows": [{"description": said(text), "notes": [], "cells": [amount]} for text, amount in lines],
                }
            ],
            "widths": [width_of(head[1], [amount for _text, amount in lines])],
            "sums": [],
            "total": [_("Total paid back") if is_refund else _("Total received"), words.money(facts.total_minor)],
            "notes": [_confirms(facts, words)],
        }


def _lines(facts: ReceiptFacts) -> list[tuple[str, int]]:
    """What became of the money."""
    if facts.of_receipt:
        return [(_("Paid back from receipt %(number)s") % {"number": facts.of_receipt}, facts.total_minor)]
    lines = [(_("Invoice %(number)s") % {"number": number}, minor) for number, minor in facts.settled]
    if facts.credit_minor:
        lines.append((_("Kept as your credit"), facts.credit_minor))
    other = facts.total_minor - sum(minor for _text, minor in lines)
    # Paid back, lost or written off before the receipt was issued.
    return [*lines, (_("Other"), other)] if other else lines


def _came(facts: ReceiptFacts, words: Words, *, is_refund: bool) -> list[tuple[str, str]]:
    """What was exchanged, and at which rate, when it was in another currency than the receipt's."""
    came = facts.came
    if came is None:
        return []
    told = {
        "amount": apart(Words.of(facts, came.currency).money(came.minor)),
        "rate": words.quantity(came.rate),
        "charged": came.currency,
        "currency": facts.currency,
        "source": apart(came.source),
    }
    text = _("%(amount)s, at 1 %(charged)s = %(rate)s %(currency)s (%(source)s)") % told
    return [(_("Paid back as") if is_refund else _("Paid as"), text)]


def _confirms(facts: ReceiptFacts, words: Words) -> str:
    amount, day = apart(words.money(facts.total_minor)), apart(words.day(facts.received_date))
    if facts.of_receipt:
        return _("We paid %(amount)s back to you on %(day)s.") % {"amount": amount, "day": day}
    return _("We received %(amount)s from you on %(day)s.") % {"amount": amount, "day": day}
