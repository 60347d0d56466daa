from django.db import migrations, models


class Migration(migrations.Migration):
    """Gaps and vectors of a former model are found by the index that finds a dataset's vectors."""

    dependencies = [
        ("records", "0002_documents"),
    ]

    operations = [
        migrations.AlterField(
            model_name="recordembedding",
            name="dataset_id",
            field=models.UUIDField(),
        ),
        migrations.AlterField(
            model_name="recordembedding",
            name="model",
            field=models.CharField(help_text="Empty while there is no vector.", max_length=100),
        ),
        migrations.AddIndex(
            model_name="recordembedding",
            index=models.Index(fields=["model", "dataset_id"], name="embedding_by_model"),
        ),
    ]
