from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('datasets', '0009_views'),
    ]

    operations = [
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('import_file', 'Import from file'), ('import_records', 'Import from dataset'), ('import_logs', 'Import from logs'), ('import_threads', 'Import from threads'), ('import_log_file', 'Import of logs'), ('run_campaign', 'Campaign'), ('sample_logs', 'Sample of logs'), ('sample_threads', 'Sample of threads'), ('erase_records', 'Erasure of records'), ('sync_file', 'Sync of a file'), ('plan_sync', 'Plan of a sync'), ('bulk_change', 'Bulk change'), ('undo_revision', 'Undo'), ('purge_dataset', 'Erase deleted dataset')], max_length=16),
        ),
    ]
