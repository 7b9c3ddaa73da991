"""Lists by amount and by making walk along ways of paying too, and lists of received days have their own orders.

What is paid in no way, such as a purchase, was walked through in vain by those who ask for cash. What was received on a
range of days is read day by day, in each order: by making, by amount and by due date.
"""

from django.db import migrations

_NO_PLACES = (
    "'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'"
)
_THREE_PLACES = "'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'"
# That of `payments.amounts`, word for word.
_AMOUNT = (
    "((CASE WHEN kind IN ('refund', 'charge') THEN -1 ELSE 1 END * total_minor) * "
    f"(CASE WHEN currency IN ({_NO_PLACES}) THEN 1000 WHEN currency IN ({_THREE_PLACES}) THEN 1 ELSE 10 END))"
)
_RECEIVED = "WHERE received_date IS NOT NULL"

_INDEXES = {
    "payments_ways_by_making": "(status, kind, method, created_at, id)",
    "payments_ways_by_amount": f"(status, kind, method, ({_AMOUNT}), id)",
    "payments_received_by_making": f"(status, received_date, created_at, id) {_RECEIVED}",
    "payments_received_by_amount": f"(status, received_date, ({_AMOUNT}), id) {_RECEIVED}",
    "payments_received_by_due_date": (
        f"(status, received_date, due_date, created_at, id) {_RECEIVED} AND kind = 'scheduled'"
    ),
}
# What the new ones replace.
_OLD = ("payments_lanes_by_making", "payments_lanes_by_amount", "payments_by_received_covering")


def _build(name: str, definition: str) -> list[migrations.RunSQL]:
    return [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", migrations.RunSQL.noop),
        migrations.RunSQL(f"CREATE INDEX CONCURRENTLY {name} ON payments_payment {definition}", migrations.RunSQL.noop),
    ]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("payments", "0022_terms_of_payments"),
    ]

    operations = [
        *(operation for name, definition in _INDEXES.items() for operation in _build(name, definition)),
        *(migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", migrations.RunSQL.noop) for name in _OLD),
        # A new index on an expression tells the planner nothing before its amounts were counted.
        migrations.RunSQL("ANALYZE payments_payment", migrations.RunSQL.noop),
    ]
