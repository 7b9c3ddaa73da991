"""The numbers of all customers together, on any day: what they owe and have. Each customer is a part."""

from collections.abc import Callable
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.reports.explain.numbers import COUNTED, Number, Subject, postings
from tallystick.reports.explain.of_customers import OF_AGE, days_of_age

_ALL: Final = f"posting.currency = %(currency)s AND {COUNTED} AND posting.account"


def _number(
    name: str,
    title: Promise,
    formula: Promise,
    accounts: str,
    *,
    plus: str = "C",
    takes: tuple[str, ...] = ("currency", "until"),
    more: Callable[[Subject], dict[str, Any]] | None = None,
) -> Number:
    return Number(
        name=f"customers.{name}",
        title=title,
        formula=formula,
        takes=takes,
        leaves=postings(f"{_ALL} {accounts}", plus=plus, part="posting.customer_id"),
        more=more,
        part_number=f"customer.{name}",
        part_takes="customer",
        of_business=True,
        looks_ahead=True,
    )


NUMBERS: Final = (
    _number(
        "owes",
        _("Owed by all customers"),
        _("What is open on issued invoices of all customers: account 1200, debits less credits."),
        "= '1200'",
        plus="D",
    ),
    _number(
        "ageing",
        _("Open of all customers, by age"),
        _("What is open on issued invoices of all customers whose due date lies so many days before the day."),
        f"= '1200' AND {OF_AGE}",
        plus="D",
        takes=("currency", "age", "until"),
        more=days_of_age,
    ),
    _number(
        "credit",
        _("Credit of all customers"),
        _("Money and credit notes of all customers that no invoice has taken yet: account 2100, credits less debits."),
        "= '2100'",
    ),
    _number(
        "wallet",
        _("Wallets of all customers"),
        _("The prepaid money of all customers: accounts 2200 and 2210, credits less debits."),
        "IN ('2200', '2210')",
    ),
    _number(
        "wallet_paid",
        _("Wallets of all customers, paid"),
        _("The prepaid money of all customers that was paid for: account 2200, credits less debits."),
        "= '2200'",
    ),
    _number(
        "wallet_promotional",
        _("Wallets of all customers, promotional"),
        _("The prepaid money of all customers that was given: account 2210, credits less debits."),
        "= '2210'",
    ),
)
