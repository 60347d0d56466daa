from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from datasets.models import Dataset
from project.accounts.types import Author
from records.actions import add_records, replace_text
from records.changefields import COMPUTED, columns_of, whole
from records.models import Record, RecordChange
from records.types import RecordDraft
from tests.factories.records import conversation


@pytest.mark.parametrize("part", ["form", "payload", "text"])
def test_one_part_of_the_content_stands_for_all_of_it(part: str) -> None:
    assert whole([part, "meta"]) == ["form", "payload", "text", "meta"]
    assert columns_of([part]) == ["form", "payload", "text", *COMPUTED]


def test_what_is_no_content_stands_for_itself() -> None:
    assert whole(["status"]) == columns_of(["status"]) == ["status"]


@pytest.fixture
def change(dataset: Dataset, author: Author) -> RecordChange:
    [record] = add_records(dataset, [RecordDraft(payload=conversation("apples?", "pears!"))], author=author)
    replace_text(record, "plums", author=author)
    return RecordChange.objects.get()


def test_old_content_is_kept_with_what_was_computed_from_it(change: RecordChange) -> None:
    assert change.fields == ["form", "payload", "text"]
    assert (change.preview, change.characters, change.turns) == ("apples? pears!", 14, 2)
    assert change.fingerprint not in {None, Record.objects.get().fingerprint}


def test_the_migration_computes_it_for_older_changes(change: RecordChange) -> None:
    before = {name: getattr(change, name) for name in COMPUTED}
    RecordChange.objects.update(**dict.fromkeys(COMPUTED))
    import_module("records.migrations.0007_signals_of_old_content").fill_signals(apps, None)
    change.refresh_from_db()
    assert {name: getattr(change, name) for name in COMPUTED} == before
