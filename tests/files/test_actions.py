from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from files.actions import delete_file, store_file
from files.errors import FileInvalidError, FileTooLargeError
from files.models import File
from files.names import clean_name
from project.accounts.models import User, Workspace
from tests.factories.accounts import UserFactory
from tests.factories.files import FileFactory

pytestmark = pytest.mark.django_db


def test_a_stored_file_has_its_bytes_size_and_checksum(workspace: Workspace, alice: User) -> None:
    content = b"line\n" * 1000
    file = store_file(workspace, ContentFile(content), name="a.jsonl", created_by_id=alice.id)
    with file.open() as stored:
        assert stored.read() == content
    assert (file.size_bytes, file.sha256) == (5000, hashlib.sha256(content).hexdigest())
    assert File.objects.visible_to(workspace).get() == file


def test_an_upload_on_disk_is_moved_and_not_copied(workspace: Workspace, alice: User) -> None:
    upload = TemporaryUploadedFile("big.jsonl", "application/jsonl", 0, None)
    upload.write(b"x" * 3_000_000)
    upload.size = 3_000_000
    source = Path(upload.temporary_file_path())
    file = store_file(workspace, upload, name="big.jsonl", created_by_id=alice.id)
    upload.close()
    assert not source.exists()
    assert default_storage.size(file.storage_name) == 3_000_000
    default_storage.delete(file.storage_name)


def test_a_file_over_the_limit_leaves_nothing(workspace: Workspace, alice: User, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    with pytest.raises(FileTooLargeError, match="11 bytes; the limit is 10"):
        store_file(workspace, ContentFile(b"x" * 11), name="a", created_by_id=alice.id)
    assert store_file(workspace, ContentFile(b"x" * 10), name="a", created_by_id=alice.id).size_bytes == 10
    assert File.objects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "/", "\x00\n\t"])
def test_a_file_without_a_name_is_refused(workspace: Workspace, alice: User, name: str) -> None:
    with pytest.raises(FileInvalidError, match="needs a name"):
        store_file(workspace, ContentFile(b"x"), name=name, created_by_id=alice.id)
    assert not File.objects.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.jsonl", "report.jsonl"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\notes.jsonl", "notes.jsonl"),
        ("bad\r\nname\x00.jsonl", "badname.jsonl"),
        ("日本語 данные.jsonl", "日本語 данные.jsonl"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_name_is_the_last_part_of_a_path_without_control_characters(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_two_files_of_one_name_are_two_files(workspace: Workspace) -> None:
    first = FileFactory.create(workspace=workspace, content=b"1")
    second = FileFactory.create(workspace=workspace, content=b"2")
    assert first.storage_name != second.storage_name
    with first.open() as stored:
        assert stored.read() == b"1"


def test_a_deleted_file_is_gone_for_all_and_its_bytes_follow(
    workspace: Workspace, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    file = FileFactory.create(workspace=workspace)
    with django_capture_on_commit_callbacks() as callbacks:
        delete_file(file)
    assert not File.objects.visible_to(workspace).exists()
    assert default_storage.exists(file.storage_name)
    for callback in callbacks:
        callback()
    assert not default_storage.exists(file.storage_name)


def test_a_file_that_one_user_keeps_is_open_to_that_user_alone(
    workspace: Workspace, alice: User, bob: User
) -> None:
    shared = FileFactory.create(workspace=workspace, created_by=bob)
    kept = FileFactory.create(workspace=workspace, created_by=bob, visibility=File.Visibility.USER)
    files = File.objects.visible_to(workspace)
    assert set(files.open_to(alice)) == {shared}
    assert set(files.open_to(bob)) == {shared, kept}
    assert set(files.open_to(UserFactory.create())) == {shared}


def test_files_of_another_workspace_are_not_seen(workspace: Workspace, stranger_workspace: Workspace) -> None:
    FileFactory.create(workspace=workspace)
    assert not File.objects.visible_to(stranger_workspace).exists()


def test_the_size_of_all_files_is_their_sum(workspace: Workspace) -> None:
    assert File.objects.visible_to(workspace).total_bytes() == 0
    FileFactory.create(workspace=workspace, content=b"12345")
    FileFactory.create(workspace=workspace, content=b"1234567")
    assert File.objects.visible_to(workspace).total_bytes() == 12
