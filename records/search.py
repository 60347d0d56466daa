"""Search of a dataset by words, by meaning, and by both."""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection, transaction
from django.db.models import BooleanField, F, Func, QuerySet, Value
from pgvector import HalfVector
from pgvector.django import CosineDistance

from datasets.models import Dataset
from project.lib.embedder import EmbedderError, get_embedder
from project.lib.errors import InvalidError
from project.lib.filters import Condition, Group, Operator
from project.lib.texts import storable
from records.embeddings import embed_query
from records.fields import MOST_WORDS_CHARACTERS, WORDS_CONFIG
from records.models import Record, RecordEmbedding, RecordWords
from records.pages import count_filtered
from records.querysets import RecordQuerySet

logger = logging.getLogger(__name__)

WORDS, MEANING, BOTH = "words", "meaning", "both"
MODES = (BOTH, MEANING, WORDS)
Scored = list[tuple[UUID, float]]

RRF_K = 60  # Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet ...", SIGIR 2009.
FUSED_DEPTH = 50  # How far down each of the two rankings is read before they are fused.
RANKED_MATCHES = 2_000  # A word that more records have is hardly a reason to prefer one of them.
_RANK_NORMALIZATION = 1 | 32  # By the logarithm of the length, then to less than 1.

# Up to so many all vectors are compared, which takes some 20 ms; beyond, the index is asked.
EXACT_RECORDS = 10_000
MOST_EXACT_RECORDS = 100_000
# The index holds the nearest of all datasets: to give k of n rows among all T it looks at k * T / n, each for the price
# of about eight comparisons. So comparing the n is cheaper up to n = sqrt(8 * k * T).
SCAN_PRICE = 8
COUNT_MS = 100
# The index keeps `ef_search` candidates and goes on from them until enough of the rows pass the filter, or until it has
# looked at `max_scan_tuples`. It finds some late: those are lost in the strict order, and in the relaxed one if no more
# rows are read than wanted.
READ_BEYOND = 40
INDEX_SETTINGS = """
SET LOCAL hnsw.iterative_scan = relaxed_order;
SET LOCAL hnsw.ef_search = 500;
SET LOCAL hnsw.max_scan_tuples = 20000;
SET LOCAL hnsw.scan_mem_multiplier = 4;
SET LOCAL enable_sort = off
"""


class SearchInvalidError(InvalidError):
    """Nothing to search for, or a mode that is none."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Scores compare within one mode: by meaning the cosine similarity; by words the rank of PostgreSQL; by both the
    fused ranks, where 1 is the first in each. All are from 0 to 1."""

    record: Record
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """Best first. The remark is one sentence when a part of the search could not be done, else empty."""

    hits: list[Hit]
    remark: str = ""


def search_records(
    dataset: Dataset,
    text: str,
    *,
    mode: str = BOTH,
    condition: Group | None = None,
    limit: int = 10,
    min_score: float | None = None,
) -> Found:
    """Live records of the dataset that meet the condition. By words, every word of the text must be there; of a very
    long text only the beginning is searched for.

    Raises SearchInvalidError, FilterError, and for the mode `meaning` EmbedderError.
    """
    text = storable(text.replace("\x00", " ")).strip()[:MOST_WORDS_CHARACTERS]
    if not text:
        raise SearchInvalidError("Say what to search for.")
    if mode not in MODES:
        raise SearchInvalidError(f"A search is by {', '.join(MODES)}, not by {mode!r}.")
    records = Record.objects.in_dataset(dataset).matching(condition or Group(), dataset)
    if mode == WORDS:
        return Found(_hits(records, _by_words(dataset, records, text, limit), min_score))
    if mode == MEANING:
        nearest = _nearest(dataset, records, embed_query(text), limit, is_filtered=bool(condition))
        return Found(_hits(records, nearest, min_score))
    depth = max(limit, FUSED_DEPTH)
    by_words = _by_words(dataset, records, text, depth)
    remark, by_meaning = "", list[tuple[UUID, float]]()
    try:
        by_meaning = _nearest(dataset, records, embed_query(text), depth, is_filtered=bool(condition))
    except EmbedderError as error:
        logger.warning("search by words alone: %s", error)
        remark = f"These are found by words alone. {error}"
    return Found(_hits(records, fuse(by_words, by_meaning)[:limit], min_score), remark)


def similar_to(record: Record, limit: int, *, condition: Group | None = None) -> list[Hit]:
    """Other live records of the same dataset, nearest in meaning first. Raises EmbedderError and FilterError."""
    vectors = RecordEmbedding.objects.filter(record_id=record.pk, model=get_embedder().name)
    stored = vectors.values_list("vector", flat=True).first()
    vector = embed_query(record.as_text) if stored is None else HalfVector(stored)
    records = Record.objects.in_dataset(record.dataset).matching(condition or Group(), record.dataset)
    nearest = _nearest(record.dataset, records, vector, limit + 1, is_filtered=bool(condition))
    return _hits(records, [pair for pair in nearest if pair[0] != record.pk][:limit], None)


def count_gaps(dataset: Dataset) -> int:
    """How many of the dataset's records wait for a vector of the present model."""
    embeddings = RecordEmbedding.objects.filter(dataset_id=dataset.pk)
    model = get_embedder().name
    return embeddings.filter(model__lt=model).count() + embeddings.filter(model__gt=model).count()


