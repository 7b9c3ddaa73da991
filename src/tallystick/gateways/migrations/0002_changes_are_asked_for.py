"""Up to when the changes at a gateway account were found, and what a message tells.

Both columns are added without writing any row.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gateways", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="gatewayaccount",
            name="changes_found_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="inboxmessage",
            name="fact",
            # A default of the database's, so that a process of the version before can still store messages.
            field=models.CharField(blank=True, db_default="", max_length=100),
        ),
    ]
