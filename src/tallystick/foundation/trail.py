"""The trail read back (`foundation.audit` writes it): pages of it by person, act, kind of thing, days and words.

Nothing here reads through entries that a filter leaves out, however many there are: a page is merged of lanes, each of
which an index has in the list's order, such as what one person did of one kind. What few entries can fit, those of one
thing or with some words, is collected first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from tallystick.foundation import rarity
from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import LARGEST_PAGE, CursorNotAccepted, Page, read_position, write_position
from tallystick.foundation.words import words_of, words_query

Row = dict[str, Any]

# What is found by words: those at the top of what an entry of a person or a program says of before and after. What the
# system does by itself is found by its thing, because an index of words is dear to write. Private text and remarks are
# none of these, so that no search can tell what stands in them (`docs/model.md`, 11).
_FIELDS: Final = ("reason", "name", "email", "number", "title", "description", "reference", "receipt_number")
# No word of an index is longer than 2,046 bytes.
_TEXT: Final = " || ' ' || ".join(
    f"left(coalesce({side} ->> '{each}', ''), 500)" for each in _FIELDS for side in ("before", "after")
)
_WORDS: Final = words_of(_TEXT)
_OF_PEOPLE: Final = "actor_kind <> 'system'"
# How many entries words may find. Of those that have them and more, none is looked at.
MOST_BY_WORDS: Final = 2000
# The planner's guess may be so far off.
_SURELY_MANY: Final = 4
# How many people a name may stand for.
MOST_ACTORS: Final = 50
_CHUNK: Final = 2000

_TABLE: Final = "foundation_auditentry"
_COLUMNS: Final = ("id", "at", "actor_kind", "actor_id", "actor_label", "action", "object_kind", "object_id")
_SELECTED: Final = ", ".join(f"entry.{each}" for each in (*_COLUMNS, "before", "after"))
# Every combination that there is, each found by one look into the index behind the one before it.
_KINDS: Final = """
WITH RECURSIVE lane AS (
    (SELECT actor_kind, object_kind, action FROM foundation_auditentry
     ORDER BY actor_kind, object_kind, action LIMIT 1)
    UNION ALL
    SELECT following.* FROM lane CROSS JOIN LATERAL (
        SELECT actor_kind, object_kind, action FROM foundation_auditentry AS entry
        WHERE (entry.actor_kind, entry.object_kind, entry.action) > (lane.actor_kind, lane.object_kind, lane.action)
        ORDER BY actor_kind, object_kind, action LIMIT 1
    ) AS following
) SELECT actor_kind, object_kind, action FROM lane"""
_ACTS_OF: Final = """
WITH RECURSIVE lane AS (
    SELECT first.* FROM unnest(%s::text[], %s::text[]) AS wanted (actor_kind, actor_id) CROSS JOIN LATERAL (
        SELECT actor_kind, actor_id, action FROM foundation_auditentry AS entry
        WHERE entry.actor_kind = wanted.actor_kind AND entry.actor_id = wanted.actor_id ORDER BY action LIMIT 1
    ) AS first
    UNION ALL
    SELECT following.* FROM lane CROSS JOIN LATERAL (
        SELECT actor_kind, actor_id, action FROM foundation_auditentry AS entry
        WHERE entry.actor_kind = lane.actor_kind AND entry.actor_id = lane.actor_id AND entry.action > lane.action
        ORDER BY action LIMIT 1
    ) AS following
) SELECT actor_kind, actor_id, action FROM lane"""
_ACTORS: Final = """
WITH RECURSIVE actor AS (
    SELECT first.* FROM unnest(%s::text[]) AS wanted (actor_kind) CROSS JOIN LATERAL (
        SELECT actor_kind, actor_id FROM foundation_auditentry AS entry
        WHERE entry.actor_kind = wanted.actor_kind ORDER BY actor_id LIMIT 1
    ) AS first
    UNION ALL
    SELECT following.* FROM actor CROSS JOIN LATERAL (
        SELECT actor_kind, actor_id FROM foundation_auditentry AS entry
        WHERE entry.actor_kind = actor.actor_kind AND entry.actor_id > actor.actor_id ORDER BY actor_id LIMIT 1
    ) AS following
) SELECT actor_kind, actor_id, label.actor_label FROM actor CROSS JOIN LATERAL (
    SELECT actor_label FROM foundation_auditentry AS entry
    WHERE entry.actor_kind = actor.actor_kind AND entry.actor_id = actor.actor_id ORDER BY action, at, id LIMIT 1
) AS label"""


@dataclass(frozen=True)
class TrailFilter:
    """Which entries a list shows. None does not narrow, and neither does an empty text.

    `actors` are kinds and ids of who did it; `until` is the moment behind the last one. `search` finds words, and with
    `about` things that it names elsewhere.
    """

    object_ids: tuple[UUID, ...] | None = None
    actor_kinds: tuple[str, ...] | None = None
    actors: tuple[tuple[str, str], ...] | None = None
    actions: tuple[str, ...] | None = None
    object_kinds: tuple[str, ...] | None = None
    first: datetime | None = None
    until: datetime | None = None
    search: str = ""
    about: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class TrailPage(Page):
    """A page of the trail. When it is cut, more entries have the words than are looked at."""

    is_cut: bool = False


@dataclass
class _Sql:
    """Conditions that all hold, and the values of their placeholders."""

    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values += values

    @property
    def text(self) -> str:
        return " AND ".join(self.conditions) or "TRUE"


@dataclass(frozen=True)
class _Few:
    """The only entries that can fit: some by their ids, and all of some things."""

    ids: tuple[int, ...]
    object_ids: tuple[UUID, ...]
    is_cut: bool = False


def entries_page(wanted: TrailFilter, *, cursor: str = "", limit: int = 50) -> TrailPage:
    """This function will return a page of the trail, the newest entry first.

    Raises:
        CursorNotAccepted: when the cursor belongs to no such list.
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    backwards, position = read_position(cursor, 2)
    found = _sides(wanted)
    if position is not None:
        found.add(f"(entry.at, entry.id) {'>' if backwards else '<'} (%s, %s)", *_place(position))
    few = _few(wanted)
    order = "entry.at, entry.id" if backwards else "entry.at DESC, entry.id DESC"
    if few is not None:
        rows = _of_few(few, _narrowed(wanted, found), order, limit + 1)
    elif wanted.actors is None and wanted.actor_kinds is wanted.actions is wanted.object_kinds is None:
        sql = f"SELECT {_SELECTED} FROM foundation_auditentry AS entry WHERE {found.text} ORDER BY {order}"
        rows = _read(f"{sql} LIMIT {limit + 1}", found.values)
    else:
        rows = _of_lanes(wanted, found, order, limit + 1)
    return _page(rows, limit, is_first=position is None, backwards=backwards, is_cut=few is not None and few.is_cut)


