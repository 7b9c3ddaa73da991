"""Seals the secrets of authenticator apps and recovery codes that were stored as they are."""

from typing import Any

from django.db import migrations

from tallystick.foundation.sealing import is_sealed, seal

SECRET_NAMES = {"totp": "secret", "recovery_codes": "seed"}


def seal_all(apps: Any, _schema_editor: Any) -> None:
    """This function will seal what is not sealed yet, and leave the rest."""
    Authenticator = apps.get_model("mfa", "Authenticator")
    # Locked, so that a recovery code that is used meanwhile stays used.
    rows = Authenticator.objects.filter(type__in=SECRET_NAMES).order_by("pk").select_for_update()
    for row in rows.iterator():
        name = SECRET_NAMES[row.type]
        if not is_sealed(row.data[name]):
            row.data[name] = seal(row.data[name])
            row.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [("foundation", "0002_append_only"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [migrations.RunPython(seal_all)]
