import django.db.models.deletion
from django.db import migrations, models

import kefu.lib.encryption
import kefu.lib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0003_what_is_paid_on_top"),
        ("orders", "0002_imports_and_tracking"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderChange",
            fields=[
                ("id", models.UUIDField(default=kefu.lib.ids.uuid7, primary_key=True, serialize=False)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("address", "Address"),
                            ("items", "Items"),
                            ("payment", "Means of payment"),
                        ],
                        max_length=8,
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("address_text", kefu.lib.encryption.EncryptedTextField(default="")),
                ("amount_minor", models.BigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                ("actor_kind", models.CharField(max_length=12)),
                ("actor_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "method",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.paymentmethod",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "ordering": ["version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "version"), name="order_change_once_per_version"
                    )
                ],
            },
        ),
    ]
