"""One more category of tax: outside its scope. The column holds it already."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_products_and_prices")]

    operations = [
        migrations.AlterField(
            model_name="taxrate",
            name="category",
            field=models.CharField(
                choices=[
                    ("standard", "Standard"),
                    ("zero", "Zero"),
                    ("exempt", "Exempt"),
                    ("reverse_charge", "Reverse Charge"),
                    ("outside_scope", "Outside Scope"),
                ],
                max_length=16,
            ),
        ),
    ]
