"""Lots by the day on which they expire; built without holding up who writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("wallets", "0003_lot_rules_hold")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS lots_that_expire", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="lot",
            index=models.Index(
                fields=["expires_date", "id"], condition=models.Q(left_minor__gt=0), name="lots_that_expire"
            ),
        ),
    ]
