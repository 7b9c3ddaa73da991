"""Closed messages are listed. The index is built, and the rule about them looked at, while messages come in."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("gateways", "0004_messages_are_closed")]

    operations = [
        ValidateConstraint(model_name="inboxmessage", name="closed_message_has_a_reason"),
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS closed_messages", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="inboxmessage",
            index=models.Index(fields=["received_at"], condition=Q(state="closed"), name="closed_messages"),
        ),
    ]
