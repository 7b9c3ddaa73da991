"""Staff close a message that fits nothing, with a reason.

The column is added without writing any row; the rule about it is looked at afterwards, while messages come in.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("gateways", "0003_messages_by_fact")]

    operations = [
        migrations.AddField(
            model_name="inboxmessage",
            name="closed_reason",
            # A default of the database's, so that a process of the version before can still store messages.
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AlterField(
            model_name="inboxmessage",
            name="state",
            field=models.CharField(
                choices=[
                    ("stored", "Stored"),
                    ("handled", "Handled"),
                    ("ignored", "Ignored"),
                    ("unmatched", "Unmatched"),
                    ("closed", "Closed"),
                ],
                default="stored",
                max_length=10,
            ),
        ),
        AddConstraintNotValid(
            model_name="inboxmessage",
            constraint=models.CheckConstraint(
                name="closed_message_has_a_reason",
                condition=Q(state="closed") & ~Q(closed_reason="") | ~Q(state="closed") & Q(closed_reason=""),
            ),
        ),
    ]
