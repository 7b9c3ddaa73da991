"""How a level is told: by mail, until somebody chooses otherwise."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dunning", "0005_late_fees_hold"),
    ]

    operations = [
        migrations.AddField(
            model_name="dunninglevel",
            name="channel",
            field=models.CharField(db_default="mail", default="mail", max_length=6),
        ),
        migrations.AddConstraint(
            model_name="dunninglevel",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["mail", "letter", "both"])), name="level_is_told_by_mail_or_letter"
            ),
        ),
    ]
