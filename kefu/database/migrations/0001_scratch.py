from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Cached",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("value", models.JSONField()),
                ("expires", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "database_cache",
                "indexes": [models.Index(fields=["expires"], name="database_cache_expires")],
            },
        ),
        migrations.CreateModel(
            name="Limited",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("free_at", models.DateTimeField()),
            ],
            options={
                "db_table": "database_limits",
                "indexes": [models.Index(fields=["free_at"], name="database_limits_free_at")],
            },
        ),
        migrations.RunSQL("ALTER TABLE database_cache SET UNLOGGED", "ALTER TABLE database_cache SET LOGGED"),
        migrations.RunSQL(
            "ALTER TABLE database_limits SET UNLOGGED", "ALTER TABLE database_limits SET LOGGED"
        ),
    ]
