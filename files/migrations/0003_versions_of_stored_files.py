from django.db import migrations
from django.db.models import F

from project.lib.ids import new_id


def give_first_versions(apps, schema_editor):
    """Files that were stored before there were versions have their content as version 1."""
    file_model, version_model = apps.get_model("files", "File"), apps.get_model("files", "FileVersion")
    stored = file_model.objects.filter(version=0).exclude(storage_name="")
    for file in stored.iterator():
        version_model.objects.create(
            id=new_id(),
            file=file,
            number=1,
            storage_name=file.storage_name,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            content_type=file.content_type,
            created_by=file.created_by,
        )
    stored.update(version=F("version") + 1)


class Migration(migrations.Migration):
    dependencies = [("files", "0002_documents")]

    operations = [migrations.RunPython(give_first_versions, migrations.RunPython.noop)]
