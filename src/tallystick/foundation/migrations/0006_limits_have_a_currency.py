"""The limit of refunds becomes an amount with a currency, under a name of its own.

The old value stays for processes of the version before, which read it as a number.
"""

from django.db import migrations

FORWARD = """
INSERT INTO foundation_setting (name, value)
SELECT 'refund_limit_amount', jsonb_build_object(
    'minor', old.value,
    'currency', coalesce((SELECT value FROM foundation_setting WHERE name = 'base_currency'), '"EUR"'::jsonb)
)
FROM foundation_setting AS old WHERE old.name = 'refund_limit' AND jsonb_typeof(old.value) = 'number'
ON CONFLICT (name) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0005_roles")]

    operations = [migrations.RunSQL(FORWARD)]
