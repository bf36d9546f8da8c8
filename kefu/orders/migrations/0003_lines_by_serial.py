from django.contrib.postgres.indexes import GinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_carriers_by_hand")]

    operations = [
        migrations.AddIndex(
            model_name="orderline",
            index=GinIndex(
                fields=["serials"], opclasses=["jsonb_path_ops"], name="line_with_serial", fastupdate=False
            ),
        ),
    ]
