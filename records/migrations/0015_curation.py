import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


MOVE = """
INSERT INTO records_curation (record_id, dataset_id, status, split, tags, updated_at)
SELECT id, dataset_id, status, split, tags, updated_at FROM records_record ORDER BY id
"""
MOVE_BACK = """
UPDATE records_record AS record
SET status = curation.status, split = curation.split, tags = curation.tags, updated_at = curation.updated_at
FROM records_curation AS curation WHERE curation.record_id = record.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0014_changes_without_constraint'),
    ]

    operations = [
        migrations.CreateModel(
            name='Curation',
            fields=[
                ('record', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='curation', serialize=False, to='records.record')),
                ('dataset_id', models.UUIDField()),
                ('status', models.CharField(choices=[('new', 'New'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('flagged', 'Flagged')], default='new', max_length=8)),
                ('split', models.CharField(blank=True, max_length=20)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), blank=True, default=list, size=None)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, help_text='When anything of the record was last changed.')),
            ],
        ),
        migrations.RunSQL(MOVE, MOVE_BACK),
        migrations.RemoveIndex(
            model_name='record',
            name='record_by_status',
        ),
        migrations.RemoveIndex(
            model_name='record',
            name='record_by_tag',
        ),
        migrations.RemoveIndex(
            model_name='record',
            name='record_by_update',
        ),
        migrations.RemoveIndex(
            model_name='record',
            name='record_by_split',
        ),
        migrations.RemoveField(
            model_name='record',
            name='split',
        ),
        migrations.RemoveField(
            model_name='record',
            name='status',
        ),
        migrations.RemoveField(
            model_name='record',
            name='tags',
        ),
        migrations.RemoveField(
            model_name='record',
            name='updated_at',
        ),
        migrations.AddIndex(
            model_name='curation',
            index=models.Index(fields=['dataset_id', 'status', 'record'], name='curation_by_status'),
        ),
        migrations.AddIndex(
            model_name='curation',
            index=models.Index(fields=['dataset_id', 'updated_at', 'record'], name='curation_by_update'),
        ),
        migrations.AddIndex(
            model_name='curation',
            index=models.Index(condition=models.Q(('split', ''), _negated=True), fields=['dataset_id', 'split', 'record'], name='curation_by_split'),
        ),
        migrations.AddIndex(
            model_name='curation',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('tags', []), _negated=True), fields=['tags'], name='curation_by_tag'),
        ),
    ]
