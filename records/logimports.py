"""Import of logs and of threads: each becomes a conversation that names the logs it was made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils import timezone

from datasets.jobs import JobRun
from datasets.models import Job
from records.conversations import draft_of_log, draft_of_thread
from records.embeddings import remark_on_gaps
from records.errors import ImportRefusedError, RecordInvalidError
from records.importerrors import ErrorGroups
from records.indexing import index_revision
from records.inserting import COLUMNS, Row, copy_rows, publish_rows, row_of, take_back_rows
from records.types import RecordDraft
from threads.models import CampaignLog, Log
from threads.querysets import LogQuerySet

STEP_LOGS = 50  # Few, because one log may have ten megabytes.
STEP_THREADS = 25
LOGS_READ_AT_ONCE = 50
PHASE = "Copying"

Drafts = Callable[[Job, Sequence[str]], Iterator[RecordDraft | None]]


class LogImport:
    """What the job `import_logs` does."""

    def run(self, run: JobRun) -> None:
        _import(run, run.job.settings["log_ids"], STEP_LOGS, _drafts_of_logs)

    def take_back(self, run: JobRun) -> None:
        take_back_rows(run)


class ThreadImport:
    """What the job `import_threads` does."""

    def run(self, run: JobRun) -> None:
        _import(run, run.job.settings["identifiers"], STEP_THREADS, _drafts_of_threads)

    def take_back(self, run: JobRun) -> None:
        take_back_rows(run)


def _import(run: JobRun, wanted: Sequence[str], step: int, drafts: Drafts) -> None:
    job = run.job
    if not wanted:
        with run.step():
            job.result = {"imported": 0, "skipped": 0}
    elif not job.result.get("published"):
        _add_rows(run, wanted, step, drafts)
        if not job.done:
            raise ImportRefusedError(
                "All of the logs were deleted before they were copied; nothing was imported."
            )
        publish_rows(run, skipped=len(wanted) - job.done)
    if wanted:
        index_revision(run, total=job.result["imported"])
    job.message = f"{job.result['imported']:,} records imported." + remark_on_gaps(job)


def _add_rows(run: JobRun, wanted: Sequence[str], step: int, drafts: Drafts) -> None:
    if not run.job.checkpoint:
        run.begin_phase(PHASE, total=len(wanted))
    while (begin := run.job.checkpoint.get("next", 0)) < len(wanted):
        with run.step() as job:
            part = wanted[begin : begin + step]
            rows = rows_of_drafts(job, drafts(job, part), first_place=begin + 1)
            copy_rows(COLUMNS, rows)
            first = {"first_id": str(rows[0][0])} if rows else {}
            job.checkpoint = {**first, **job.checkpoint, "next": begin + len(part)}
            job.done += len(rows)


def rows_of_drafts(job: Job, drafts: Iterator[RecordDraft | None], *, first_place: int) -> list[Row]:
    """Of what is still there. What cannot be a record is told among the job's errors, by its place in the request."""
    if job.dataset_id is None or job.revision_id is None:
        raise ImportRefusedError("The dataset was deleted before its records were in.")
    rows, groups, now = [], ErrorGroups(job.errors), timezone.now()
    for place, draft in enumerate(drafts, first_place):
        if draft is None:
            continue
        try:
            row = row_of(
                draft, dataset_id=job.dataset_id, revision_id=job.revision_id, origin=draft.origin, now=now
            )
        except RecordInvalidError as error:
            groups.add(str(error), place, draft.source.encode(errors="replace"))
        else:
            rows.append(row)
    job.errors = groups.as_json()
    return rows


def _logs_of(job: Job) -> LogQuerySet:
    return Log.objects.visible_to(job.workspace).in_environment(job.settings["environment"])


def _drafts_of_logs(job: Job, log_ids: Sequence[str]) -> Iterator[RecordDraft | None]:
    """In the order in which they were named."""
    found, answers = _logs_of(job).in_bulk(log_ids), _answers_to(job, log_ids)
    for log_id in log_ids:
        log = found.get(UUID(log_id))
        yield draft_of_log(log, meta=answers.get(UUID(log_id))) if log else None


def _answers_to(job: Job, log_ids: Sequence[str]) -> dict[UUID, dict[str, Any]]:
    """What the judge of the imported campaign said of each log, by the judge's name."""
    judged = CampaignLog.objects.filter(
        campaign_id=job.settings.get("campaign_id"), log_id__in=log_ids, answer__isnull=False
    )
    rows = judged.values_list("log_id", "campaign__judge__name", "answer")
    return {log_id: {name: answer} for log_id, name, answer in rows}


def _drafts_of_threads(job: Job, identifiers: Sequence[str]) -> Iterator[RecordDraft | None]:
    return drafts_of_threads(_logs_of(job), identifiers)


def drafts_of_threads(logs: LogQuerySet, identifiers: Sequence[str]) -> Iterator[RecordDraft | None]:
    """In the order in which they were named; None for one without logs. Only some logs at a time are in memory."""
    in_threads = logs.in_threads(identifiers).iterator(chunk_size=LOGS_READ_AT_ONCE)
    found = {
        identifier: draft_of_thread(identifier, thread)
        for identifier, thread in groupby(in_threads, key=lambda log: log.thread_identifier or "")
    }
    return map(found.get, identifiers)