def fuse(*rankings: Sequence[tuple[UUID, float]]) -> Scored:
    """Reciprocal rank fusion: the sum of 1 / (k + rank) over the rankings, as a share of the best that can be."""
    scores: dict[UUID, float] = defaultdict(float)
    for ranking in rankings:
        for rank, (record_id, _) in enumerate(ranking, 1):
            scores[record_id] += (RRF_K + 1) / (RRF_K + rank) / len(rankings)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def _by_words(dataset: Dataset, records: RecordQuerySet, text: str, limit: int) -> Scored:
    matches = records.matching(Condition("q", Operator.SEARCH, text), dataset).order_by().values("id")
    query = SearchQuery(text, config=WORDS_CONFIG, search_type="websearch")
    rank = SearchRank(F("words"), query, normalization=Value(_RANK_NORMALIZATION))
    ranked = RecordWords.objects.filter(record_id__in=matches[:RANKED_MATCHES]).annotate(rank=rank)
    return [
        (row[0], float(row[1])) for row in ranked.order_by("-rank", "pk").values_list("pk", "rank")[:limit]
    ]


def _nearest(
    dataset: Dataset, records: RecordQuerySet, vector: HalfVector, limit: int, *, is_filtered: bool
) -> Scored:
    """The index alone would lose hits where few of the rows near the vector pass the filter, or belong to the dataset;
    then, as where few have to be compared, all that pass are compared."""
    if not any(vector.to_list()):
        return []
    if _are_few(dataset, records, limit, is_filtered=is_filtered):
        return _compare_all(records, vector, limit)
    nearest = _ask_index(dataset, records, vector, limit)
    return nearest if len(nearest) == limit else _compare_all(records, vector, limit)


def most_compared(wanted: int, *, vectors: int) -> int:
    """Up to how many records comparing all is as cheap as asking the index over so many vectors."""
    return min(MOST_EXACT_RECORDS, max(EXACT_RECORDS, math.isqrt(SCAN_PRICE * wanted * max(0, vectors))))


def _count_vectors() -> int:
    """Of all datasets, as PostgreSQL last estimated it; -1 when it never did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'record_embedding'::regclass")
        return int(cursor.fetchone()[0])


def _are_few(dataset: Dataset, records: RecordQuerySet, limit: int, *, is_filtered: bool) -> bool:
    """Whether to compare all. A record that waits for its vector is none to compare."""
    if dataset.record_count <= EXACT_RECORDS:
        return True
    most = most_compared(limit + READ_BEYOND, vectors=_count_vectors())
    vectors = _of_this_model().filter(dataset_id=dataset.pk)
    if vectors.order_by()[: most + 1].count() <= most:
        return True
    if not is_filtered:
        return False
    total = count_filtered(records, cap=most, milliseconds=COUNT_MS)
    return total.number is not None and not total.is_capped


def _compare_all(records: RecordQuerySet, vector: HalfVector, limit: int) -> Scored:
    # A sum is not what the index is ordered by, so all rows are compared.
    distance = CosineDistance("vector", vector) + Value(0.0)
    return _scored(compared_rows(records, distance)[:limit])


def _ask_index(dataset: Dataset, records: RecordQuerySet, vector: HalfVector, limit: int) -> Scored:
    rows = nearest_rows(dataset, records, CosineDistance("vector", vector))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(INDEX_SETTINGS)
        found = sorted(rows[: limit + READ_BEYOND], key=itemgetter(1))[:limit]
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort TO DEFAULT")
    return _scored(found)


def _scored(rows: Iterable[tuple[UUID, float]]) -> Scored:
    return [(record_id, 1.0 - far) for record_id, far in rows if not math.isnan(far)]


def nearest_rows(
    dataset: Dataset, records: RecordQuerySet, distance: Any
) -> QuerySet[Any, tuple[UUID, float]]:
    """Ids and distances of these records by their vectors of the present model, nearest first, through the index."""
    embeddings = _of_this_model().filter(dataset_id=dataset.pk, record_id__in=records.order_by().values("id"))
    return embeddings.annotate(distance=distance).order_by("distance").values_list("record_id", "distance")


def compared_rows(records: RecordQuerySet, distance: Any) -> QuerySet[Any, tuple[UUID, float]]:
    """The same by comparing all. The ids are gathered first: a join is planned by statistics, and while these know
    nothing of a new dataset it may read all of its records again for each vector."""
    embeddings = _of_this_model().filter(
        _IsAnyOf(F("record_id"), ArraySubquery(records.order_by().values("id")))
    )
    return embeddings.annotate(distance=distance).order_by("distance").values_list("record_id", "distance")


class _IsAnyOf(Func):
    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    arity = 2
    output_field = BooleanField()


def _of_this_model() -> QuerySet[RecordEmbedding]:
    return RecordEmbedding.objects.filter(model=get_embedder().name)


def _hits(records: RecordQuerySet, scored: Scored, min_score: float | None) -> list[Hit]:
    """With the records as they are now; one that was deleted since it was found is left out."""
    wanted = [pair for pair in scored if min_score is None or pair[1] >= min_score]
    found = records.in_bulk([record_id for record_id, _ in wanted])
    return [Hit(found[record_id], max(0.0, score)) for record_id, score in wanted if record_id in found]
