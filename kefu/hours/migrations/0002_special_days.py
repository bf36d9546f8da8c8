import django.db.models.deletion
from django.db import migrations, models

import kefu.lib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("hours", "0001_initial"),
        ("people", "0003_entrance"),
    ]

    operations = [
        migrations.AddField(
            model_name="schedule",
            name="country",
            field=models.CharField(blank=True, db_default="", default="", max_length=2),
        ),
        migrations.AddField(
            model_name="schedule",
            name="subdivision",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.CreateModel(
            name="SpecialDay",
            fields=[
                ("id", models.UUIDField(default=kefu.lib.ids.uuid7, primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("kind", models.CharField(choices=[("closed", "Closed"), ("open", "Open")], max_length=6)),
                ("times", models.JSONField(blank=True, default=list)),
                ("name", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="special_days",
                        to="people.brand",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("brand", "day"), name="special_day_in_brand"),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "open"), ("times", []), _connector="OR"),
                        name="special_day_closed_has_no_times",
                    ),
                ],
            },
        ),
    ]
