from pathlib import Path

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from moto import mock_aws
from pytest_django import Settings

from files.actions import store_file
from files.models import File
from project.accounts.models import Workspace
from project.lib.storage import storage_of

FOLDER = Path("/srv/winnow/storage")


def storage_at(settings: Settings, url: str, folder: Path = FOLDER) -> Storage:
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(url, folder)}
    return storages["default"]


def test_files_lie_in_the_folder_unless_told_otherwise(settings: Settings, tmp_path: Path) -> None:
    storage_at(settings, "", tmp_path).save("a/b", ContentFile(b"content"))
    assert (tmp_path / "a" / "b").read_bytes() == b"content"


def test_a_file_url_names_another_folder(settings: Settings, tmp_path: Path) -> None:
    storage_at(settings, f"file://{tmp_path}/with%20space").save("a", ContentFile(b"content"))
    assert (tmp_path / "with space" / "a").read_bytes() == b"content"


def test_an_s3_url_says_who_where_and_which_bucket() -> None:
    options = storage_of("s3+http://key:se%2Fcret@minio:9000/bucket?region=eu-west-1", FOLDER)["OPTIONS"]
    assert options["endpoint_url"] == "http://minio:9000"
    assert (options["access_key"], options["secret_key"]) == ("key", "se/cret")
    assert (options["bucket_name"], options["region_name"]) == ("bucket", "eu-west-1")


@pytest.mark.parametrize("url", ["ftp://host/bucket", "s3://host", "s3://host/a/b", "file:", "nonsense"])
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="STORAGE_URL is"):
        storage_of(url, FOLDER)


def test_files_are_stored_in_and_read_from_object_storage(settings: Settings, workspace: Workspace) -> None:
    with mock_aws():
        bucket = boto3.resource("s3", region_name="us-east-1").create_bucket(Bucket="winnow")
        storage_at(settings, "s3://key:secret@s3.amazonaws.com/winnow?region=us-east-1")
        made = store_file(workspace, ContentFile(b"line\n" * 1000), name="lines.jsonl", created_by_id=None)
        assert [found.key for found in bucket.objects.all()] == [made.storage_name]
        with File.objects.get(pk=made.pk).open() as content:
            assert content.read() == b"line\n" * 1000
