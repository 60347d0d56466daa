"""A sample of a dataset's live records for estimates: a few records from each of many blocks that lie evenly over the
whole dataset. Reading it takes as long in a dataset of a million records as in one of a hundred million."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from datasets.models import Dataset
from records.models import Record

PARTS = 100
RECORDS_IN_PART = 200
EVERYTHING = PARTS * RECORDS_IN_PART
KEPT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Sample:
    """`query` finds its records, each of which stands for `weight` of the dataset's."""

    query: Q
    weight: float


def sample_of(dataset: Dataset) -> Sample:
    """All of a small dataset; else one for all the facets of a revision."""
    if dataset.record_count <= EVERYTHING:
        return Sample(Q(), 1)
    key = f"sample:{dataset.pk}:{dataset.revision_number}"
    kept: Sample | None = cache.get(key)
    if kept is not None:
        return kept
    sample = _drawn(dataset)
    cache.set(key, sample, KEPT_SECONDS)
    return sample


def _drawn(dataset: Dataset) -> Sample:
    """One query over its blocks, which reads no content."""
    in_block = Record.objects.in_dataset(dataset).filter(id__gte=RawSQL("block.first_id", ()))
    live, params = in_block.in_order().values("id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_PARTS.format(live=live), [dataset.pk, *params, RECORDS_IN_PART, PARTS])
        parts = cursor.fetchall()
    query = Q()
    for first_id, last_id, _ in parts:
        query |= Q(id__gte=first_id, id__lte=last_id)
    number = sum(found for _, _, found in parts)
    return Sample(query, dataset.record_count / number) if number else Sample(Q(), 1)


_PARTS = """
SELECT part.ids[1], part.ids[cardinality(part.ids)], cardinality(part.ids)
FROM (SELECT first_id, row_number() OVER (ORDER BY first_id) - 1 AS place, count(*) OVER () AS number
      FROM records_recordblock WHERE dataset_id = %s AND live > 0) AS block
CROSS JOIN LATERAL (SELECT ARRAY({live} LIMIT %s) AS ids) AS part
WHERE block.place %% greatest(1, block.number / %s) = 0 AND cardinality(part.ids) > 0
"""
