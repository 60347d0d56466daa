from __future__ import annotations

import pytest
from django.utils import timezone

from datasets.errors import AttachmentNotFoundError, DatasetNotFoundError
from datasets.models import Attachment, Dataset, Event, Job, Revision
from files.errors import FileNotFoundInWorkspaceError
from files.models import File
from project.accounts.models import Workspace
from project.accounts.types import Author
from records import actions
from records.changesets import revise
from records.errors import ConflictResolvedError, PlanOutdatedError, RecordNotFoundError
from records.models import Record, RecordChange, SyncConflict, SyncPlan
from records.syncing.actions import (
    apply_plan,
    attach_file,
    detach_file,
    detach_file_and_erase_records,
    detach_file_and_trash_records,
    resolve_conflict_with_file,
    resolve_conflict_with_mine,
    start_plan,
    start_sync,
    start_syncs,
)
from records.types import RecordDraft
from tests.factories.datasets import DatasetFactory
from tests.factories.files import FileFactory
from tests.jobs import finish
from tests.records.syncing.conftest import Sync, Write, assert_counters, by_text, counts, found, texts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conflict(sync: Sync, write: Write, dataset: Dataset, author: Author) -> SyncConflict:
    """About "bravo", which is "mine" here and "theirs" in the file."""
    sync()
    actions.replace_text(by_text(dataset, "bravo"), "mine", author=author)
    write("alpha", "theirs", "charlie")
    sync()
    return SyncConflict.objects.get()


def test_attaching_is_told_once(dataset: Dataset, file: File, author: Author) -> None:
    first = Attachment.objects.get()
    assert attach_file(dataset, file, author=author) == first
    event = Event.objects.get(type="dataset.file.attach")
    assert (event.dataset_id, event.file_id, event.user_id) == (dataset.id, file.id, author.user_id)


def test_only_a_file_of_the_workspace_is_attached(
    dataset: Dataset, stranger_workspace: Workspace, author: Author
) -> None:
    deleted = FileFactory.create(workspace=dataset.workspace)
    File.objects.filter(pk=deleted.pk).update(deleted_at="2026-01-01T00:00Z")
    for file in (deleted, FileFactory.create(workspace=stranger_workspace)):
        with pytest.raises(FileNotFoundInWorkspaceError):
            attach_file(dataset, file, author=author)


def test_a_deleted_dataset_takes_no_file(dataset: Dataset, file: File, author: Author) -> None:
    Dataset.objects.update(deleted_at="2026-01-01T00:00Z")
    for action in (attach_file, start_sync):
        with pytest.raises(DatasetNotFoundError):
            action(dataset, file, author=author)


def test_what_is_not_attached_is_neither_synced_nor_detached(
    dataset: Dataset, file: File, author: Author
) -> None:
    detach_file(dataset, file, author=author)
    for action in (
        start_sync,
        start_plan,
        detach_file,
        detach_file_and_trash_records,
        detach_file_and_erase_records,
    ):
        with pytest.raises(AttachmentNotFoundError, match=r"manual\.txt is not attached"):
            action(dataset, file, author=author)
    assert start_syncs(file, author=author) == []


def test_attached_again_the_records_that_stayed_are_found(
    sync: Sync, dataset: Dataset, file: File, author: Author
) -> None:
    sync()
    detach_file(dataset, file, author=author)
    assert texts(dataset) == ["alpha", "bravo", "charlie"]
    attach_file(dataset, file, author=author)
    assert counts(sync()) == {"unchanged": 3}


def test_detaching_with_the_trash_can_be_undone(
    sync: Sync, dataset: Dataset, file: File, author: Author
) -> None:
    sync()
    before = list(Record.objects.order_by("id").values_list("id", "text", "file_id", "place", "trashed_at"))
    assert detach_file_and_trash_records(dataset, file, author=author) == 3
    assert texts(dataset) == []
    assert_counters(dataset)
    assert Event.objects.get(type="dataset.file.detach").meta["records"] == 3
    actions.undo_revision(Revision.objects.latest("number"), author=author)
    after = Record.objects.order_by("id").values_list("id", "text", "file_id", "place", "trashed_at")
    assert list(after) == before
    assert_counters(dataset)


def test_after_the_trash_a_file_begins_anew(sync: Sync, dataset: Dataset, file: File, author: Author) -> None:
    sync()
    detach_file_and_trash_records(dataset, file, author=author)
    attach_file(dataset, file, author=author)
    assert counts(sync()) == {"new": 3}


def test_detaching_can_erase_for_good(
    conflict: SyncConflict, dataset: Dataset, file: File, author: Author
) -> None:
    _trash(by_text(dataset, "alpha"), author)
    [kept] = actions.add_records(dataset, [RecordDraft(text="by hand")], author=author)
    assert detach_file_and_erase_records(dataset, file, author=author) == 3
    assert Record.objects.get() == kept
    assert not SyncConflict.objects.exists()
    assert_counters(dataset)
    assert Revision.objects.latest("number").removed == 2


def test_the_sync_that_waits_or_reads_is_answered_again(dataset: Dataset, file: File, author: Author) -> None:
    job = start_sync(dataset, file, author=author)
    assert start_sync(dataset, file, author=author) == job
    Job.objects.update(status=Job.Status.RUNNING)
    assert start_sync(dataset, file, author=author) == job
    Job.objects.update(result={"published": True})
    assert start_sync(dataset, file, author=author) != job


