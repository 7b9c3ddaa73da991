"""How long what is paid of a top-up request can be used; frozen with the rest once it is sent.

The rule is not checked against the rows that are there, which have no such number: the next migration validates it.
"""

from django.db import migrations, models
from django.db.models import Q

RULE = """
ALTER TABLE invoices_invoice ADD CONSTRAINT only_topups_expire CHECK (
    expires_months IS NULL OR (expires_months > 0 AND kind = 'topup')
) NOT VALID
"""

FROZEN = """
CREATE OR REPLACE FUNCTION invoices_refuse_change_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'draft' AND NEW.kind = OLD.kind THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' AND OLD.state = 'draft' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.state = 'draft' OR OLD.state = 'void' OR ROW(
        NEW.id, NEW.kind, NEW.is_usage, NEW.expires_months, NEW.number, NEW.customer_id, NEW.currency,
        NEW.prices_include_tax, NEW.title, NEW.invoice_date, NEW.due_date, NEW.issued_at, NEW.created_at, NEW.group_id,
        NEW.seller, NEW.buyer, NEW.net_minor, NEW.tax_minor, NEW.total_minor
    ) IS DISTINCT FROM ROW(
        OLD.id, OLD.kind, OLD.is_usage, OLD.expires_months, OLD.number, OLD.customer_id, OLD.currency,
        OLD.prices_include_tax, OLD.title, OLD.invoice_date, OLD.due_date, OLD.issued_at, OLD.created_at, OLD.group_id,
        OLD.seller, OLD.buyer, OLD.net_minor, OLD.tax_minor, OLD.total_minor
    ) THEN
        RAISE EXCEPTION 'invoice % is issued: % is refused', OLD.number, TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'issued_invoice_is_frozen', TABLE = 'invoices_invoice';
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0010_usage_invoices")]

    operations = [
        migrations.AddField("invoice", "expires_months", models.PositiveSmallIntegerField(null=True)),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(RULE)],
            state_operations=[
                migrations.AddConstraint(
                    model_name="invoice",
                    constraint=models.CheckConstraint(
                        name="only_topups_expire",
                        condition=Q(expires_months=None) | Q(kind="topup", expires_months__gt=0),
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FROZEN),
    ]
