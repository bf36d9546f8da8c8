import django.db.models.deletion
from django.db import migrations, models

import kefu.lib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_customer_session"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerToken",
            fields=[
                ("id", models.UUIDField(default=kefu.lib.ids.uuid7, primary_key=True, serialize=False)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to="people.customer",
                    ),
                ),
                (
                    "through",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="for_customers",
                        to="people.stafftoken",
                    ),
                ),
            ],
        ),
    ]
