from django.db import migrations, models


class AddDividedIndexConcurrently(migrations.AddIndex):
    """An index over all parts of a divided table, made part by part beside those who write. Safe to repeat."""

    atomic = False

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        columns = ", ".join(
            to_state.apps.get_model(app_label, self.model_name)._meta.get_field(name).column
            for name in self.index.fields
        )
        # The whole first: the parts that are made from now on have it, and it is used once all others do.
        schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {self.index.name} ON ONLY {table} ({columns})")
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"
                " AND NOT EXISTS (SELECT FROM pg_index JOIN pg_inherits AS attached ON attached.inhrelid = indexrelid"
                " WHERE indrelid = pg_inherits.inhrelid AND attached.inhparent = %s::regclass)",
                [table, self.index.name],
            )
            parts = [part for (part,) in cursor.fetchall()]
        for part in parts:
            name = f"{part}_{self.index.name}"
            schema_editor.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {part} ({columns})")
            schema_editor.execute(f"ALTER INDEX {self.index.name} ATTACH PARTITION {name}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("threads", "0005_sampling_rules"),
    ]

    operations = [
        AddDividedIndexConcurrently(
            model_name="log",
            index=models.Index(fields=["workspace", "environment", "created_at"], name="log_by_arrival"),
        ),
    ]
