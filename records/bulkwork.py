"""The jobs that change many records. The whole work is one transaction that ends with the publication, so that nobody
sees half of it; progress is told beside it. Of a worker that is killed nothing stays, and the next one begins anew."""

from __future__ import annotations

from uuid import UUID

from datasets.jobs import JobRun
from datasets.models import Dataset, Job, Revision
from records.actions.undoing import count_erased, publish_undo
from records.bulk import in_batches, publish_change
from records.changes import change_from_json
from records.embeddings import remark_on_gaps
from records.errors import ChangeInvalidError, UndoRefusedError
from records.inserting import take_back_rows
from records.rewriting import forget_search, renew_search_in_job
from records.selections import SelectedIds, Selection
from records.transferring import Transfer, open_arrival
from records.undoing import UndoCounts, touched_ids, undo_batch


class BulkChange:
    """What the job `bulk_change` does."""

    def run(self, run: JobRun) -> None:
        if not run.job.result.get("published"):
            if "target_id" in run.job.settings:
                self._transfer(run)
            else:
                self._change(run)
        renew_search_in_job(run)
        changed = run.job.result["changed"]
        run.job.message = f"{changed:,} of {run.job.result['matched']:,} records changed." + remark_on_gaps(
            run.job
        )

    def take_back(self, run: JobRun) -> None:
        take_back_rows(run)

    def _transfer(self, run: JobRun) -> None:
        """To another dataset."""
        dataset, revision = _subjects(run.job)
        target = (
            Dataset.objects.visible_to(dataset.workspace).filter(pk=run.job.settings["target_id"]).first()
        )
        if target is None:
            raise ChangeInvalidError("The dataset to which the records go was deleted; nothing was changed.")
        selection = Selection.from_json(run.job.settings["selection"])
        run.begin_phase("Finding the records", total=None)
        with run.at_once() as job:
            job.total, batches = in_batches(SelectedIds(dataset, selection))
            job.phase = "Copying"
            run.report()
            transfer = Transfer(revision)
            if revision.dataset_id == dataset.pk:
                transfer = Transfer(open_arrival(dataset, target, selection, author=job.author), revision)
            for ids in batches:
                transfer.take(ids, is_few=False)
                job.done += len(ids)
                run.report()
            transfer.publish(matched=job.total, author=job.author)
            job.result = {"changed": transfer.copied, "matched": job.total, "published": True}

    def _change(self, run: JobRun) -> None:
        dataset, revision = _subjects(run.job)
        selection = Selection.from_json(run.job.settings["selection"])
        change = change_from_json(run.job.settings["change"])
        run.begin_phase("Finding the records", total=None)
        with run.at_once() as job:
            job.total, batches = in_batches(SelectedIds(dataset, selection))
            job.phase = "Changing"
            run.report()
            for ids in batches:
                change.touch(revision, ids)
                job.done += len(ids)
                run.report()
            rewritten = forget_search(revision)
            publish_change(revision, change, matched=job.total, author=job.author)
            changed = revision.added + revision.changed + revision.removed
            job.result = {"changed": changed, "matched": job.total, "rewritten": rewritten, "published": True}


class RevisionUndo:
    """What the job `undo_revision` does."""

    def run(self, run: JobRun) -> None:
        if not run.job.result.get("published"):
            self._undo(run)
        renew_search_in_job(run)
        run.job.message = _told(run.job) + remark_on_gaps(run.job)

    def take_back(self, run: JobRun) -> None:
        take_back_rows(run)

    def _undo(self, run: JobRun) -> None:
        _, undoing = _subjects(run.job)
        undone, counts = undoing.undoes, UndoCounts()
        if undone is None:
            raise UndoRefusedError("The revision to take back is gone.")
        chosen = run.job.settings["record_ids"]
        record_ids = None if chosen is None else [UUID(record_id) for record_id in chosen]
        run.begin_phase("Undoing", total=run.job.settings["total"])
        with run.at_once() as job:
            for ids in touched_ids(undone, record_ids):
                counts.add(undo_batch(undone, undoing, ids))
                job.done += len(ids)
                run.report()
            rewritten = forget_search(undoing)
            publish_undo(undoing, counts, erased=count_erased(undone, record_ids), author=job.author)
            job.result = {**undoing.details, "rewritten": rewritten, "published": True}


def _told(job: Job) -> str:
    """Such as “98 records undone, in 2 what was changed later is kept.”"""
    told = f"{job.result['undone']:,} records undone"
    if job.result["kept"]:
        told += f", in {job.result['kept']:,} what was changed later is kept"
    if job.result["erased"]:
        told += f", {job.result['erased']:,} were deleted for good"
    return f"{told}."


def _subjects(job: Job) -> tuple[Dataset, Revision]:
    """Raises ChangeInvalidError when the dataset was deleted."""
    if job.dataset is None or job.revision is None:
        raise ChangeInvalidError("The dataset was deleted; nothing was changed.")
    return job.dataset, job.revision
