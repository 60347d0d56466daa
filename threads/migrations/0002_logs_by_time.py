"""The tables of logs and threads anew: logs divided by time, threads with their totals. Nothing wrote to the old
ones, since there was no way in."""

import django.contrib.postgres.fields
import django.db.models.deletion
import project.lib.fieldtypes
import project.lib.ids
from django.db import migrations, models


class CreateDividedModel(migrations.CreateModel):
    """Makes a table that is divided by ranges of its primary key."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.name)
        sql, params = schema_editor.table_sql(model)
        schema_editor.execute(f'{sql} PARTITION BY RANGE ("id")', params or None)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('threads', '0001_initial'),
    ]

    operations = [
        migrations.DeleteModel(name='Log'),
        migrations.DeleteModel(name='Thread'),
        migrations.CreateModel(
            name='Thread',
            fields=[
                ('id', models.UUIDField(default=project.lib.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('environment', models.CharField(choices=[('prod', 'Production'), ('test', 'Test')], max_length=4)),
                ('identifier', models.CharField(help_text='The id that the application gave.', max_length=255)),
                ('log_count', models.PositiveBigIntegerField(default=0)),
                ('failed_count', models.PositiveBigIntegerField(default=0)),
                ('first_log_at', models.DateTimeField()),
                ('last_log_at', models.DateTimeField()),
                ('cost', models.DecimalField(decimal_places=12, default=0, help_text='US dollars.', max_digits=30)),
                ('prompt_tokens', models.PositiveBigIntegerField(default=0)),
                ('completion_tokens', models.PositiveBigIntegerField(default=0)),
                ('total_tokens', models.PositiveBigIntegerField(default=0)),
                ('latency', models.DecimalField(decimal_places=6, default=0, help_text='Seconds, summed up.', max_digits=30)),
                ('timed_count', models.PositiveBigIntegerField(default=0, help_text='Logs that say their latency.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='threads', to='accounts.workspace')),
            ],
            options={
                'indexes': [models.Index(fields=['workspace', 'environment', 'last_log_at', 'id'], name='thread_by_time')],
                'constraints': [models.UniqueConstraint(fields=('workspace', 'environment', 'identifier'), name='thread_once')],
            },
        ),
        CreateDividedModel(
            name='Log',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='logs', to='accounts.workspace')),
                ('environment', models.CharField(choices=[('prod', 'Production'), ('test', 'Test')], max_length=4)),
                ('unique_id', models.TextField(blank=True, null=True)),
                ('api_key_id', models.UUIDField(null=True)),
                ('logged_at', models.DateTimeField(help_text='When the call ended.')),
                ('started_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(help_text='When it came in.')),
                ('log_type', models.CharField(max_length=30)),
                ('log_method', models.CharField(max_length=30)),
                ('model', models.TextField(blank=True)),
                ('provider_id', models.TextField(blank=True, null=True)),
                ('status', models.CharField(choices=[('success', 'Success'), ('warning', 'Warning'), ('failed', 'Failed'), ('pending', 'Pending'), ('running', 'Running')], max_length=10)),
                ('status_code', models.IntegerField()),
                ('error_code', models.TextField(blank=True, null=True)),
                ('error_message', models.TextField(blank=True, null=True)),
                ('thread_identifier', models.TextField(blank=True, null=True)),
                ('session_identifier', models.TextField(blank=True, null=True)),
                ('customer_identifier', models.TextField(blank=True, null=True)),
                ('customer_email', models.TextField(blank=True, null=True)),
                ('custom_identifier', models.TextField(blank=True, null=True)),
                ('group_identifier', models.TextField(blank=True, null=True)),
                ('evaluation_identifier', models.TextField(blank=True, null=True)),
                ('trace_unique_id', models.TextField(blank=True, null=True)),
                ('span_unique_id', models.TextField(blank=True, null=True)),
                ('span_parent_id', models.TextField(blank=True, null=True)),
                ('span_name', models.TextField(blank=True, null=True)),
                ('span_workflow_name', models.TextField(blank=True, null=True)),
                ('prompt_tokens', models.IntegerField(null=True)),
                ('completion_tokens', models.IntegerField(null=True)),
                ('total_tokens', models.IntegerField(null=True)),
                ('cache_hit_tokens', models.IntegerField(null=True)),
                ('cache_creation_tokens', models.IntegerField(null=True)),
                ('cost', models.DecimalField(decimal_places=12, help_text='US dollars.', max_digits=20)),
                ('latency', models.DecimalField(decimal_places=6, help_text='Seconds.', max_digits=12, null=True)),
                ('time_to_first_token', models.FloatField(help_text='Seconds.', null=True)),
                ('tokens_per_second', models.FloatField(null=True)),
                ('stream', models.BooleanField(null=True)),
                ('has_tool_calls', models.BooleanField()),
                ('invoked_tools', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None)),
                ('positive_feedback', models.BooleanField(null=True)),
                ('is_pinned', models.BooleanField()),
                ('note', models.TextField(blank=True, null=True)),
                ('input_preview', models.CharField(help_text='The last user message.', max_length=300)),
                ('output_preview', models.CharField(max_length=300)),
                ('meta', models.JSONField()),
                ('attributes', models.JSONField(help_text='Values of rarely used filter fields.')),
                ('scores', models.JSONField(help_text='What evaluators and judges gave, by their id.')),
                ('input', project.lib.fieldtypes.JsonTextField(null=True)),
                ('output', project.lib.fieldtypes.JsonTextField(null=True)),
                ('extras', project.lib.fieldtypes.JsonTextField(help_text='Whatever else was sent, verbatim.', null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name='log',
            index=models.Index(fields=['workspace', 'environment', 'id'], name='log_by_time'),
        ),
        migrations.AddIndex(
            model_name='log',
            index=models.Index(condition=models.Q(('thread_identifier__isnull', False)), fields=['workspace', 'environment', 'thread_identifier', 'id'], name='log_by_thread'),
        ),
        migrations.AddIndex(
            model_name='log',
            index=models.Index(condition=models.Q(('customer_identifier__isnull', False)), fields=['workspace', 'environment', 'customer_identifier', 'id'], name='log_by_customer'),
        ),
        migrations.AddIndex(
            model_name='log',
            index=models.Index(condition=models.Q(('custom_identifier__isnull', False)), fields=['workspace', 'environment', 'custom_identifier', 'id'], name='log_by_custom_identifier'),
        ),
        migrations.AddIndex(
            model_name='log',
            index=models.Index(condition=models.Q(('trace_unique_id__isnull', False)), fields=['workspace', 'environment', 'trace_unique_id', 'id'], name='log_by_trace'),
        ),
        migrations.RunSQL(
            # All that is older than 2020; the months since then are made when they are needed.
            "CREATE TABLE threads_log_early PARTITION OF threads_log"
            " FOR VALUES FROM (MINVALUE) TO ('016f5e66-e800-7000-0000-000000000000')",
            migrations.RunSQL.noop,
        ),
        migrations.CreateModel(
            name='LogKey',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.UUIDField(editable=False, help_text="Hash of the sender's id.")),
                ('environment', models.CharField(choices=[('prod', 'Production'), ('test', 'Test')], max_length=4)),
                ('log_id', models.UUIDField()),
                ('workspace_id', models.UUIDField(editable=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'workspace_id', 'environment'), name='log_key_once')],
            },
        ),
    ]
