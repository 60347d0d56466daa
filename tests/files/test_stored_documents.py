from __future__ import annotations

import tempfile
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from pytest_django import Settings

from files.errors import FileUnreadableError
from files.models import File
from files.parsing.stored import chunks_of_file
from project.accounts.models import Workspace
from project.lib.storage import storage_of
from tests.factories.files import FileFactory

pytestmark = pytest.mark.django_db


def texts(file: File, beats: list[int]) -> list[str]:
    chunks = chunks_of_file(file, max_tokens=None, separators="", meanwhile=lambda: beats.append(1))
    return [chunk.text for chunk in chunks]


def test_a_document_is_read_from_storage_that_has_no_paths(
    settings: Settings, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    beats: list[int] = []
    with mock_aws():
        boto3.resource("s3", region_name="us-east-1").create_bucket(Bucket="winnow")
        storage = storage_of("s3://key:secret@s3.amazonaws.com/winnow?region=us-east-1", tmp_path)
        settings.STORAGES = {**settings.STORAGES, "default": storage}
        file = FileFactory.create(workspace=workspace, name="a.csv", content=b"a,b\n1,2\n")
        assert texts(file, beats) == ["a: 1\nb: 2"]
    assert beats
    assert list(tmp_path.iterdir()) == []


def test_too_large_a_document_is_refused_before_it_is_fetched(
    settings: Settings, workspace: Workspace
) -> None:
    settings.MAX_DOCUMENT_BYTES = 1 << 20
    file = FileFactory.create(workspace=workspace)
    file.storage_name, file.size_bytes = "not there", 3 << 20
    with pytest.raises(FileUnreadableError, match="has 3 MB; a document may have 1 MB"):
        texts(file, [])


def test_content_that_is_not_there_is_one_sentence(workspace: Workspace) -> None:
    file = FileFactory.create(workspace=workspace)
    file.storage_name = "gone"
    with pytest.raises(FileUnreadableError, match="gone from storage; upload it again"):
        texts(file, [])
    file.storage_name = ""
    with pytest.raises(FileUnreadableError, match="no content yet; upload it first"):
        texts(file, [])
