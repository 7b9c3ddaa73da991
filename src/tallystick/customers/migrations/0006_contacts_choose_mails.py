"""Contacts choose which mails go to them, and how long before a coming invoice they hear of it.

The columns are added without writing any row; the rules about them are looked at afterwards.
"""

import django.contrib.postgres.fields
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_portal_views")]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="mails",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="contact", name="notice_days", field=models.PositiveSmallIntegerField(null=True)
        ),
        AddConstraintNotValid(
            model_name="contact",
            constraint=models.CheckConstraint(
                name="billing_contacts_get_invoices",
                condition=Q(mails=None)
                | Q(is_billing=True, mails__contains=["invoices"])
                | (Q(is_billing=False) & ~Q(mails__contains=["invoices"])),
            ),
        ),
        AddConstraintNotValid(
            model_name="contact",
            constraint=models.CheckConstraint(
                name="contact_hears_within_days", condition=Q(notice_days=None) | Q(notice_days__gte=1)
            ),
        ),
    ]
