"""Home: what is owed and received, what waits for somebody, and what happened last."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tallystick.customers import queries as customers
from tallystick.gateways import queries as gateways
from tallystick.gateways.message_states import OPEN as OPEN_MESSAGES
from tallystick.interfaces.backoffice.addresses import explain_url
from tallystick.interfaces.backoffice.approvals import waiting_lines
from tallystick.interfaces.backoffice.disputes import dispute_lines
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.inbox import message_lines
from tallystick.interfaces.backoffice.parts import payment_lines
from tallystick.interfaces.kit import markup
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.payments import dispute_queries, lists
from tallystick.payments.dispute_queries import DisputeFilter
from tallystick.payments.dispute_states import OPEN
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases.roles import Permission

_LAST = 8
_WAITING = 5
Sums = Sequence[tuple[str, int]]


@require_safe
@page()
def home(request: StaffRequest) -> HttpResponse:
    """This function will show the day's figures and work."""
    failed = PaymentFilter(status="failed")
    suspense = PaymentFilter(in_suspense=True)
    promised = PaymentFilter(status="pending", kind="receipt", method="bank_transfer")
    waiting = [
        _pile(_("Failed payments"), failed, "?status=failed"),
        _pile(_("Money in suspense"), suspense, "?money=suspense"),
        _pile(_("Promised transfers"), promised, "?status=pending&kind=receipt&method=bank_transfer"),
    ]
    unmatched = (
        message_lines(gateways.messages_page(states=OPEN_MESSAGES, limit=_WAITING).rows)
        if request.actor.may(Permission.HANDLE_INBOX)
        else []
    )
    context: dict[str, Any] = {
        "tiles": _tiles(request, failed, suspense),
        "waiting": [pile for pile in waiting if pile["rows"]],
        "unmatched": unmatched,
        "disputes": _disputes(),
        "approvals": waiting_lines(request, limit=_WAITING),
        "last": payment_lines(lists.payments_page(PaymentFilter(status="completed"), limit=_LAST).rows),
        "payments_url": reverse("office:payments"),
    }
    return render(request, "backoffice/home.html", context)


def _disputes() -> dict[str, Any] | None:
    """Those that need an answer, the first due first; None when none does."""
    count = dispute_queries.open_count()
    if not count:
        return None
    rows = dispute_queries.disputes_page(DisputeFilter(states=OPEN), limit=_WAITING).rows
    names = customers.names(row["payment__customer_id"] for row in rows if row["payment__customer_id"])
    told = ngettext("%(count)s dispute needs an answer", "%(count)s disputes need an answer", count)
    lines = [{**each, "customer_name": names.get(each["payment__customer_id"], "")} for each in dispute_lines(rows)]
    return {
        "title": told % {"count": count},
        "rows": lines,
        "url": f"{reverse('office:disputes')}?{urlencode([('state', state) for state in OPEN])}",
    }


def _pile(title: str, wanted: PaymentFilter, query: str) -> dict[str, Any]:
    rows = lists.payments_page(wanted, limit=_WAITING).rows
    return {"title": title, "rows": payment_lines(rows), "url": f"{reverse('office:payments')}{query}"}


def _tiles(request: StaffRequest, failed: PaymentFilter, suspense: PaymentFilter) -> list[dict[str, Any]]:
    base = ledger.base_currency()
    open_totals = invoices.open_totals(request.today)
    first = request.today.replace(day=1)
    month = PaymentFilter(status="completed", received_from=first, received_until=request.today)
    received = lists.totals(month)
    in_suspense = lists.totals(suspense, "unallocated_minor")
    failures = lists.totals(failed)
    listed, billed = reverse("office:payments"), reverse("office:invoices")
    late = [(each.currency, each.overdue_minor) for each in open_totals if each.overdue_minor]
    overdue = sum(each.overdue_count for each in open_totals)
    month_days = {"first_day": first, "until": request.today}
    days = f"received_from={first.isoformat()}&received_to={request.today.isoformat()}"
    return [
        {
            "label": _("Owed"),
            "value": _sums([(each.currency, each.open_minor) for each in open_totals], base, "home.owed"),
            "hint_href": f"{billed}?state=open",
            "formula": _("What is open on issued invoices, each currency for itself"),
            "hint": _invoices(sum(each.count for each in open_totals)),
        },
        {
            "label": _("Overdue"),
            "value": _sums(late, base, "home.overdue", until=request.today),
            "hint_href": f"{billed}?state=overdue",
            "formula": _("The part of it whose due date is over"),
            "hint": _invoices(overdue),
        },
        {
            "label": _("Received this month"),
            "value": _sums([(each.currency, each.minor) for each in received], base, "home.received", **month_days),
            "hint_href": f"{listed}?status=completed&{days}",
            "formula": _("Completed payments received since the first of the month that are not reversed"),
            "hint": _payments(sum(each.count for each in received)),
        },
        {
            "label": _("In suspense"),
            "value": _sums([(each.currency, each.minor) for each in in_suspense], base, "home.suspense"),
            "hint_href": f"{listed}?money=suspense",
            "formula": _("Money that is here and has no customer yet"),
            "hint": _payments(sum(each.count for each in in_suspense)),
        },
        {
            "label": _("Failed"),
            "value": _sums([(each.currency, each.minor) for each in failures], base, "home.failed"),
            "hint_href": f"{listed}?status=failed",
            "formula": _("Payments that failed and wait for a retry, or for another way"),
            "hint": _payments(sum(each.count for each in failures)),
        },
    ]


def _sums(sums: Sums, base: str, number: str, **about: date) -> SafeString:
    """Amounts under one another, the base currency first, each with its explanation; they are never added up."""
    ordered = sorted(sums, key=lambda each: (each[0] != base, each[0])) or [(base, 0)]
    shown = [
        (markup.amount(minor, currency, shape="code", explain=explain_url(number, currency=currency, **about)),)
        for currency, minor in ordered
    ]
    return format_html_join("", "<div>{}</div>", shown)


def _invoices(count: int) -> str:
    return ngettext("%(count)s invoice", "%(count)s invoices", count) % {"count": count}


def _payments(count: int) -> str:
    return ngettext("%(count)s payment", "%(count)s payments", count) % {"count": count}
