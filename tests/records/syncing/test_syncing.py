from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile

from datasets.models import Attachment, Dataset, Event, Job, Revision
from files.actions import put_content
from files.models import File
from project.accounts.types import Author
from records import actions
from records.models import Record, RecordChange, RecordEmbedding, SyncConflict, SyncPlan
from records.syncing.actions import attach_file, start_sync
from tests.factories.files import FileFactory
from tests.jobs import finish
from tests.records.syncing.conftest import (
    Sync,
    Write,
    assert_counters,
    by_text,
    counts,
    found,
    live,
    texts,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_first_sync_makes_a_record_of_each_chunk(sync: Sync, dataset: Dataset, file: File) -> None:
    job = sync()
    assert (job.status, job.message) == (Job.Status.COMPLETED, "3 new.")
    assert texts(dataset) == ["alpha", "bravo", "charlie"]
    first = live(dataset)[0]
    assert (first.source, first.file_id, first.place) == (f"file:///{file.id}", file.id, 1)
    assert (first.form, first.origin, first.meta) == ("text", "UPLOADED_FILE", {})
    assert first.source_fingerprint == first.fingerprint
    revision = Revision.objects.get(dataset=dataset)
    assert (revision.number, revision.kind, revision.added, revision.job) == (1, "sync", 3, job)
    attachment = Attachment.objects.get()
    assert (attachment.synced_version, attachment.synced_at is not None) == (1, True)
    assert found(dataset, "bravo") == ["bravo"]
    assert RecordEmbedding.objects.exclude(model="").count() == 3
    assert_counters(dataset)


def test_a_sync_without_a_change_leaves_no_revision(sync: Sync, dataset: Dataset) -> None:
    sync()
    before = list(Record.objects.order_by("id").values())
    job = sync()
    assert (job.status, job.message, job.revision) == (Job.Status.COMPLETED, "3 unchanged.", None)
    assert list(Record.objects.order_by("id").values()) == before
    assert (dataset.revision_number, Revision.objects.count()) == (1, 1)


def test_a_sync_is_one_revision_whatever_has_changed(sync: Sync, write: Write, dataset: Dataset) -> None:
    sync()
    before = {record.text: record for record in live(dataset)}
    actions.set_status(dataset, [before["charlie"].id], "approved", author=_author(dataset))
    write("zero", "alpha", "bravissimo", "charlie", "delta")
    job = sync()
    assert counts(job) == {"new": 2, "changed": 1, "moved": 2}
    after = {record.text: record for record in live(dataset)}
    assert texts(dataset) == ["zero", "alpha", "bravissimo", "charlie", "delta"]
    assert after["alpha"].id == before["alpha"].id
    assert after["bravissimo"].id == before["bravo"].id
    assert after["bravissimo"].preview == "bravissimo"
    assert after["bravissimo"].updated_at > before["bravo"].updated_at
    assert (after["charlie"].id, after["charlie"].status) == (before["charlie"].id, "approved")
    assert dataset.revision_number == 3
    revision = Revision.objects.get(number=3)
    assert (revision.added, revision.changed, revision.removed) == (2, 3, 0)
    assert found(dataset, "bravissimo") == ["bravissimo"]
    assert found(dataset, "bravo") == []
    assert RecordEmbedding.objects.exclude(model="").count() == 5
    assert_counters(dataset)


def test_what_the_file_has_lost_is_in_the_trash(sync: Sync, write: Write, dataset: Dataset) -> None:
    sync()
    write("alpha")
    assert counts(sync()) == {"unchanged": 1, "removed": 2}
    assert texts(dataset) == ["alpha"]
    lost = Record.objects.exclude(trashed_at=None)
    assert {(record.text, record.file_id, record.place) for record in lost} == {
        ("bravo", None, None),
        ("charlie", None, None),
    }
    assert_counters(dataset)
    write("alpha", "bravo")
    assert counts(sync()) == {"unchanged": 1, "new": 1}
    assert texts(dataset) == ["alpha", "bravo"]
    assert_counters(dataset)


def test_an_edit_stays_while_the_file_stays(sync: Sync, write: Write, dataset: Dataset) -> None:
    sync()
    actions.replace_text(by_text(dataset, "bravo"), "my bravo", author=_author(dataset))
    assert counts(sync()) == {"unchanged": 2, "edited": 1}
    write("new", "alpha", "bravo", "charlie")
    assert counts(sync()) == {"new": 1, "moved": 2, "edited": 1}
    assert texts(dataset) == ["new", "alpha", "my bravo", "charlie"]
    assert SyncConflict.objects.count() == 0
    assert counts(sync()) == {"unchanged": 3, "edited": 1}


def test_where_both_have_changed_the_edit_stays_and_both_texts_are_listed(
    sync: Sync, write: Write, dataset: Dataset
) -> None:
    sync()
    edited = by_text(dataset, "bravo")
    actions.replace_text(edited, "my bravo", author=_author(dataset))
    write("alpha", "their bravo", "charlie")
    job = sync()
    assert counts(job) == {"unchanged": 2, "conflict": 1}
    assert texts(dataset) == ["alpha", "my bravo", "charlie"]
    [conflict] = SyncConflict.objects.open_in(dataset)
    assert (conflict.record_id, conflict.file_text, conflict.job_id) == (edited.id, "their bravo", job.id)
    number = dataset.revision_number
    assert counts(sync()) == {"unchanged": 2, "edited": 1}
    assert (dataset.revision_number, SyncConflict.objects.count()) == (number, 1)


def test_a_newer_word_of_the_file_takes_the_place_of_the_older(
    sync: Sync, write: Write, dataset: Dataset
) -> None:
    sync()
    actions.replace_text(by_text(dataset, "bravo"), "mine", author=_author(dataset))
    for theirs in ("second", "third"):
        write("alpha", theirs, "charlie")
        sync()
    assert [conflict.file_text for conflict in SyncConflict.objects.open_in(dataset)] == ["third"]
    write("alpha", "mine", "charlie")
    assert counts(sync()) == {"unchanged": 2, "edited": 1}
    assert not SyncConflict.objects.open_in(dataset).exists()


def test_an_edit_that_the_file_has_lost_is_freed_and_flagged(
    sync: Sync, write: Write, dataset: Dataset
) -> None:
    sync()
    edited = by_text(dataset, "bravo")
    actions.replace_text(edited, "my bravo", author=_author(dataset))
    write("alpha", "charlie")
    assert counts(sync()) == {"unchanged": 1, "moved": 1, "conflict": 1}
    edited.refresh_from_db()
    assert (edited.text, edited.status, edited.file_id, edited.place) == ("my bravo", "flagged", None, None)
    [conflict] = SyncConflict.objects.open_in(dataset)
    assert conflict.is_lost
    assert counts(sync()) == {"unchanged": 2}


def test_what_a_person_moved_to_the_trash_stays_there(sync: Sync, write: Write, dataset: Dataset) -> None:
    sync()
    Record.objects.filter(text="bravo").update(trashed_at="2026-01-01T00:00Z")
    assert counts(sync()) == {"unchanged": 2, "edited": 1}
    write("alpha", "other bravo", "charlie")
    assert counts(sync()) == {"unchanged": 2, "conflict": 1}
    assert texts(dataset) == ["alpha", "charlie"]


def test_what_a_person_erased_comes_back_while_the_file_has_it(sync: Sync, dataset: Dataset) -> None:
    sync()
    bravo = by_text(dataset, "bravo")
    actions.erase_records(dataset.workspace, [bravo.id], author=_author(dataset))
    assert counts(sync()) == {"unchanged": 2, "new": 1}
    assert by_text(dataset, "bravo").id != bravo.id


def test_status_tags_and_meta_are_no_edits_of_the_text(sync: Sync, write: Write, dataset: Dataset) -> None:
    sync()
    bravo = by_text(dataset, "bravo")
    actions.replace_meta(bravo, {"kept": True}, author=_author(dataset))
    actions.set_status(dataset, [bravo.id], "rejected", author=_author(dataset))
    write("alpha", "bravissimo", "charlie")
    assert counts(sync()) == {"unchanged": 2, "changed": 1}
    bravo.refresh_from_db()
    assert (bravo.text, bravo.meta, bravo.status) == ("bravissimo", {"kept": True}, "rejected")


def test_old_values_are_kept_of_what_changes_only(sync: Sync, write: Write, dataset: Dataset) -> None:
    sync()
    write("zero", "alpha", "bravissimo")
    sync()
    kept = {}
    for change in RecordChange.objects.filter(revision__number=2):
        kept[Record.objects.get(pk=change.record_id).text] = set(change.fields)
    content = {"form", "payload", "text"}
    assert kept == {
        "alpha": {"place"},
        "bravissimo": {*content, "place", "source_fingerprint"},
        "charlie": {"trashed_at", "file_id", "place", "source_fingerprint"},
    }


def test_the_location_follows_its_row_unless_a_person_took_it_away(
    dataset: Dataset, author: Author, file: File, sync: Sync
) -> None:
    def put(rows: str) -> None:
        content = ContentFile(f"name\n{rows}".encode())
        put_content(file, content, created_by_id=None, content_type="text/csv")

    File.objects.update(name="names.csv")
    put("ann\nbob\ncid\n")
    sync()
    assert [record.meta for record in live(dataset)] == [{"location": f"row {row}"} for row in (2, 3, 4)]
    actions.replace_meta(live(dataset)[2], {"own": 1}, author=author)
    put("zoe\nann\nbob\ncid\n")
    assert counts(sync()) == {"new": 1, "moved": 3}
    assert [record.meta for record in live(dataset)] == [
        *({"location": f"row {row}"} for row in (2, 3, 4)),
        {"own": 1},
    ]


def test_records_of_other_sources_are_left_alone(
    sync: Sync, write: Write, dataset: Dataset, records: list[Record], author: Author
) -> None:
    sync()
    imported = records[0]
    Record.objects.filter(pk=imported.pk).update(file_id=live(dataset)[0].file_id, place=1)
    write("x")
    sync()
    assert Record.objects.in_dataset(dataset).filter(pk__in=[record.pk for record in records]).count() == 3


def test_a_plan_changes_nothing_and_tells_what_a_sync_would_do(
    plan: Sync, sync: Sync, write: Write, dataset: Dataset
) -> None:
    sync()
    before = list(Record.objects.order_by("id").values())
    write("alpha", "bravissimo")
    job = plan()
    assert (job.status, job.message) == (Job.Status.COMPLETED, "1 changed, 1 removed, 1 unchanged.")
    made = SyncPlan.objects.get(job=job)
    assert (made.counts["changed"], made.version, made.changes_anything) == (1, 2, True)
    assert made.samples["changed"] == [
        {
            "record_id": str(by_text(dataset, "bravo").id),
            "is_trashed": False,
            "old_place": 2,
            "place": 2,
            "label": "",
            "file_preview": "bravissimo",
        }
    ]
    assert list(Record.objects.order_by("id").values()) == before
    assert Revision.objects.count() == 1
    assert counts(sync()) == counts(job)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.txt", b"  ", "has no text"),
        ("broken.pdf", b"%PDF-1.4 nothing", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_one_sentence_and_changes_nothing(
    name: str, content: bytes, sentence: str, sync: Sync, file: File, dataset: Dataset
) -> None:
    sync()
    before = list(Record.objects.order_by("id").values())
    put_content(file, ContentFile(content), created_by_id=None)
    File.objects.update(name=name)
    job = sync()
    assert job.status == Job.Status.FAILED
    assert sentence in job.message
    assert list(Record.objects.order_by("id").values()) == before
    assert (dataset.revision_number, Attachment.objects.get().synced_version) == (1, 1)


def test_a_file_without_content_or_bytes_fails(sync: Sync, file: File, dataset: Dataset) -> None:
    File.objects.update(storage_name="gone")
    assert "gone from storage" in sync().message
    File.objects.update(storage_name="")
    assert "no content yet" in sync().message
    assert Revision.objects.count() == 0


def test_two_files_of_one_dataset_do_not_meet(
    sync: Sync, dataset: Dataset, file: File, author: Author
) -> None:
    sync()
    other = FileFactory.create(
        workspace=dataset.workspace, name="b.txt", content=b"alpha", content_type="text/plain"
    )
    attach_file(dataset, other, author=author)
    finish(start_sync(dataset, other, author=author), dataset)
    assert sorted(texts(dataset)) == ["alpha", "alpha", "bravo", "charlie"]


def test_each_sync_tells_its_start_and_its_end(sync: Sync, dataset: Dataset, file: File) -> None:
    sync()
    File.objects.update(storage_name="gone")
    sync()
    events = Event.objects.filter(dataset_id=dataset.id, file_id=file.id).order_by("id")
    assert [event.type for event in events] == [
        "dataset.file.attach",
        *("sync.file.accepted", "sync.file.started", "sync.file.completed"),
        *("sync.file.accepted", "sync.file.started", "sync.file.failed"),
    ]
    assert events[3].meta["records"] == 3
    assert "gone from storage" in events[6].meta["message"]


def _author(dataset: Dataset) -> Any:
    return Author(user_id=dataset.owner_id, door="page")
