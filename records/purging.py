"""What is left to do after a dataset was deleted: its records, words and old values are erased."""

from __future__ import annotations

from datasets.jobs import JobRun
from datasets.models import Revision, View
from records.actions import erase_rows
from records.models import Record, RecordBlock, RecordChange, SyncConflict, SyncPlan
from threads.models import SamplingRule

STEP_RECORDS = 5_000


class DatasetPurge:
    """What the job `purge_dataset` does."""

    def run(self, run: JobRun) -> None:
        dataset = run.job.dataset
        if dataset is None:
            return
        if not run.job.phase:
            run.begin_phase("Erasing", total=dataset.record_count)
        while True:
            with run.step() as job:
                ids = list(
                    Record.objects.filter(dataset_id=dataset.id)
                    .order_by("id")
                    .values_list("id", flat=True)[:STEP_RECORDS]
                )
                erase_rows(ids)
                job.done += len(ids)
            if not ids:
                break
        with run.step() as job:
            RecordChange.objects.filter(dataset_id=dataset.id).delete()
            RecordBlock.objects.filter(dataset_id=dataset.id).delete()
            SyncConflict.objects.filter(dataset_id=dataset.id).delete()
            SyncPlan.objects.filter(dataset_id=dataset.id).delete()
            View.objects.in_dataset(dataset).delete()
            SamplingRule.objects.into(dataset.id).delete()
            Revision.objects.pending().filter(dataset=dataset, job=None).delete()
            job.result = {"erased": job.done}
            job.message = f"{job.done:,} records erased."

    def take_back(self, run: JobRun) -> None:
        """Nothing: what is erased stays erased, and a cancelled purge may be asked for again."""
