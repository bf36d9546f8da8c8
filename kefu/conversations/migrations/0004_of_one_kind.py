from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0003_file_held"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["team", "inbox", "-last_message_at", "-id"], name="conversation_inbox_latest"
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("status__in", ["open", "pending", "hold"])),
                fields=["team", "inbox", "-last_message_at", "-id"],
                name="conversation_inbox_live",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("status", "open"), ("waiting_since__isnull", False)),
                fields=["team", "inbox", "waiting_since", "id"],
                name="conversation_inbox_waiting",
            ),
        ),
    ]
