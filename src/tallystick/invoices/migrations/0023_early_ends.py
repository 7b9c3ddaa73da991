"""Credit notes of services that end early say when: nothing is earned of a line behind that day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0022_agreed_due_dates_hold")]

    operations = [migrations.AddField("creditnoteline", "ended_date", models.DateField(null=True))]
