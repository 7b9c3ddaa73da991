"""Reading amounts and dates of a file that says once how they are written; nothing is guessed line by line. Pure."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from tallystick.money.amounts import NotAnAmount, parse_minor

DECIMAL_MARKS: Final = (".", ",")
# Year first; day first; month first.
DATE_ORDERS: Final = ("ymd", "dmy", "mdy")

_BLANKS: Final = re.compile(r"[\s\u00a0\u202f\u2009']")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})")


class NotReadable(ValueError):
    """The text is no amount or no day, written as the file says."""


def read_minor(text: str, currency: str, mark: str) -> int:
    """This function will return the minor units of an amount above 0, such as "1.234,50" with the mark ",".

    The other mark may stand between thousands. The currency's code or sign may stand beside it.

    Raises:
        NotReadable: when it is anything else.
    """
    other = "," if mark == "." else "."
    bare = _BLANKS.sub("", text.replace(currency, "")).strip("€$£¥")
    whole, point, fraction = bare.partition(mark)
    if other in whole:
        groups = whole.split(other)
        if not re.fullmatch("[0-9]{1,3}", groups[0]) or any(not re.fullmatch("[0-9]{3}", each) for each in groups[1:]):
            raise NotReadable(text)
        whole = "".join(groups)
    if not re.fullmatch("[0-9]{1,16}", whole) or (point and not re.fullmatch("[0-9]{1,8}", fraction)):
        raise NotReadable(text)
    try:
        return parse_minor(f"{whole}.{fraction}" if point else whole, currency)
    except NotAnAmount:
        raise NotReadable(text) from None


def read_day(text: str, order: str) -> date:
    """This function will return the day that a text names; one that begins with a year needs no order.

    Raises:
        NotReadable: when it names no day.
    """
    bare = text.strip()
    if found := _YEAR_FIRST.fullmatch(bare):
        year, month, day = found.groups()
    elif (found := _YEAR_LAST.fullmatch(bare)) and order in {"dmy", "mdy"}:
        first, second, year = found.groups()
        day, month = (first, second) if order == "dmy" else (second, first)
        year = f"20{year}" if len(year) == 2 else year
    else:
        raise NotReadable(text)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise NotReadable(text) from None


def proposed_mark(cells: Sequence[str]) -> str:
    """This function will return the decimal mark that the amounts of a column have, or "" where either could be."""
    marks = set()
    for cell in cells:
        last = max(cell.rfind("."), cell.rfind(","))
        if last < 0:
            continue
        both = "." in cell and "," in cell
        if both or len(re.sub("[^0-9]", "", cell[last:])) != 3:
            marks.add(cell[last])
    return marks.pop() if len(marks) == 1 else ""


def proposed_order(cells: Sequence[str]) -> str:
    """This function will return how the days of a column are written, or "" where two ways would fit."""
    written = [cell.strip() for cell in cells if cell.strip()]
    if written and all(_YEAR_FIRST.fullmatch(cell) for cell in written):
        return "ymd"
    # Between dots the day comes first wherever people write so.
    orders = ("dmy",) if all("." in cell for cell in written) else ("dmy", "mdy")
    fits = [order for order in orders if written and all(_is_day(cell, order) for cell in written)]
    return fits[0] if len(fits) == 1 else ""


def _is_day(text: str, order: str) -> bool:
    try:
        read_day(text, order)
    except NotReadable:
        return False
    return True
