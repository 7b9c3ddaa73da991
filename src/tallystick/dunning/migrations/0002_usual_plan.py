"""The plan that a new business begins with (E39). One that has issued invoices chooses for itself when it begins."""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations

LEVELS = ((-2, None), (3, 7), (12, 7), (21, 7))
GRACE_DAYS = 14


def make_plan(apps: Any, _editor: Any) -> None:
    """Make the plan, and the default one unless somebody would be reminded who never was."""
    plan = apps.get_model("dunning", "DunningPlan").objects.create(
        name="Standard",
        is_default=not apps.get_model("invoices", "Invoice").objects.exclude(state="draft").exists(),
        grace_days=GRACE_DAYS,
        created_at=datetime.now(tz=UTC),
    )
    levels = apps.get_model("dunning", "DunningLevel").objects
    for days, pay_by_days in LEVELS:
        levels.create(plan=plan, days=days, pay_by_days=pay_by_days)


class Migration(migrations.Migration):
    dependencies = [("dunning", "0001_initial")]

    operations = [migrations.RunPython(make_plan, migrations.RunPython.noop)]
