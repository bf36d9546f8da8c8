from django.db import migrations, models

import kefu.people.models.staff


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0007_customer_phrase"),
    ]

    operations = [
        migrations.AddField(
            model_name="staff",
            name="signature",
            field=models.JSONField(default=kefu.people.models.staff.unsigned),
        ),
        migrations.AddField(
            model_name="team",
            name="signature",
            field=models.JSONField(default=kefu.people.models.staff.unsigned),
        ),
    ]
