"""The trail read back: whatever is asked for, pages have exactly the entries that fit, in their order, both ways."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation import audit, trail
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.paging import CursorNotAccepted, write_position
from tallystick.foundation.permissions import Actor
from tallystick.foundation.trail import TrailFilter
from tallystick.foundation.transactions import transaction

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ACTORS = [
    ("staff", "ada", "Ada Lovelace"),
    ("staff", "bob", "Bob Ross"),
    ("api_key", "key", "Ada's program"),
    ("contact", "con", "Adam Contact"),
    ("system", "Tallystick", "Tallystick"),
]
ACTS = [("customer", "change"), ("customer", "leave"), ("group", "leave"), ("payment", "refund"), ("payment", "pay")]


@pytest.fixture
def things() -> list[UUID]:
    """Four things, to which 300 acts were done; of many of them the moments are the same."""
    chance, found = random.Random(7), [new_id() for _ in range(4)]
    with transaction():
        for _ in range(300):
            kind, identifier, label = chance.choice(ACTORS)
            object_kind, action = chance.choice(ACTS)
            audit.record(
                actor=Actor(kind=kind, id=identifier, label=label, permissions=frozenset()),  # type: ignore[arg-type]
                at=NOW + timedelta(hours=chance.randrange(40)),
                action=action,
                kind=object_kind,
                object_id=chance.choice(found),
                before={"number": "C-00042", "remark": "hiddenword"} if chance.random() < 0.05 else None,
                after={"reason": chance.choice(["paid twice", "wrong"]), "private_text": "hiddenword"},
            )
    return found


def fits(wanted: TrailFilter, row: dict[str, Any]) -> bool:
    """This function will say whether an entry fits a filter without words, as people would."""
    return all(
        [
            wanted.actor_kinds is None or row["actor_kind"] in wanted.actor_kinds,
            wanted.actors is None or (row["actor_kind"], row["actor_id"]) in wanted.actors,
            wanted.actions is None or row["action"] in wanted.actions,
            wanted.object_kinds is None or row["object_kind"] in wanted.object_kinds,
            wanted.object_ids is None or row["object_id"] in wanted.object_ids,
            wanted.first is None or row["at"] >= wanted.first,
            wanted.until is None or row["at"] < wanted.until,
        ]
    )


def everything() -> list[dict[str, Any]]:
    """This function will return all entries, the newest first."""
    return [row for chunk in trail.all_entries(TrailFilter()) for row in chunk]


def test_every_filter_pages_through_exactly_what_fits(things: list[UUID]) -> None:
    chance, whole = random.Random(11), everything()
    assert len(whole) == 300
    assert whole == sorted(whole, key=lambda row: (row["at"], row["id"]), reverse=True)
    asked: dict[str, Callable[[], Any]] = {
        "actor_kinds": lambda: tuple(chance.sample(["staff", "contact", "api_key", "gateway"], 2)),
        "actors": lambda: tuple((kind, each) for kind, each, _ in chance.sample(ACTORS, 2)),
        "actions": lambda: tuple(chance.sample(["leave", "refund", "never"], 2)),
        "object_kinds": lambda: tuple(chance.sample(["customer", "group", "payment"], 2)),
        "object_ids": lambda: tuple(chance.sample(things, 2)),
        "first": lambda: NOW + timedelta(hours=chance.randrange(20)),
        "until": lambda: NOW + timedelta(hours=20 + chance.randrange(20)),
    }
    for _ in range(60):
        names = chance.sample(sorted(asked), chance.randrange(5))
        wanted = TrailFilter(**{name: asked[name]() for name in names})
        expected = [row for row in whole if fits(wanted, row)]
        assert [row for chunk in trail.all_entries(wanted) for row in chunk] == expected, wanted
        pages = [trail.entries_page(wanted, limit=17)]
        while pages[-1].next_cursor:
            pages.append(trail.entries_page(wanted, cursor=pages[-1].next_cursor, limit=17))
        assert [row for page in pages for row in page.rows] == expected, wanted
        # And back again, page by page.
        for earlier, later in zip(pages[-2::-1], pages[:0:-1], strict=True):
            assert trail.entries_page(wanted, cursor=later.previous_cursor, limit=17).rows == earlier.rows


def test_words_find_what_has_them_and_a_number_all_that_was_done_to_its_thing(things: list[UUID]) -> None:
    whole = everything()

    def found(text: str, **more: Any) -> list[dict[str, Any]]:
        return trail.entries_page(TrailFilter(search=text, **more), limit=200).rows

    # Those of the system are found by their things alone.
    twice = [row for row in whole if row["after"]["reason"] == "paid twice" and row["actor_kind"] != "system"]
    assert 0 < len(twice) < 200
    assert found("twice PAI") == twice
    assert found("twice wrong") == found("ice") == []
    named = {row["object_id"] for row in whole if row["before"] and row["actor_kind"] != "system"}
    one = next(iter(named))
    about = [row for row in whole if row["object_id"] in named]
    numbered = [row for chunk in trail.all_entries(TrailFilter(search="c-00042")) for row in chunk]
    assert numbered == about
    assert found("nothing", about=(one,)) == [row for row in whole if row["object_id"] == one]
    assert found("twice", object_ids=(one,)) == [row for row in twice if row["object_id"] == one]
    # What is private cannot even be guessed at.
    assert found("hiddenword") == []


def test_words_of_very_many_entries_are_not_looked_for(things: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "MOST_BY_WORDS", 10)
    page = trail.entries_page(TrailFilter(search="wrong"))
    assert (page.is_cut, len(page.rows)) == (True, 10) or (page.is_cut, page.rows) == (True, [])
    assert not trail.entries_page(TrailFilter(search="never")).is_cut


def test_people_are_found_by_the_name_of_their_time(things: list[UUID]) -> None:
    kinds = ("staff", "api_key", "gateway", "system")
    assert sorted(trail.actors_named("ada", kinds)) == [("api_key", "key"), ("staff", "ada")]
    assert trail.actors_named("ross", kinds) == [("staff", "bob")]
    assert trail.actors_named("contact", kinds) == []


def test_foreign_cursors_and_missing_entries_are_refused(things: list[UUID]) -> None:
    for cursor in ("x", write_position([1, 2]), write_position(["2026-01-01T00:00:00", 1]), write_position(["a"])):
        with pytest.raises(CursorNotAccepted):
            trail.entries_page(TrailFilter(), cursor=cursor)
    last = everything()[0]
    assert trail.entry(last["id"]) == last
    with pytest.raises(NotFound):
        trail.entry(last["id"] + 1000)
