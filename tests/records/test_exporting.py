from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.models import Dataset
from project.accounts.types import Author
from project.lib.filters import Condition, Group, Operator
from records.actions import add_records, erase_records, replace_meta, replace_payload, set_status
from records.exporting import TextShape, export_jsonl
from records.models import Record
from records.types import RecordDraft

pytestmark = pytest.mark.django_db


def conversation(text: str, **meta: str) -> RecordDraft:
    return RecordDraft(payload={"messages": [{"role": "user", "content": text}]}, meta=meta)


def exported(dataset: Dataset, number: int | None = None) -> bytes:
    return b"".join(export_jsonl(dataset, number=number))


def test_an_empty_dataset_exports_an_empty_file(dataset: Dataset) -> None:
    assert exported(dataset) == b""
    assert exported(dataset, 0) == b""


def test_only_values_that_say_something_are_written(dataset: Dataset, author: Author) -> None:
    add_records(
        dataset, [conversation("a"), RecordDraft(text="b", tags=("x",), status="approved")], author=author
    )
    first, second = (json.loads(line) for line in exported(dataset).splitlines())
    assert first == {"payload": {"messages": [{"role": "user", "content": "a"}]}, "properties": {}}
    assert second == {"text": "b", "properties": {}, "tags": ["x"], "status": "approved"}


def test_an_export_holds_what_the_filter_shows(dataset: Dataset, author: Author) -> None:
    add_records(dataset, [conversation("a", lang="de"), conversation("b", lang="en")], author=author)
    condition = Group((Condition("meta.lang", Operator.IS, "en"),))
    assert [
        json.loads(line)["properties"]
        for line in b"".join(export_jsonl(dataset, condition=condition)).splitlines()
    ] == [{"lang": "en"}]


def test_a_percent_sign_and_quotes_in_the_filter_do_no_harm(dataset: Dataset, author: Author) -> None:
    add_records(dataset, [conversation("a", lang="100% 'de' \\ {0}")], author=author)
    condition = Group((Condition("meta.lang", Operator.IS, "100% 'de' \\ {0}"),))
    assert len(b"".join(export_jsonl(dataset, condition=condition)).splitlines()) == 1


def test_a_pinned_export_does_not_see_later_changes(dataset: Dataset, author: Author) -> None:
    records = add_records(dataset, [conversation("a"), conversation("b"), conversation("c")], author=author)
    before = exported(dataset, 1)
    replace_payload(records[0], {"messages": []}, author=author)
    replace_payload(records[0], {"messages": [], "again": 1}, author=author)
    replace_meta(records[1], {"new": True}, author=author)
    set_status(dataset, [record.id for record in records], "flagged", author=author)
    add_records(dataset, [conversation("d")], author=author)
    assert exported(dataset, 1) == before
    assert exported(dataset, 2).splitlines()[0] == b'{"payload":{"messages":[]},"properties":{}}'
    assert exported(dataset) == exported(dataset, 6)


def test_texts_can_be_written_as_conversations(dataset: Dataset, author: Author) -> None:
    add_records(dataset, [RecordDraft(text='say "hi"')], author=author)
    line = b"".join(export_jsonl(dataset, number=1, texts=TextShape.CONVERSATION))
    assert json.loads(line)["payload"] == {"messages": [{"role": "user", "content": 'say "hi"'}]}


def test_a_text_that_became_a_conversation_is_a_text_in_the_past(dataset: Dataset, author: Author) -> None:
    [record] = add_records(dataset, [RecordDraft(text="plain")], author=author)
    replace_payload(record, {"messages": []}, author=author)
    assert exported(dataset, 1) == b'{"text":"plain","properties":{}}\n'


def test_what_is_erased_is_gone_from_every_revision(dataset: Dataset, author: Author) -> None:
    records = add_records(dataset, [conversation("secret"), conversation("b")], author=author)
    replace_payload(records[0], {"messages": []}, author=author)
    erase_records(dataset.workspace, [records[0].id], author=author)
    assert b"secret" not in exported(dataset, 1) + exported(dataset, 2) + exported(dataset)
    assert len(exported(dataset, 1).splitlines()) == 1


_EDITS = st.lists(
    st.tuples(st.sampled_from(["payload", "meta", "status", "add"]), st.integers(0, 4)), max_size=12
)


@given(edits=_EDITS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_revision_exports_the_bytes_it_had_when_it_was_made(
    edits: list[tuple[str, int]], dataset: Dataset, author: Author
) -> None:
    Record.objects.filter(dataset_id=dataset.id).delete()
    add_records(dataset, [conversation(str(index)) for index in range(5)], author=author)
    dataset.refresh_from_db()
    kept = {dataset.revision_number: exported(dataset)}
    for step, (kind, index) in enumerate(edits):
        _edit(dataset, kind, index, step, author)
        dataset.refresh_from_db()
        kept[dataset.revision_number] = exported(dataset)
    assert {number: exported(dataset, number) for number in kept} == kept


def _edit(dataset: Dataset, kind: str, index: int, step: int, author: Author) -> None:
    record = Record.objects.in_dataset(dataset).in_order()[index]
    if kind == "payload":
        replace_payload(record, {"messages": [{"content": f"step {step}"}]}, author=author)
    elif kind == "meta":
        replace_meta(record, {"step": step}, author=author)
    elif kind == "status":
        set_status(dataset, _ids(dataset)[index:], ["approved", "flagged", "new"][step % 3], author=author)
    else:
        add_records(dataset, [conversation(f"added {step}")], author=author)


def _ids(dataset: Dataset) -> Sequence[UUID]:
    return list(Record.objects.in_dataset(dataset).in_order().values_list("id", flat=True))
