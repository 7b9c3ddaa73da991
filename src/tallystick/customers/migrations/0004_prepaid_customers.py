"""A customer may be prepaid: money that names no invoice fills the wallet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_customers_by_words")]

    operations = [
        migrations.AddField(
            model_name="customer", name="is_prepaid", field=models.BooleanField(db_default=False, default=False)
        ),
    ]
