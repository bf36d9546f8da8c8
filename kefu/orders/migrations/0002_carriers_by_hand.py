import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="carrier",
            name="is_active",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="carrier",
            name="tracked_by",
            field=models.CharField(
                choices=[("hand", "By hand"), ("webhook", "Signed webhook"), ("kuaidi100", "Kuaidi100")],
                default="kuaidi100",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="shipment",
            name="entered_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
