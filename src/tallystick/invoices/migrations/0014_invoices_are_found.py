"""Invoices are found by the end of their number, by words of their title, by state, and open ones by their day of issue.

Built without holding up those who write meanwhile. The expressions are those of `invoices.searching`, word for word.
"""

import django.contrib.postgres.operations
import django.db.models
from django.db import migrations

_MARKS = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"
_WORDS = f"array_to_tsvector(array_remove(string_to_array(translate(lower(title), '{_MARKS}', '{' ' * 32}'), ' '), ''))"

_BY_SQL = {
    "invoices_by_end_of_number": "((reverse(number)) text_pattern_ops) WHERE number IS NOT NULL",
    "invoices_by_title": f"USING gin (({_WORDS})) WHERE title <> ''",
}
_PAYABLE = django.db.models.Q(state__in=["issued", "sent"], open_minor__gt=0)
_INDEXES = [
    django.db.models.Index(
        fields=["state", "-created_at", "-id"],
        condition=~django.db.models.Q(state="issued"),
        name="invoices_not_issued",
    ),
    django.db.models.Index(fields=["-created_at", "-id"], condition=_PAYABLE, name="payable_invoices_newest_first"),
    django.db.models.Index(
        fields=["invoice_date", "-created_at", "-id"], condition=_PAYABLE, name="payable_invoices_by_day"
    ),
]


def _drop(name: str) -> migrations.RunSQL:
    # What is left of a try that gave up waiting would be in the way of the next one.
    return migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", migrations.RunSQL.noop)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("invoices", "0013_issued_last_to_customer")]

    operations = [
        *(
            operation
            for name, definition in _BY_SQL.items()
            for operation in (
                _drop(name),
                migrations.RunSQL(
                    f"CREATE INDEX CONCURRENTLY {name} ON invoices_invoice {definition}", migrations.RunSQL.noop
                ),
            )
        ),
        *(
            operation
            for index in _INDEXES
            for operation in (
                _drop(index.name),
                django.contrib.postgres.operations.AddIndexConcurrently(model_name="invoice", index=index),
            )
        ),
        # A new index on an expression tells the planner nothing before its words were counted.
        migrations.RunSQL("ANALYZE invoices_invoice", migrations.RunSQL.noop),
    ]
