"""Sums of payments by day, and the journal of changes that keeps them exact (docs/decisions).

The database copies what a payment was and is in the statement that changes it, whichever door or program wrote it; it
adds nothing up. Updates of anything that reports do not count by reach no function. An installation that has payments
already adds them up by its first job; a new one begins with nothing.
"""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION payments_note_new_payments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO payments_paymentchange (sign, kind, status, currency, method, failure_code, total_minor, received_date,
                                        due_date, created_at, invoice_id)
    SELECT 1, kind, status, currency, method, failure_code, total_minor, received_date, due_date, created_at, invoice_id
    FROM made WHERE kind IN ('scheduled', 'receipt') AND reversed_at IS NULL AND deleted_at IS NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER new_payments_are_noted AFTER INSERT ON payments_payment
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION payments_note_new_payments();

CREATE FUNCTION payments_note_changed_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO payments_paymentchange (sign, kind, status, currency, method, failure_code, total_minor, received_date,
                                        due_date, created_at, invoice_id)
    SELECT sign, kind, status, currency, method, failure_code, total_minor, received_date, due_date, created_at,
           invoice_id
    FROM (SELECT -1 AS sign, OLD.* UNION ALL SELECT 1, NEW.*) AS payment
    WHERE reversed_at IS NULL AND deleted_at IS NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER changed_payments_are_noted AFTER UPDATE ON payments_payment
    FOR EACH ROW WHEN (
        OLD.kind IN ('scheduled', 'receipt') AND (
            OLD.status <> NEW.status OR OLD.currency <> NEW.currency OR OLD.method <> NEW.method
            OR OLD.failure_code <> NEW.failure_code OR OLD.total_minor <> NEW.total_minor
            OR OLD.received_date IS DISTINCT FROM NEW.received_date OR OLD.due_date IS DISTINCT FROM NEW.due_date
            OR OLD.created_at <> NEW.created_at OR OLD.invoice_id IS DISTINCT FROM NEW.invoice_id
            OR OLD.reversed_at IS DISTINCT FROM NEW.reversed_at OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at
        )
    ) EXECUTE FUNCTION payments_note_changed_payment();

INSERT INTO payments_countingstate (id, zone) SELECT TRUE, 'UTC' WHERE NOT EXISTS (SELECT FROM payments_payment);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0034_expected_of_customers"),
    ]

    operations = [
        migrations.CreateModel(
            name="CountingState",
            fields=[
                ("id", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("zone", models.CharField(max_length=60)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", True)), name="one_counting_state")],
            },
        ),
        migrations.CreateModel(
            name="DailySum",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("kind", models.CharField(max_length=10)),
                ("status", models.CharField(max_length=10)),
                ("method", models.CharField(blank=True, max_length=14)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("group_id", models.UUIDField(null=True)),
                ("payments", models.BigIntegerField()),
                ("minor", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "currency", "kind", "status", "method", "reason", "group_id"),
                        name="one_sum_per_day_and_facts",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sign", models.SmallIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("status", models.CharField(max_length=10)),
                ("currency", models.CharField(max_length=3)),
                ("method", models.CharField(blank=True, max_length=14)),
                ("failure_code", models.CharField(blank=True, max_length=40)),
                ("total_minor", models.BigIntegerField()),
                ("received_date", models.DateField(null=True)),
                ("due_date", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
                ("invoice_id", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("sign__in", [-1, 1])), name="change_adds_or_takes")
                ],
            },
        ),
        migrations.RunSQL(FORWARD),
    ]
