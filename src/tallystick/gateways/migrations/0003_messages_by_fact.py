"""Messages are found by what they tell. The index is built while messages come in."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("gateways", "0002_changes_are_asked_for"),
    ]

    operations = [
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS messages_by_fact", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="inboxmessage",
            index=models.Index(fields=["account", "fact"], name="messages_by_fact"),
        ),
    ]
