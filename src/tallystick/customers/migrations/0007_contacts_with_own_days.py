"""Contacts who chose how long before they hear are found by an index, built while contacts change."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0006_contacts_choose_mails")]

    operations = [
        ValidateConstraint(model_name="contact", name="billing_contacts_get_invoices"),
        ValidateConstraint(model_name="contact", name="contact_hears_within_days"),
        # What is left of a try that gave up waiting would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS contacts_with_own_days", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(
                fields=["notice_days", "customer"],
                condition=Q(notice_days__isnull=False),
                name="contacts_with_own_days",
            ),
        ),
    ]
