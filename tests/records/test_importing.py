from __future__ import annotations

import gzip
import io
import json
from typing import Any

import orjson
import pytest
from django.core.files import File as Content
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings

from datasets import jobs
from datasets.models import Dataset, Job, Revision
from files.actions import put_content, store_file
from project.accounts.types import Author
from project.lib.filters import Condition, Operator
from project.lib.streams import LineReader
from records import importing
from records.actions import start_import
from records.exporting import export_jsonl
from records.models import Curation, Record, RecordBlock, RecordWords
from tests.jobs import finish
from tests.records.conftest import ImportBytes

pytestmark = pytest.mark.django_db(transaction=True)


def line(text: str = "hello", **properties: Any) -> bytes:
    return orjson.dumps(
        {"payload": {"messages": [{"role": "user", "content": text}]}, "properties": properties}
    )


def texts(dataset: Dataset) -> list[str]:
    return [record.preview for record in Record.objects.in_dataset(dataset).in_order()]


def test_every_line_becomes_a_record_in_the_order_of_the_file(
    import_bytes: ImportBytes, dataset: Dataset
) -> None:
    job = import_bytes(b"\n".join(line(f"number {index}") for index in range(12)))
    assert job.status == Job.Status.COMPLETED
    assert texts(dataset) == [f"number {index}" for index in range(12)]
    assert [record.place for record in Record.objects.in_dataset(dataset).in_order()] == list(range(1, 13))
    assert dataset.record_count == 12


def test_an_import_is_one_revision(import_bytes: ImportBytes, dataset: Dataset) -> None:
    job = import_bytes(line() + b"\n" + line())
    revision = Revision.objects.get(dataset=dataset)
    assert (revision.number, revision.kind, revision.added, revision.job) == (1, "import", 2, job)
    assert job.result == {"imported": 2, "skipped": 0, "published": True}


def test_words_are_found_when_the_job_is_completed(import_bytes: ImportBytes, dataset: Dataset) -> None:
    import_bytes(line("a refund please") + b"\n" + line("hello"))
    found = Record.objects.in_dataset(dataset).matching(Condition("q", Operator.SEARCH, "refund"), dataset)
    assert [record.preview for record in found] == ["a refund please"]


def test_the_export_equals_the_file_line_by_line(import_bytes: ImportBytes, dataset: Dataset) -> None:
    awkward = [
        {
            "payload": {"messages": [{"role": "user", "content": 'back\\slash "quote" \n\t é 漢字 \u202e'}]},
            "properties": {},
        },
        {
            "payload": {"messages": [], "model": "m", "n": 2**80, "x": [None, 1.5, True]},
            "properties": {"a": {"b": []}},
        },
        {
            "payload": {"messages": [{"role": "odd", "content": None, "zz": "\x00 \ud800"}]},
            "properties": {"k": "\\n"},
        },
    ]
    import_bytes("\n".join(json.dumps(value) for value in awkward).encode())
    exported = b"".join(export_jsonl(dataset)).splitlines()
    assert [json.loads(exported_line) for exported_line in exported] == awkward


