"""The days of the activity calendar as markup: written in Python, because a busy month has a hundred events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.icons import icon
from tallystick.interfaces.kit.writing import write_html


@dataclass(frozen=True, kw_only=True)
class EventView:
    """One event as the calendar shows it. Without a `url` it leads nowhere; without a `minor` there is no amount."""

    icon: str
    tone: str
    word: str
    name: str
    minor: int | None
    currency: str
    url: str


@dataclass(frozen=True, kw_only=True)
class MoreView:
    """What a day has beside what it shows, and where all of it is listed; nowhere, when `url` is empty."""

    text: str
    url: str


@dataclass(frozen=True, kw_only=True)
class DayView:
    """A day of the grid; those around the month fill its first and last week."""

    date: date
    label: str
    is_inside: bool
    is_today: bool
    events: Sequence[EventView]
    more: Sequence[MoreView]


def day_cell(day: DayView) -> SafeString:
    """This function will write a day as a cell of the calendar's table, which a phone shows as a part of a list."""
    classes = ["calendar-day"]
    if not day.is_inside:
        classes.append("is-outside")
    if day.is_today:
        classes.append("is-today")
    if not day.events:
        classes.append("is-empty")
    return write_html(
        '<td role="cell" class="{}"{}><time class="calendar-date" datetime="{}"><span class="calendar-label">{}</span>'
        '<span class="calendar-number" aria-hidden="true">{}</span></time>{}</td>',
        " ".join(classes),
        SafeString(' aria-current="date"' if day.is_today else ""),
        day.date.isoformat(),
        day.label,
        day.date.day,
        _events(day) if day.events else "",
    )


def _events(day: DayView) -> SafeString:
    entries = [*(_event(each) for each in day.events), *(_more(each) for each in day.more)]
    return write_html('<ul class="calendar-events">{}</ul>', SafeString("".join(entries)))


def _event(event: EventView) -> SafeString:
    shown = write_html(
        '<span class="calendar-word">{}<span>{}</span></span> <bdi class="calendar-name">{}</bdi> {}',
        icon(event.icon),
        event.word,
        event.name,
        "" if event.minor is None else markup.amount(event.minor, event.currency),
    )
    if not event.url:
        return write_html('<li><div class="calendar-event" data-tone="{}">{}</div></li>', event.tone, shown)
    return write_html(
        '<li><a class="calendar-event" data-tone="{}" href="{}">{}</a></li>', event.tone, event.url, shown
    )


def _more(more: MoreView) -> SafeString:
    if not more.url:
        return write_html('<li><span class="calendar-more">{}</span></li>', more.text)
    return write_html('<li><a class="calendar-more" href="{}">{}</a></li>', more.url, more.text)
