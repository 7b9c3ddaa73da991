"""The first page: what I owe, what I have, what I paid last, and the activity calendar; currencies are never netted."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tallystick.foundation.errors import InvalidField
from tallystick.interfaces.portal.calendar import shown_month
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.showing import shown_payments
from tallystick.invoices.open_queries import OpenSum, open_sums
from tallystick.ledger.queries import CustomerStanding, standings
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases.activity import MOST_LATE, NextCharges, activity
from tallystick.wallets.pace import spent

_LATEST: Final = 5
# Over so many days the pace is taken at which a wallet is used up.
PACE_DAYS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is owed and there in one currency, when the next of it is due, and what autopay charges of it next.

    `days_left` is for how many days the wallet lasts at the pace of the last 30 days, in which `spent_minor` were used;
    None when nothing was bought in them, or nothing is left.
    """

    currency: str
    owes_minor: int
    credit_minor: int
    wallet_minor: int
    next_due: date | None
    next_due_minor: int
    overdue: int
    charge_date: date | None
    charge_minor: int
    days_left: int | None
    spent_minor: int

    @property
    def wallet_size(self) -> int:
        """What is in the wallet; below zero, what was used beyond it."""
        return abs(self.wallet_minor)


@require_safe
@page()
def home(request: ContactRequest) -> HttpResponse:
    """This function will show what the customer owes, with the one thing to do about it, and a month of activity."""
    try:
        active = activity(
            actor=request.actor, at=request.at, customer_id=request.customer_id, month=request.GET.get("month", "")
        )
    except InvalidField as error:
        raise BadRequest(error.reason) from error
    latest = lists.payments_page(PaymentFilter(customer_id=request.customer_id, made=True), limit=_LATEST, public=True)
    context = {
        "standings": _standings(request, active.next_charges),
        "calendar": shown_month(active.month, today=request.today),
        "payments": shown_payments(latest.rows),
        "autopay_is_on": active.autopay_is_on,
        "foretold": None if active.foretells_all else MOST_LATE,
    }
    return render(request, "portal/home.html", context)


def _standings(request: ContactRequest, charges: NextCharges | None) -> list[Standing]:
    owed = open_sums(request.customer_id, today=request.today)
    pace = spent(request.customer_id, after=request.at - timedelta(days=PACE_DAYS), until=request.at)
    own = request.customer["currency"]
    found = {each.currency: each for each in standings(request.customer_id)}
    found.setdefault(own, CustomerStanding(currency=own, owes_minor=0, credit_minor=0, wallet_minor=0))
    # The account's own currency first, then those in which anything stands.
    ordered = sorted(found.values(), key=lambda each: (each.currency != own, each.currency))
    return [
        _standing(each, owed.get(each.currency), charges, pace.get(each.currency, 0))
        for each in ordered
        if each.currency == own or each.owes_minor or each.credit_minor or each.wallet_minor
    ]


def _standing(each: CustomerStanding, owed: OpenSum | None, charges: NextCharges | None, spent_minor: int) -> Standing:
    charged = charges.sums.get(each.currency, 0) if charges else 0
    lasts = spent_minor > 0 and each.wallet_minor > 0
    return Standing(
        currency=each.currency,
        owes_minor=each.owes_minor,
        credit_minor=each.credit_minor,
        wallet_minor=each.wallet_minor,
        next_due=None if owed is None else owed.next_due_date,
        next_due_minor=0 if owed is None else owed.next_due_minor,
        overdue=0 if owed is None else owed.overdue,
        charge_date=charges.date if charges and charged else None,
        charge_minor=charged,
        days_left=each.wallet_minor * PACE_DAYS // spent_minor if lasts else None,
        spent_minor=spent_minor,
    )
