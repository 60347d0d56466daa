from __future__ import annotations

import hashlib
import itertools
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from files.actions import create_file, delete_file, erase_deleted_files, put_content, store_file, update_file
from files.errors import (
    FileAliasTakenError,
    FileInvalidError,
    FileNotFoundInWorkspaceError,
    FileTooLargeError,
)
from files.models import File, FileVersion
from files.names import clean_name
from project.accounts.models import User, Workspace
from project.lib.edits import MetaEdit
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


def test_a_file_is_made_without_content(workspace: Workspace, alice: User) -> None:
    file = create_file(
        workspace, created_by_id=alice.id, name="faq.txt", alias="faq", description="All", meta={"a": 1},
        sharing="public", extras={"x": 1},
    )  # fmt: skip
    kept = File.objects.get(pk=file.pk)
    assert (kept.name, kept.alias, kept.meta, kept.sharing) == ("faq.txt", "faq", {"a": 1}, "public")
    assert (kept.version, kept.storage_name, kept.size_bytes, kept.created_by) == (0, "", 0, alice)
    with pytest.raises(FileNotFoundError):
        kept.open()


def test_an_alias_is_once_in_a_workspace(workspace: Workspace, stranger_workspace: Workspace) -> None:
    first = create_file(workspace, created_by_id=None, alias="faq")
    create_file(stranger_workspace, created_by_id=None, alias="faq")
    with pytest.raises(FileAliasTakenError, match="alias faq"):
        create_file(workspace, created_by_id=None, alias="faq")
    other = create_file(workspace, created_by_id=None)
    with pytest.raises(FileAliasTakenError):
        update_file(other, alias="faq")
    delete_file(first)
    assert update_file(other, alias="faq") == ["alias"]


@pytest.mark.parametrize(
    "values",
    [{"alias": "No"}, {"alias": "x" * 129}, {"name": "x" * 256}, {"name": "\x00"}, {"description": "\x00"}],
)
def test_values_that_cannot_be_kept_are_refused(workspace: Workspace, values: dict[str, str]) -> None:
    with pytest.raises(FileInvalidError):
        create_file(workspace, created_by_id=None, **values)  # type: ignore[arg-type]
    assert not File.objects.exists()


def test_a_change_is_later_and_none_moves_nothing(workspace: Workspace) -> None:
    file = FileFactory.create(workspace=workspace, name="a")
    times = [file.updated_at]
    for number in range(3):
        update_file(file, name=str(number), meta=MetaEdit({str(number): number}))
        times.append(file.updated_at)
    assert update_file(file, name="2") == []
    assert all(later - earlier >= timedelta(milliseconds=1) for earlier, later in itertools.pairwise(times))
    kept = File.objects.get(pk=file.pk)
    assert (kept.updated_at, kept.meta) == (times[-1], {"0": 0, "1": 1, "2": 2})


def test_new_content_is_a_version_beside_the_one_before(workspace: Workspace, alice: User) -> None:
    file = FileFactory.create(workspace=workspace, content=b"one")
    before = file.updated_at
    made = put_content(file, ContentFile(b"two!"), created_by_id=alice.id, content_type="text/plain")
    assert (made.number, made.created_by, made.content_type) == (2, alice, "text/plain")
    kept = File.objects.get(pk=file.pk)
    assert (kept.version, kept.size_bytes, kept.sha256) == (2, 4, made.sha256)
    assert kept.updated_at > before
    contents = []
    for version in file.versions.order_by("number"):
        with version.open() as stored:
            contents.append(stored.read())
    assert contents == [b"one", b"two!"]


def test_content_that_is_refused_leaves_nothing(workspace: Workspace) -> None:
    file = FileFactory.create(workspace=workspace, content=b"one")
    with pytest.raises(FileTooLargeError):
        put_content(file, ContentFile(b"x" * 11), created_by_id=None, limit_bytes=10)
    stale = File.objects.get(pk=file.pk)
    delete_file(file)
    with pytest.raises(FileNotFoundInWorkspaceError):
        put_content(stale, ContentFile(b"two"), created_by_id=None)
    assert default_storage.listdir(str(workspace.id))[1] == [file.storage_name.rpartition("/")[2]]


def test_the_bytes_of_all_versions_follow_a_deleted_file(
    workspace: Workspace, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    file = FileFactory.create(workspace=workspace, content=b"one")
    put_content(file, ContentFile(b"two"), created_by_id=None)
    with django_capture_on_commit_callbacks(execute=True):
        delete_file(file)
    assert default_storage.listdir(str(workspace.id))[1] == []
    with pytest.raises(FileNotFoundInWorkspaceError):
        delete_file(file)


def test_bytes_that_did_not_follow_are_removed_later(workspace: Workspace) -> None:
    """As when the process dies between the commit and what was to follow."""
    kept = FileFactory.create(workspace=workspace)
    delete_file(FileFactory.create(workspace=workspace))
    erase_deleted_files()
    assert default_storage.listdir(str(workspace.id))[1] == [kept.storage_name.rpartition("/")[2]]
    assert FileVersion.objects.get().file == kept
