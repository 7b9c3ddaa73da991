"""Which payments an open dispute is about, for lists that show only those; built while others write."""

from django.db import migrations, models
from django.db.models import Q

NAME = "open_disputes"
WHERE = "state IN ('inquiry', 'opened')"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0018_assignments_are_counted")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}", migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"CREATE INDEX CONCURRENTLY {NAME} ON payments_dispute (payment_id) WHERE {WHERE}",
                    migrations.RunSQL.noop,
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="dispute",
                    index=models.Index(
                        fields=["payment"], condition=Q(state__in=["inquiry", "opened"]), name="open_disputes"
                    ),
                )
            ],
        ),
    ]
