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
    number_keys: frozenset[str] = frozenset()
    """Keys that hold nothing but numbers."""


def suggest(dataset: Dataset) -> Suggestions:
    """One query that reads no more than the sample, whatever the dataset's size."""
    sample = (
        Record.objects.in_dataset(dataset)
        .in_reverse_order()
        .annotate(
            keys=_keys("true"),
            number_keys=_keys("jsonb_typeof(value) = 'number'"),
        )
    )
    keys: Counter[str] = Counter()
    number_keys: Counter[str] = Counter()
    tags: Counter[str] = Counter()
    for found_keys, found_number_keys, found_tags in sample.values_list("keys", "number_keys", "tags")[
        :SAMPLE
    ]:
        keys.update(found_keys)
        number_keys.update(found_number_keys)
        tags.update(found_tags)
    return Suggestions(
        tuple(key for key, _ in keys.most_common(MOST)),
        tuple(tag for tag, _ in tags.most_common(MOST)),
        frozenset(key for key, number in number_keys.items() if number == keys[key]),
    )


def _keys(restriction: str) -> Func:
    return Func(
        F("meta"),
        template=f"ARRAY(SELECT key FROM jsonb_each(%(expressions)s) WHERE {restriction})",
        output_field=ArrayField(TextField()),
    )
