from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from django.core.files.base import ContentFile

from datasets.models import Dataset, Job
from files.actions import put_content
from files.models import File
from project.accounts.types import Author
from project.lib.filters import Condition, Operator
from records.blocks import locate
from records.models import Record, RecordBlock
from records.syncing.actions import attach_file, start_plan, start_sync
from tests.factories.files import FileFactory
from tests.jobs import finish

Write = Callable[..., None]
Sync = Callable[[], Job]


@pytest.fixture
def file(dataset: Dataset, author: Author) -> File:
    """A text that is cut at each bar, attached to alice's dataset."""
    Dataset.objects.filter(pk=dataset.pk).update(separators="|")
    dataset.refresh_from_db()
    file = FileFactory.create(
        workspace=dataset.workspace,
        name="manual.txt",
        content=b"alpha|bravo|charlie",
        content_type="text/plain",
    )
    attach_file(dataset, file, author=author)
    return file


@pytest.fixture
def write(file: File) -> Write:
    """A new version of the file, of these chunks."""

    def put(*chunks: str) -> None:
        content = ContentFile("|".join(chunks).encode())
        put_content(file, content, created_by_id=None, content_type="text/plain")

    return put


@pytest.fixture
def sync(dataset: Dataset, file: File, author: Author) -> Sync:
    """Syncs as the worker would, in this process, and answers the ended job."""
    return lambda: finish(start_sync(dataset, file, author=author), dataset)


@pytest.fixture
def plan(dataset: Dataset, file: File, author: Author) -> Sync:
    return lambda: finish(start_plan(dataset, file, author=author), dataset)


def live(dataset: Dataset) -> Sequence[Record]:
    """In the order of the file; those of no file last."""
    return list(Record.objects.in_dataset(dataset).order_by("place", "id"))


def texts(dataset: Dataset) -> list[str]:
    return [record.as_text for record in live(dataset)]


def counts(job: Job) -> dict[str, int]:
    kinds = ("new", "changed", "removed", "moved", "unchanged", "edited", "conflict")
    return {kind: job.result[kind] for kind in kinds if job.result[kind]}


def found(dataset: Dataset, word: str) -> list[str]:
    records = Record.objects.in_dataset(dataset).matching(Condition("q", Operator.SEARCH, word), dataset)
    return [record.as_text for record in records]


def by_text(dataset: Dataset, text: str) -> Record:
    record = Record.objects.in_dataset(dataset).get(text=text)
    record.dataset = dataset
    return record


def assert_counters(dataset: Dataset) -> None:
    dataset.refresh_from_db()
    present = Record.objects.in_dataset(dataset).count()
    blocks = RecordBlock.objects.filter(dataset_id=dataset.id)
    assert (dataset.record_count, sum(block.live for block in blocks)) == (present, present)
    assert locate(dataset.id, present) is None
    assert present == 0 or locate(dataset.id, present - 1) is not None
