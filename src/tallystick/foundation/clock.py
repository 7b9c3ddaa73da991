"""The one clock. Doors ask it and pass the moment on as `at`; rooms and use cases never look at it themselves."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings

from tallystick.foundation import settings_store

# How far the clock of a demonstration has been moved forward, in seconds. Elsewhere it cannot be moved.
DEMO_OFFSET = settings_store.whole_number(
    "demo_clock_offset_seconds", default=0, describes="How far the clock of the demonstration was moved forward."
)
TIME_ZONE = settings_store.Setting(
    "time_zone",
    "UTC",
    "The business's time zone, such as Europe/Berlin: invoice dates and due dates are local dates here.",
    lambda value: value in available_timezones(),
)


def now() -> datetime:
    """This function will return the current moment in UTC; in a demonstration, that of its movable clock."""
    return datetime.now(tz=UTC) + offset()


def offset() -> timedelta:
    """This function will return how far the clock is ahead of real time: nothing, but in a demonstration."""
    return timedelta(seconds=settings_store.get(DEMO_OFFSET)) if settings.DEMO else timedelta()


def business_zone() -> ZoneInfo:
    """This function will return the time zone in which the business counts its days."""
    return ZoneInfo(settings_store.get(TIME_ZONE))


def local_date(at: datetime) -> date:
    """This function will return the business's local date of a moment."""
    return at.astimezone(business_zone()).date()


def start_of(day: date) -> datetime:
    """This function will return the moment at which a day of the business begins."""
    return datetime.combine(day, time(), tzinfo=business_zone())
