"""The place in a long report at which its next page begins."""

from collections.abc import Callable
from typing import Any

from tallystick.foundation.paging import CursorNotAccepted, read_position


def position(cursor: str, **parts: Callable[[str], Any]) -> dict[str, Any]:
    """This function will return what a cursor names, by the names of its parts; None of each for the first page.

    Each part is read from its text by a function that raises ValueError for what it cannot read.

    Raises:
        CursorNotAccepted: when the cursor is of another list.
    """
    _backwards, found = read_position(cursor, len(parts))
    if found is None:
        return dict.fromkeys(parts)
    try:
        return {name: read(str(each)) for (name, read), each in zip(parts.items(), found, strict=True)}
    except ValueError as error:
        raise CursorNotAccepted from error
