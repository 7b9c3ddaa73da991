"""What lists of payments walk along (`payments.lists`), built without holding up those who write meanwhile.

An index has the order of a list, behind the columns that a filter names exactly: status and kind, currency and method,
a customer. The expressions are those of `payments.amounts` and `payments.searching`, word for word.
"""

from django.db import migrations

_NO_PLACES = (
    "'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'"
)
_THREE_PLACES = "'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'"
_AMOUNT = (
    "((CASE WHEN kind IN ('refund', 'charge') THEN -1 ELSE 1 END * total_minor) * "
    f"(CASE WHEN currency IN ({_NO_PLACES}) THEN 1000 WHEN currency IN ({_THREE_PLACES}) THEN 1 ELSE 10 END))"
)
_MARKS = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"
_TEXT = "reference || ' ' || description || ' ' || customer_note || ' ' || private_text || ' ' || invoice_text"
_WORDS = (
    f"array_to_tsvector(array_remove(string_to_array(translate(lower({_TEXT}), '{_MARKS}', '{' ' * 32}'), ' '), ''))"
)
_MONEY_IN = "status = 'completed' AND reversed_at IS NULL AND kind NOT IN ('refund', 'charge')"

_INDEXES = {
    "payments_lanes_by_making": "(status, kind, created_at, id)",
    "payments_lanes_by_due_date": "(status, kind, due_date, created_at, id)",
    "payments_lanes_by_amount": f"(status, kind, ({_AMOUNT}), id)",
    "payments_by_way_of_paying": "(currency, method, created_at, id)",
    "payments_by_received_date": "(received_date, created_at, id)",
    "payments_of_customer_by_due_date": "(customer_id, due_date, created_at, id)",
    "payments_of_customer_by_amount": f"(customer_id, ({_AMOUNT}), id)",
    "payments_by_words": f"USING gin (({_WORDS}))",
    "payments_of_nobody": "(created_at, id) WHERE customer_id IS NULL",
    "payments_not_allocated": f"(created_at, id) WHERE {_MONEY_IN} AND unallocated_minor > 0",
}


def _build(name: str, definition: str) -> list[migrations.RunSQL]:
    return [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", migrations.RunSQL.noop),
        migrations.RunSQL(f"CREATE INDEX CONCURRENTLY {name} ON payments_payment {definition}", migrations.RunSQL.noop),
    ]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("payments", "0008_payments_that_look_alike"),
    ]

    operations = [
        *(operation for name, definition in _INDEXES.items() for operation in _build(name, definition)),
        # A new index on an expression tells the planner nothing before its words and amounts were counted.
        migrations.RunSQL("ANALYZE payments_payment", migrations.RunSQL.noop),
    ]
