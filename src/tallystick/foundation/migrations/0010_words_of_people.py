"""Words in the audit are those of people and programs: what the system does by itself is found by the thing's number.

An index of words costs twice as much to write as all others together, and bill runs write ten thousand entries at once.
The expression is that of `foundation.trail`, word for word.
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

_OLD, _NEW = "audit_by_words", "audit_by_words_of_people"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("foundation", "0009_audit_has_a_permission")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_NEW}", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY {_NEW} ON foundation_auditentry USING gin (({_WORDS})) "
            "WHERE actor_kind <> 'system'",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {_OLD}", migrations.RunSQL.noop),
        # A new index on an expression tells the planner nothing before its words were counted.
        migrations.RunSQL("ANALYZE foundation_auditentry", migrations.RunSQL.noop),
    ]
