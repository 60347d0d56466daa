"""Documents of many kinds become records that a reader recognizes, or fail with one sentence; none stops another."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from datasets.models import Dataset, Job
from project.accounts.types import Author
from records.models import Record
from records.syncing.actions import attach_file, start_sync
from tests.factories.files import FileFactory
from tests.files import documents
from tests.files.test_parsing import SAMPLES
from tests.jobs import finish
from tests.records.syncing.conftest import found

pytestmark = pytest.mark.django_db(transaction=True)


class Made(NamedTuple):
    """A document, and a word by which a reader finds it; or what is said instead."""

    name: str
    content: bytes
    word: str = ""
    sentence: str = ""


def synced(dataset: Dataset, author: Author, name: str, content: bytes) -> Job:
    file = FileFactory.create(workspace=dataset.workspace, name=name, content=content, content_type="")
    attach_file(dataset, file, author=author)
    return finish(start_sync(dataset, file, author=author), dataset)


@pytest.fixture
def made(tmp_path: Path) -> list[Made]:
    return [
        Made(
            "a.docx", documents.docx(tmp_path / "a.docx", ["Parcels come on Mondays"]).read_bytes(), "mondays"
        ),
        Made(
            "a.xlsx", documents.xlsx(tmp_path / "a.xlsx", {"S": [["item"], ["bolts"]]}).read_bytes(), "bolts"
        ),
        Made("broken.pdf", b"%PDF-1.4 nothing", sentence="damaged"),
        Made("a.csv", "名前,住所\n佐藤太郎,東京\n髙橋淳,名古屋\n".encode("cp932"), "佐藤太郎"),
        Made("a.pdf", documents.pdf(tmp_path / "a.pdf", ["Refunds take a week"]).read_bytes(), "refunds"),
        Made("scan.pdf", documents.pdf(tmp_path / "b.pdf", [""]).read_bytes(), sentence="text"),
        Made("arabic.pdf", documents.arabic_pdf(tmp_path / "c.pdf").read_bytes(), "سلام"),
        Made("a.html", b"<html><body><h1>Opening hours</h1></body></html>", "opening"),
        Made("a.epub", documents.epub(tmp_path / "a.epub", "<p>Once upon a time</p>").read_bytes(), "once"),
        Made("a.jsonl", b'{"city": "Lisbon"}\n{"city": "Porto"}\n', "porto"),
        Made("a.md", b"# Delivery\n\nBy bicycle.\n", "bicycle"),
    ]


def test_each_document_is_found_or_says_why_not(made: list[Made], dataset: Dataset, author: Author) -> None:
    for name, content, word, sentence in made:
        job = synced(dataset, author, name, content)
        expected = Job.Status.FAILED if sentence else Job.Status.COMPLETED
        assert (name, job.status, job.message) == (name, expected, job.message)
        assert sentence in job.message
        assert not word or any(word in text.casefold() for text in found(dataset, word)), name
    assert dataset.revision_number == sum(not one.sentence for one in made)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample documents are not at ../shared/data/documents")
def test_each_real_document_gives_records_or_one_sentence(dataset: Dataset, author: Author) -> None:
    ended = {path.name: synced(dataset, author, path.name, path.read_bytes()) for path in SAMPLES.iterdir()}
    refused = {name for name, job in ended.items() if job.status == Job.Status.FAILED}
    assert refused == {"password-protected.pdf"}
    assert "password" in ended["password-protected.pdf"].message
    for name, job in ended.items():
        records = Record.objects.in_dataset(dataset).filter(file_id=job.file_id)
        assert (records.count() > 0) == (name not in refused), name
