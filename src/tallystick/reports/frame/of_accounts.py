"""Reports of accounts: the trial balance."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from django.utils.translation import gettext_lazy as _

from tallystick.ledger.accounts import CHART
from tallystick.ledger.totals import AccountTotal, account_totals
from tallystick.reports.frame.shape import Asked, Cell, Column, Found, Part, Report, Row, Why

_DAY: Final = timedelta(days=1)
# The figures of an account, by the names of their columns, with the numbers that explain them.
_FIGURES: Final = {
    "opening_minor": "balance",
    "debit_minor": "debits",
    "credit_minor": "credits",
    "closing_minor": "balance",
    "opening_base_minor": "balance_base",
    "debit_base_minor": "debits_base",
    "credit_base_minor": "credits_base",
    "closing_base_minor": "balance_base",
}


def this_month(today: date) -> tuple[date, date]:
    """This function will return the first day of the month, and today."""
    return today.replace(day=1), today


def days_of(asked: Asked) -> dict[str, date]:
    """This function will return the days of the period as a number takes them: open ends are those of the calendar."""
    return {"first_day": asked.first_day or date.min, "until": asked.last_day or date.max}


def _trial_balance(asked: Asked) -> Found:
    found = account_totals(asked.first_day, asked.last_day)
    wanted = [each for each in found if asked.currency in {"", each.currency}]
    return Found(
        parts=[
            Part(
                currency=currency,
                rows=[_row(asked, each) for each in several],
                total={
                    "account": Cell(value=_("All")),
                    **_figures(asked, several, "books", {"currency": currency}),
                },
            )
            for currency, accounts in groupby(wanted, key=lambda each: each.currency)
            for several in [list(accounts)]
        ]
    )


def _row(asked: Asked, total: AccountTotal) -> Row:
    return {
        "account": Cell(value=total.account),
        "name": Cell(value=CHART[total.account].name),
        **_figures(asked, [total], "account", {"account": total.account, "currency": total.currency}),
    }


def _figures(asked: Asked, totals: Sequence[AccountTotal], what: str, about: dict[str, str]) -> dict[str, Cell]:
    return {
        name: Cell(value=sum(getattr(each, name) for each in totals), why=_why(asked, name, f"{what}.{number}", about))
        for name, number in _FIGURES.items()
    }


def _why(asked: Asked, name: str, number: str, about: dict[str, str]) -> Why | None:
    """What explains a figure; nothing stood before the beginning."""
    days: dict[str, date] = days_of(asked)
    if name.startswith("opening"):
        if days["first_day"] == date.min:
            return None
        days = {"until": days["first_day"] - _DAY}
    elif name.startswith("closing"):
        days = {"until": days["until"]}
    return Why(number=number, about={**about, **days})


_BEFORE: Final = _("Debits less credits of all entries dated before the first day.")
_DEBITS: Final = _("The debits of the entries dated in the period.")
_CREDITS: Final = _("The credits of the entries dated in the period.")
_AFTER: Final = _("The opening balance, plus debits, less credits. What is below 0 stands in credit.")
_IN_BASE: Final = _("The same in base currency, at the rate of each entry.")

TRIAL_BALANCE: Final = Report(
    name="trial-balance",
    title=_("Trial balance"),
    answers=_("What stands on every account, and what moved there."),
    formula=_(
        "All entries of the books by their effective date. In each currency debits equal credits, and the balances add "
        "up to 0; so they do in base currency, over all currencies together."
    ),
    columns=[
        Column(name="account", title=_("Account")),
        Column(name="name", title=_("Name")),
        Column(name="opening_minor", title=_("Opening"), kind="money", formula=_BEFORE),
        Column(name="debit_minor", title=_("Debit"), kind="money", formula=_DEBITS),
        Column(name="credit_minor", title=_("Credit"), kind="money", formula=_CREDITS),
        Column(name="closing_minor", title=_("Closing"), kind="money", formula=_AFTER),
        Column(name="opening_base_minor", title=_("Opening, base"), kind="money", formula=_IN_BASE, in_base=True),
        Column(name="debit_base_minor", title=_("Debit, base"), kind="money", formula=_IN_BASE, in_base=True),
        Column(name="credit_base_minor", title=_("Credit, base"), kind="money", formula=_IN_BASE, in_base=True),
        Column(name="closing_base_minor", title=_("Closing, base"), kind="money", formula=_IN_BASE, in_base=True),
    ],
    takes=["period", "currency"],
    read=_trial_balance,
    usual=this_month,
)

REPORTS: Final = (TRIAL_BALANCE,)
