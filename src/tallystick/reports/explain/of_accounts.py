"""The numbers of the trial balance: what stands on an account, and what moved there."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tallystick.reports.explain.numbers import COUNTED, Number, postings

_ON: Final = f"posting.account = %(account)s AND posting.currency = %(currency)s AND {COUNTED}"
_SINCE: Final = f"{_ON} AND (%(first_day)s::date IS NULL OR entry.effective_date >= %(first_day)s)"
# What the posting names; the event itself, where an account is kept per nothing.
_PART: Final = "coalesce(posting.object_id, entry.subject_id)"

NUMBERS: Final = (
    Number(
        name="account.balance",
        title=_("Balance of an account"),
        formula=_("Debits less credits of the account, up to the day. What is below 0 stands in credit."),
        takes=("account", "currency", "until"),
        leaves=postings(_ON, plus="D", part=_PART),
        of_business=True,
        looks_ahead=True,
    ),
    Number(
        name="account.debits",
        title=_("Debits of an account"),
        formula=_("The debits of the account, of entries dated in these days."),
        takes=("account", "currency", "first_day", "until"),
        leaves=postings(f"{_SINCE} AND posting.side = 'D'", plus="D", part=_PART),
        of_business=True,
        looks_ahead=True,
    ),
    Number(
        name="account.credits",
        title=_("Credits of an account"),
        formula=_("The credits of the account, of entries dated in these days."),
        takes=("account", "currency", "first_day", "until"),
        leaves=postings(f"{_SINCE} AND posting.side = 'C'", plus="C", part=_PART),
        of_business=True,
        looks_ahead=True,
    ),
)
