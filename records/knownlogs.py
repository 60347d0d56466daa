"""Which logs, and if asked which contents, a dataset has records of already. What others have not published yet does
not count, since it may never be; so this is asked again, under the dataset's lock, when a sample is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from datasets.jobs import JobRun
from datasets.models import Dataset, Revision
from datasets.revisions import lock_dataset
from records.errors import ImportRefusedError
from records.inserting import publish_rows, take_back_rows
from records.models import Record
from records.querysets import RecordQuerySet
from threads.models import Log

LOGS_ASKED_AT_ONCE = 10_000
# What adds no record and brings none back.
_HARMLESS = (Revision.Kind.UPDATE, Revision.Kind.TRASH, Revision.Kind.ERASE)


def known_logs(records: RecordQuerySet, log_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these logs that any of the records was made of."""
    known = Log.objects.filter(Exists(records.made_of([OuterRef("id")])))
    found: set[UUID] = set()
    for begin in range(0, len(log_ids), LOGS_ASKED_AT_ONCE):
        asked = list(log_ids[begin : begin + LOGS_ASKED_AT_ONCE])
        found.update(known.filter(id__in=asked).values_list("id", flat=True))
    return found


class KnownContent:
    """The contents of which a dataset has live records, or a revision that is still written. Eight bytes each."""

    def __init__(self, dataset: Dataset, *, revision_id: UUID) -> None:
        rows = (Record.objects.in_dataset(dataset), Record.objects.filter(revision_id=revision_id))
        contents = (row.values_list("fingerprint", flat=True).iterator(chunk_size=10_000) for row in rows)
        self._contents = _sorted(_short(bytes(one)) for one in chain.from_iterable(contents))
        self._added: set[int] = set()

    def has(self, fingerprint: bytes) -> bool:
        short = _short(fingerprint)
        if short in self._added:
            return True
        place = int(np.searchsorted(self._contents, np.uint64(short)))
        return place < len(self._contents) and int(self._contents[place]) == short

    def add(self, fingerprint: bytes) -> None:
        self._added.add(_short(fingerprint))


def publish_sample(run: JobRun, *, skips_equal: bool) -> bool:
    """Makes the records of a sample seen, without those whose logs came into the dataset by another way since the
    sample began: two that run side by side bring no log twice. False when none is left; then there is no revision."""
    job, dataset = run.job, run.job.dataset
    if dataset is None or job.revision_id is None:
        raise ImportRefusedError("The dataset was deleted before its records were in.")
    with transaction.atomic():
        lock_dataset(dataset)
        if job.done and _has_grown(dataset, job.checkpoint.get("seen", 0)):
            came_meanwhile = _repeats(dataset, job.revision_id, skips_equal=skips_equal).delete()[0]
            job.done -= came_meanwhile
            job.checkpoint["skipped"] = job.checkpoint.get("skipped", 0) + came_meanwhile
        if job.done:
            publish_rows(run, skipped=job.checkpoint.get("skipped", 0))
            return True
    take_back_rows(run)
    return False


def _has_grown(dataset: Dataset, seen: int) -> bool:
    later = Revision.objects.filter(dataset_id=dataset.pk, number__gt=seen)
    return later.exclude(kind__in=_HARMLESS).exists()


def _repeats(dataset: Dataset, revision_id: UUID, *, skips_equal: bool) -> RecordQuerySet:
    """A log is in the dataset wherever it is, the conversation of a thread only as one."""
    others = Record.objects.in_dataset(dataset).exclude(revision_id=revision_id)
    there = others.filter(log_ids__overlap=OuterRef("log_ids"))
    is_thread = Q(origin=Record.Origin.PLAYGROUND)
    repeats = (~is_thread & Exists(there)) | (is_thread & Exists(there.of_threads()))
    if skips_equal:
        repeats |= Q(fingerprint__in=others.values("fingerprint"))
    return Record.objects.filter(repeats, revision_id=revision_id)


def _sorted(numbers: Iterator[int]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    found = np.fromiter(numbers, dtype=np.uint64)
    found.sort()
    return found


def _short(fingerprint: bytes) -> int:
    return int.from_bytes(fingerprint[:8])
