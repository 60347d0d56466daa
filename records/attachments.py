"""The files of a dataset as its pages show them: how far each is synced, its records, and what is done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from datasets.job_cards import JobCard, cards_of
from datasets.models import Attachment, Dataset, Job
from files.models import File
from project.lib.timelimits import TimeLimitError, time_limit
from records.models import Record, SyncConflict
from records.pages import COUNT_MS


@dataclass(frozen=True, slots=True)
class AttachmentCard:
    attachment: Attachment
    file: File
    records: int | None  # None when counting took too long.
    conflicts: int
    job: JobCard | None  # The last plan or sync.

    @property
    def is_active(self) -> bool:
        return self.job is not None and self.job.job.is_active

    @property
    def has_failed(self) -> bool:
        return self.job is not None and self.job.job.status == Job.Status.FAILED

    @property
    def has_newer_version(self) -> bool:
        synced = self.attachment.synced_version
        return synced is not None and synced < self.file.version


def read_attachments(
    dataset: Dataset, attachments: Sequence[Attachment], now: datetime, *, is_worker_there: bool
) -> list[AttachmentCard]:
    """In three queries, however many they are."""
    file_ids = [attachment.file_id for attachment in attachments]
    records = _count_records(dataset, file_ids)
    conflicts = SyncConflict.objects.open_in(dataset).count_by_file(file_ids)
    jobs = cards_of(list(Job.objects.last_of_files(dataset, file_ids)), now, is_worker_there=is_worker_there)
    job_of = {card.job.file_id: card for card in jobs}
    return [
        AttachmentCard(
            attachment=attachment,
            file=attachment.file,
            records=None if records is None else records.get(attachment.file_id, 0),
            conflicts=conflicts.get(attachment.file_id, 0),
            job=job_of.get(attachment.file_id),
        )
        for attachment in attachments
    ]


def _count_records(dataset: Dataset, file_ids: Sequence[UUID]) -> dict[UUID | None, int] | None:
    try:
        with time_limit(COUNT_MS):
            return Record.objects.in_dataset(dataset).count_by_file(file_ids)
    except TimeLimitError:
        return None
