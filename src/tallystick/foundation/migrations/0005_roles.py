"""Roles have an id for outside, and somebody can always manage staff (`docs/model.md`, 32).

The rule is looked at when a transaction ends, so that roles may change hands within one.
"""

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models

import tallystick.foundation.ids

FORWARD = """
CREATE FUNCTION foundation_somebody_manages_staff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What may shrink the circle of those who manage staff, and what never does.
    IF TG_TABLE_NAME = 'foundation_role_users' THEN
        IF NOT EXISTS (SELECT FROM foundation_role WHERE id = OLD.role_id AND 'staff.manage' = ANY (permissions)) THEN
            RETURN NULL;
        END IF;
    ELSIF TG_TABLE_NAME = 'foundation_user' THEN
        IF NOT EXISTS (
            SELECT FROM foundation_role_users AS held JOIN foundation_role AS role ON role.id = held.role_id
            WHERE held.user_id = OLD.id AND 'staff.manage' = ANY (role.permissions)
        ) THEN
            RETURN NULL;
        END IF;
    END IF;
    -- Two who act at once wait for one another here: the second sees what the first left behind.
    PERFORM pg_advisory_xact_lock(hashtext('foundation_somebody_manages_staff'));
    IF NOT EXISTS (
        SELECT FROM foundation_user AS person
        JOIN foundation_role_users AS held ON held.user_id = person.id
        JOIN foundation_role AS role ON role.id = held.role_id
        WHERE person.is_staff AND person.is_active AND 'staff.manage' = ANY (role.permissions)
    ) THEN
        RAISE EXCEPTION 'nobody could manage staff any more'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'somebody_manages_staff', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER somebody_manages_staff AFTER UPDATE OF permissions ON foundation_role
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ('staff.manage' = ANY (OLD.permissions) AND NOT 'staff.manage' = ANY (NEW.permissions))
    EXECUTE FUNCTION foundation_somebody_manages_staff();
CREATE CONSTRAINT TRIGGER somebody_manages_staff AFTER UPDATE OR DELETE ON foundation_role_users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION foundation_somebody_manages_staff();
CREATE CONSTRAINT TRIGGER somebody_manages_staff AFTER UPDATE OF is_active, is_staff ON foundation_user
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.is_active AND OLD.is_staff AND NOT (NEW.is_active AND NEW.is_staff))
    EXECUTE FUNCTION foundation_somebody_manages_staff();
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0004_logos")]

    operations = [
        # There are a handful of roles: writing the table anew takes no time.
        migrations.AddField(
            model_name="role",
            name="public_uuid",
            field=models.UUIDField(
                db_default=RandomUUID(), default=tallystick.foundation.ids.new_id, editable=False, unique=True
            ),
        ),
        migrations.RunSQL(FORWARD),
    ]
