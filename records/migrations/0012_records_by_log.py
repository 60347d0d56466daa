from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # An index that is made beside those who write cannot be made in a transaction.

    dependencies = [
        ("records", "0011_orders_of_a_list"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="record",
            index=models.Index(
                condition=models.Q(("origin__in", ("EXPLORER", "PLAYGROUND"))),
                fields=["dataset", "source"],
                name="record_by_log_name",
            ),
        ),
        AddIndexConcurrently(
            model_name="record",
            index=GinIndex(
                condition=models.Q(("log_ids__isnull", False)), fields=["log_ids"], name="record_by_log"
            ),
        ),
    ]
