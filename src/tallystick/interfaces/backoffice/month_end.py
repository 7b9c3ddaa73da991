"""Month end: one page of what to look at, then closing the month, which locks the past (J63)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from tallystick.foundation.errors import NotFound
from tallystick.foundation.months import is_month, months_after
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import day_text
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.formatting import format_month
from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.kit.journal_file import journal_file
from tallystick.ledger.periods import LONGEST_REASON, last_day
from tallystick.payments.dispute_states import OPEN
from tallystick.reports.explain.registry import NUMBERS
from tallystick.reports.month_end import Standing
from tallystick.reports.month_statements import count_waiting
from tallystick.usecases import earn_revenue, month_end, send_statements
from tallystick.usecases.roles import Permission
from tallystick.wire.month_end import MonthEndItemShape, MonthEndShape, period_id

_TITLES: Final[Mapping[str, Any]] = {
    "suspense": gettext_lazy("Money in suspense"),
    "unallocated": gettext_lazy("Money that is not allocated"),
    "pending": gettext_lazy("Promised payments"),
    "unknown": gettext_lazy("Attempts without an answer"),
    "disputes": gettext_lazy("Open disputes"),
    "clearing": gettext_lazy("Clearing accounts"),
    "deferred_revenue": gettext_lazy("Deferred revenue"),
    "tax": gettext_lazy("Output tax of the month"),
    "trial_balance": gettext_lazy("Trial balance"),
}
_ABOUT: Final[Mapping[str, Any]] = {
    "suspense": gettext_lazy("Received by the last day, and nobody knows from whom."),
    "unallocated": gettext_lazy("Received by the last day, and not allocated yet, with what is in suspense."),
    "pending": gettext_lazy("Promised by the last day, and neither come nor cancelled."),
    "unknown": gettext_lazy("The payment service has not said what became of them."),
    "disputes": gettext_lazy("What they hold is not ours for sure."),
    "clearing": gettext_lazy(
        "What our books say is on its way from or to the bank and payment services (1100, 1110, 1120). It is not "
        "compared with their statements: do that yourself."
    ),
    "deferred_revenue": gettext_lazy("What is paid for days after the month (2400)."),
    "tax": gettext_lazy("What the month added to what is owed to the tax office (2300)."),
    "trial_balance": gettext_lazy("Debits of the month in the base currency, which equal its credits."),
}
_BADGES: Final[Mapping[str, tuple[Any, Any, str]]] = {
    Standing.DONE: (gettext_lazy("In order"), "success", "check-circle"),
    Standing.LOOK: (gettext_lazy("Look at it"), "warning", "eye"),
    Standing.MUST: (gettext_lazy("Do this first"), "danger", "alert"),
}


class ReopenForm(KitForm):
    """Why a month is reopened."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=LONGEST_REASON, help_text=gettext_lazy("It stands in the audit.")
    )


@require_safe
@page(Permission.CLOSE_MONTHS)
def overview(request: StaffRequest) -> HttpResponse:
    """This function will show how a month stands: the one that the address names, else the next to close."""
    named = request.GET.get("month", "")
    told = month_end.told(actor=request.actor, at=request.at, month=_month(named) if named else None)
    month = _month(told["month"])
    following = months_after(month, 1, day=1)
    context: dict[str, Any] = {
        "told": told,
        "name": _name(month),
        "last_day": last_day(month),
        "items": [_item(each, told) for each in told["items"]],
        "closed_until": told["books"]["closed_until"] and date.fromisoformat(told["books"]["closed_until"]),
        "earlier": _address(months_after(month, -1, day=1)),
        "later": _address(following) if following < request.today.replace(day=1) else "",
        "journal": reverse("office:journal", args=[told["month"]]),
        "run": told["revenue_run"],
        "links": _links(request, told),
        "history": history(request, "month", period_id(month)),
    }
    return render(request, "backoffice/month_end.html", context)


