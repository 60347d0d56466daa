"""Records of a selection to another dataset: copies there, and for a move the originals into the trash here, so that
neither history nor snapshots of this dataset change. Each dataset gets one revision, both in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from datasets.models import Dataset, Revision
from datasets.revisions import lock_dataset, open_revision, publish
from project.accounts.types import Author
from records.blocks import recount
from records.bulk import open_change, publish_change
from records.changes import MoveToTrash
from records.changesets import log_revision
from records.copying import KEPT, KEPT_CURATION
from records.embeddings import GAP, NO_VECTOR
from records.errors import NothingToChangeError
from records.models import Record
from records.selections import Selection

_COPY = f"""
WITH copied AS MATERIALIZED (
    SELECT original, uuidv7() AS id
    FROM (SELECT id AS original FROM records_record WHERE id = ANY (%(ids)s) ORDER BY id) AS ordered),
fresh AS (
    INSERT INTO records_record (id, dataset_id, revision_id, created_at, {KEPT})
    SELECT copied.id, %(dataset)s, %(revision)s, clock_timestamp(), {KEPT}
    FROM (SELECT id AS original_id, {KEPT} FROM records_record WHERE id = ANY (%(ids)s)) AS record
         JOIN copied ON copied.original = record.original_id),
curations AS (
    INSERT INTO records_curation (record_id, dataset_id, updated_at, {KEPT_CURATION})
    SELECT copied.id, %(dataset)s, clock_timestamp(), {KEPT_CURATION}
    FROM copied JOIN records_curation AS curation ON curation.record_id = copied.original),
words AS (
    INSERT INTO records_recordwords (record_id, dataset_id, words)
    SELECT copied.id, %(dataset)s, words.words
    FROM copied JOIN records_recordwords AS words ON words.record_id = copied.original)
INSERT INTO records_recordembedding (record_id, dataset_id, model, vector)
SELECT copied.id, %(dataset)s, {{vector}}
FROM copied LEFT JOIN records_recordembedding AS embedding ON embedding.record_id = copied.original
"""
_WITH_VECTORS = _COPY.format(
    vector="coalesce(embedding.model, %(gap)s), coalesce(embedding.vector, %(none)s::halfvec)"
)
# The index of vectors takes long: many copies are gaps, which are filled in the background.
_WITH_GAPS = _COPY.format(vector="%(gap)s, %(none)s::halfvec")


@dataclass(slots=True)
class Transfer:
    """On its way: `arrival` is the pending revision of the target, `departure` for a move that of the source."""

    arrival: Revision
    departure: Revision | None = None
    copied: int = 0

    def take(self, ids: list[UUID], *, is_few: bool) -> None:
        """Of these records the live ones."""
        locked = Record.objects.filter(trashed_at=None).locked(ids)
        with connection.cursor() as cursor:
            cursor.execute(
                _WITH_VECTORS if is_few else _WITH_GAPS,
                {
                    "ids": locked,
                    "dataset": self.arrival.dataset_id,
                    "revision": self.arrival.pk,
                    "gap": GAP,
                    "none": str(NO_VECTOR.to_text()),
                },
            )
        if self.departure is not None:
            MoveToTrash().touch(self.departure, locked)
        self.copied += len(locked)

    def publish(self, *, matched: int, author: Author) -> None:
        """Raises NothingToChangeError when there was no record."""
        if not self.copied:
            raise NothingToChangeError("No records match; nothing was copied.")
        departure = self.departure
        datasets = [self.arrival.dataset, *([departure.dataset] if departure else [])]
        for dataset in sorted(datasets, key=lambda dataset: dataset.pk):
            lock_dataset(dataset)
        self.arrival.added = self.copied
        publish(self.arrival)
        first = Record.objects.filter(revision=self.arrival).order_by("id").values_list("id", flat=True)[0]
        recount(self.arrival.dataset_id, first)
        log_revision(self.arrival, "record.create", author)
        if departure is not None:
            departure.details |= {"moved_to": str(self.arrival.dataset_id), "copies": str(self.arrival.pk)}
            publish_change(departure, MoveToTrash(), matched=matched, author=author)
            departure.save(update_fields=["details"])


def open_arrival(source: Dataset, target: Dataset, selection: Selection, *, author: Author) -> Revision:
    """The pending revision of the dataset to which records go."""
    arrival = open_revision(target, kind=Revision.Kind.CREATE, author=author, note=f"from {source.name}")
    arrival.details = {"from": str(source.pk), "filter": selection.words}
    arrival.save(update_fields=["details"])
    return arrival


def open_departure(source: Dataset, target: Dataset, selection: Selection, *, author: Author) -> Revision:
    """The pending revision of the dataset from which records go."""
    departure = open_change(source, selection, MoveToTrash(), author=author)
    departure.note = f"moved to {target.name}"[:255]
    departure.save(update_fields=["note"])
    return departure
