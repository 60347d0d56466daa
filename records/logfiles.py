"""Logs out of a file, line by line. What a line may look like is the dialects' matter: one of them registers its reader
here. A batch of lines is kept in one transaction with the place behind it, so a killed worker's run neither loses nor
doubles a log, whether it has an id of its sender's or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from django.conf import settings

from datasets.job_words import count_bad_lines
from datasets.jobs import JobRun
from datasets.models import Job
from project.lib.errors import InvalidError
from project.lib.streams import LineBatch, LineReader, read_ahead
from records.errors import ImportRefusedError
from records.importing import SAMPLE_BYTES, BadLine, note_lines, opened, value_of, version_of
from threads.actions import MAX_LOGS, add_logs
from threads.types import LogDraft

BATCH_BYTES = 4 << 20
BATCH_LINES = 2_000
PHASE = "Reading the file"

LineRead = Callable[[Any], Sequence[LogDraft | str]]
"""From the value of a line to its logs, or in the place of one to the sentence that says why it is none. May raise
InvalidError for the line as a whole."""

_readers: list[LineRead] = []


def register_log_reader(read: LineRead) -> None:
    """There is one; the last counts."""
    _readers[:] = [read]


@dataclass(slots=True)
class LogBatch:
    """The logs of some lines, each with the number and the beginning of its line, and what could not be one."""

    lines: LineBatch
    drafts: list[LogDraft] = field(default_factory=list)
    places: list[tuple[int, bytes]] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


class LogFileImport:
    """What the job `import_log_file` does."""

    def run(self, run: JobRun) -> None:
        job = run.job
        version = version_of(job)
        with opened(version) as content:
            _keep_logs(run, content, version.size_bytes)
        bad = count_bad_lines(job)
        if not any(job.result.values()):
            raise ImportRefusedError(
                f"None of the {bad:,} lines is a log that can be kept; see the causes."
                if bad
                else "The file has no lines; nothing was imported."
            )
        job.message = _words(job, bad)

    def take_back(self, run: JobRun) -> None:
        """Nothing: logs are seen as soon as they are in, and others may have come to the same threads."""
        kept = run.job.result.get("imported", 0)
        run.job.message = f"Cancelled; the {kept:,} logs that were read before stay."


def _keep_logs(run: JobRun, content: IO[bytes], size_bytes: int) -> None:
    if not run.job.checkpoint:
        run.job.result = {"imported": 0, "repeated": 0}
        run.begin_phase(PHASE, total=None, unit="logs")
    place = run.job.checkpoint
    reader = LineReader(
        content, max_line_bytes=settings.MAX_LINE_BYTES, max_unpacked_bytes=settings.MAX_UNPACKED_BYTES
    )
    batches = reader.batches(
        offset=place.get("offset", 0),
        number=place.get("number", 1),
        batch_bytes=BATCH_BYTES,
        batch_lines=BATCH_LINES,
    )
    for batch in read_ahead(_read(batches)):
        with run.step() as job:
            _keep(job, batch)
            note_lines(job, batch.lines, batch.bad, size_bytes)


def _read(batches: Iterator[LineBatch]) -> Iterator[LogBatch]:
    """Pure, so that it can run in a thread beside the database."""
    [read] = _readers
    for lines in batches:
        batch = LogBatch(lines)
        for number, line in enumerate(lines.lines, lines.first_number):
            if line is None or line.strip():
                _read_line(batch, number, line, read)
        yield batch


def _read_line(batch: LogBatch, number: int, line: bytes | None, read: LineRead) -> None:
    sample = (line or b"")[:SAMPLE_BYTES]
    try:
        found = read(value_of(line))
    except InvalidError as error:
        batch.bad.append((number, str(error), sample))
        return
    for one in found:
        if isinstance(one, str):
            batch.bad.append((number, one, sample))
        else:
            batch.drafts.append(one)
            batch.places.append((number, sample))


def _keep(job: Job, batch: LogBatch) -> None:
    """In parts, because a line may hold many spans."""
    for begin in range(0, len(batch.drafts), MAX_LOGS):
        drafts = batch.drafts[begin : begin + MAX_LOGS]
        outcomes = add_logs(job.workspace, job.settings["environment"], drafts, api_key=None)
        for outcome, (number, sample) in zip(outcomes, batch.places[begin:], strict=False):
            if outcome.log_id is None:
                batch.bad.append((number, outcome.error, sample))
            else:
                job.result["repeated" if outcome.is_repeat else "imported"] += 1
    job.done = job.result["imported"] + job.result["repeated"]


def _words(job: Job, bad: int) -> str:
    parts = [f"{job.result['imported']:,} logs imported"]
    if job.result["repeated"]:
        parts.append(f"{job.result['repeated']:,} were here already")
    if bad:
        parts.append(f"{bad:,} bad lines left out")
    return f"{', '.join(parts)}."
