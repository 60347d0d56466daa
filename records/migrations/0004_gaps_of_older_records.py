from django.db import migrations

_FILL = """
INSERT INTO records_recordembedding (record_id, dataset_id, model, vector)
SELECT id, dataset_id, '', array_fill(0::real, ARRAY[256])::halfvec FROM records_record
ON CONFLICT (record_id) DO NOTHING
"""


class Migration(migrations.Migration):
    """Records from before there were embeddings become gaps, which are filled in the background."""

    dependencies = [
        ("records", "0003_embedding_by_model"),
    ]

    operations = [migrations.RunSQL(_FILL, migrations.RunSQL.noop)]
