"""Nobody is trusted without a cap: until now the switch did nothing, so whoever shall be trusted is chosen anew."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

_SWITCH_OFF = """
UPDATE customers_customer SET completes_own_transfers = false
WHERE completes_own_transfers AND own_transfer_cap_minor IS NULL
"""


class Migration(migrations.Migration):
    # The rows are written before the rule is looked at, in a transaction of their own: neither keeps others waiting.
    atomic = False

    dependencies = [("customers", "0009_own_transfers_have_a_cap")]

    operations = [
        migrations.RunSQL(_SWITCH_OFF, migrations.RunSQL.noop),
        ValidateConstraint(model_name="customer", name="own_transfers_are_capped"),
    ]
