"""An automatic charge names its agreement, an agreement how it was given, a stored method why it is charged no more.

The new reference is not checked against the rows that are there (all are empty): that would hold a lock for as long as
a large table is read. The next migration validates it under a lock that lets writers go on.
"""

import django.db.models.deletion
from django.db import migrations, models

COLUMN = """
ALTER TABLE payments_attempt ADD COLUMN agreement_id uuid NULL;
ALTER TABLE payments_attempt ADD CONSTRAINT attempt_agreement_exists
    FOREIGN KEY (agreement_id) REFERENCES payments_autopayagreement (id) DEFERRABLE INITIALLY DEFERRED NOT VALID;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_payments_tried_again")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(COLUMN)],
            state_operations=[
                migrations.AddField(
                    model_name="attempt",
                    name="agreement",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.autopayagreement",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="autopayagreement",
            name="accepted_through",
            field=models.CharField(db_default="contact", max_length=10),
        ),
        migrations.AddField(
            model_name="autopayagreement",
            name="evidence",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddField(
            model_name="paymentmethod",
            name="refused_code",
            field=models.CharField(blank=True, db_default="", max_length=60),
        ),
    ]
