
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0003_versions_of_stored_files'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='upload',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='upload',
            name='etag',
            field=models.CharField(blank=True, help_text='Of what arrived there last.', max_length=255),
        ),
        migrations.AddField(
            model_name='upload',
            name='storage_name',
            field=models.CharField(blank=True, help_text='Where storage itself receives it.', max_length=255),
        ),
        migrations.AddField(
            model_name='upload',
            name='version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='files.fileversion'),
        ),
        migrations.AlterField(
            model_name='upload',
            name='expires_at',
            field=models.DateTimeField(db_index=True),
        ),
        migrations.AlterField(
            model_name='upload',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to='files.file'),
        ),
    ]
