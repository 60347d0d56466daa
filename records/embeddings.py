"""The vectors of records: written with the record, or after a bulk import in a phase of its job.

No write fails because an embedder is away: the record then has a gap, a row without a vector, is found by words, and
the sweep fills the gap when the embedder answers again. Vectors of a former model are gaps as well.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import orjson
from django.db import connection, transaction
from pgvector import HalfVector

from project.lib import jsontext
from project.lib.embedder import DIMENSIONS, EmbedderError, get_embedder
from project.lib.texts import storable
from records.content import payload_texts
from records.models import Record, RecordEmbedding
from records.phases import BULK_SETTINGS, Phase

if TYPE_CHECKING:
    from datasets.models import Job

BATCH_RECORDS = 500
EMBEDDED_CHARACTERS = 6_000  # Fits the 8,192 tokens that remote models take, in nearly any script.
GAP = ""
_INSERT = """
INSERT INTO records_recordembedding (record_id, dataset_id, model, vector)
SELECT record_id, dataset_id, %s, vector::halfvec
FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS fresh (record_id, dataset_id, vector)
ON CONFLICT (record_id) DO """
_REPLACE = "UPDATE SET model = excluded.model, vector = excluded.vector"
_KEEP = "NOTHING"
NO_VECTOR = HalfVector([0.0] * DIMENSIONS)  # The index leaves such rows out.


class _Read(NamedTuple):
    """A record's text as it was read, without a lock, and the fingerprint that tells whether it still is so."""

    id: UUID
    dataset_id: UUID
    fingerprint: bytes
    text: str


def embed_records(records: Sequence[Record]) -> None:
    """Writes or replaces the vectors of these records, in the caller's transaction."""
    texts = [_text_of(record.payload and record.payload.raw, record.text) for record in records]
    try:
        model, vectors = _embed(texts)
    except EmbedderError:  # Which was logged; the sweep fills the gap.
        model, vectors = GAP, [NO_VECTOR] * len(records)
    owners = [(record.id, record.dataset_id) for record in records]
    _insert(_REPLACE, owners, model, vectors)


def leave_gaps(record_ids: Sequence[UUID]) -> None:
    """Before their text is replaced in bulk: no vector of the old one finds them until they are embedded again."""
    RecordEmbedding.objects.filter(record_id__in=record_ids).update(model=GAP, vector=NO_VECTOR)


def remark_on_gaps(job: Job) -> str:
    """What a job's message says of records that got no vector; empty when all have one."""
    gaps = job.result.get("gaps", 0)
    return f" {gaps:,} are found by words alone until the embeddings address answers." if gaps else ""


def fill_gaps(*, seconds: float) -> int:
    """Embeds what has no vector of the present model, for about so long; the number of records looked at.
    Raises EmbedderError."""
    until, filled = time.monotonic() + seconds, 0
    while time.monotonic() < until and (ids := _gap_ids()):
        read = _read(ids)
        model, vectors = _embed([one.text for one in read])
        with transaction.atomic():
            _write(read, model, vectors)
            present = {one.id for one in read}
            RecordEmbedding.objects.filter(record_id__in=[id_ for id_ in ids if id_ not in present]).delete()
        filled += len(ids)
    return filled


def _embed_batch(ids: list[UUID]) -> int:
    """Writes the vectors of these records; the number of gaps it had to leave."""
    read = _read(ids)
    try:
        model, vectors = _embed([one.text for one in read])
    except EmbedderError:
        model, vectors = GAP, [NO_VECTOR] * len(read)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(BULK_SETTINGS)
        _write(read, model, vectors)
    return 0 if model else len(read)


PHASE = Phase("Embedding", "embedded_after", BATCH_RECORDS, _embed_batch)


def _gap_ids() -> list[UUID]:
    """Two ranges of the index, since no index answers “another than”."""
    model = get_embedder().name
    gaps = RecordEmbedding.objects.values_list("record_id", flat=True)
    return list(gaps.filter(model__lt=model)[:BATCH_RECORDS]) or list(
        gaps.filter(model__gt=model)[:BATCH_RECORDS]
    )


def _read(ids: Sequence[UUID]) -> list[_Read]:
    """Not under a lock: an embedder may take its time, and nobody who edits should wait for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, dataset_id, fingerprint, payload::text, text FROM records_record WHERE id = ANY(%s)"
            " ORDER BY id",
            [list(ids)],
        )
        return [_Read(row[0], row[1], bytes(row[2]), _text_of(row[3], row[4])) for row in cursor.fetchall()]


def _write(read: Sequence[_Read], model: str, vectors: Sequence[HalfVector]) -> None:
    """Only for records that are still there with the text that was embedded; they are locked against editing and
    deletion until the caller commits, so that no vector outlives its text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, fingerprint FROM records_record WHERE id = ANY(%s) ORDER BY id FOR SHARE",
            [[one.id for one in read]],
        )
        present = {row[0]: bytes(row[1]) for row in cursor.fetchall()}
    unchanged = [
        (one, vector)
        for one, vector in zip(read, vectors, strict=True)
        if present.get(one.id) == one.fingerprint
    ]
    owners = [(one.id, one.dataset_id) for one, _ in unchanged]
    _insert(_KEEP if model == GAP else _REPLACE, owners, model, [vector for _, vector in unchanged])


def _insert(
    on_conflict: str, owners: Sequence[tuple[UUID, UUID]], model: str, vectors: Sequence[HalfVector]
) -> None:
    """One statement for all, since the ORM's takes longer to write the numbers down than the model to find them."""
    texts = [orjson.dumps(one.to_numpy(), option=orjson.OPT_SERIALIZE_NUMPY).decode() for one in vectors]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT + on_conflict,
            [model, [record_id for record_id, _ in owners], [dataset_id for _, dataset_id in owners], texts],
        )


def embed_query(text: str) -> HalfVector:
    """Raises EmbedderError. A text without a word has a vector of zeros, to which nothing is near."""
    return _embed([text[:EMBEDDED_CHARACTERS]])[1][0]


def _embed(texts: Sequence[str]) -> tuple[str, list[HalfVector]]:
    """The model's name and the vectors; of a text without anything to read one of zeros. Raises EmbedderError."""
    embedder = get_embedder()
    readable = [text for text in texts if text.strip()]
    made = iter(embedder.embed(readable) if readable else [])
    return embedder.name, [HalfVector(next(made)) if text.strip() else NO_VECTOR for text in texts]


def _text_of(raw_payload: str | None, text: str) -> str:
    """The beginning of what a reader would read, without roles."""
    if raw_payload is not None:
        text = "\n".join(payload_texts(jsontext.parse(raw_payload.encode())))
    return storable(text[:EMBEDDED_CHARACTERS])
