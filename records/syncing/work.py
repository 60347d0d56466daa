"""The jobs: a file is read in a process of its own, compared with its records, and its changes become one revision."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from datasets.file_actions import settle_uploads
from datasets.jobs import JobRun
from datasets.models import Attachment, Dataset, Job, Revision
from datasets.revisions import lock_dataset, open_revision, publish
from files.errors import FileUnreadableError
from files.models import File
from files.parsing import Chunk
from files.parsing.stored import chunks_of_file
from project.accounts.types import Author
from records.blocks import count_out, recount
from records.content import signals_of_text
from records.embeddings import remark_on_gaps
from records.errors import SyncRefusedError
from records.indexing import index_revision
from records.inserting import take_back_rows
from records.models import Curation, Record
from records.syncing.applying import Outcome, PlanStaleError, apply_to_known, insert_chunks
from records.syncing.planning import Kind, Piece, Plan, plan_of
from records.syncing.recipes import Recipe, recipe_of
from records.syncing.rows import tied_records
from records.syncing.telling import counts_of, keep_plan, sentence_of

STEP_RECORDS = 1_000
MAX_TRIES = 20


class NewerVersionError(Exception):
    """The file has other content than was read, or would be cut otherwise now."""


class Reading:
    """What a file says: its chunks by their places, and how they were made."""

    def __init__(self, dataset: Dataset, file: File, recipe: Recipe, chunks: Sequence[Chunk]) -> None:
        self.dataset, self.file, self.recipe = dataset, file, recipe
        self.chunks = {chunk.place: chunk for chunk in chunks}
        self._pieces = [Piece(chunk.place, signals_of_text(chunk.text).fingerprint) for chunk in chunks]

    def plan(self) -> Plan:
        """Against the records as they are now."""
        return plan_of(tied_records(self.dataset, self.file), self._pieces)


class SyncPlanning:
    """What the job `plan_sync` does."""

    def run(self, run: JobRun) -> None:
        reading = read_file(run)
        with run.beating(), run.step() as job:
            plan = reading.plan()
            keep_plan(plan, reading.chunks, job_id=job.pk, **_about(job, reading))
            job.result = counts_of(plan)
            job.message = sentence_of(job.result)

    def take_back(self, run: JobRun) -> None:
        """Nothing: a plan changes no record."""


class FileSync:
    """What the job `sync_file` does."""

    def run(self, run: JobRun) -> None:
        job = run.job
        if not job.result.get("published"):
            _sync(run)
        if job.revision_id is not None:
            written = job.result[Kind.NEW] + job.result[Kind.CHANGED]
            index_revision(run, total=written)
        job.message = sentence_of(job.result) + remark_on_gaps(job)

    def take_back(self, run: JobRun) -> None:
        take_back_rows(run)


def read_file(run: JobRun) -> Reading:
    """Raises FileUnreadableError, SyncRefusedError."""
    run.begin_phase("Reading the file", total=None, unit="chunks")
    while True:
        dataset, file = _subjects(run.job)
        settle_uploads(file)
        recipe = recipe_of(dataset, file)
        try:
            chunks = chunks_of_file(
                file, max_tokens=recipe["max_tokens"], separators=recipe["separators"], meanwhile=run.beat
            )
        except FileUnreadableError:
            if recipe_of(*_subjects(run.job)) == recipe:
                raise
        else:
            with run.beating():
                return Reading(dataset, file, recipe, chunks)


def _sync(run: JobRun) -> None:
    """Tries again when a person edits one of the records in the moment between plan and publication."""
    reading = read_file(run)
    for _ in range(MAX_TRIES):
        with run.beating():
            plan = reading.plan()
        _bring_in(run, reading, plan)
        try:
            _publish(run, reading)
        except PlanStaleError:
            continue
        except NewerVersionError:
            reading = read_file(run)
            continue
        return
    raise SyncRefusedError("The file or its records change all the time; sync it again in a moment.")


def _bring_in(run: JobRun, reading: Reading, plan: Plan) -> None:
    """Lets the pending revision hold the new records and no others. What a run that was killed has left is used."""
    if run.job.checkpoint.get("recipe") != reading.recipe:
        _drop(run, _pending(run.job))
        with run.step() as job:
            job.checkpoint = {"recipe": reading.recipe}
    wanted = {change.piece.place for change in plan.of(Kind.NEW) if change.piece}
    present = {place: record_id for record_id, place in _pending(run.job)}
    _drop(run, [(record_id, place) for place, record_id in present.items() if place not in wanted])
    missing = [reading.chunks[place] for place in sorted(wanted.difference(present))]
    if plan.written() and run.job.revision is None:
        _open_revision(run, reading)
    run.begin_phase("Adding records", total=len(wanted), done=len(wanted) - len(missing))
    for begin in range(0, len(missing), STEP_RECORDS):
        batch = missing[begin : begin + STEP_RECORDS]
        with run.step() as job:
            assert job.revision is not None
            insert_chunks(job.revision, reading.file, batch)
            job.done += len(batch)


def _publish(run: JobRun, reading: Reading) -> None:
    """Raises PlanStaleError or NewerVersionError, and then has done nothing."""
    run.begin_phase("Applying changes", total=None)
    with run.beating(), run.step() as job:
        plan = reading.plan()
        _check_new(job, plan)
        outcome = Outcome()
        if job.revision is not None:
            outcome = apply_to_known(job.revision, plan, reading.chunks, job=job)
        _check_present(job, reading)
        if plan.written():
            _number(job, plan, outcome)
        else:
            _forget_revision(job)
        keep_plan(plan, reading.chunks, job_id=job.pk, **_about(job, reading))
        job.result = {**counts_of(plan), "published": True}
        job.checkpoint = {}


def _check_new(job: Job, plan: Plan) -> None:
    """Whether what was brought in beforehand is what the plan wants now."""
    wanted = {change.piece.place for change in plan.of(Kind.NEW) if change.piece}
    if wanted != {place for _, place in _pending(job)} or (plan.written() and job.revision is None):
        raise PlanStaleError


def _number(job: Job, plan: Plan, outcome: Outcome) -> None:
    """Publishes, with the counters right."""
    revision = job.revision
    assert revision is not None
    revision.added = len(plan.of(Kind.NEW))
    revision.changed = len(outcome.changed)
    revision.removed = len(outcome.removed)
    publish(revision)
    count_out(revision.dataset_id, outcome.removed)
    first = Record.objects.filter(revision=revision).order_by("id").values_list("id", flat=True).first()
    if first is not None:
        recount(revision.dataset_id, first)


def _check_present(job: Job, reading: Reading) -> None:
    """Under the lock of the dataset, as `start_sync` looks for a running job: so no version is left unseen."""
    lock_dataset(reading.dataset)
    if recipe_of(*_subjects(job)) != reading.recipe:
        raise NewerVersionError
    attachments = Attachment.objects.filter(dataset=job.dataset, file=job.file)
    if not attachments.update(synced_version=reading.recipe["version"], synced_at=timezone.now()):
        raise SyncRefusedError("The file was detached while it was synced; nothing was changed.")


def _subjects(job: Job) -> tuple[Dataset, File]:
    """As they are now. Raises SyncRefusedError when one was deleted."""
    dataset = Dataset.objects.filter(jobs=job, deleted_at=None).first()
    file = File.objects.filter(jobs=job, deleted_at=None).first()
    if dataset is None or file is None:
        raise SyncRefusedError(f"The {'dataset' if file else 'file'} was deleted; nothing was changed.")
    return dataset, file


def _open_revision(run: JobRun, reading: Reading) -> None:
    with run.step() as job:
        author = Author(user_id=job.created_by_id, door=job.door, api_key_id=job.api_key_id)
        kind, note = Revision.Kind.SYNC, reading.file.name
        job.revision = open_revision(reading.dataset, kind=kind, author=author, note=note)
        Job.objects.filter(pk=job.pk).update(revision=job.revision)


def _forget_revision(job: Job) -> None:
    """Nothing is left to do of what it was opened for."""
    revision_id, job.revision = job.revision_id, None
    if revision_id is not None:
        Job.objects.filter(pk=job.pk).update(revision=None)
        Revision.objects.pending().filter(pk=revision_id).delete()


def _pending(job: Job) -> list[tuple[UUID, int | None]]:
    """Ids and places of the new records that are in already."""
    if job.revision_id is None:
        return []
    return list(Record.objects.filter(revision=job.revision_id).order_by("id").values_list("id", "place"))


def _drop(run: JobRun, rows: Sequence[tuple[UUID, int | None]]) -> None:
    for begin in range(0, len(rows), STEP_RECORDS):
        with run.step():
            ids = [record_id for record_id, _ in rows[begin : begin + STEP_RECORDS]]
            Record.objects.filter(id__in=ids).delete()
            Curation.objects.filter(pk__in=ids).delete()


def _about(job: Job, reading: Reading) -> dict[str, object]:
    return {"dataset_id": job.dataset_id, "file_id": job.file_id, "recipe": reading.recipe}
