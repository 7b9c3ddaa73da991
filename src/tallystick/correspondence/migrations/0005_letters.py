"""Letters on paper: what one says never changes."""

import django.db.models.deletion
from django.db import migrations, models

import tallystick.foundation.ids


class Migration(migrations.Migration):
    dependencies = [
        ("correspondence", "0004_messages_that_are_dropped"),
        ("customers", "0010_own_transfers_are_capped"),
        ("foundation", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaperLetter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tallystick.foundation.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("about_kind", models.CharField(max_length=30)),
                ("about_id", models.UUIDField()),
                ("unique_key", models.CharField(max_length=120, unique=True)),
                ("title", models.CharField(max_length=200)),
                ("facts", models.JSONField()),
                ("written_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("printed", "Printed"), ("dropped", "Dropped")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.CharField(blank=True, max_length=200)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-written_at", "-id"], name="letters_newest_first"),
                    models.Index(fields=["state", "-written_at", "-id"], name="letters_by_state"),
                    models.Index(fields=["about_id", "-written_at", "-id"], name="letters_about_object"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at", None), ("state", "waiting")),
                            models.Q(("settled_at__isnull", False), ("state__in", ["printed", "dropped"])),
                            _connector="OR",
                        ),
                        name="letter_is_settled_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER letter_is_frozen BEFORE DELETE OR "
            "UPDATE OF id, kind, customer_id, about_kind, about_id, unique_key, title, facts, written_at "
            "ON correspondence_paperletter FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change()"
        ),
    ]
