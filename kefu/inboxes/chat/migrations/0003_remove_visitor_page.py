from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("chat", "0002_answer_by_mail")]
    operations = [migrations.RemoveField(model_name="visitor", name="page")]
