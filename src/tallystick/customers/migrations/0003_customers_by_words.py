"""Customers are found by the beginnings of the words of their name, however many there are."""

from django.db import migrations

_MARKS = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"
_WORDS = f"array_to_tsvector(array_remove(string_to_array(translate(lower(name), '{_MARKS}', '{' ' * 32}'), ' '), ''))"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("customers", "0002_billing_groups"),
    ]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS customers_by_words", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY customers_by_words ON customers_customer USING gin (({_WORDS}))",
            migrations.RunSQL.noop,
        ),
    ]
