"""Turns the facts of vouchers into the words that stand on them. Pure."""

from django.utils.translation import gettext as _

from tallystick.invoices.documents.facts import VouchersFacts
from tallystick.invoices.documents.phrases import Sheet, Words, date_parts, language_of, paper, said


def vouchers_sheet(facts: VouchersFacts) -> Sheet:
    """This function will return what stands on the sheets of vouchers."""
    with language_of(facts):
        words = Words.of(facts, facts.currency)
        return {
            **paper(facts),
            "title": _("Vouchers %(number)s") % {"number": facts.number},
            "date": date_parts(facts.made_date),
            "mark": "",
            "name": said(facts.name),
            "worth": _worth(facts, words),
            "terms": [each for each in [_condition(facts, words), _days(facts, words)] if each],
            "how": _("Redeem it at %(address)s") % {"address": facts.redeem_url.partition("://")[2].rstrip("/")},
            "vouchers": [(f"{facts.number}-{each.number}", each.code) for each in facts.vouchers],
            "nothing": _("All vouchers of this batch were redeemed."),
        }


def _worth(facts: VouchersFacts, words: Words) -> str:
    if facts.gives == "multiplier" and facts.multiplier is not None:
        return _("Top-up × %(times)s") % {"times": words.quantity(facts.multiplier)}
    amount = words.money(facts.amount_minor)
    return _("+ %(amount)s") % {"amount": amount} if facts.gives == "additional" else amount


def _condition(facts: VouchersFacts, words: Words) -> str:
    if facts.gives == "free":
        return ""
    told = _("On a top-up")
    if facts.minimum_topup_minor:
        told = _("On a top-up of %(least)s or more") % {"least": words.money(facts.minimum_topup_minor)}
    if facts.gives == "multiplier":
        return _("%(told)s, at most %(most)s more") % {"told": told, "most": words.money(facts.amount_minor)}
    return told


def _days(facts: VouchersFacts, words: Words) -> str:
    first, last = facts.valid_from, facts.valid_until
    if first and last:
        return _("Valid from %(first)s until %(last)s") % {"first": words.day(first), "last": words.day(last)}
    if last:
        return _("Valid until %(last)s") % {"last": words.day(last)}
    return _("Valid from %(first)s") % {"first": words.day(first)} if first else ""
