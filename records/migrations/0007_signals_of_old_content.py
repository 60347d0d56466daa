from django.db import migrations

from records.content import signals_of_payload, signals_of_text

BATCH = 1_000


def fill_signals(apps, schema_editor):
    """Old content from before its signals were kept beside it."""
    changes = apps.get_model("records", "RecordChange").objects.filter(
        fields__contains=["payload"], fingerprint=None
    )
    while batch := list(changes[:BATCH]):
        for change in batch:
            signals = (
                signals_of_text(change.text or "")
                if change.payload is None
                else signals_of_payload(change.payload.value)
            )
            for name, value in signals._asdict().items():
                setattr(change, name, value)
        changes.model.objects.bulk_update(batch, list(signals._fields))


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0006_values_that_a_sync_changes"),
    ]

    operations = [migrations.RunPython(fill_signals, migrations.RunPython.noop, elidable=True)]
