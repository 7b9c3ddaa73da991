"""Pages of long lists by keyset: a page of ten million rows costs what the first one costs."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet

from tallystick.foundation.errors import Invalid

LARGEST_PAGE = 200


@dataclass(kw_only=True, eq=False)
class CursorNotAccepted(Invalid):
    """The cursor is not one that a list of this order gave out."""

    code: ClassVar[str] = "cursor_not_accepted"
    sentence: ClassVar[str] = "This cursor cannot be used here. Begin again without one."
    field: ClassVar[str | None] = "cursor"


@dataclass(frozen=True)
class Page:
    """Rows in order, and the cursors of the pages around them; an empty cursor means there is none."""

    rows: list[dict[str, Any]]
    next_cursor: str
    previous_cursor: str


def page(
    rows: "QuerySet[Any, dict[str, Any]]",
    *,
    order: Sequence[str],
    cursor: str,
    limit: int,
    read: "Callable[[QuerySet[Any, dict[str, Any]], Sequence[str], int], list[dict[str, Any]]] | None" = None,
) -> Page:
    """This function will return one page of `.values()` rows in an order that ends with a unique column.

    `read` reads the first rows, at most so many, in an ordering, when there is a quicker way than to ask for just that.

    Raises:
        CursorNotAccepted: when the cursor does not belong to this order.
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    columns = [column.lstrip("-") for column in order]
    backwards, position = read_position(cursor, len(columns))
    directions = [column.startswith("-") is not backwards for column in order]
    if position is not None:
        rows = rows.filter(_beyond(rows, columns, directions, position))
    ordering = [f"-{column}" if falling else column for column, falling in zip(columns, directions, strict=True)]
    found = read(rows, ordering, limit + 1) if read else list(rows.order_by(*ordering)[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    first, last = ([row[column] for column in columns] for row in (found[0], found[-1]))
    after = write_position(last) if more or backwards else ""
    before = write_position(first, backwards=True) if (more and backwards) or (cursor and not backwards) else ""
    return Page(found, after, before)


def _beyond(rows: Any, columns: Sequence[str], falling: Sequence[bool], position: Sequence[Any]) -> Q:
    """The rows after a position: (a, b) < (x, y) written out, with a plain bound on the first column for the index."""
    try:
        values = [
            rows.model._meta.get_field(column).to_python(value)  # noqa: SLF001 - the documented field API
            for column, value in zip(columns, position, strict=True)
        ]
    except Exception as error:
        raise CursorNotAccepted from error
    if None in values:
        raise CursorNotAccepted
    first = f"{columns[0]}__{'lte' if falling[0] else 'gte'}"
    wanted = Q()
    equal = Q()
    for column, down, value in zip(columns, falling, values, strict=True):
        wanted |= equal & Q(**{f"{column}__{'lt' if down else 'gt'}": value})
        equal &= Q(**{column: value})
    return Q(**{first: values[0]}) & wanted


def read_position(cursor: str, length: int | None = None) -> tuple[bool, list[Any] | None]:
    """This function will read a cursor back: whether it leads backwards, and the values of the row beside it, as text.

    Raises:
        CursorNotAccepted: when it is none, or of another order.
    """
    if not cursor:
        return False, None
    try:
        backwards, *position = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii", "strict")))
    except (ValueError, TypeError, binascii.Error) as error:
        raise CursorNotAccepted from error
    if not isinstance(backwards, bool) or length not in {None, len(position)}:
        raise CursorNotAccepted
    return backwards, position


def write_position(values: Sequence[str | int | date | datetime | UUID], *, backwards: bool = False) -> str:
    """This function will write a cursor: the values of the row that it stands beside, in the order of the list."""
    text = json.dumps([backwards, *values], cls=_Exact, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode()


class _Exact(DjangoJSONEncoder):
    """Keeps microseconds, which Django's own encoder cuts to milliseconds."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)
