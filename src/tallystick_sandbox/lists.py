"""Lists for a merchant's sweeper: in the order of change, paged by a cursor that misses nothing."""

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime

from tallystick_sandbox import disputes, outcomes, refunds, setups
from tallystick_sandbox.errors import ApiError

MOST = 100
SHAPES: dict[str, Callable[[sqlite3.Row], dict[str, object]]] = {
    "payments": outcomes.payment_json,
    "refunds": refunds.refund_json,
    "disputes": disputes.dispute_json,
    "setups": setups.setup_json,
}
BY_CHANGE = """
    SELECT * FROM {table} WHERE merchant = :merchant AND version > :after AND updated >= :updated_since
    AND {filter} ORDER BY version LIMIT :limit
"""
EVENTS = """
    SELECT seq, body FROM events WHERE merchant = :merchant AND seq > :after
    AND (:type IS NULL OR type = :type) ORDER BY seq LIMIT :limit
"""
PAGING = frozenset({"after", "limit"})


def objects(
    db: sqlite3.Connection, table: str, merchant: str, query: Mapping[str, str], *, filtered_by: str
) -> dict[str, object]:
    """This function will return a page of objects, the ones changed longest ago first.

    `updated_since` leaves out what has not changed since, `after` goes on behind the cursor of an earlier page, and
    one more filter goes by the value of a column.
    """
    _refuse_unknown(query, PAGING | {"updated_since", filtered_by})
    wanted = query.get(filtered_by)
    # Table and column are names of this module's callers, never of a request.
    condition = "TRUE" if wanted is None else f"{filtered_by} = :wanted"
    limit = _limit(query)
    rows = db.execute(
        BY_CHANGE.format(table=table, filter=condition),
        {
            "merchant": merchant,
            "after": _cursor(query),
            "updated_since": _moment(query),
            "wanted": wanted,
            "limit": limit + 1,
        },
    ).fetchall()
    shape = SHAPES[table]
    return _page([(row["version"], shape(row)) for row in rows], limit, query)


def events(db: sqlite3.Connection, merchant: str, query: Mapping[str, str]) -> dict[str, object]:
    """This function will return a page of events, the oldest first."""
    _refuse_unknown(query, PAGING | {"type"})
    limit = _limit(query)
    rows = db.execute(
        EVENTS, {"merchant": merchant, "after": _cursor(query), "type": query.get("type"), "limit": limit + 1}
    ).fetchall()
    return _page([(row["seq"], json.loads(row["body"])) for row in rows], limit, query)


def _page(rows: list[tuple[int, dict[str, object]]], limit: int, query: Mapping[str, str]) -> dict[str, object]:
    shown = rows[:limit]
    return {
        "data": [shape for _, shape in shown],
        "has_more": len(rows) > limit,
        "next": f"cur_{shown[-1][0]}" if shown else query.get("after"),
    }


def _refuse_unknown(query: Mapping[str, str], known: frozenset[str]) -> None:
    for name in query:
        if name not in known:
            raise ApiError(422, "unknown_field", f"There is no parameter {name!r} here.", name)


def _cursor(query: Mapping[str, str]) -> int:
    text = query.get("after", "cur_0")
    if not re.fullmatch(r"cur_[0-9]{1,18}", text):
        raise ApiError(422, "invalid_field", "after must be the `next` of an earlier page.", "after")
    return int(text[4:])


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", "50")
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST:
        raise ApiError(422, "invalid_field", f"limit must be between 1 and {MOST}.", "limit")
    return int(text)


def _moment(query: Mapping[str, str]) -> int:
    text = query.get("updated_since")
    if text is None:
        return 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ApiError(422, "invalid_field", "updated_since must be a moment by RFC 3339.", "updated_since")
    return int(moment.timestamp() * 1_000)
