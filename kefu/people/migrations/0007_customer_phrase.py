from django.db import migrations

import kefu.lib.encryption


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0006_customer_token"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="phrase",
            field=kefu.lib.encryption.EncryptedTextField(null=True),
        ),
    ]