def all_entries(wanted: TrailFilter) -> Iterator[list[Row]]:
    """This function will return every entry of a list in its order, in chunks, from one snapshot."""
    few = _few(wanted)
    found = _narrowed(wanted, _sides(wanted))
    source, values = ("", []) if few is None else _collected(few)
    sql = f"{source} SELECT {_SELECTED} FROM foundation_auditentry AS entry {'JOIN few USING (id)' if few else ''}"
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"{sql} WHERE {found.text} ORDER BY entry.at DESC, entry.id DESC", [*values, *found.values])
        while rows := cursor.fetchmany(_CHUNK):
            yield _as_rows(rows)


def entry(entry_id: int) -> Row:
    """This function will return one entry.

    Raises:
        NotFound: when there is none.
    """
    rows = _read(f"SELECT {_SELECTED} FROM foundation_auditentry AS entry WHERE entry.id = %s", [entry_id])
    if not rows:
        raise NotFound(kind="audit entry")
    return rows[0]


def actors_named(text: str, kinds: Sequence[str]) -> list[tuple[str, str]]:
    """This function will return who of some kinds did anything and is called so: kind and id. The name is as the trail
    has it, so that those who left are found too.

    There must be few of these kinds: everybody is looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ACTORS, [list(kinds)])
        known = cursor.fetchall()
    return [(kind, each) for kind, each, label in known if text.casefold() in label.casefold()]


def _sides(wanted: TrailFilter) -> _Sql:
    found = _Sql()
    if wanted.first is not None:
        found.add("entry.at >= %s", wanted.first)
    if wanted.until is not None:
        found.add("entry.at < %s", wanted.until)
    return found


def _narrowed(wanted: TrailFilter, found: _Sql) -> _Sql:
    """All that a filter asks for but its words; what has those is collected before."""
    for column, values in (
        ("actor_kind", wanted.actor_kinds),
        ("action", wanted.actions),
        ("object_kind", wanted.object_kinds),
    ):
        if values is not None:
            found.add(f"entry.{column} = ANY(%s)", list(values))
    if wanted.object_ids is not None:
        found.add("entry.object_id = ANY(%s)", list(wanted.object_ids))
    if wanted.actors is not None:
        found.add(
            "(entry.actor_kind, entry.actor_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
            *_columns_of(wanted.actors),
        )
    return found


def _few(wanted: TrailFilter) -> _Few | None:
    """The entries that things and words leave, or None when every one may fit."""
    text = wanted.search.replace("\0", "").strip()
    if not text:
        return None if wanted.object_ids is None else _Few((), wanted.object_ids)
    query = words_query(text)
    ids: list[int] = []
    about = set(wanted.about)
    is_cut = False
    most = MOST_BY_WORDS * _SURELY_MANY
    having = rarity.by_words(_TABLE, _WORDS, query, most=most, among=_OF_PEOPLE) if query else None
    if having is None:
        is_cut = bool(query)
    else:
        condition, values = having
        sql = (
            "SELECT id, object_id, before ->> 'number', after ->> 'number', after ->> 'receipt_number' "
            f"FROM {_TABLE} WHERE {condition} LIMIT {MOST_BY_WORDS + 1}"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows = cursor.fetchall()
        is_cut = len(rows) > MOST_BY_WORDS
        ids = [row[0] for row in rows[:MOST_BY_WORDS]]
        # A number names a thing: all that was done to it is meant.
        about |= {row[1] for row in rows if text.upper() in row[2:]}
    if wanted.object_ids is not None:
        about &= set(wanted.object_ids)
    return _Few(tuple(ids), tuple(sorted(about)), is_cut)


def _collected(few: _Few) -> tuple[str, list[Any]]:
    # Materialized: the planner would rather walk all entries until enough of them fit.
    sql = (
        "WITH few AS MATERIALIZED (SELECT id FROM foundation_auditentry WHERE object_id = ANY(%s) "
        "UNION SELECT unnest(%s::bigint[]))"
    )
    return sql, [list(few.object_ids), list(few.ids)]


def _of_few(few: _Few, found: _Sql, order: str, limit: int) -> list[Row]:
    source, values = _collected(few)
    sql = f"{source} SELECT {_SELECTED} FROM few JOIN foundation_auditentry AS entry USING (id) WHERE {found.text}"
    return _read(f"{sql} ORDER BY {order} LIMIT {limit}", [*values, *found.values])


def _of_lanes(wanted: TrailFilter, found: _Sql, order: str, limit: int) -> list[Row]:
    """The first of every lane, merged."""
    names, lanes = _lanes(wanted)
    if wanted.actors is not None and wanted.object_kinds is not None:
        # What is done to things of another kind has another name, but for a few acts.
        found = replace(found, conditions=[*found.conditions], values=[*found.values])
        found.add("entry.object_kind = ANY(%s)", list(wanted.object_kinds))
    same = " AND ".join(f"entry.{each} = lane.{each}" for each in names)
    arrays = ", ".join("%s::text[]" for _ in names)
    sql = (
        f"SELECT {_SELECTED} FROM ("
        f"SELECT first.id FROM unnest({arrays}) AS lane ({', '.join(names)}) CROSS JOIN LATERAL ("
        f"SELECT entry.at, entry.id FROM foundation_auditentry AS entry WHERE {same} AND {found.text} "
        f"ORDER BY {order} LIMIT {limit}) AS first ORDER BY {order.replace('entry.', 'first.')} LIMIT {limit}"
        f") AS nearest JOIN foundation_auditentry AS entry USING (id) ORDER BY {order}"
    )
    return _read(sql, [*([lane[place] for lane in lanes] for place in range(len(names))), *found.values])


def _lanes(wanted: TrailFilter) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """What each lane has in common, and the lanes that fit a filter."""
    if wanted.actors is None:
        names: tuple[str, ...] = ("actor_kind", "object_kind", "action")
        sql, values = _KINDS, list[Any]()
    else:
        names = ("actor_kind", "actor_id", "action")
        sql, values = _ACTS_OF, _columns_of(wanted.actors)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        lanes = cursor.fetchall()
    asked = {"actor_kind": wanted.actor_kinds, "object_kind": wanted.object_kinds, "action": wanted.actions}
    for place, name in enumerate(names):
        allowed = asked.get(name)
        if allowed is not None:
            lanes = [lane for lane in lanes if lane[place] in allowed]
    return names, lanes


def _columns_of(actors: Sequence[tuple[str, str]]) -> list[Any]:
    return [[kind for kind, _ in actors], [each for _, each in actors]]


def _place(position: Sequence[Any]) -> tuple[datetime, int]:
    try:
        at, entry_id = datetime.fromisoformat(position[0]), int(position[1])
    except (TypeError, ValueError) as error:
        raise CursorNotAccepted from error
    if at.tzinfo is None or not 0 <= entry_id < 1 << 63:
        raise CursorNotAccepted
    return at, entry_id


def _page(rows: list[Row], limit: int, *, is_first: bool, backwards: bool, is_cut: bool) -> TrailPage:
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        rows.reverse()
    if not rows:
        return TrailPage([], "", "", is_cut)
    first, last = ((row["at"], row["id"]) for row in (rows[0], rows[-1]))
    after = write_position(last) if more or backwards else ""
    before = write_position(first, backwards=True) if (more and backwards) or not (is_first or backwards) else ""
    return TrailPage(rows, after, before, is_cut)


def _read(sql: str, values: Sequence[Any]) -> list[Row]:
    # Planned for these values every time: the plan for any values would walk the whole trail.
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return _as_rows(cursor.fetchall())


def _as_rows(rows: Sequence[Sequence[Any]]) -> list[Row]:
    return [
        {
            **dict(zip(_COLUMNS, row, strict=False)),
            "before": None if row[-2] is None else orjson.loads(row[-2]),
            "after": None if row[-1] is None else orjson.loads(row[-1]),
        }
        for row in rows
    ]
