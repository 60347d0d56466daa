from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from datasets.actions import create_dataset, delete_dataset, update_dataset
from datasets.errors import DatasetAliasTakenError, DatasetInvalidError, DatasetNotFoundError
from datasets.models import Dataset, Event
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib.edits import MetaEdit


def test_a_dataset_is_made_with_all_its_values(workspace: Workspace, alice: User, author: Author) -> None:
    made = create_dataset(
        workspace, name="Support", owner=alice, author=author, alias="support", meta={"a": 1}, sharing="public",
        record_max_tokens=100, separators="##", search_max_records=5, extras={"store": "default"},
    )  # fmt: skip
    kept = Dataset.objects.get(pk=made.pk)
    assert (kept.alias, kept.meta, kept.sharing) == ("support", {"a": 1}, "public")
    assert (kept.record_max_tokens, kept.separators, kept.search_max_records) == (100, "##", 5)
    assert kept.extras == {"store": "default"}


def test_what_is_not_given_stays(dataset: Dataset, author: Author) -> None:
    update_dataset(dataset, author=author, alias="support", record_max_tokens=100, meta={"a": 1})
    changed = update_dataset(dataset, author=author, description="Mails")
    assert (changed.alias, changed.record_max_tokens, changed.meta) == ("support", 100, {"a": 1})
    assert update_dataset(dataset, author=author, record_max_tokens=None).record_max_tokens is None


def test_meta_is_replaced_or_edited(dataset: Dataset, author: Author) -> None:
    update_dataset(dataset, author=author, meta={"a": 1, "b": 2})
    assert update_dataset(dataset, author=author, meta=MetaEdit({"b": 3})).meta == {"a": 1, "b": 3}
    assert update_dataset(dataset, author=author, meta={"c": 4}).meta == {"c": 4}


def test_extras_are_laid_over_those_of_others(dataset: Dataset, author: Author) -> None:
    update_dataset(dataset, author=author, extras={"a": 1})
    assert update_dataset(dataset, author=author, extras={"b": 2}).extras == {"a": 1, "b": 2}


def test_an_edit_sees_what_another_wrote_meanwhile(dataset: Dataset, author: Author) -> None:
    stale = Dataset.objects.get(pk=dataset.pk)
    update_dataset(dataset, author=author, meta={"a": 1})
    assert update_dataset(stale, author=author, meta=MetaEdit({"b": 2})).meta == {"a": 1, "b": 2}


def test_each_change_is_later_by_a_millisecond_at_least(dataset: Dataset, author: Author) -> None:
    times = [dataset.updated_at]
    for number in range(5):
        times.append(update_dataset(dataset, author=author, name=f"Name {number}").updated_at)
    assert all(b - a >= timedelta(milliseconds=1) for a, b in itertools.pairwise(times))
    assert Dataset.objects.get(pk=dataset.pk).updated_at == times[-1]


def test_a_change_to_the_same_is_none(dataset: Dataset, author: Author) -> None:
    before = dataset.updated_at
    assert update_dataset(dataset, author=author, name=dataset.name).updated_at == before
    assert not Event.objects.exists()


def test_an_alias_is_once_in_a_workspace(
    dataset: Dataset, stranger_dataset: Dataset, workspace: Workspace, alice: User, author: Author
) -> None:
    update_dataset(dataset, author=author, alias="support")
    update_dataset(stranger_dataset, author=author, alias="support")
    with pytest.raises(DatasetAliasTakenError, match="support"):
        create_dataset(workspace, name="Other", owner=alice, author=author, alias="support")
    delete_dataset(dataset, author=author)
    assert create_dataset(workspace, name="Other", owner=alice, author=author, alias="support").alias


@pytest.mark.parametrize(
    "values", [{"alias": "Büro"}, {"alias": "a" * 129}, {"separators": "\x00"}, {"name": "x" * 256}]
)
def test_what_cannot_be_kept_is_refused(values: dict[str, Any], dataset: Dataset, author: Author) -> None:
    with pytest.raises(DatasetInvalidError):
        update_dataset(dataset, author=author, **values)


def test_a_deleted_dataset_is_not_changed(dataset: Dataset, author: Author) -> None:
    stale = Dataset.objects.get(pk=dataset.pk)
    delete_dataset(dataset, author=author)
    with pytest.raises(DatasetNotFoundError):
        update_dataset(stale, author=author, name="Other")
