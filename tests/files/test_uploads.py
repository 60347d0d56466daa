from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.module_loading import import_string
from moto import mock_aws
from pytest_django import DjangoAssertNumQueries, Settings

from datasets.file_actions import settle_uploads, tidy_uploads
from datasets.models import Event
from files.actions import announce_upload, create_file, delete_file, receive_upload, upload_url
from files.errors import (
    FileNotFoundInWorkspaceError,
    FileTooLargeError,
    UploadIncompleteError,
    UploadTooLongError,
)
from files.models import File, FileVersion, Upload
from project.accounts.models import User, Workspace
from project.lib.storage import storage_of
from tests.factories.files import FileFactory

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=4)


@pytest.fixture
def file(workspace: Workspace) -> File:
    return FileFactory.create(workspace=workspace, name="faq.txt", content=b"before")


def announce(file: File, size: int, *, name: str = "faq.csv", content_type: str = "text/csv") -> Upload:
    return announce_upload(
        file, size_bytes=size, content_type=content_type, name=name, created_by_id=file.created_by_id
    )


def receive(upload: Upload, content: bytes, *, length: int | None = None) -> FileVersion | None:
    return receive_upload(
        upload, io.BytesIO(content), length_bytes=len(content) if length is None else length
    )


def content_of(file: File) -> bytes:
    file.refresh_from_db()
    with file.open() as content:
        return content.read()


def stored_names(workspace: Workspace) -> set[str]:
    return {f"{workspace.id}/{name}" for name in default_storage.listdir(str(workspace.id))[1]}


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def upload_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path


def test_received_bytes_are_the_newest_version(file: File, alice: User) -> None:
    upload = announce_upload(
        file, size_bytes=5, content_type="text/csv", name="b.csv", created_by_id=alice.id
    )
    version = receive(upload, b"after")
    assert version is not None
    assert (version.number, version.size_bytes, version.content_type) == (2, 5, "text/csv")
    assert version.created_by == alice
    assert content_of(file) == b"after"
    assert (file.version, file.sha256, file.name) == (2, version.sha256, "faq.txt")


def test_a_file_without_a_name_takes_that_of_its_content(workspace: Workspace) -> None:
    file = create_file(workspace, created_by_id=None)
    receive(announce(file, 1, name="../b.csv"), b"x")
    file.refresh_from_db()
    assert file.name == "b.csv"


def test_the_type_follows_from_the_name_when_it_is_not_said(file: File) -> None:
    assert announce(file, 1, name="b.pdf", content_type="").content_type == "application/pdf"
    assert announce(file, 1, content_type="bad\r\ntype").content_type == "application/octet-stream"


