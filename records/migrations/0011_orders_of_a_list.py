from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Written to go on while the table is in use, so each index is a step of its own."""

    atomic = False

    dependencies = [
        ('records', '0010_kept_columns'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='record',
            index=models.Index(fields=['dataset', 'tokens', 'id'], name='record_by_tokens'),
        ),
        AddIndexConcurrently(
            model_name='record',
            index=models.Index(fields=['dataset', 'turns', 'id'], name='record_by_turns'),
        ),
        AddIndexConcurrently(
            model_name='record',
            index=models.Index(fields=['dataset', 'updated_at', 'id'], name='record_by_update'),
        ),
    ]
