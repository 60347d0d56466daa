"""What happens to a sync between its steps: it dies, is cancelled, or the world changes under it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from datasets import jobs
from datasets.file_actions import delete_file
from datasets.models import Attachment, Dataset, Job, Revision
from files.models import File
from project.accounts.types import Author
from records import actions
from records.models import Record, SyncConflict
from records.syncing import work
from records.syncing.actions import detach_file, start_sync
from records.syncing.applying import PlanStaleError, apply_to_known
from records.syncing.planning import Piece, plan_of
from records.syncing.rows import tied_records
from tests.factories.datasets import RevisionFactory
from tests.jobs import claim, finish
from tests.records.syncing.conftest import Sync, Write, assert_counters, by_text, counts, texts

pytestmark = pytest.mark.django_db(transaction=True)

PHASE = "Applying changes"


class WorkerDiedError(BaseException):
    """Stands for kill -9: nothing after it runs."""


class InterruptedRun(jobs.JobRun):
    """Something happens once, when the changes are about to be applied."""

    def __init__(self, job: Job, happens: Callable[[], object]) -> None:
        super().__init__(job)
        self._happens: list[Callable[[], object]] = [happens]

    def begin_phase(self, phase: str, *, total: int | None, unit: str = "records", done: int = 0) -> None:
        super().begin_phase(phase, total=total, unit=unit, done=done)
        if phase == PHASE and self._happens:
            self._happens.pop()()


def die() -> None:
    raise WorkerDiedError


@pytest.fixture
def interrupted(
    dataset: Dataset, file: File, author: Author, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[], object]], Job]:
    """Syncs, with something happening in the middle; the job as it is then."""
    monkeypatch.setattr(work, "STEP_RECORDS", 2)

    def begin(happens: Callable[[], object]) -> Job:
        claimed = claim(start_sync(dataset, file, author=author))
        work.FileSync().run(InterruptedRun(claimed, happens))
        dataset.refresh_from_db()
        return claimed

    return begin


@pytest.fixture
def killed(
    interrupted: Callable[[Callable[[], object]], Job], dataset: Dataset, file: File
) -> Callable[[], Job]:
    """A sync whose worker died before the changes were applied, and which nobody holds."""

    def kill() -> Job:
        with pytest.raises(WorkerDiedError):
            interrupted(die)
        Job.objects.update(claim=None)
        return Job.objects.latest("id")

    return kill


def test_a_killed_sync_goes_on_and_each_chunk_is_there_once(
    killed: Callable[[], Job], dataset: Dataset
) -> None:
    job = killed()
    brought_in = set(Record.objects.values_list("id", flat=True))
    assert (len(brought_in), texts(dataset), dataset.record_count) == (3, [], 0)
    assert finish(job, dataset).status == Job.Status.COMPLETED
    assert texts(dataset) == ["alpha", "bravo", "charlie"]
    assert set(Record.objects.values_list("id", flat=True)) == brought_in
    assert_counters(dataset)


def test_a_killed_sync_goes_on_with_the_newest_version(
    killed: Callable[[], Job], write: Write, dataset: Dataset
) -> None:
    job = killed()
    write("delta", "bravo")
    assert counts(finish(job, dataset)) == {"new": 2}
    assert [record.text for record in Record.objects.order_by("place")] == ["delta", "bravo"]
    assert Attachment.objects.get().synced_version == 2


def test_a_killed_sync_sees_what_people_did_meanwhile(
    sync: Sync, write: Write, killed: Callable[[], Job], dataset: Dataset, author: Author
) -> None:
    sync()
    write("new", "alpha", "bravissimo", "charlie")
    job = killed()
    actions.replace_text(by_text(dataset, "bravo"), "mine", author=author)
    actions.erase_records(dataset.workspace, [by_text(dataset, "charlie").id], author=author)
    assert counts(finish(job, dataset)) == {"new": 2, "moved": 1, "conflict": 1}
    assert texts(dataset) == ["new", "alpha", "mine", "charlie"]
    assert_counters(dataset)


def test_what_has_become_needless_leaves_nothing(
    sync: Sync, write: Write, killed: Callable[[], Job], dataset: Dataset
) -> None:
    sync()
    write("alpha", "bravo", "charlie", "delta")
    job = killed()
    write("alpha", "bravo", "charlie")
    ended = finish(job, dataset)
    assert (counts(ended), ended.revision) == ({"unchanged": 3}, None)
    assert (Record.objects.count(), Revision.objects.count()) == (3, 1)


@pytest.mark.parametrize("ending", ["cancel", "fail"])
def test_cancelled_or_failed_it_takes_everything_back(
    ending: str, sync: Sync, write: Write, killed: Callable[[], Job], dataset: Dataset
) -> None:
    sync()
    before = list(Record.objects.order_by("id").values())
    write("x", "alpha", "y", "charlie")
    job = killed()
    if ending == "cancel":
        jobs.cancel_job(job)
    else:
        File.objects.update(storage_name="gone")
    ended = finish(job, dataset)
    assert ended.status == (Job.Status.CANCELLED if ending == "cancel" else Job.Status.FAILED)
    assert list(Record.objects.order_by("id").values()) == before
    assert (Revision.objects.count(), dataset.revision_number, ended.revision) == (1, 1, None)
    assert not SyncConflict.objects.exists()
    assert_counters(dataset)


def test_a_version_that_comes_at_the_last_moment_is_read(
    interrupted: Callable[[Callable[[], object]], Job], write: Write, dataset: Dataset
) -> None:
    job = interrupted(lambda: write("delta"))
    assert texts(dataset) == ["delta"]
    assert (job.result["new"], Attachment.objects.get().synced_version) == (1, 2)
    assert_counters(dataset)


def test_a_record_that_is_erased_at_the_last_moment_is_planned_anew(
    interrupted: Callable[[Callable[[], object]], Job], sync: Sync, dataset: Dataset, author: Author
) -> None:
    sync()
    bravo = by_text(dataset, "bravo").id
    job = interrupted(lambda: actions.erase_records(dataset.workspace, [bravo], author=author))
    assert counts(job) == {"new": 1, "unchanged": 2}
    assert_counters(dataset)


@pytest.mark.parametrize(
    ("sentence", "happens"),
    [
        ("was detached while", lambda dataset, file, author: detach_file(dataset, file, author=author)),
        ("The file was deleted", lambda dataset, file, author: delete_file(file, author=author)),
    ],
)
def test_what_is_taken_away_at_the_last_moment_is_not_synced(
    sentence: str,
    happens: Callable[[Dataset, File, Author], object],
    killed: Callable[[], Job],
    dataset: Dataset,
    file: File,
    author: Author,
) -> None:
    job = killed()
    happens(dataset, file, author)
    ended = finish(job, dataset)
    assert (ended.status, Record.objects.count()) == (Job.Status.FAILED, 0)
    assert sentence in ended.message


def test_a_plan_that_is_not_true_any_more_is_not_applied(
    sync: Sync, dataset: Dataset, file: File, author: Author
) -> None:
    job = sync()
    plan = plan_of(tied_records(dataset, file), [Piece(1, b"other")])
    actions.replace_text(by_text(dataset, "charlie"), "mine", author=author)
    with pytest.raises(PlanStaleError):
        apply_to_known(RevisionFactory.create(dataset=dataset), plan, {}, job=job)
