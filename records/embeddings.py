"""The vectors of records: written with the record, or after a bulk import in a phase of its job.

No write fails because an embedder is away: the record then has a gap, a row without a vector, is found by words, and
the sweep fills the gap when the embedder answers again. Vectors of a former model are gaps as well.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from pgvector import HalfVector

from datasets.jobs import JobRun
from project.lib import jsontext
from project.lib.embedder import DIMENSIONS, EmbedderError, get_embedder
from project.lib.texts import storable
from records.changesets import written_ids
from records.content import payload_texts
from records.models import Record, RecordEmbedding

if TYPE_CHECKING:
    from datasets.models import Job

logger = logging.getLogger(__name__)

PHASE = "Embedding"
BATCH_RECORDS = 500
EMBEDDED_CHARACTERS = 6_000  # Fits the 8,192 tokens that remote models take, in nearly any script.
GAP = ""
_NO_VECTOR = HalfVector([0.0] * DIMENSIONS)  # The index leaves such rows out.


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
    except EmbedderError as error:
        logger.warning("%d records without a vector: %s", len(records), error)
        model, vectors = GAP, [_NO_VECTOR] * len(records)
    _upsert(
        [
            RecordEmbedding(record_id=record.id, dataset_id=record.dataset_id, model=model, vector=vector)
            for record, vector in zip(records, vectors, strict=True)
        ]
    )


def leave_gaps(record_ids: Sequence[UUID]) -> None:
    """Before their text is replaced in bulk: no vector of the old one finds them until they are embedded again."""
    RecordEmbedding.objects.filter(record_id__in=record_ids).update(model=GAP, vector=_NO_VECTOR)


def embed_revision(run: JobRun, *, total: int) -> None:
    """The phase after the words: vectors for all that the job's revision wrote, in steps, from the checkpoint on.

    Two connections do it side by side, as with the words; the result counts the gaps that are left.
    """
    job = run.job
    if "embedded_after" not in job.checkpoint:
        job.checkpoint = {"embedded_after": None}
        run.begin_phase(PHASE, total=total)
    with ThreadPoolExecutor(max_workers=1) as helper:
        try:
            while _embed_two_batches(run, helper):
                pass
        finally:
            helper.submit(lambda: connection.close()).result()


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


def _embed_two_batches(run: JobRun, helper: ThreadPoolExecutor) -> bool:
    """Whether there may be more."""
    with run.step() as job:
        ids = written_ids(job.revision_id, job.checkpoint["embedded_after"], 2 * BATCH_RECORDS)
        beside = helper.submit(_embed_batch, ids[BATCH_RECORDS:])
        gaps = _embed_batch(ids[:BATCH_RECORDS]) + beside.result()
        if gaps:
            job.result["gaps"] = job.result.get("gaps", 0) + gaps
        if ids:
            job.done += len(ids)
            job.checkpoint = {"embedded_after": str(ids[-1])}
    return len(ids) == 2 * BATCH_RECORDS


def _embed_batch(ids: Sequence[UUID]) -> int:
    """Writes the vectors of these records; the number of gaps it had to leave. Safe to repeat."""
    read = _read(ids)
    try:
        model, vectors = _embed([one.text for one in read])
    except EmbedderError as error:
        logger.warning("%d records without a vector: %s", len(read), error)
        model, vectors = GAP, [_NO_VECTOR] * len(read)
    with transaction.atomic():
        _write(read, model, vectors)
    return 0 if model else len(read)


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
            "SELECT id, fingerprint FROM records_record WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [[one.id for one in read]],
        )
        present = {row[0]: bytes(row[1]) for row in cursor.fetchall()}
    rows = [
        RecordEmbedding(record_id=one.id, dataset_id=one.dataset_id, model=model, vector=vector)
        for one, vector in zip(read, vectors, strict=True)
        if present.get(one.id) == one.fingerprint
    ]
    if model == GAP:
        RecordEmbedding.objects.bulk_create(rows, ignore_conflicts=True)
    else:
        _upsert(rows)


def _upsert(rows: Sequence[RecordEmbedding]) -> None:
    RecordEmbedding.objects.bulk_create(
        rows,
        batch_size=BATCH_RECORDS,
        update_conflicts=True,
        unique_fields=["record"],
        update_fields=["model", "vector"],
    )


def embed_query(text: str) -> HalfVector:
    """Raises EmbedderError. A text without a word has a vector of zeros, to which nothing is near."""
    return _embed([text[:EMBEDDED_CHARACTERS]])[1][0]


def _embed(texts: Sequence[str]) -> tuple[str, list[HalfVector]]:
    """The model's name and the vectors; of a text without anything to read one of zeros. Raises EmbedderError."""
    embedder = get_embedder()
    readable = [text for text in texts if text.strip()]
    made = iter(embedder.embed(readable) if readable else [])
    return embedder.name, [HalfVector(next(made)) if text.strip() else _NO_VECTOR for text in texts]


def _text_of(raw_payload: str | None, text: str) -> str:
    """The beginning of what a reader would read, without roles."""
    if raw_payload is not None:
        text = "\n".join(payload_texts(jsontext.parse(raw_payload.encode())))
    return storable(text[:EMBEDDED_CHARACTERS])
