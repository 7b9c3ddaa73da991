"""What lists of the audit walk along (`foundation.trail`), built without holding up those who write meanwhile.

Each index ends with the order of the list, behind what a filter names exactly. The expression of the words is that of
`foundation.trail`, word for word.
"""

from django.db import migrations

_FIELDS = ("reason", "name", "email", "number", "title", "description", "reference", "receipt_number")
_MARKS = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"
_TEXT = " || ' ' || ".join(
    f"left(coalesce({side} ->> '{field}', ''), 500)" for field in _FIELDS for side in ("before", "after")
)
_WORDS = (
    f"array_to_tsvector(array_remove(string_to_array(translate(lower({_TEXT}), '{_MARKS}', '{' ' * 32}'), ' '), ''))"
)

_INDEXES = {
    "audit_by_moment": "(at, id)",
    "audit_by_kinds": "(actor_kind, object_kind, action, at, id)",
    "audit_by_actor": "(actor_kind, actor_id, action, at, id)",
    "audit_by_words": f"USING gin (({_WORDS}))",
}


def _build(name: str, definition: str) -> list[migrations.RunSQL]:
    return [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY {name} ON foundation_auditentry {definition}", migrations.RunSQL.noop
        ),
    ]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("foundation", "0007_saved_views")]

    operations = [
        *(operation for name, definition in _INDEXES.items() for operation in _build(name, definition)),
        # A new index on an expression tells the planner nothing before its words were counted.
        migrations.RunSQL("ANALYZE foundation_auditentry", migrations.RunSQL.noop),
    ]
