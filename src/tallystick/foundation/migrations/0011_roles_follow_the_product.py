"""A role says which of those that come with the product it is, and what the product gave it: so new permissions reach
whoever never changed them, and nobody else (`docs/model.md`, 32).

The trail tells which is which: a role that staff made has an entry of that; one that they changed stood as it came
before its first change. It is read by the few roles there are, however long it is.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

FORWARD = """
UPDATE foundation_role AS role SET built_in = origin.name, offered = origin.permissions
FROM (
    SELECT known.id,
        coalesce((
            SELECT entry.before ->> 'name' FROM foundation_auditentry AS entry
            WHERE entry.object_id = known.public_uuid AND entry.action = 'change_role' ORDER BY entry.id LIMIT 1
        ), known.name) AS name,
        coalesce((
            SELECT ARRAY(SELECT jsonb_array_elements_text(entry.before -> 'permissions'))::varchar[]
            FROM foundation_auditentry AS entry
            WHERE entry.object_id = known.public_uuid AND entry.action = 'change_role'
                AND entry.before -> 'permissions' IS DISTINCT FROM entry.after -> 'permissions'
            ORDER BY entry.id LIMIT 1
        ), known.permissions) AS permissions
    FROM foundation_role AS known
    WHERE NOT EXISTS (
        SELECT FROM foundation_auditentry AS entry
        WHERE entry.object_id = known.public_uuid AND entry.action = 'create_role'
    )
) AS origin
WHERE origin.id = role.id AND origin.name IN ('Support', 'Finance', 'Administrator', 'Engineer', 'Read-only')
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0010_words_of_people")]

    operations = [
        migrations.AddField(
            model_name="role",
            name="built_in",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="role",
            name="offered",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60), db_default=[], default=list, size=None
            ),
        ),
        migrations.RunSQL(FORWARD),
    ]
