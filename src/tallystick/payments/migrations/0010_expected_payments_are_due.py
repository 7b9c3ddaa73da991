"""Every expected payment has a due date, as its invoice has. Rows that are there are looked at by the next migration."""

from django.db import migrations, models

_CONSTRAINT = """
ALTER TABLE payments_payment ADD CONSTRAINT expected_payment_is_due
    CHECK (NOT (kind = 'scheduled') OR due_date IS NOT NULL) NOT VALID
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_lists_of_payments")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_CONSTRAINT)],
            state_operations=[
                migrations.AddConstraint(
                    model_name="payment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind", "scheduled"), _negated=True)
                        | models.Q(("due_date__isnull", False)),
                        name="expected_payment_is_due",
                    ),
                ),
            ],
        ),
    ]
