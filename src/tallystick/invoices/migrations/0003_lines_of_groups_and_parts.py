"""A group's invoice names the group and, line by line, its members; a line of a part of a period keeps its arithmetic.

The new references are not checked against the rows that are there (all are empty): that would hold a lock for as long
as a large table is read. The next migration validates them under a lock that lets writers go on.
"""

import django.db.models.deletion
from django.db import migrations, models

COLUMNS = """
ALTER TABLE invoices_invoice ADD COLUMN group_id uuid NULL;
ALTER TABLE invoices_invoice ADD CONSTRAINT invoice_group_exists
    FOREIGN KEY (group_id) REFERENCES customers_billinggroup (id) DEFERRABLE INITIALLY DEFERRED NOT VALID;
ALTER TABLE invoices_invoiceline ADD COLUMN member_id uuid NULL;
ALTER TABLE invoices_invoiceline ADD CONSTRAINT line_member_exists
    FOREIGN KEY (member_id) REFERENCES customers_customer (id) DEFERRABLE INITIALLY DEFERRED NOT VALID;
"""

FROZEN = """
CREATE OR REPLACE FUNCTION invoices_refuse_change_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' AND TG_OP = 'UPDATE' THEN
        RETURN NEW;
    ELSIF OLD.state = 'draft' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.state = 'draft' OR OLD.state = 'void' OR ROW(
        NEW.id, NEW.number, NEW.customer_id, NEW.currency, NEW.prices_include_tax, NEW.title, NEW.invoice_date,
        NEW.due_date, NEW.issued_at, NEW.created_at, NEW.group_id, NEW.seller, NEW.buyer, NEW.net_minor, NEW.tax_minor,
        NEW.total_minor
    ) IS DISTINCT FROM ROW(
        OLD.id, OLD.number, OLD.customer_id, OLD.currency, OLD.prices_include_tax, OLD.title, OLD.invoice_date,
        OLD.due_date, OLD.issued_at, OLD.created_at, OLD.group_id, OLD.seller, OLD.buyer, OLD.net_minor, OLD.tax_minor,
        OLD.total_minor
    ) THEN
        RAISE EXCEPTION 'invoice % is issued: % is refused', OLD.number, TG_OP
            USING ERRCODE = 'check_violation', CONSTRAINT = 'issued_invoice_is_frozen', TABLE = 'invoices_invoice';
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_billing_groups"),
        ("invoices", "0002_issued_documents_are_frozen"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(COLUMNS)],
            state_operations=[
                migrations.AddField(
                    model_name="invoice",
                    name="group",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.billinggroup",
                    ),
                ),
                migrations.AddField(
                    model_name="invoiceline",
                    name="member",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="member_name",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddField(model_name="invoiceline", name="arithmetic", field=models.JSONField(null=True)),
        migrations.RunSQL(FROZEN),
    ]
