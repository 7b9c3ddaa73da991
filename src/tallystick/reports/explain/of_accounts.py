"""The numbers of the trial balance: what stands on an account or on all of them, and what moved there."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.ledger.accounts import CLEARING
from tallystick.reports.explain.numbers import COUNTED, Number, postings

_CLEARING: Final = ", ".join(f"'{account.code}'" for account in CLEARING)
_ACCOUNT: Final = "posting.account = %(account)s"
_CURRENCY: Final = "(%(currency)s = '' OR posting.currency = %(currency)s)"
_SINCE: Final = "(%(first_day)s::date IS NULL OR entry.effective_date >= %(first_day)s)"
# What the posting names; the event itself, where an account is kept per nothing.
_PART: Final = "coalesce(posting.object_id, entry.subject_id)"


def _both(name: str, titles: tuple[Promise, Promise], formulas: tuple[Promise, Promise], side: str) -> list[Number]:
    """A number in its currency, and the same one in base; of one `side` it is over some days."""
    what, over = name.split(".")
    where = [*([_ACCOUNT] if what == "account" else []), _CURRENCY, COUNTED]
    if side:
        where += [_SINCE, f"posting.side = '{side}'"]
    return [
        Number(
            name=f"{what}.{over}_base" if in_base else name,
            title=title,
            formula=formula,
            takes=(
                *(["account"] if what == "account" else []),
                "currency",
                *(["first_day"] if side else []),
                "until",
            ),
            leaves=postings(" AND ".join(where), plus=side or "D", part=_PART, in_base=in_base),
            of_business=True,
            looks_ahead=True,
            in_base=in_base,
        )
        for in_base, title, formula in zip((False, True), titles, formulas, strict=True)
    ]


NUMBERS: Final = (
    Number(
        name="clearing.balance",
        title=_("Balance of clearing accounts"),
        formula=_(
            "Debits less credits of the accounts between the business and its bank and payment services (1100, 1110 "
            "and 1120), up to the day."
        ),
        takes=("currency", "until"),
        leaves=postings(f"posting.account IN ({_CLEARING}) AND {_CURRENCY} AND {COUNTED}", plus="D", part=_PART),
        of_business=True,
        looks_ahead=True,
    ),
    Number(
        name="books.moved",
        title=_("Debits of all currencies, in base currency"),
        formula=_("The debits of all entries dated in these days, in any currency, each at the rate of its entry."),
        takes=("first_day", "until"),
        leaves=postings(f"{_SINCE} AND posting.side = 'D' AND {COUNTED}", plus="D", part=_PART, in_base=True),
        of_business=True,
        looks_ahead=True,
        in_base=True,
    ),
    *_both(
        "account.balance",
        (_("Balance of an account"), _("Balance of an account, in base currency")),
        (
            _("Debits less credits of the account, up to the day. What is below 0 stands in credit."),
            _("Debits less credits of the account, up to the day, each at the rate of its entry."),
        ),
        "",
    ),
    *_both(
        "account.debits",
        (_("Debits of an account"), _("Debits of an account, in base currency")),
        (
            _("The debits of the account, of entries dated in these days."),
            _("The debits of the account, of entries dated in these days, each at the rate of its entry."),
        ),
        "D",
    ),
    *_both(
        "account.credits",
        (_("Credits of an account"), _("Credits of an account, in base currency")),
        (
            _("The credits of the account, of entries dated in these days."),
            _("The credits of the account, of entries dated in these days, each at the rate of its entry."),
        ),
        "C",
    ),
    *_both(
        "books.balance",
        (_("Balance of all accounts"), _("Balance of all accounts, in base currency")),
        (
            _("Debits less credits of all accounts, up to the day. In one currency they come to 0."),
            _("Debits less credits of all accounts, up to the day, each at the rate of its entry."),
        ),
        "",
    ),
    *_both(
        "books.debits",
        (_("Debits of all accounts"), _("Debits of all accounts, in base currency")),
        (
            _("The debits of all entries dated in these days."),
            _("The debits of all entries dated in these days, each at the rate of its entry."),
        ),
        "D",
    ),
    *_both(
        "books.credits",
        (_("Credits of all accounts"), _("Credits of all accounts, in base currency")),
        (
            _("The credits of all entries dated in these days."),
            _("The credits of all entries dated in these days, each at the rate of its entry."),
        ),
        "C",
    ),
)
