from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("threads", "0003_judges_and_campaigns")]

    operations = [
        AddIndexConcurrently(
            model_name="campaignlog",
            index=models.Index(fields=["log_id"], name="campaign_log_by_log"),
        ),
    ]
