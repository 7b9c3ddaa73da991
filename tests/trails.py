"""The audit's entries about one thing, for tests."""

from typing import Any
from uuid import UUID

from tallystick.foundation import trail
from tallystick.foundation.trail import TrailFilter


def trail_of(object_id: UUID) -> list[dict[str, Any]]:
    """This function will return the entries about one thing, in the order in which they were written."""
    rows = [row for chunk in trail.all_entries(TrailFilter(object_ids=(object_id,))) for row in chunk]
    return sorted(rows, key=lambda row: row["id"])
