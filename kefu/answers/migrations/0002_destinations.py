import django.db.models.deletion
from django.db import migrations, models

import kefu.lib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("answers", "0001_initial"),
        ("people", "0008_signatures"),
    ]

    operations = [
        migrations.AddField(
            model_name="about",
            name="sent_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="about",
            name="sent_to",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="people.team",
            ),
        ),
        migrations.CreateModel(
            name="Destination",
            fields=[
                ("id", models.UUIDField(default=kefu.lib.ids.uuid7, primary_key=True, serialize=False)),
                (
                    "intent",
                    models.CharField(
                        choices=[
                            ("order-status", "Order status"),
                            ("refund", "Refund"),
                            ("return", "Return or exchange"),
                            ("warranty", "Warranty"),
                            ("technical", "Technical help"),
                            ("account", "Account"),
                            ("complaint", "Complaint"),
                            ("fraud", "Fraud report"),
                            ("other", "Other"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "brand",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="destinations",
                        to="people.brand",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.team"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("brand", "intent"), name="one_destination_an_intent")
                ],
            },
        ),
    ]
