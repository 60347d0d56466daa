"""Import from other datasets: records copied by id, in the order in which they were named."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from datasets.jobs import JobRun
from project.lib.ids import new_id
from records.changefields import CURATED
from records.embeddings import remark_on_gaps
from records.errors import ImportRefusedError
from records.indexing import index_revision
from records.inserting import publish_rows, take_back_rows

STEP_RECORDS = 1_000
KEPT = (
    "form, payload, text, meta, source, origin, key, file_id, place, log_ids,"
    " fingerprint, preview, characters, tokens, turns"
)
KEPT_CURATION = ", ".join(CURATED)


class RecordCopy:
    """What the job `import_records` does."""

    def run(self, run: JobRun) -> None:
        if not run.job.result.get("published"):
            self._copy(run)
            self._publish(run)
        copied = run.job.result["imported"]
        index_revision(run, total=copied)
        run.job.message = f"{copied:,} records copied." + remark_on_gaps(run.job)

    def take_back(self, run: JobRun) -> None:
        take_back_rows(run)

    def _copy(self, run: JobRun) -> None:
        wanted = run.job.settings["record_ids"]
        if not run.job.checkpoint:
            run.begin_phase("Copying", total=len(wanted))
        while (begin := run.job.checkpoint.get("next", 0)) < len(wanted):
            with run.step() as job:
                ids = [new_id() for _ in wanted[begin : begin + STEP_RECORDS]]
                job.done += _insert_copies(run, wanted[begin : begin + STEP_RECORDS], ids)
                job.checkpoint = {"first_id": str(ids[0]), **job.checkpoint, "next": begin + len(ids)}

    def _publish(self, run: JobRun) -> None:
        if not run.job.done:
            raise ImportRefusedError("All of the records were deleted before they were copied.")
        publish_rows(run, skipped=len(run.job.settings["record_ids"]) - run.job.done)


def _insert_copies(run: JobRun, originals: list[str], ids: list[UUID]) -> int:
    """The number of copies: an original that was deleted meanwhile has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH wanted AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[]) AS wanted (original, id)),
            copied AS (
                INSERT INTO records_record (id, dataset_id, revision_id, created_at, {KEPT})
                SELECT wanted.id, %s, %s, now(), {KEPT}
                FROM wanted JOIN records_record AS record
                     ON record.id = wanted.original AND record.trashed_at IS NULL
                ORDER BY wanted.id
                RETURNING id, dataset_id)
            INSERT INTO records_curation (record_id, dataset_id, updated_at, {KEPT_CURATION})
            SELECT copied.id, copied.dataset_id, now(), {KEPT_CURATION}
            FROM copied JOIN wanted ON wanted.id = copied.id
                 JOIN records_curation AS curation ON curation.record_id = wanted.original
            ORDER BY copied.id
            """,
            [originals, ids, run.job.dataset_id, run.job.revision_id],
        )
        return int(cursor.rowcount)
