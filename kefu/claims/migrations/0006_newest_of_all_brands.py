from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0005_return_centre"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["-opened_at", "-id"], name="claim_newest"),
        ),
    ]
