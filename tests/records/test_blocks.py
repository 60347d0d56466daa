from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.models import Dataset
from project.accounts.types import Author
from records import blocks
from records.actions import add_records, erase_records
from records.models import Record, RecordBlock
from records.types import RecordDraft

pytestmark = pytest.mark.django_db


@given(steps=st.lists(st.integers(-8, 12), max_size=14), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_offset_finds_the_record_that_counting_finds(
    steps: list[int], seed: int, dataset: Dataset, author: Author
) -> None:
    blocks_size, blocks.BLOCK_SIZE = blocks.BLOCK_SIZE, 5
    try:
        _clear(dataset)
        for step in steps:
            _add_or_erase(dataset, step, random.Random(seed), author)
        ids = list(Record.objects.in_dataset(dataset).in_order().values_list("id", flat=True))
        assert [_at(dataset, offset) for offset in range(len(ids))] == ids
        assert blocks.locate(dataset.id, len(ids)) is None
    finally:
        blocks.BLOCK_SIZE = blocks_size


def test_pages_of_an_empty_dataset_have_no_place(dataset: Dataset) -> None:
    assert blocks.locate(dataset.id, 0) is None


def _at(dataset: Dataset, offset: int) -> object:
    place = blocks.locate(dataset.id, offset)
    assert place is not None
    first_id, skip = place
    assert skip <= 3 * blocks.BLOCK_SIZE
    return Record.objects.in_dataset(dataset).filter(id__gte=first_id).in_order()[skip].id


def _add_or_erase(dataset: Dataset, step: int, chance: random.Random, author: Author) -> None:
    if step > 0:
        add_records(dataset, [RecordDraft(text=str(index)) for index in range(step)], author=author)
        return
    ids = list(Record.objects.in_dataset(dataset).values_list("id", flat=True))
    erase_records(dataset.workspace, chance.sample(ids, min(-step, len(ids))), author=author)


def _clear(dataset: Dataset) -> None:
    Record.objects.filter(dataset_id=dataset.id).delete()
    RecordBlock.objects.filter(dataset_id=dataset.id).delete()
