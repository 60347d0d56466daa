import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import project.lib.ids


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('records', '0009_queues'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptColumns',
            fields=[
                ('id', models.UUIDField(default=project.lib.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('list_id', models.UUIDField(help_text='The dataset, or the workspace whose logs are listed.')),
                ('names', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='kept_columns', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'kept columns',
                'constraints': [models.UniqueConstraint(fields=('user', 'list_id'), name='columns_once')],
            },
        ),
    ]
