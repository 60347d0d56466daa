from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Written to go on while the table is in use."""

    atomic = False

    dependencies = [
        ('records', '0015_curation'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='record',
            index=models.Index(condition=models.Q(trashed_at__isnull=False), fields=['id'], name='record_trashed'),
        ),
    ]
