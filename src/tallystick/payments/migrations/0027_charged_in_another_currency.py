"""What a try shall pay in the currency of its payment, where it is charged in another one.

The new rule is not checked against the rows that are there (none was charged in another currency): the next migration
validates it under a lock that lets writers go on.
"""

from django.db import migrations, models
from django.db.models import Q

RULE = """
ALTER TABLE payments_attempt ADD CONSTRAINT exchanged_attempt_pays_something
CHECK (owed_minor IS NULL OR owed_minor > 0) NOT VALID
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0026_payment_links")]

    operations = [
        migrations.AddField("attempt", "owed_minor", models.BigIntegerField(null=True)),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(RULE)],
            state_operations=[
                migrations.AddConstraint(
                    model_name="attempt",
                    constraint=models.CheckConstraint(
                        name="exchanged_attempt_pays_something", condition=Q(owed_minor=None) | Q(owed_minor__gt=0)
                    ),
                ),
            ],
        ),
    ]
