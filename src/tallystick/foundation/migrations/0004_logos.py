from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("foundation", "0003_seal_second_factors"),
    ]

    operations = [
        migrations.CreateModel(
            name="Logo",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("media_type", models.CharField(max_length=40)),
                ("content", models.BinaryField()),
                ("width_for_height", models.DecimalField(decimal_places=4, max_digits=7)),
                ("uploaded_at", models.DateTimeField()),
            ],
        ),
    ]
