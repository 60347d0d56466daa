"""What the filter bar offers: keys and tags as they occur in a small sample of the newest records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, TextField

from datasets.models import Dataset
from records.models import Record

SAMPLE = 200
MOST = 50


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The most frequent first."""

    keys: tuple[str, ...]
    tags: tuple[str, ...]


def suggest(dataset: Dataset) -> Suggestions:
    """One query that reads no more than the sample, whatever the dataset's size."""
    sample = (
        Record.objects.in_dataset(dataset)
        .in_reverse_order()
        .annotate(
            keys=Func(
                F("meta"),
                template="ARRAY(SELECT jsonb_object_keys(%(expressions)s))",
                output_field=ArrayField(TextField()),
            )
        )
    )
    keys: Counter[str] = Counter()
    tags: Counter[str] = Counter()
    for found_keys, found_tags in sample.values_list("keys", "tags")[:SAMPLE]:
        keys.update(found_keys)
        tags.update(found_tags)
    return Suggestions(
        tuple(key for key, _ in keys.most_common(MOST)), tuple(tag for tag, _ in tags.most_common(MOST))
    )
