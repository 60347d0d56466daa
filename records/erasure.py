"""Erasure of what matches a filter over the fields of logs: for good, in steps, each of them a revision."""

from __future__ import annotations

from uuid import UUID

from datasets.jobs import JobRun
from datasets.models import Job
from project.accounts.types import Author
from project.lib import filterwords
from project.lib.timelimits import time_limit
from records.actions.erasing import erase_from
from records.models import Record

STEP_RECORDS = 2_000
FIND_MS = 10 * 60 * 1000


class RecordErasure:
    """What the job `erase_records` does."""

    def run(self, run: JobRun) -> None:
        if not run.job.phase:
            run.begin_phase("Erasing", total=None)
        author = _author_of(run.job)
        while ids := _next_ids(run.job):
            with run.step() as job:
                if job.dataset is not None:
                    erase_from(job.dataset, ids, author=author)
                job.done += len(ids)
        with run.step() as job:
            job.result = {"erased": job.done}
            job.message = f"{job.done:,} records erased."

    def take_back(self, run: JobRun) -> None:
        """Nothing: what is erased stays erased."""


def _next_ids(job: Job) -> list[UUID]:
    """Of the records that were there when the erasure was asked for."""
    if job.dataset is None:
        return []
    records = Record.objects.in_dataset(job.dataset).filter(created_at__lte=job.created_at)
    matching = records.matching_as_logs(filterwords.group_from_json(job.settings["filter"])).in_order()
    with time_limit(FIND_MS):
        return list(matching.values_list("id", flat=True)[:STEP_RECORDS])


def _author_of(job: Job) -> Author:
    return Author(user_id=job.created_by_id, door=job.door, api_key_id=job.api_key_id)
