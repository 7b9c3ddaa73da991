"""Turns the facts of a reminder into the words of a letter: the same that its mail says. Pure."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from tallystick.invoices.documents.facts import ReminderFacts
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
from tallystick.invoices.documents.wording import how_to_pay


def reminder_sheet(facts: ReminderFacts) -> Sheet:
    """This function will return what stands on the letter that reminds of an invoice."""
    with language_of(facts):
        words = Words.of(facts, facts.currency)
        known = [
            (_("Invoice number"), facts.number),
            (_("Invoice date"), words.day(facts.invoice_date)),
            (_("Due date"), words.day(facts.due_date)),
            (_("The invoice says"), words.day(facts.stated_due_date) if facts.stated_due_date else ""),
            (_("Date"), words.day(facts.letter_date)),
            *of_buyer(facts),
        ]
        head = [_("Invoice"), _("Due date"), _("Amount, %(currency)s") % {"currency": facts.currency}]
        lines = [(facts.number, words.day(facts.due_date), words.number(facts.open_minor))]
        lines += [(each.number, words.day(each.due_date), words.number(each.open_minor)) for each in facts.open_fees]
        if facts.fee_open_minor:
            due = facts.pay_by_date or facts.letter_date
            lines.append((facts.fee_number, words.day(due), words.number(facts.fee_open_minor)))
        return {
            **paper(facts),
            "title": _heading(facts),
            "date": date_parts(facts.letter_date),
            "heading": _heading(facts),
            "subject": "",
            "mark": "",
            "facts": rows(known),
            "words": [said(each) for each in _body(facts, words)],
            "head": head,
            "groups": [
                {
                    "name": None,
                    "rows": [{"description": said(name), "notes": [], "cells": cells} for name, *cells in lines],
                }
            ],
            "widths": [width_of(head[place], [line[place] for line in lines]) for place in (1, 2)],
            "sums": [],
            "total": [_("Left to pay"), words.money(facts.total_minor)],
            "notes": list(_follows(facts, words)),
            "pay": how_to_pay(
                _lead(facts, words), bank=facts.bank, reference=facts.reference, portal_url=facts.portal_url
            ),
        }


def _heading(facts: ReminderFacts) -> str:
    if not facts.is_late:
        return _("Invoice %(number)s is due soon") % {"number": facts.number}
    named = _("Last reminder of invoice %(number)s") if facts.is_last else _("Reminder of invoice %(number)s")
    return named % {"number": facts.number}


def _body(facts: ReminderFacts, words: Words) -> Iterator[str]:
    told = {
        "number": facts.number,
        "due_date": words.day(facts.due_date),
        "left_open": apart(words.money(facts.open_minor)),
    }
    if facts.own_words:
        yield from facts.own_words
    elif facts.is_late:
        yield _("Invoice %(number)s was due on %(due_date)s. %(left_open)s is still open.") % told
    else:
        yield _("Invoice %(number)s is due on %(due_date)s. %(left_open)s is open.") % told
    if facts.fee_minor:
        yield (
            _("A late fee of %(amount)s is added, for which invoice %(fee_number)s is attached.")
            % {"amount": apart(words.money(facts.fee_minor)), "fee_number": facts.fee_number}
        )
    for each in facts.open_fees:
        yield (
            _("A late fee that was added before is open as well: %(amount)s on invoice %(fee_number)s.")
            % {"amount": apart(words.money(each.open_minor)), "fee_number": each.number}
        )


def _lead(facts: ReminderFacts, words: Words) -> str:
    amount = apart(words.money(facts.total_minor))
    day = facts.pay_by_date or (None if facts.is_late else facts.due_date)
    if day is None:
        return _("Please pay %(left_open)s now.") % {"left_open": amount}
    return _("Please pay %(amount)s by %(day)s.") % {"amount": amount, "day": apart(words.day(day))}


def _follows(facts: ReminderFacts, words: Words) -> Iterator[str]:
    """What happens if nothing is paid."""
    if facts.next_reminder_date:
        day = words.day(facts.next_reminder_date)
        yield _("If it is not paid by then, we write again on %(next_reminder_date)s.") % {"next_reminder_date": day}
    elif facts.is_last:
        yield _("This is our last reminder.")
    if facts.next_fee_date:
        yield (
            _("From %(next_fee_date)s a late fee of %(next_fee)s is added, if it is not paid before.")
            % {"next_fee_date": words.day(facts.next_fee_date), "next_fee": apart(words.money(facts.next_fee_minor))}
        )
    if facts.suspension_date:
        day = words.day(facts.suspension_date)
        yield (
            _(
                "If it stays unpaid, the services on it are suspended on %(suspension_date)s. "
                "They come back as soon as it is paid."
            )
            % {"suspension_date": day}
        )
    yield _(
        "Have you paid already? Then there is nothing to do. If something is wrong with the invoice, or you cannot pay "
        "it now, please write to us."
    )
