"""The rules of 0002 are checked against what is there, while others go on writing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wallets", "0002_vouchers")]

    operations = [
        migrations.RunSQL("ALTER TABLE wallets_lot VALIDATE CONSTRAINT lot_is_not_overdrawn"),
        migrations.RunSQL("ALTER TABLE wallets_lot VALIDATE CONSTRAINT lot_says_where_it_came_from"),
    ]
