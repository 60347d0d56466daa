"""Several people who write to one dataset at the same time: the promises hold, whoever comes first."""

from __future__ import annotations

import copy
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from datasets.models import Dataset, Job, Revision
from project.accounts.types import Author
from project.lib.errors import DomainError
from project.lib.filters import Group
from records.actions import add_records, change_records, trash_records
from records.changes import Change, SetStatus
from records.models import Record, RecordChange
from records.selections import SelectedThen, Selection
from records.types import RecordDraft
from tests.factories.datasets import DatasetFactory
from tests.records.test_promises import CHANGES, FILTERS, STATUSES, WHICH, WORDS, Desk

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 3
STEPS = st.one_of(
    st.tuples(st.just("bulk"), FILTERS, CHANGES),
    st.tuples(st.just("add"), WORDS),
    st.tuples(st.just("text"), WHICH, WORDS),
    st.tuples(st.just("status"), WHICH, STATUSES),
    st.tuples(st.just("trash"), WHICH),
    st.tuples(st.just("undo"), WHICH),
)


@given(scripts=st.lists(st.lists(STEPS, min_size=2, max_size=4), min_size=WRITERS, max_size=WRITERS))
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # A run is never the same again, so there is nothing to shrink.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_promises_hold_while_others_write(
    scripts: list[list[tuple[Any, ...]]], author: Author, dataset: Dataset
) -> None:
    desk = Desk(DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner), author)
    with ThreadPoolExecutor(WRITERS) as people:
        works = [people.submit(_work, desk, script) for script in scripts]
        selections = [found for work in works for found in work.result()]
    numbers = list(Revision.objects.history_of(desk.dataset).values_list("number", flat=True))
    assert numbers == list(range(len(numbers), 0, -1))
    desk.check_counters()
    for selection, revision in selections:
        touched = RecordChange.objects.filter(revision=revision).values_list("record_id", flat=True)
        assert set(touched) <= set(SelectedThen(desk.dataset, selection).first(1_000))
    digests = desk.digests()
    desk.edit("add", "after them")
    desk.edit("undo", 0)
    assert desk.digests()[: len(digests)] == digests


def test_a_record_that_went_to_the_trash_meanwhile_gets_no_status(dataset: Dataset, author: Author) -> None:
    records = add_records(dataset, [RecordDraft(text=word) for word in ("plum", "pear")], author=author)
    dataset.refresh_from_db()
    selection = Selection(Group(), dataset.revision_number)

    def approve() -> Revision | Job:
        try:
            return change_records(dataset, selection, SetStatus("approved"), author=author)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as elsewhere:
        with transaction.atomic():
            trash_records(Dataset.objects.get(pk=dataset.pk), [records[0].pk], author=author)
            approving = elsewhere.submit(approve)
            _until_somebody_waits()
        revision = approving.result()
    assert isinstance(revision, Revision)
    assert revision.changed == 1
    assert [Record.objects.get(pk=record.pk).status for record in records] == ["new", "approved"]


def _until_somebody_waits() -> None:
    """For a lock."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    pytest.fail("nobody waits")


def _work(desk: Desk, script: list[tuple[Any, ...]]) -> list[tuple[Selection, Revision]]:
    """One person's steps, of which some come too late and are refused; the bulk changes with what they were about."""
    own = copy.copy(desk)
    own.dataset = Dataset.objects.get(pk=desk.dataset.pk)
    done: list[tuple[Selection, Revision]] = []
    try:
        for what, *given_to_it in script:
            try:
                if what == "bulk":
                    done.append(_change(own, *given_to_it))
                else:
                    own.edit(what, *given_to_it)
            except DomainError:
                continue  # Somebody else was faster.
    finally:
        connection.close()
    return done


def _change(desk: Desk, condition: Group, change: Change) -> tuple[Selection, Revision]:
    desk.dataset.refresh_from_db()
    selection = Selection(condition, desk.dataset.revision_number)
    revision = change_records(desk.dataset, selection, change, author=desk.author)
    assert isinstance(revision, Revision)
    return selection, revision
