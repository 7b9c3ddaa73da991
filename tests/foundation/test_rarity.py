"""Searches by words read few rows of an index, however common a word or its beginning is."""

import pytest
from django.db import connection

from tallystick.foundation import rarity
from tallystick.foundation.words import parted, words_of, words_query

pytestmark = pytest.mark.django_db

TABLE, WORDS = "worded", words_of("text")


@pytest.fixture
def worded() -> None:
    """Three thousand rows: a word that all have, a number of its own for each, and a needle in three."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE worded ON COMMIT DROP AS SELECT n, 'common n' || lpad(n::text, 5, '0') || "
            "CASE WHEN n %% 1000 = 7 THEN ' needle' ELSE '' END AS text FROM generate_series(1, 3000) AS n",
            [],
        )
        cursor.execute(f"CREATE INDEX ON worded USING gin (({WORDS}))".replace("%%", "%"))
        cursor.execute("ANALYZE worded")


def found(text: str) -> set[int] | None:
    """This function will return the rows that have the words of a text, or None when they are not looked for."""
    having = rarity.by_words(TABLE, WORDS, words_query(text), most=100)
    if having is None:
        return None
    condition, values = having
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT n FROM worded WHERE {condition}", values)
        return {n for (n,) in cursor.fetchall()}


@pytest.mark.usefixtures("worded")
def test_common_words_and_beginnings_are_asked_of_the_rows_that_have_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The table counts as a large one.
    monkeypatch.setattr(rarity, "_LARGE", 1000)
    assert found("needle") == {7, 1007, 2007}
    assert found("needle n00") == {7}
    assert found("needle n0") == set(), "too short to grow"
    assert found("needle n01") == {1007}
    assert found("n00017") == {17}
    assert found("needle common") == {7, 1007, 2007}
    for text in ("common", "n00", "common n00"):
        assert found(text) is None, text


@pytest.mark.usefixtures("worded")
def test_the_beginning_of_a_word_that_most_have_is_never_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rarity, "_LARGE", 1000)
    having = rarity.by_words(TABLE, WORDS, words_query("needle n00"), most=100)
    assert having is not None
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN SELECT n FROM worded WHERE {having[0]}", having[1])
        plan = [line for (line,) in cursor.fetchall()]
    assert not [line for line in plan if "Cond" in line and "n00" in line], plan


def test_a_query_is_parted_before_the_word_that_may_grow() -> None:
    assert parted(words_query("two words")) == ("'two'", "'words':*")
    assert parted(words_query("word")) == ("", "'word':*")
    assert parted(words_query("two w")) == ("'two' & 'w'", "")
