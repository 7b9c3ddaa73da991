"""Builds as the migrations of the rooms do: it waits for whatever statement runs meanwhile."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS payments_of_the_test"),
        migrations.RunSQL("CREATE INDEX CONCURRENTLY payments_of_the_test ON payments_payment (reference, id)"),
    ]
