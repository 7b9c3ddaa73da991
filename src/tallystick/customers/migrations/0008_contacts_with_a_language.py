"""A contact may read another language than the customer has. The column is added without writing any row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_contacts_with_own_days")]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
    ]
