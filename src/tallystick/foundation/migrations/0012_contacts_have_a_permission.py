"""Contacts get a permission of their own, which was a part of changing customers: nobody loses what they could do.

There are few roles and keys.
"""

from django.db import migrations

FORWARD = """
UPDATE foundation_role SET permissions = array_append(permissions, 'contacts.manage')
WHERE 'customers.edit' = ANY(permissions) AND 'contacts.manage' <> ALL(permissions);
UPDATE foundation_role SET offered = array_append(offered, 'contacts.manage')
WHERE 'customers.edit' = ANY(offered) AND 'contacts.manage' <> ALL(offered);
UPDATE foundation_apikey SET permissions = array_append(permissions, 'contacts.manage')
WHERE 'customers.edit' = ANY(permissions) AND 'contacts.manage' <> ALL(permissions);
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0011_roles_follow_the_product")]

    operations = [migrations.RunSQL(FORWARD)]
