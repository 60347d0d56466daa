from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.files.base import ContentFile

from datasets.file_actions import create_file, delete_file, put_content, store_file, update_file
from datasets.models import Attachment, Dataset, Event
from files.errors import FileAliasTakenError, FileNotFoundInWorkspaceError
from files.models import File
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from records.models import Record
from tests.factories.files import FileFactory


@pytest.fixture
def file(workspace: Workspace) -> File:
    return FileFactory.create(workspace=workspace, name="faq.txt", content=b"before")


def events() -> list[tuple[str, dict[str, Any]]]:
    return [(event.type, event.meta) for event in Event.objects.order_by("id")]


def test_a_file_with_its_content_is_two_events(workspace: Workspace, author: Author, alice: User) -> None:
    file = store_file(workspace, ContentFile(b"Hi"), name="a.txt", author=author, content_type="text/plain")
    assert events() == [
        ("file.create", {"name": "a.txt"}),
        ("file.upload", {"name": "a.txt", "version": 1, "size": 2, "type": "text/plain"}),
    ]
    assert {(event.workspace, event.file_id, event.user) for event in Event.objects.all()} == {
        (workspace, file.id, alice)
    }


def test_each_content_is_an_event(workspace: Workspace, author: Author) -> None:
    file = create_file(workspace, author=author, name="a.txt")
    for text in (b"one", b"two!"):
        put_content(file, ContentFile(text), author=author)
    assert [meta.get("size") for _, meta in events()] == [None, 3, 4]


def test_a_change_is_an_event_and_none_is_none(file: File, author: Author) -> None:
    update_file(file, author=author, name="b.txt")
    update_file(file, author=author, name="b.txt")
    assert events() == [("file.update", {"name": "b.txt"})]


def test_what_is_refused_is_no_event(file: File, workspace: Workspace, author: Author) -> None:
    create_file(workspace, author=author, alias="faq")
    Event.objects.all().delete()
    with pytest.raises(FileAliasTakenError):
        update_file(file, author=author, alias="faq")
    delete_file(file, author=author)
    Event.objects.all().delete()
    with pytest.raises(FileNotFoundInWorkspaceError):
        delete_file(file, author=author)
    with pytest.raises(FileNotFoundInWorkspaceError):
        put_content(file, ContentFile(b"x"), author=author)
    assert events() == []


def test_a_deleted_file_leaves_its_datasets_and_keeps_their_records(
    file: File, dataset: Dataset, records: Sequence[Record], author: Author
) -> None:
    Attachment.objects.create(dataset=dataset, file=file)
    Record.objects.filter(dataset=dataset).update(file_id=file.id)
    Event.objects.all().delete()
    delete_file(file, author=author)
    assert not Attachment.objects.exists()
    assert Record.objects.filter(dataset=dataset).count() == len(records)
    found = Event.objects.order_by("id").values_list("type", "dataset_id", "file_id")
    assert list(found) == [
        ("dataset.file.detach", dataset.id, file.id),
        ("file.delete", None, file.id),
    ]