@require_safe
@page(Permission.CLOSE_MONTHS)
def journal(request: StaffRequest, month: str) -> StreamingHttpResponse:
    """This function will give the general journal of a month as CSV."""
    return journal_file(request.actor, _month(month))


@page(Permission.CLOSE_MONTHS)
def earn(request: StaffRequest, month: str) -> HttpResponse:
    """This function will earn the deferred revenue of a month."""
    of = _month(month)
    act = Act(
        title=_("Earn the deferred revenue of %(month)s?") % {"month": _name(of)},
        submit=_("Earn it"),
        back=_address(of),
        happens=[
            _("Every line that covers more than a month earns the share of its days, dated the last day of the month."),
            _("Months before it that had no run have theirs first."),
            _("A second run earns what came since the first one, and nothing twice."),
        ],
        done=_("The deferred revenue of the month is being earned."),
    )
    return carry_out(
        request,
        act,
        KitForm(request.POST or None),
        lambda _told: earn_revenue.begin_revenue_run(**asked(request), month=of),
    )


@page(Permission.RESEND_MAIL)
def send_all(request: StaffRequest, month: str) -> HttpResponse:
    """This function will send statements of a month to everybody who has something on their account."""
    of = _month(month)
    waiting = count_waiting(of, today=request.today)
    act = Act(
        title=_("Send all statements of %(month)s?") % {"month": _name(of)},
        submit=_("Send them"),
        back=_address(of),
        happens=[
            ngettext(
                "%(count)s customer gets a statement by mail.", "%(count)s customers get a statement by mail.", waiting
            )
            % {"count": waiting},
            _("Who has one of exactly this month already gets no second one."),
        ],
        done=_("The statements are on their way."),
    )
    return carry_out(
        request,
        act,
        KitForm(request.POST or None),
        lambda _told: send_statements.send_month_statements(**asked(request), month=of),
    )


@page(Permission.CLOSE_MONTHS)
def close(request: StaffRequest, month: str) -> HttpResponse:
    """This function will close a month, after a second look at what that locks."""
    of = _month(month)
    told = month_end.told(actor=request.actor, at=request.at, month=of)
    open_things = [str(_TITLES[item["key"]]) for item in told["items"] if item["standing"] == Standing.LOOK]
    happens: list[Any] = [
        _("Nothing can be posted on %(day)s or before any more, by nobody.") % {"day": day_text(last_day(of))},
        _("What belongs to an earlier day is posted on %(day)s; documents keep their true dates.")
        % {"day": day_text(months_after(of, 1, day=1))},
    ]
    if open_things:
        happens.append(_("Still open, and no obstacle: %(things)s.") % {"things": ", ".join(open_things)})
    act = Act(
        title=_("Close %(month)s?") % {"month": _name(of)},
        submit=_("Close the month"),
        back=_address(of),
        happens=happens,
        done=_("The month is closed."),
    )
    return carry_out(
        request, act, KitForm(request.POST or None), lambda _told: month_end.close_month(**asked(request), month=of)
    )


@page(Permission.REOPEN_MONTHS)
def reopen(request: StaffRequest, month: str) -> HttpResponse:
    """This function will reopen the month that was closed last."""
    of = _month(month)
    act = Act(
        title=_("Reopen %(month)s?") % {"month": _name(of)},
        submit=_("Reopen the month"),
        tone="danger",
        back=_address(of),
        happens=[
            _("Its days can be posted on again, so that figures that others have seen may change."),
            _("The audit keeps who did it, and why."),
        ],
        done=_("The month is open again."),
    )
    return carry_out(
        request,
        act,
        ReopenForm(request.POST or None),
        lambda told: month_end.reopen_month(**asked(request), month=of, **told),
    )


def _month(text: str) -> date:
    """The first day of a month that is written as YYYY-MM.

    Raises:
        NotFound: when there is no such month.
    """
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NotFound(kind="month") from None
    if not is_month(found):
        raise NotFound(kind="month")
    return found