def test_our_own_export_imports_to_equal_records(import_bytes: ImportBytes, dataset: Dataset) -> None:
    first = orjson.dumps(
        {
            "text": "plain",
            "properties": {"a": 1},
            "tags": ["x", "y"],
            "status": "flagged",
            "split": "test",
            "key": "k1",
        }
    )
    import_bytes(first + b"\n" + line("two", lang="de"))
    exported = b"".join(export_jsonl(dataset))
    import_bytes(exported)
    lines = b"".join(export_jsonl(dataset)).splitlines()
    assert lines[:2] == lines[2:]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + line("a") + b"\n" + line("b") + b"\n", id="byte-order mark"),
        pytest.param(line("a") + b"\r\n" + line("b") + b"\r\n", id="CRLF"),
        pytest.param(line("a") + b"\n" + line("b"), id="no last line feed"),
        pytest.param(b"\n\n" + line("a") + b"\n \n" + line("b") + b"\n\n", id="empty lines"),
        pytest.param(gzip.compress(line("a") + b"\n" + line("b")), id="gzip"),
        pytest.param(gzip.compress(line("a") + b"\n") + gzip.compress(line("b")), id="gzip of two members"),
    ],
)
def test_files_of_every_habit_are_read(content: bytes, import_bytes: ImportBytes, dataset: Dataset) -> None:
    assert import_bytes(content, is_strict=True).status == Job.Status.COMPLETED
    assert texts(dataset) == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        pytest.param(b"", "no lines", id="empty file"),
        pytest.param(b"\n\n\n", "no lines", id="only empty lines"),
        pytest.param(gzip.compress(line("a") * 50)[:-20], "cut short", id="gzip cut short"),
        pytest.param(b"\x1f\x8bnot gzip at all", "damaged", id="not really gzip"),
        pytest.param(b"PK\x03\x04 a zip", "ZIP archive", id="zip"),
        pytest.param("{}".encode("utf-16"), "UTF-16", id="UTF-16"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_one_sentence(
    content: bytes, cause: str, import_bytes: ImportBytes, dataset: Dataset
) -> None:
    job = import_bytes(content)
    assert job.status == Job.Status.FAILED
    assert cause in job.message
    assert nothing_is_left_of(dataset)


BAD_LINES = [
    pytest.param(
        b'{"question": "q", "answer": "a"}', 'expected a JSON object with "messages" or "payload"', id="gsm8k"
    ),
    pytest.param(b'"just text"', "found a string", id="not an object"),
    pytest.param(b"[1, 2]", "found a list", id="a list"),
    pytest.param(b'{"messages": "hi"}', "must be a list", id="messages no list"),
    pytest.param(b'{"messages": [1]}', "payload.messages[0] must be an object", id="message no object"),
    pytest.param(
        b'{"payload": {"messages": []}, "properties": []}', "properties must be", id="properties no object"
    ),
    pytest.param(b'{"messages": [', "not valid JSON", id="cut JSON"),
    pytest.param(b'{"messages": ["\xff"]}', "invalid UTF-8", id="invalid UTF-8"),
    pytest.param(b'{"payload": {"messages": [], "n": 1e400}}', "out of range", id="infinite number"),
    pytest.param(b'{"payload": {"messages": [], "n": NaN}}', "NaN", id="NaN"),
    pytest.param(
        b'{"payload": {"messages": []}, "properties": {"a": "\\u0000"}}', "NUL", id="NUL in properties"
    ),
    pytest.param(b"[" * 100_000 + b"]" * 100_000, "levels deep", id="deep nesting"),
    pytest.param(
        b'{"payload": {"messages": [], "n": ' + b"[" * 2000 + b"]" * 2000 + b"}}",
        "levels deep",
        id="deep inside",
    ),
]


@pytest.mark.parametrize(("bad", "cause"), BAD_LINES)
def test_strict_one_bad_line_fails_the_whole_and_names_the_line(
    bad: bytes, cause: str, import_bytes: ImportBytes, dataset: Dataset
) -> None:
    job = import_bytes(line() + b"\n" + line() + b"\n" + bad + b"\n" + line(), is_strict=True)
    assert job.status == Job.Status.FAILED
    assert job.message.startswith("Line 3: ")
    assert cause in job.message
    assert nothing_is_left_of(dataset)


@pytest.mark.parametrize(("bad", "cause"), BAD_LINES[1:])
def test_otherwise_bad_lines_are_left_out_and_grouped(
    bad: bytes, cause: str, import_bytes: ImportBytes, dataset: Dataset
) -> None:
    job = import_bytes(line("a") + b"\n" + bad + b"\n" + line("b") + b"\n" + bad)
    assert (job.status, dataset.record_count) == (Job.Status.COMPLETED, 2)
    [group] = job.errors
    assert (group["count"], group["lines"]) == (2, [2, 4])
    assert cause.removesuffix(' with "messages" or "payload"') in group["cause"]
    assert job.message == "2 records imported, 2 bad lines left out."


def test_a_file_of_bad_lines_only_fails(import_bytes: ImportBytes, dataset: Dataset) -> None:
    job = import_bytes(b"1\n2\n3")
    assert job.message == "None of the 3 lines could be imported; see the causes."
    assert job.errors[0]["lines"] == [1, 2, 3]
    assert nothing_is_left_of(dataset)


def test_a_line_over_the_limit_is_named_and_the_next_is_read(
    import_bytes: ImportBytes, dataset: Dataset, settings: Settings
) -> None:
    settings.MAX_LINE_BYTES = 3 * 1024 * 1024
    job = import_bytes(line("a") + b"\n" + line("x" * 4_000_000) + b"\n" + line("b"))
    assert texts(dataset) == ["a", "b"]
    assert job.errors[0]["lines"] == [2]
    assert job.errors[0]["cause"] == "the line is longer than 3 MB"


def test_a_50_mb_line_is_imported(import_bytes: ImportBytes, dataset: Dataset) -> None:
    assert import_bytes(line("long " * 10_000_000)).status == Job.Status.COMPLETED
    assert Record.objects.in_dataset(dataset).get().characters == 50_000_000


def test_a_gzip_bomb_is_refused(
    import_bytes: ImportBytes, dataset: Dataset, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.lib.streams.BOMB_FLOOR_BYTES", 1 << 20)
    job = import_bytes(gzip.compress(b"\n" * 20_000_000))
    assert job.status == Job.Status.FAILED
    assert "times its size" in job.message


@pytest.mark.parametrize("shape", [gzip.compress, bytes])
def test_a_killed_import_goes_on_where_it_stopped(
    shape: Any, dataset: Dataset, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_LINES", 10)
    content = shape(b"\n".join(line(f"number {index}") for index in range(95)))
    file = store_file(dataset.workspace, Content(io.BytesIO(content)), name="f", created_by_id=None)
    job = start_import(dataset, file, author=author, is_strict=False)
    _die_after_batches(job, 4, monkeypatch)
    assert Record.objects.filter(dataset_id=dataset.id).count() == 40
    assert Record.objects.in_dataset(dataset).count() == 0
    Job.objects.filter(pk=job.pk).update(claim=None)
    finish(job)
    assert texts(dataset) == [f"number {index}" for index in range(95)]


def test_an_import_reads_the_version_that_was_chosen(dataset: Dataset, author: Author) -> None:
    file = store_file(dataset.workspace, Content(io.BytesIO(line("old"))), name="f", created_by_id=None)
    job = start_import(dataset, file, author=author, is_strict=True)
    put_content(file, Content(io.BytesIO(line("new"))), created_by_id=None)
    finish(job)
    assert texts(dataset) == ["old"]


def test_a_run_that_lost_its_claim_cannot_commit(dataset: Dataset, author: Author) -> None:
    file = store_file(dataset.workspace, Content(io.BytesIO(line())), name="f", created_by_id=None)
    job = start_import(dataset, file, author=author, is_strict=False)
    slow = jobs.claim_job(job.id, timezone.now())
    Job.objects.filter(pk=job.pk).update(claim=None)
    finish(job)
    assert slow is not None
    jobs.run_claimed(slow)
    assert Record.objects.filter(dataset_id=dataset.id).count() == 1


def test_cancelling_takes_back_what_was_added(
    dataset: Dataset, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_LINES", 10)
    file = store_file(
        dataset.workspace, Content(io.BytesIO((line() + b"\n") * 50)), name="f", created_by_id=None
    )
    job = start_import(dataset, file, author=author, is_strict=False)
    _die_after_batches(job, 2, monkeypatch)
    jobs.cancel_job(job)
    Job.objects.filter(pk=job.pk).update(claim=None)
    finish(job)
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLED
    assert nothing_is_left_of(dataset)


def test_an_import_into_a_deleted_dataset_leaves_nothing(dataset: Dataset, author: Author) -> None:
    file = store_file(dataset.workspace, Content(io.BytesIO(line())), name="f", created_by_id=None)
    job = start_import(dataset, file, author=author, is_strict=False)
    Dataset.objects.filter(pk=dataset.pk).update(deleted_at=timezone.now())
    finish(job)
    job.refresh_from_db()
    assert (job.status, job.message) == (Job.Status.FAILED, "The dataset was deleted.")
    assert not Record.objects.filter(dataset_id=dataset.id).exists()


def test_a_file_deleted_before_the_import_is_one_sentence(dataset: Dataset, author: Author) -> None:
    file = store_file(dataset.workspace, Content(io.BytesIO(line())), name="f", created_by_id=None)
    job = start_import(dataset, file, author=author, is_strict=False)
    default_storage.delete(file.storage_name)
    finish(job)
    job.refresh_from_db()
    assert job.message == "The file's content is gone from storage; upload it again."


def test_blocks_count_the_records_of_large_imports(import_bytes: ImportBytes, dataset: Dataset) -> None:
    import_bytes(b"\n".join(line(str(index)) for index in range(2_500)))
    blocks = RecordBlock.objects.filter(dataset_id=dataset.id).order_by("first_id")
    assert [block.live for block in blocks] == [1000, 1000, 500]


def nothing_is_left_of(dataset: Dataset) -> bool:
    dataset.refresh_from_db()
    rows = Record.objects.filter(dataset_id=dataset.id).count()
    curations = Curation.objects.filter(dataset_id=dataset.id).count()
    words = RecordWords.objects.filter(dataset_id=dataset.id).count()
    revisions = Revision.objects.filter(dataset=dataset).count()
    numbers = (dataset.record_count, dataset.revision_number)
    return (rows, curations, words, revisions, *numbers) == (0, 0, 0, 0, 0, 0)


class WorkerDiedError(BaseException):
    """Stands for kill -9: nothing after it runs."""


def _die_after_batches(job: Job, batches: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0
    read = LineReader.batches

    def dying(self: LineReader, **place: Any) -> Any:
        nonlocal seen
        for batch in read(self, **place):
            if seen == batches:
                raise WorkerDiedError
            seen += 1
            yield batch

    with monkeypatch.context() as patch:
        patch.setattr(LineReader, "batches", dying)
        with pytest.raises(WorkerDiedError):
            finish(job)
