"""Plans that count for nobody are put away, and their names are free again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_outside_the_scope_of_tax"),
        ("dunning", "0006_letters"),
    ]

    operations = [
        migrations.AddField(
            model_name="dunningplan",
            name="archived_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="dunningplan",
            name="name",
            field=models.CharField(max_length=60),
        ),
        migrations.AddConstraint(
            model_name="dunningplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at", None)), fields=("name",), name="one_plan_of_a_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="dunningplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("archived_at", None), ("is_default", False), _connector="OR"),
                name="archived_plan_is_not_the_default",
            ),
        ),
    ]