def _address(month: date) -> str:
    return f"{reverse('office:month-end')}?{urlencode({'month': f'{month:%Y-%m}'})}"


def _name(month: date) -> str:
    return format_month(month, markup.current_locale())


def _links(request: StaffRequest, told: MonthEndShape) -> list[Link]:
    """What can be done with the month now; the one that leads comes first."""
    month = told["month"]
    found = []
    must_earn = any(i["key"] == "deferred_revenue" and i["standing"] == Standing.MUST for i in told["items"])
    if told["is_over"] and not told["is_closed"]:
        close_link = Link(
            label=_("Close the month"),
            url=reverse("office:close-month", args=[month]),
            icon="lock",
            leads=not must_earn,
        )
        earn_link = Link(
            label=_("Earn deferred revenue"),
            url=reverse("office:earn-month", args=[month]),
            icon="repeat",
            leads=must_earn,
        )
        found = [earn_link, close_link] if must_earn else [close_link, earn_link]
    if told["is_over"] and request.actor.may(Permission.RESEND_MAIL):
        found.append(
            Link(label=_("Send all statements"), url=reverse("office:send-statements", args=[month]), icon="mail")
        )
    newest = told["books"]["closed_until"] == told["last_day"]
    if newest and request.actor.may(Permission.REOPEN_MONTHS):
        found.append(Link(label=_("Reopen"), url=reverse("office:reopen-month", args=[month]), icon="undo"))
    return found


def _item(item: MonthEndItemShape, told: MonthEndShape) -> dict[str, Any]:
    word, tone, symbol = _BADGES[item["standing"]]
    return {
        "title": _TITLES[item["key"]],
        "about": _ABOUT[item["key"]],
        "badge": markup.badge(word, tone=tone, symbol=symbol),
        "count": item["count"],
        "sums": _sums(item),
        "url": _rows_of(item["key"], told),
    }


def _sums(item: MonthEndItemShape) -> SafeString:
    shown = [
        markup.amount(each["minor"], each["currency"], shape="code", explain=_explained_at(item, each["currency"]))
        for each in item["sums"]
    ]
    return format_html_join("", "<div>{}</div>", ((each,) for each in shown))


def _explained_at(item: MonthEndItemShape, currency: str) -> str:
    """The address that explains a sum; the empty text where the list of its rows tells it."""
    why = item["why"]
    if why is None:
        return ""
    # What is told in base currency is of all of them.
    within = {"currency": currency} if "currency" in NUMBERS[why["number"]].takes else {}
    return addresses.explain_url(why["number"], **why["query"], **within)


def _rows_of(key: str, told: MonthEndShape) -> str:
    """The list of the rows behind a figure; of the books, the report that leads on to them."""
    payments = reverse("office:payments")
    received = {"received_to": told["last_day"]}
    wanted: dict[str, tuple[str, dict[str, str]]] = {
        "suspense": (payments, {"money": "suspense", **received}),
        "unallocated": (payments, {"money": "unallocated", **received}),
        "pending": (
            payments,
            {"in_reports": "true", "status": "pending", "kind": "receipt", "counted_to": told["last_day"]},
        ),
        "unknown": (payments, {"money": "unknown"}),
    }
    if key == "disputes":
        return f"{reverse('office:disputes')}?{urlencode([('state', state) for state in OPEN])}"
    if key in wanted:
        address, query = wanted[key]
        return f"{address}?{urlencode(query)}"
    if key == "deferred_revenue":
        return f"{reverse('office:report', args=['deferred-lines'])}?{urlencode({'as_of': told['last_day']})}"
    report = reverse("office:report", args=["tax" if key == "tax" else "trial-balance"])
    days = {"from_date": f"{told['month']}-01", "until_date": told["last_day"]}
    return f"{report}?{urlencode(days)}"
