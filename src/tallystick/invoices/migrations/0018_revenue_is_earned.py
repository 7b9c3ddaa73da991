"""Runs that earn deferred revenue (J03), and what each of them earned of each line."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import tallystick.foundation.ids

FORWARD = """
CREATE TRIGGER earned_part_is_append_only BEFORE UPDATE OR DELETE ON invoices_earnedpart
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER earned_part_is_not_truncated BEFORE TRUNCATE ON invoices_earnedpart
    FOR EACH STATEMENT EXECUTE FUNCTION foundation_refuse_change();

-- What is posted is posted: nothing is added to a run behind its entries, and it does not begin anew.
CREATE FUNCTION invoices_revenue_run_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM invoices_revenuerun
        WHERE id IN (SELECT DISTINCT run_id FROM written) AND finished_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'the run has posted what it earned'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'revenue_run_goes_on', TABLE = 'invoices_earnedpart';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER revenue_run_goes_on AFTER INSERT ON invoices_earnedpart
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION invoices_revenue_run_goes_on();
CREATE TRIGGER finished_revenue_run_stays BEFORE UPDATE OR DELETE ON invoices_revenuerun
    FOR EACH ROW WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION foundation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0017_invoices_of_customer_covering"), ("catalog", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="RevenueRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField()),
                ("begun_at", models.DateTimeField()),
                ("begun_by", models.CharField(max_length=200)),
                ("position", models.UUIDField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(finished_at=None), fields=("month",), name="one_revenue_run_goes_on"
                    ),
                    models.CheckConstraint(condition=Q(month__day=1), name="revenue_run_is_of_a_month"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EarnedPart",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("minor", models.BigIntegerField()),
                ("base_minor", models.BigIntegerField()),
                ("earned_until", models.DateField()),
                ("is_last", models.BooleanField()),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="earned", to="invoices.invoiceline"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="invoices.revenuerun",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("run", "line"), name="line_is_earned_once_a_run"),
                    models.CheckConstraint(condition=~Q(minor=0), name="something_is_earned"),
                    models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="earned_currency_is_a_code"),
                ],
            },
        ),
        migrations.RunSQL(FORWARD),
    ]
