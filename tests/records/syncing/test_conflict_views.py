from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset
from files.models import File
from project.accounts.types import Author
from records.actions import erase_records, replace_text
from records.models import Record, SyncConflict
from tests.pages import HTMX
from tests.records.syncing.conftest import Sync, Write, live, texts


@pytest.fixture
def conflict(sync: Sync, write: Write, dataset: Dataset, author: Author) -> SyncConflict:
    """“bravo” became “bravo by hand”, and in the file “bravo two”."""
    sync()
    replace_text(live(dataset)[1], "bravo by hand", author=author)
    write("alpha", "bravo two", "charlie")
    sync()
    return SyncConflict.objects.get()


def _list(dataset: Dataset) -> str:
    return reverse("records:conflict_list", args=[dataset.id])


def _resolve(dataset: Dataset, conflict: SyncConflict) -> str:
    return reverse("records:conflict_resolve", args=[dataset.id, conflict.id])


def test_both_texts_stand_beside_each_other_in_a_fixed_number_of_queries(
    alice_client: Client,
    dataset: Dataset,
    file: File,
    conflict: SyncConflict,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(
        8
    ):  # Session, user, memberships, dataset, file, conflicts, records, files.
        page = alice_client.get(_list(dataset), {"file": str(file.id)}).content.decode()
    assert 'bravo <del class="diff diff--del">by hand</del>' in page
    assert 'bravo <ins class="diff diff--ins">two</ins>' in page
    assert file.name in page


def test_the_conflicts_of_other_files_are_left_out(
    alice_client: Client, dataset: Dataset, conflict: SyncConflict
) -> None:
    SyncConflict.objects.update(file_id=dataset.id)
    assert len(alice_client.get(_list(dataset)).context["cards"]) == 1
    assert len(alice_client.get(_list(dataset), {"file": "nonsense"}).context["cards"]) == 1


def test_a_conflict_over_an_erased_record_is_not_shown(
    alice_client: Client, dataset: Dataset, conflict: SyncConflict, author: Author
) -> None:
    erase_records(dataset.workspace, [conflict.record_id], author=author)
    assert "Nothing to decide" in alice_client.get(_list(dataset)).content.decode()


def test_a_part_that_the_file_has_lost_is_said(
    alice_client: Client, dataset: Dataset, conflict: SyncConflict, write: Write, sync: Sync
) -> None:
    write("alpha", "charlie")
    sync()
    page = alice_client.get(_list(dataset)).content.decode()
    assert "The file no longer has this part." in page
    assert "Move the record to the trash" in page


def test_keeping_the_edited_text_changes_no_record(
    bob_client: Client, dataset: Dataset, conflict: SyncConflict
) -> None:
    response = bob_client.post(_resolve(dataset, conflict), {"keep": "mine"}, follow=True)
    assert "The edited text stays." in response.content.decode()
    assert "bravo by hand" in texts(dataset)
    assert "Nothing to decide" in response.content.decode()


def test_taking_the_files_text_writes_the_record(
    bob_client: Client, dataset: Dataset, conflict: SyncConflict
) -> None:
    block = bob_client.post(_resolve(dataset, conflict), {"keep": "file"}, headers=HTMX).content.decode()
    assert "The record is as the file has it." in block
    assert "<html" not in block
    assert "bravo two" in texts(dataset)


def test_a_second_decision_is_refused_with_a_sentence(
    bob_client: Client, dataset: Dataset, conflict: SyncConflict
) -> None:
    bob_client.post(_resolve(dataset, conflict), {"keep": "mine"})
    block = bob_client.post(_resolve(dataset, conflict), {"keep": "file"}, headers=HTMX).content.decode()
    assert "This was decided already" in block
    assert "bravo by hand" in texts(dataset)


def test_no_decision_is_no_decision(bob_client: Client, dataset: Dataset, conflict: SyncConflict) -> None:
    response = bob_client.post(_resolve(dataset, conflict), {"keep": "both"}, follow=True)
    assert "Choose which text to keep." in response.content.decode()
    assert SyncConflict.objects.open_in(dataset).exists()


def test_the_reader_of_a_record_says_where_it_is_from_and_that_there_is_a_conflict(
    alice_client: Client, dataset: Dataset, file: File, conflict: SyncConflict
) -> None:
    Record.objects.filter(pk=conflict.record_id).update(meta={"location": "page 2"})
    for name in ("record_detail", "record_panel"):
        page = alice_client.get(
            reverse(f"records:{name}", args=[dataset.id, conflict.record_id])
        ).content.decode()
        assert f"{_list(dataset)}?file={file.id}#conflict-{conflict.id}" in page
        assert f'href="{reverse("files:file_detail", args=[file.id])}"' in page
        assert "manual.txt</a>, page 2" in page


def test_a_record_without_a_location_is_told_by_its_number(
    alice_client: Client, dataset: Dataset, sync: Sync
) -> None:
    sync()
    page = alice_client.get(
        reverse("records:record_detail", args=[dataset.id, live(dataset)[2].id])
    ).content.decode()
    assert "manual.txt</a>, part 3" in page


def test_viewers_may_read_but_not_decide(
    viewer_client: Client, dataset: Dataset, conflict: SyncConflict
) -> None:
    assert "Keep the edited text" not in viewer_client.get(_list(dataset)).content.decode()
    assert viewer_client.post(_resolve(dataset, conflict), {"keep": "file"}).status_code == 403


def test_strangers_find_nothing(
    charlie_client: Client, dataset: Dataset, stranger_dataset: Dataset, conflict: SyncConflict
) -> None:
    assert charlie_client.get(_list(dataset)).status_code == 404
    assert charlie_client.post(_resolve(dataset, conflict), {"keep": "file"}).status_code == 404
    assert charlie_client.post(_resolve(stranger_dataset, conflict), {"keep": "file"}).status_code == 404
