"""Failed payments by the day on which autopay tries them again, found without holding up those who write meanwhile."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0002_autopay")]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS payments_tried_again", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                fields=["next_try_date", "id"],
                condition=models.Q(next_try_date__isnull=False, status="failed"),
                name="payments_tried_again",
            ),
        ),
    ]
