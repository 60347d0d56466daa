from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Written to go on while the table is in use, so each index is a step of its own."""

    atomic = False

    dependencies = [
        ('records', '0012_records_by_log'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='record',
            index=models.Index(fields=['dataset', 'created_at'], name='record_by_creation'),
        ),
        AddIndexConcurrently(
            model_name='record',
            index=models.Index(condition=~models.Q(split=''), fields=['dataset', 'split', 'id'], name='record_by_split'),
        ),
    ]
