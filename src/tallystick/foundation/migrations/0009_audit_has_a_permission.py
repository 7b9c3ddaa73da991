"""To see the audit becomes a permission of its own; who saw it until now, by the right to look at anything, keeps it.

Keys of programs do not get it: they never had a way to read the audit.
"""

from django.db import migrations

FORWARD = """
UPDATE foundation_role SET permissions = array_append(permissions, 'audit.view')
WHERE 'view' = ANY (permissions) AND NOT 'audit.view' = ANY (permissions)
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0008_audit_is_searched")]

    operations = [migrations.RunSQL(FORWARD)]