def test_too_much_is_not_announced(file: File, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    with pytest.raises(FileTooLargeError):
        announce(file, 11)


@pytest.mark.parametrize("length", [None, 9])
def test_half_an_upload_leaves_the_version_before_and_no_rubbish(
    file: File, workspace: Workspace, upload_folder: Path, length: int | None
) -> None:
    kept = stored_names(workspace)
    upload = announce(file, 9)
    with pytest.raises(UploadIncompleteError, match="9 bytes; 4 were sent"):
        receive(upload, b"half", length=length)
    assert content_of(file) == b"before"
    assert (stored_names(workspace), names_in(upload_folder)) == (kept, [])
    assert receive(upload, b"123456789") is not None


def test_more_than_was_announced_is_refused_unread(file: File) -> None:
    stream = io.BytesIO(b"too long")
    with pytest.raises(UploadTooLongError):
        receive_upload(announce(file, 3), stream, length_bytes=8)
    assert stream.tell() == 0


def test_an_upload_repeated_adds_a_version_only_when_it_differs(
    file: File, workspace: Workspace, upload_folder: Path
) -> None:
    upload = announce(file, 3)
    assert [version and version.number for version in (receive(upload, b) for b in (b"one", b"one", b"two"))] == [
        2, None, 3
    ]  # fmt: skip
    assert content_of(file) == b"two"
    assert len(stored_names(workspace)) == 3
    assert names_in(upload_folder) == []


def test_an_upload_for_a_file_that_was_deleted_meanwhile_leaves_nothing(
    file: File, workspace: Workspace
) -> None:
    upload = announce(file, 3)
    delete_file(file)
    kept = stored_names(workspace)
    with pytest.raises(FileNotFoundInWorkspaceError):
        receive(upload, b"one")
    assert stored_names(workspace) == kept


def test_an_empty_upload_is_one_too(file: File) -> None:
    receive(announce(file, 0), b"")
    assert content_of(file) == b""


def test_uploads_are_forgotten_when_they_can_no_longer_arrive(file: File) -> None:
    announce(file, 3)
    tidy_uploads(timezone.now())
    assert Upload.objects.exists()
    tidy_uploads(timezone.now() + LATER)
    assert not Upload.objects.exists()


def test_what_a_killed_process_left_is_removed(file: File, workspace: Workspace, upload_folder: Path) -> None:
    (upload_folder / "tmpabc.upload").write_bytes(b"half")
    (upload_folder / "mine.txt").write_bytes(b"kept")
    delete_file(file)
    tidy_uploads(timezone.now())
    assert len(names_in(upload_folder)) == 2
    assert stored_names(workspace) == set()
    tidy_uploads(timezone.now() + LATER)
    assert names_in(upload_folder) == ["mine.txt"]


def test_looking_for_arrivals_costs_nothing_where_none_can_be(
    file: File, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    announce(file, 3)
    with django_assert_num_queries(0):
        settle_uploads(file)


class Bucket:
    """Object storage, as a client sees it that was given an address."""

    def __init__(self) -> None:
        self.content = boto3.resource("s3", region_name="us-east-1").create_bucket(Bucket="winnow")

    def put(self, upload: Upload, content: bytes) -> None:
        headers = {"Content-Type": "application/octet-stream, text/csv"}
        assert requests.put(upload_url(upload), content, headers=headers, timeout=10).status_code == 200

    def names(self) -> set[str]:
        return {found.key for found in self.content.objects.all()}


@pytest.fixture
def bucket(settings: Settings, db: None) -> Iterator[Bucket]:
    with mock_aws():
        url = "s3://key:secret@s3.amazonaws.com/winnow?region=us-east-1"
        settings.STORAGES = {**settings.STORAGES, "default": storage_of(url, Path("/unused"))}
        yield Bucket()


def test_storage_that_can_takes_the_bytes_itself(bucket: Bucket, file: File) -> None:
    url = urlsplit(upload_url(announce(file, 5)))
    query = parse_qs(url.query)
    assert url.hostname is not None
    assert url.hostname.endswith("amazonaws.com")
    assert query["X-Amz-Expires"] == ["3600"]
    assert query["X-Amz-SignedHeaders"] == ["content-length;host"]


def test_clients_may_reach_storage_by_another_address() -> None:
    url = "s3+http://key:secret@minio:9000/winnow?region=us-east-1&public=https://files.example.org"
    storage = import_string("project.lib.s3.DirectS3Storage")(**storage_of(url, Path("/unused"))["OPTIONS"])
    address = storage.upload_url("a/b", size_bytes=3, lifetime=timedelta(hours=1))
    assert address.startswith("https://files.example.org/winnow/a/b?")


def test_what_arrived_in_storage_is_found_when_somebody_looks(
    bucket: Bucket, file: File, alice: User
) -> None:
    upload = announce_upload(file, size_bytes=5, content_type="text/csv", name="b", created_by_id=alice.id)
    settle_uploads(file)
    assert file.version == 1
    bucket.put(upload, b"after")
    settle_uploads(file)
    settle_uploads(file)
    assert (file.version, file.content_type, content_of(file)) == (2, "text/csv", b"after")
    event = Event.objects.get(type="file.upload")
    assert (event.file_id, event.user, event.meta["version"]) == (file.id, alice, 2)


def test_what_arrived_in_storage_is_found_when_nobody_looks(bucket: Bucket, file: File) -> None:
    bucket.put(announce(file, 5), b"after")
    tidy_uploads(timezone.now())
    assert content_of(file) == b"after"


def test_bytes_sent_again_take_the_place_of_those_before(bucket: Bucket, file: File) -> None:
    upload = announce(file, 3)
    for content in (b"one", b"one", b"two"):
        bucket.put(upload, content)
        settle_uploads(file)
    assert content_of(file) == b"two"
    assert list(file.versions.order_by("number").values_list("number", flat=True)) == [1, 3]
    assert len(bucket.names()) == 2


def test_another_size_than_announced_is_no_version(bucket: Bucket, file: File) -> None:
    bucket.put(announce(file, 3), b"too long")
    settle_uploads(file)
    assert file.version == 1
    tidy_uploads(timezone.now() + LATER)
    assert bucket.names() == {file.storage_name}


def test_forgetting_keeps_what_became_a_version(bucket: Bucket, file: File) -> None:
    bucket.put(announce(file, 3), b"one")
    tidy_uploads(timezone.now() + LATER)
    assert content_of(file) == b"one"
    assert not Upload.objects.exists()


def test_a_deleted_file_leaves_nothing_in_storage(bucket: Bucket, file: File) -> None:
    first, late = announce(file, 3), announce(file, 3)
    bucket.put(first, b"one")
    settle_uploads(file)
    delete_file(file)
    bucket.put(late, b"two")
    tidy_uploads(timezone.now() + LATER)
    assert bucket.names() == set()


def test_storage_that_is_away_says_nothing_of_arrivals(
    bucket: Bucket, file: File, settings: Settings
) -> None:
    announce(file, 3)
    url = "s3+http://key:secret@127.0.0.1:1/winnow?region=us-east-1"
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(url, Path("/unused"))}
    settle_uploads(file)
    assert file.version == 1
