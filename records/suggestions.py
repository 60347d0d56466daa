"""What the filter bar and the facets offer: keys and tags as they occur in a small sample of the newest records, and
whether anybody was asked for a second opinion."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, F, Func, TextField

from datasets.models import Dataset
from records.models import Opinion, Record

SAMPLE = 200
MOST = 50


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The most frequent first."""

    keys: tuple[str, ...]
    tags: tuple[str, ...]
    number_keys: frozenset[str] = frozenset()
    """Keys that hold nothing but numbers."""
    has_opinions: bool = False


def suggest(dataset: Dataset) -> Suggestions:
    """One query that reads no more than the sample, whatever the dataset's size."""
    sample = (
        Record.objects.in_dataset(dataset)
        .in_reverse_order()
        .annotate(
            keys=_keys("true"),
            number_keys=_keys("jsonb_typeof(value) = 'number'"),
            has_opinions=Exists(Opinion.objects.open_in(dataset)),
        )
    )
    keys: Counter[str] = Counter()
    number_keys: Counter[str] = Counter()
    tags: Counter[str] = Counter()
    found = list(sample.values_list("keys", "number_keys", "curation__tags", "has_opinions")[:SAMPLE])
    for found_keys, found_number_keys, found_tags, _ in found:
        keys.update(found_keys)
        number_keys.update(found_number_keys)
        tags.update(found_tags)
    return Suggestions(
        tuple(key for key, _ in keys.most_common(MOST)),
        tuple(tag for tag, _ in tags.most_common(MOST)),
        frozenset(key for key, number in number_keys.items() if number == keys[key]),
        any(has_opinions for *_, has_opinions in found),
    )


def _keys(restriction: str) -> Func:
    return Func(
        F("meta"),
        template=f"ARRAY(SELECT key FROM jsonb_each(%(expressions)s) WHERE {restriction})",
        output_field=ArrayField(TextField()),
    )
