"""The activity calendar of the first page (C4): a month as weeks, with what each day has in the customer's words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

from babel import Locale
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tallystick.interfaces.kit.formatting import format_day, format_month, format_weekday_and_day
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.portal.addresses import invoice_url, payment_url
from tallystick.interfaces.portal.calendar_cells import DayView, EventView, MoreView, day_cell
from tallystick.payments.states import CHARGE
from tallystick.reports.activity import ActiveDay, Event, EventKind, Month
from tallystick.usecases.activity import MOST_YEARS
from tallystick.wire import words

_WEEK: Final = 7
_DAY: Final = timedelta(days=1)
_WORDS: Final[Mapping[EventKind, str | Promise]] = {
    EventKind.INVOICE: gettext_lazy("Invoice"),
    EventKind.CREDIT_NOTE: gettext_lazy("Credit note"),
    EventKind.DUE: gettext_lazy("Due"),
    EventKind.CHARGE: gettext_lazy("Auto pay charges"),
    EventKind.RETRY: gettext_lazy("Auto pay tries again"),
    EventKind.NOTICE: gettext_lazy("Mail about a coming invoice"),
    EventKind.REMINDER: gettext_lazy("Reminder, if not paid"),
    EventKind.SUSPENSION: gettext_lazy("Services suspended, if not paid"),
    EventKind.RENEWAL: gettext_lazy("Next bill"),
    EventKind.GROUP_INVOICE: gettext_lazy("Invoice of your group"),
    EventKind.CARD_EXPIRES: gettext_lazy("Card expires"),
    EventKind.PREPAID_EXPIRES: gettext_lazy("Prepaid money expires"),
}
_ICONS: Final[Mapping[EventKind, str]] = {
    EventKind.INVOICE: "invoice",
    EventKind.CREDIT_NOTE: "undo",
    EventKind.DUE: "flag",
    EventKind.PAYMENT: "coins",
    EventKind.CHARGE: "repeat",
    EventKind.RETRY: "refresh",
    EventKind.NOTICE: "mail",
    EventKind.REMINDER: "clock",
    EventKind.SUSPENSION: "alert",
    EventKind.RENEWAL: "calendar",
    EventKind.GROUP_INVOICE: "people",
    EventKind.CARD_EXPIRES: "card",
    EventKind.PREPAID_EXPIRES: "wallet",
}
# Where an event leads that is about no single thing with a page of its own; a bill to come has none.
_PAGES: Final[Mapping[EventKind, str]] = {
    EventKind.NOTICE: "portal:notifications",
    EventKind.CARD_EXPIRES: "portal:methods",
    EventKind.PREPAID_EXPIRES: "portal:wallet",
}
_OF_INVOICES: Final = frozenset(
    {
        EventKind.INVOICE,
        EventKind.CREDIT_NOTE,
        EventKind.DUE,
        EventKind.CHARGE,
        EventKind.RETRY,
        EventKind.REMINDER,
        EventKind.SUSPENSION,
    }
)
_LISTS: Final[Mapping[EventKind, tuple[str, str]]] = {
    EventKind.PAYMENT: ("portal:payments", "made"),
    EventKind.INVOICE: ("portal:invoices", "issued"),
    EventKind.DUE: ("portal:invoices", "due"),
    EventKind.CHARGE: ("portal:autopay", ""),
    EventKind.RETRY: ("portal:autopay", ""),
    EventKind.CARD_EXPIRES: ("portal:methods", ""),
    EventKind.PREPAID_EXPIRES: ("portal:wallet", ""),
}


@dataclass(frozen=True, kw_only=True)
class CalendarView:
    """A month: its name, the days of the week in the order of the reader's locale, its weeks, and the way around it,
    which ends some years from today.
    """

    name: str
    weekdays: Sequence[tuple[str, str]]
    # The cells of the days of each week, as markup.
    weeks: Sequence[Sequence[SafeString]]
    previous_url: str
    next_url: str
    today_url: str
    is_empty: bool


def shown_month(month: Month, *, today: date) -> CalendarView:
    """This function will return a month as the calendar shows it."""
    locale = Locale.parse(current_locale().replace("-", "_"))
    begins_on = locale.first_week_day
    start = month.first - _DAY * ((month.first.weekday() - begins_on) % _WEEK)
    active = {each.date: each for each in month.days}
    weeks = []
    while start <= month.last:
        week = [start + _DAY * after for after in range(_WEEK)]
        weeks.append([day_cell(_shown_day(day, active.get(day), month, today)) for day in week])
        start = week[-1] + _DAY
    wide, short = (locale.days["format"][width] for width in ("wide", "abbreviated"))
    order = [(begins_on + after) % _WEEK for after in range(_WEEK)]
    return CalendarView(
        name=format_month(month.first, current_locale()),
        weekdays=[(wide[number], short[number]) for number in order],
        weeks=weeks,
        previous_url=_month_url(month.first - _DAY, today),
        next_url=_month_url(month.last + _DAY, today),
        today_url="" if month.first <= today <= month.last else _month_url(today, today),
        is_empty=not month.days,
    )


def _month_url(day: date, today: date) -> str:
    if abs(day.year - today.year) > MOST_YEARS:
        return ""
    return f"{reverse('portal:home')}?month={day:%Y-%m}#calendar"


def _shown_day(day: date, active: ActiveDay | None, month: Month, today: date) -> DayView:
    return DayView(
        date=day,
        label=format_weekday_and_day(day, current_locale()),
        is_inside=month.first <= day <= month.last,
        is_today=day == today,
        events=[_shown_event(each, today) for each in active.events] if active else [],
        more=[_shown_more(kind, day, count) for kind, count in active.more.items()] if active else [],
    )


def _shown_event(event: Event, today: date) -> EventView:
    word, tone = _word_and_tone(event, today)
    return EventView(
        icon=_ICONS[event.kind],
        tone=tone,
        word=word,
        name=_name(event),
        minor=event.minor,
        currency=event.currency,
        url=_url(event),
    )


def _name(event: Event) -> str:
    if event.kind is EventKind.NOTICE:
        day = format_day(date.fromisoformat(event.name), current_locale())
        return _("Invoice of %(day)s") % {"day": day}
    return event.name or _("Payment")


def _word_and_tone(event: Event, today: date) -> tuple[str, str]:
    if event.kind is EventKind.PAYMENT:
        if event.is_reversed:
            return _("Reversed"), "neutral"
        tones = {"completed": "success", "failed": "danger", "cancelled": "neutral"}
        word = words.customer_status_word(kind=event.payment_kind, status=event.status)
        is_purchase = event.payment_kind == CHARGE
        return word, "neutral" if is_purchase else tones.get(event.status, "warning")
    if event.kind is EventKind.DUE and event.date < today:
        return _("Overdue"), "danger"
    if event.is_grouped:
        return _("Next bill, to your group"), "neutral"
    urgent = {
        EventKind.DUE: "warning",
        EventKind.RETRY: "warning",
        EventKind.CHARGE: "accent",
        EventKind.REMINDER: "warning",
        EventKind.SUSPENSION: "danger",
    }
    return str(_WORDS[event.kind]), urgent.get(event.kind, "neutral")


def _url(event: Event) -> str:
    if event.kind is EventKind.PAYMENT:
        return payment_url(event.about)
    if event.kind in _OF_INVOICES:
        return invoice_url(event.about)
    return reverse(_PAGES[event.kind]) if event.kind in _PAGES else ""


_MORE: Final[Mapping[EventKind, Callable[[int], str]]] = {
    EventKind.PAYMENT: lambda count: ngettext("%(count)s more payment", "%(count)s more payments", count),
    EventKind.INVOICE: lambda count: ngettext("%(count)s more invoice", "%(count)s more invoices", count),
    EventKind.CREDIT_NOTE: lambda count: ngettext("%(count)s more credit note", "%(count)s more credit notes", count),
    EventKind.DUE: lambda count: ngettext("%(count)s more is due", "%(count)s more are due", count),
    EventKind.RENEWAL: lambda count: ngettext("%(count)s more bill", "%(count)s more bills", count),
}


def _shown_more(kind: EventKind, day: date, count: int) -> MoreView:
    wording = _MORE.get(kind)
    text = (wording(count) if wording else _("%(count)s more")) % {"count": count}
    return MoreView(text=text, url=_list_url(kind, day))


# A busy month leads to the same lists a hundred times, whoever looks at it.
@lru_cache(maxsize=1024)
def _list_url(kind: EventKind, day: date) -> str:
    if kind not in _LISTS:
        return ""
    route, key = _LISTS[kind]
    query = {f"{key}_from": day.isoformat(), f"{key}_to": day.isoformat()} if key else {}
    if kind is EventKind.DUE:
        query["status"] = "open"
    return f"{reverse(route)}?{urlencode(query)}" if query else reverse(route)
