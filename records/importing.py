"""Import from a file: lines to records, in batches that are committed together with the place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from datasets.jobs import JobRun
from datasets.models import Dataset, Job, Revision
from files.models import File, FileVersion
from project.lib import jsontext
from project.lib.errors import InvalidError
from project.lib.streams import LineBatch, LineReader, read_ahead
from records.embeddings import remark_on_gaps
from records.errors import ImportRefusedError
from records.importerrors import ErrorGroups
from records.indexing import index_revision
from records.inserting import COLUMNS, Row, copy_rows, publish_rows, row_of, take_back_rows
from records.models import Record
from records.shapes import any_draft, strict_draft
from records.types import RecordDraft

BATCH_BYTES = 4 << 20
BATCH_LINES = 5_000
SAMPLE_BYTES = 200

BadLine = tuple[int, str, bytes]
"""Line number, cause, and the beginning of the line."""


@dataclass(slots=True)
class RowBatch:
    """The records of one batch of lines, ready for COPY, and what could not be one."""

    lines: LineBatch
    rows: list[Row] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Makes rows out of lines. Pure, so that it can run in a thread beside the database."""

    dataset_id: UUID
    revision_id: UUID
    file_id: UUID
    now: datetime
    is_strict: bool

    def row_batches(self, batches: Iterator[LineBatch]) -> Iterator[RowBatch]:
        for batch in batches:
            yield self.row_batch(batch)

    def row_batch(self, batch: LineBatch) -> RowBatch:
        made = RowBatch(batch)
        for number, line in enumerate(batch.lines, batch.first_number):
            if line is not None and not line.strip():
                continue
            try:
                made.rows.append(self.row(line, number))
            except InvalidError as error:
                made.bad.append((number, str(error), (line or b"")[:SAMPLE_BYTES]))
                if self.is_strict:
                    break
        return made

    def row(self, line: bytes | None, number: int) -> Row:
        """Raises InvalidError with the cause, without the line's number."""
        value = value_of(line)
        draft: RecordDraft = strict_draft(value) if self.is_strict else any_draft(value)
        return row_of(
            draft,
            dataset_id=self.dataset_id,
            revision_id=self.revision_id,
            origin=Record.Origin.UPLOADED_FILE.value,
            now=self.now,
            file_id=self.file_id,
            place=number,
        )


def value_of(line: bytes | None) -> Any:
    """Raises InvalidError as `RowMaker.row` does."""
    if line is None:
        raise ImportRefusedError(f"the line is longer than {settings.MAX_LINE_BYTES // 2**20} MB")
    return jsontext.parse(line)


_DELETED = "The file was deleted before it was imported; upload it again."
_GONE = "The file's content is gone from storage; upload it again."


class FileImport:
    """What the job `import_file` does."""

    def run(self, run: JobRun) -> None:
        job = run.job
        if not job.result.get("published"):
            version = version_of(job)
            with opened(version) as content:
                self._add_rows(run, content, version.size_bytes)
            self._publish(run)
        index_revision(run, total=job.result["imported"])
        job.message = _summary(job) + remark_on_gaps(job)

    def take_back(self, run: JobRun) -> None:
        take_back_rows(run)

    def _add_rows(self, run: JobRun, content: IO[bytes], size_bytes: int) -> None:
        dataset, file, revision = _subjects(run.job)
        place = run.job.checkpoint
        if not place:
            run.begin_phase("Reading the file", total=None)
        reader = LineReader(
            content, max_line_bytes=settings.MAX_LINE_BYTES, max_unpacked_bytes=settings.MAX_UNPACKED_BYTES
        )
        batches = reader.batches(
            offset=place.get("offset", 0),
            number=place.get("number", 1),
            batch_bytes=BATCH_BYTES,
            batch_lines=BATCH_LINES,
        )
        is_strict = bool(run.job.settings["strict"])
        maker = RowMaker(dataset.id, revision.id, file.id, timezone.now(), is_strict)
        for batch in read_ahead(maker.row_batches(batches)):
            if is_strict and batch.bad:
                number, cause, _ = batch.bad[0]
                raise ImportRefusedError(f"Line {number}: {cause}. Nothing was imported.")
            with run.step() as job:
                copy_rows(COLUMNS, batch.rows)
                _note(job, batch, size_bytes)

    def _publish(self, run: JobRun) -> None:
        skipped = sum(group["count"] for group in run.job.errors)
        if not run.job.done:
            raise ImportRefusedError(
                f"None of the {skipped:,} lines could be imported; see the causes."
                if skipped
                else "The file has no lines; nothing was imported."
            )
        publish_rows(run, skipped=skipped)


def _subjects(job: Job) -> tuple[Dataset, File, Revision]:
    """What every import has. Raises ImportRefusedError when one was deleted meanwhile."""
    if job.dataset is None or job.file is None or job.revision is None:
        raise ImportRefusedError(_DELETED)
    return job.dataset, job.file, job.revision


def version_of(job: Job) -> FileVersion:
    """The one that was chosen, also when the file has got another one since. Raises ImportRefusedError."""
    if job.file is None:
        raise ImportRefusedError(_DELETED)
    file = job.file
    version = file.versions.filter(number=job.settings.get("version", file.version)).first()
    if version is None:
        raise ImportRefusedError(_GONE)
    return version


def opened(version: FileVersion) -> IO[bytes]:
    try:
        return version.open()
    except FileNotFoundError:
        raise ImportRefusedError(_GONE) from None


def _note(job: Job, batch: RowBatch, size_bytes: int) -> None:
    """Progress and checkpoint after a batch. The total is an estimate from the share of bytes read."""
    if batch.rows and "first_id" not in job.checkpoint:
        job.checkpoint["first_id"] = str(batch.rows[0][0])
    job.done += len(batch.rows)
    note_lines(job, batch.lines, batch.bad, size_bytes)


def note_lines(job: Job, lines: LineBatch, bad: Iterable[BadLine], size_bytes: int) -> None:
    """Notes the place behind lines that are done, those of them that were bad, and how much there may be in all."""
    job.checkpoint |= {"offset": lines.offset, "number": lines.number}
    groups = ErrorGroups(job.errors)
    for number, cause, sample in bad:
        groups.add(cause, number, sample)
    job.errors = groups.as_json()
    read = min(lines.packed_offset, size_bytes)
    job.total = max(job.done, round(job.done * size_bytes / read)) if read else None


def _summary(job: Job) -> str:
    imported, skipped = job.result["imported"], job.result["skipped"]
    if skipped:
        return f"{imported:,} records imported, {skipped:,} bad lines left out."
    return f"{imported:,} records imported."