def test_a_sync_that_is_taken_back_is_not_answered(dataset: Dataset, file: File, author: Author) -> None:
    job = start_sync(dataset, file, author=author)
    Job.objects.update(status=Job.Status.CANCELLING)
    again = start_sync(dataset, file, author=author)
    assert again != job
    Job.objects.filter(pk=again.pk).update(status=Job.Status.RUNNING, failure="It broke.")
    assert start_sync(dataset, file, author=author) not in {job, again}


def test_a_plan_is_no_sync(dataset: Dataset, file: File, author: Author) -> None:
    planned = start_plan(dataset, file, author=author)
    assert start_plan(dataset, file, author=author) == planned
    assert start_sync(dataset, file, author=author) != planned


def test_a_plan_is_applied(plan: Sync, dataset: Dataset, author: Author) -> None:
    made = SyncPlan.objects.get(job=plan())
    finish(apply_plan(made, author=author), dataset)
    assert texts(dataset) == ["alpha", "bravo", "charlie"]


def test_a_plan_of_another_version_is_not_applied(plan: Sync, write: Write, author: Author) -> None:
    made = SyncPlan.objects.get(job=plan())
    write("other")
    with pytest.raises(PlanOutdatedError, match="make a new plan"):
        apply_plan(made, author=author)
    made = SyncPlan.objects.get(job=plan())
    Dataset.objects.update(record_max_tokens=7)
    with pytest.raises(PlanOutdatedError):
        apply_plan(SyncPlan.objects.get(job=made.job), author=author)


def test_each_dataset_of_a_file_is_synced(dataset: Dataset, file: File, author: Author) -> None:
    other = DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner)
    deleted = DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner)
    for one in (other, deleted):
        attach_file(one, file, author=author)
    Dataset.objects.filter(pk=deleted.pk).update(deleted_at="2026-01-01T00:00Z")
    assert [job.dataset for job in start_syncs(file, author=author)] == [dataset, other]


def test_a_conflict_is_resolved_with_the_files_text(
    conflict: SyncConflict, sync: Sync, dataset: Dataset, author: Author
) -> None:
    resolve_conflict_with_file(conflict, author=author)
    assert texts(dataset) == ["alpha", "theirs", "charlie"]
    assert found(dataset, "theirs") == ["theirs"]
    assert not SyncConflict.objects.open_in(dataset).exists()
    assert counts(sync()) == {"unchanged": 3}
    with pytest.raises(ConflictResolvedError):
        resolve_conflict_with_file(conflict, author=author)


def test_a_conflict_is_resolved_with_ones_own_text(
    conflict: SyncConflict, sync: Sync, dataset: Dataset
) -> None:
    resolve_conflict_with_mine(conflict)
    assert texts(dataset) == ["alpha", "mine", "charlie"]
    assert not SyncConflict.objects.open_in(dataset).exists()
    assert counts(sync()) == {"unchanged": 2, "edited": 1}
    with pytest.raises(ConflictResolvedError):
        resolve_conflict_with_mine(conflict)


def test_the_files_text_brings_a_record_back_from_the_trash(
    sync: Sync, write: Write, dataset: Dataset, author: Author
) -> None:
    sync()
    live = by_text(dataset, "bravo")
    _trash(live, author)
    write("alpha", "theirs", "charlie")
    sync()
    resolve_conflict_with_file(SyncConflict.objects.get(), author=author)
    assert texts(dataset) == ["alpha", "theirs", "charlie"]
    assert by_text(dataset, "theirs").id == live.id
    assert_counters(dataset)


def test_the_files_word_for_what_it_has_lost_is_the_trash(
    sync: Sync, write: Write, dataset: Dataset, author: Author
) -> None:
    sync()
    actions.replace_text(by_text(dataset, "bravo"), "mine", author=author)
    write("alpha", "charlie")
    sync()
    assert sorted(texts(dataset)) == ["alpha", "charlie", "mine"]
    resolve_conflict_with_file(SyncConflict.objects.get(), author=author)
    assert texts(dataset) == ["alpha", "charlie"]
    assert_counters(dataset)


def test_a_conflict_over_what_was_erased_is_gone(
    conflict: SyncConflict, dataset: Dataset, author: Author
) -> None:
    actions.erase_records(dataset.workspace, [conflict.record_id], author=author)
    assert not SyncConflict.objects.exists()
    with pytest.raises(RecordNotFoundError):
        resolve_conflict_with_mine(conflict)


def test_conflicts_and_plans_are_seen_in_their_workspace_only(
    conflict: SyncConflict, dataset: Dataset, workspace: Workspace, stranger_workspace: Workspace
) -> None:
    for model in (SyncConflict, SyncPlan):
        assert model.objects.visible_to(workspace).exists()
        assert not model.objects.visible_to(stranger_workspace).exists()


def _trash(record: Record, author: Author) -> None:
    """As a person does: it stays tied to its file."""
    with revise(record.dataset, kind=Revision.Kind.TRASH, author=author) as changes:
        RecordChange.objects.capture(changes.revision, [record.pk], ["trashed_at"])
        Record.objects.filter(pk=record.pk).update(trashed_at=timezone.now())
        changes.removed = [record.pk]
