"""The rows of a file's records: read, locked and changed many at once, old values kept. Callers keep the counters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from datasets.models import Dataset, Revision
from files.models import File
from files.parsing import Chunk
from records.changefields import TIES
from records.content import signals_of_text
from records.embeddings import leave_gaps
from records.models import Curation, Record, RecordChange
from records.querysets import lock_records
from records.syncing.planning import Tied
from records.words import drop_words

BATCH_RECORDS = 2_000
LOCATION = "location"  # The key in the meta that says where a reader finds the chunk: "page 2".


@dataclass(frozen=True, slots=True)
class LockedRow:
    """A record that nobody else can change now, and the location in its meta, if it is a text."""

    tied: Tied
    location: str | None
    status: str


@dataclass(frozen=True, slots=True)
class NewTie:
    """The chunk that a record is tied to from now on; `label` when its location is to follow."""

    record_id: UUID
    chunk: Chunk
    fingerprint: bytes
    label: str | None


def tied_records(dataset: Dataset, file: File) -> list[Tied]:
    """In the order of their places, also those in the trash."""
    rows = Record.objects.published().filter(dataset=dataset).synced_from(file).order_by("place", "id")
    return [_tied(*row) for row in rows.values_list(*_TIED).iterator()]


def tied_ids(dataset: Dataset, file: File) -> tuple[list[UUID], list[UUID]]:
    """The file's live and its trashed records, locked in the order in which other writers lock them."""
    rows = Record.objects.published().filter(dataset=dataset).synced_from(file)
    ids = rows.locked(list(rows.values_list("id", flat=True)))
    locked = Record.objects.among(ids).order_by("id").values_list("id", "trashed_at")
    live = [record_id for record_id, trashed_at in locked if trashed_at is None]
    return live, [record_id for record_id, trashed_at in locked if trashed_at is not None]


def lock_rows(ids: Sequence[UUID]) -> dict[UUID, LockedRow]:
    """As they are now, locked in the order in which other writers lock them."""
    lock_records(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, place, source_fingerprint, fingerprint, trashed_at, status,"
            "       CASE WHEN jsonb_typeof(meta -> %s) = 'string' THEN meta ->> %s END"
            " FROM records_record JOIN records_curation ON record_id = id WHERE id = ANY(%s)",
            [LOCATION, LOCATION, list(ids)],
        )
        return {row[0]: LockedRow(_tied(*row[:5]), row[6], row[5]) for row in cursor.fetchall()}


def keep_old_values(revision: Revision, fields_of: Mapping[UUID, Sequence[str]]) -> None:
    """Before they change. `fields_of` names what changes in each record."""
    groups: dict[tuple[str, ...], list[UUID]] = defaultdict(list)
    for record_id, fields in fields_of.items():
        groups[tuple(fields)].append(record_id)
    for fields, ids in groups.items():
        RecordChange.objects.capture(revision, ids, fields)


def replace_texts(ties: Sequence[NewTie]) -> None:
    """With their words and vectors dropped: the phases that follow a publication make the new ones."""
    for batch in in_batches(ties):
        ids = [tie.record_id for tie in batch]
        signals = [signals_of_text(tie.chunk.text) for tie in batch]
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE records_record AS record
                SET text = new.text, fingerprint = new.fingerprint, preview = new.preview,
                    characters = new.characters, tokens = new.tokens
                FROM unnest(%s::uuid[], %s::text[], %s::bytea[], %s::text[], %s::int[], %s::int[])
                     AS new (id, text, fingerprint, preview, characters, tokens)
                WHERE record.id = new.id
                """,
                [
                    ids,
                    [tie.chunk.text for tie in batch],
                    [signal.fingerprint for signal in signals],
                    [signal.preview for signal in signals],
                    [signal.characters for signal in signals],
                    [signal.tokens for signal in signals],
                ],
            )
        drop_words(ids)
        leave_gaps(ids)


def tie_rows(ties: Sequence[NewTie]) -> None:
    """Their place, what the file says there, and their location."""
    for batch in in_batches(ties):
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE records_record AS record
                SET place = new.place, source_fingerprint = new.fingerprint,
                    meta = CASE WHEN new.label IS NULL THEN record.meta
                           ELSE record.meta || jsonb_build_object(%s::text, new.label) END
                FROM unnest(%s::uuid[], %s::int[], %s::bytea[], %s::text[]) AS new (id, place, fingerprint, label)
                WHERE record.id = new.id
                """,
                [
                    LOCATION,
                    [tie.record_id for tie in batch],
                    [tie.chunk.place for tie in batch],
                    [tie.fingerprint for tie in batch],
                    [tie.label for tie in batch],
                ],
            )
        Curation.objects.touch([tie.record_id for tie in batch])


def trash_rows(revision: Revision, ids: Sequence[UUID]) -> None:
    """They are freed as well: the next sync makes a new record if the file has their text again."""
    keep_old_values(revision, dict.fromkeys(ids, ("trashed_at", *TIES)))
    _rows(ids).update(trashed_at=timezone.now(), **_FREE)


def restore_rows(revision: Revision, ids: Sequence[UUID]) -> None:
    keep_old_values(revision, dict.fromkeys(ids, ("trashed_at",)))
    _rows(ids).update(trashed_at=None)
    Curation.objects.touch(ids)


def free_rows(revision: Revision, ids: Sequence[UUID]) -> None:
    """No sync looks at them any more."""
    keep_old_values(revision, dict.fromkeys(ids, TIES))
    _rows(ids).update(**_FREE)


def free_and_flag_rows(revision: Revision, rows: Iterable[LockedRow]) -> None:
    """For people to look at: the file has lost what they edited."""
    flagged = Record.Status.FLAGGED
    fields_of = {row.tied.id: TIES if row.status == flagged else ("status", *TIES) for row in rows}
    keep_old_values(revision, fields_of)
    _rows(list(fields_of)).update(**_FREE)
    Curation.objects.filter(pk__in=fields_of).update(status=flagged, updated_at=timezone.now())


def in_batches(ties: Sequence[NewTie]) -> Iterator[Sequence[NewTie]]:
    for begin in range(0, len(ties), BATCH_RECORDS):
        yield ties[begin : begin + BATCH_RECORDS]


_TIED = ("id", "place", "source_fingerprint", "fingerprint", "trashed_at")
_FREE: dict[str, None] = dict.fromkeys(TIES)


def _tied(record_id: UUID, place: int | None, source: bytes, present: bytes, trashed_at: object) -> Tied:
    return Tied(record_id, place or 0, bytes(source or b""), bytes(present), trashed_at is not None)


def _rows(ids: Sequence[UUID]) -> QuerySet[Record]:
    return Record.objects.filter(id__in=ids)
