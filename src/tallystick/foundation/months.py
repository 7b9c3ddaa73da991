"""Counting in months. Months are of different lengths: a day that a month lacks is its last one."""

from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, date


def months_after(start: date, months: int, *, day: int) -> date:
    """This function will return the day of the month that lies `months` months from the month of `start`."""
    month = start.year * 12 + start.month - 1 + months
    return on_day(month // 12, month % 12 + 1, day)


def on_day(year: int, month: int, day: int) -> date:
    """This function will return that day of the month, or the month's last day where it is shorter."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def is_month(day: date) -> bool:
    """This function will say whether a day is the first one of a month, with room in the calendar before and behind."""
    return day.day == 1 and MINYEAR < day.year < MAXYEAR
