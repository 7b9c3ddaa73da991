"""What came in another currency than it is credited in, with the rate that was fixed.

The new rule is not checked against the rows that are there (none came in another currency): that would hold a lock for
as long as a large table is read. The next migration validates it under a lock that lets writers go on.
"""

from django.db import migrations, models
from django.db.models import F, Q

RULE = """
ALTER TABLE payments_payment ADD CONSTRAINT exchanged_money_has_its_rate CHECK (
    (came_minor IS NULL AND came_currency = '' AND came_rate IS NULL)
    OR (came_minor > 0 AND came_currency ~ '^[A-Z]{3}$' AND came_rate > 0 AND came_currency <> currency)
) NOT VALID
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0013_receipts")]

    operations = [
        migrations.AddField("payment", "came_minor", models.BigIntegerField(null=True)),
        migrations.AddField("payment", "came_currency", models.CharField(blank=True, db_default="", max_length=3)),
        migrations.AddField("payment", "came_rate", models.DecimalField(decimal_places=12, max_digits=24, null=True)),
        migrations.AddField("payment", "came_rate_source", models.CharField(blank=True, db_default="", max_length=60)),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(RULE)],
            state_operations=[
                migrations.AddConstraint(
                    model_name="payment",
                    constraint=models.CheckConstraint(
                        name="exchanged_money_has_its_rate",
                        condition=Q(came_minor=None, came_currency="", came_rate=None)
                        | Q(came_minor__gt=0, came_currency__regex="^[A-Z]{3}$", came_rate__gt=0)
                        & ~Q(came_currency=F("currency")),
                    ),
                ),
            ],
        ),
    ]
