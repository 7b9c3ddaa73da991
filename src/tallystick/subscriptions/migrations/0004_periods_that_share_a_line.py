"""A line may pay for several periods, and a period without days is in nobody's way.

Indexes are built while others go on writing, which no transaction can hold; a run that was cut off can be run again.
"""

import django.db.models.deletion
from django.db import migrations, models

STEPS = """
DROP INDEX CONCURRENTLY IF EXISTS one_bill_per_period_anew;
CREATE UNIQUE INDEX CONCURRENTLY one_bill_per_period_anew
    ON subscriptions_billedperiod (subscription_id, period_start) WHERE period_end > period_start;
CREATE INDEX CONCURRENTLY IF NOT EXISTS periods_of_line ON subscriptions_billedperiod (line_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS subscriptions_of_price ON subscriptions_subscription (price_id, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS subscriptions_coming_to_end ON subscriptions_subscription (end_date)
    WHERE state IN ('trial', 'active', 'paused', 'suspended');
CREATE INDEX CONCURRENTLY IF NOT EXISTS subscriptions_on_trial ON subscriptions_subscription (billing_start_date)
    WHERE state = 'trial';
CREATE INDEX CONCURRENTLY IF NOT EXISTS subscriptions_that_rest ON subscriptions_subscription (paused_date)
    WHERE paused_date IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS changes_to_come ON subscriptions_planchange (effective_date)
    WHERE applied_at IS NULL AND withdrawn_at IS NULL;
ALTER TABLE subscriptions_billedperiod DROP CONSTRAINT IF EXISTS subscriptions_billedperiod_line_id_key;
ALTER TABLE subscriptions_billedperiod DROP CONSTRAINT IF EXISTS one_bill_per_period;
DROP INDEX CONCURRENTLY IF EXISTS one_bill_per_period;
ALTER INDEX one_bill_per_period_anew RENAME TO one_bill_per_period
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("subscriptions", "0003_adjustments")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(step) for step in STEPS.split(";")],
            state_operations=[
                migrations.AlterField(
                    model_name="billedperiod",
                    name="line",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="invoices.invoiceline",
                    ),
                ),
                migrations.RemoveConstraint(model_name="billedperiod", name="one_bill_per_period"),
                migrations.AddConstraint(
                    model_name="billedperiod",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("period_end__gt", models.F("period_start"))),
                        fields=("subscription", "period_start"),
                        name="one_bill_per_period",
                    ),
                ),
                migrations.AddIndex(
                    model_name="billedperiod", index=models.Index(fields=["line"], name="periods_of_line")
                ),
                migrations.AddIndex(
                    model_name="subscription",
                    index=models.Index(fields=["price", "id"], name="subscriptions_of_price"),
                ),
                migrations.AddIndex(
                    model_name="subscription",
                    index=models.Index(
                        condition=models.Q(("state__in", ["trial", "active", "paused", "suspended"])),
                        fields=["end_date"],
                        name="subscriptions_coming_to_end",
                    ),
                ),
                migrations.AddIndex(
                    model_name="subscription",
                    index=models.Index(
                        condition=models.Q(("state", "trial")),
                        fields=["billing_start_date"],
                        name="subscriptions_on_trial",
                    ),
                ),
                migrations.AddIndex(
                    model_name="subscription",
                    index=models.Index(
                        condition=models.Q(("paused_date__isnull", False)),
                        fields=["paused_date"],
                        name="subscriptions_that_rest",
                    ),
                ),
                migrations.AddIndex(
                    model_name="planchange",
                    index=models.Index(
                        condition=models.Q(("applied_at", None), ("withdrawn_at", None)),
                        fields=["effective_date"],
                        name="changes_to_come",
                    ),
                ),
            ],
        ),
    ]
