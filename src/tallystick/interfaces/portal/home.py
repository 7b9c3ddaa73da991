"""The first page: what I owe, what I have, and what I paid last; each currency in words of its own, never netted."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.showing import shown_payments
from tallystick.invoices import queries as invoices
from tallystick.ledger.queries import CustomerStanding, standings
from tallystick.payments import lists
from tallystick.payments.autopay_queries import agreement
from tallystick.payments.filters import PaymentFilter

_LATEST = 5


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is owed and there in one currency, and when the next of it is due."""

    currency: str
    owes_minor: int
    credit_minor: int
    wallet_minor: int
    next_due: date | None
    overdue: int

    @property
    def wallet_size(self) -> int:
        """What is in the wallet; below zero, what was used beyond it."""
        return abs(self.wallet_minor)


@require_safe
@page()
def home(request: ContactRequest) -> HttpResponse:
    """This function will show what the customer owes, with the one thing to do about it."""
    latest = lists.payments_page(PaymentFilter(customer_id=request.customer_id, made=True), limit=_LATEST, public=True)
    context = {
        "standings": _standings(request),
        "payments": shown_payments(latest.rows),
        "autopay_is_on": agreement(request.customer_id) is not None,
    }
    return render(request, "portal/home.html", context)


def _standings(request: ContactRequest) -> list[Standing]:
    open_rows = invoices.open_invoices(request.customer_id)
    own = request.customer["currency"]
    found = {each.currency: each for each in standings(request.customer_id)}
    found.setdefault(own, CustomerStanding(currency=own, owes_minor=0, credit_minor=0, wallet_minor=0))
    # The account's own currency first, then those in which anything stands.
    ordered = sorted(found.values(), key=lambda each: (each.currency != own, each.currency))
    return [
        _standing(each, open_rows, request.today)
        for each in ordered
        if each.currency == own or each.owes_minor or each.credit_minor or each.wallet_minor
    ]


def _standing(each: CustomerStanding, open_rows: list[dict[str, Any]], today: date) -> Standing:
    due = [row["due_date"] for row in open_rows if row["currency"] == each.currency]
    return Standing(
        currency=each.currency,
        owes_minor=each.owes_minor,
        credit_minor=each.credit_minor,
        wallet_minor=each.wallet_minor,
        next_due=min((day for day in due if day >= today), default=None),
        overdue=sum(1 for day in due if day < today),
    )
