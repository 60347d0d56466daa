"""Whatever happens to a dataset: a bulk change touches what its filter matched at its revision minus the exclusions, an
undo restores what was there, every revision exports the same bytes for ever, and the counters are right."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.models import Dataset, Revision
from project.accounts.types import Author
from project.lib.filters import Condition, Group, Operator
from records.actions import (
    add_records,
    change_records,
    replace_meta,
    replace_text,
    restore_records,
    save_session,
    set_status,
    trash_records,
    undo_revision,
)
from records.changes import (
    AddTags,
    Change,
    MoveToTrash,
    RemoveTags,
    ReplaceText,
    SetMeta,
    SetSplit,
    SetStatus,
    UnsetMeta,
)
from records.comparing import Comparison
from records.errors import NothingToChangeError, UndoRefusedError
from records.exporting import export_jsonl, export_selection
from records.models import Record, RecordBlock, RecordChange
from records.selections import SelectedThen, Selection
from records.sessions import RecordEdits, TextEdit
from records.types import RecordDraft
from records.versions import content_version
from tests.factories.datasets import DatasetFactory
from tests.factories.records import conversation
from tests.records.stored import stored_values

pytestmark = pytest.mark.django_db

WORDS = st.sampled_from(["apple", "pear", "plum fig"])
TAGS = st.sampled_from(["a", "b"])
STATUSES = st.sampled_from(["new", "approved", "flagged"])
WHICH = st.integers(0, 7)

CONDITIONS = st.one_of(
    st.builds(Condition, st.just("status"), st.sampled_from([Operator.IS, Operator.IS_NOT]), STATUSES),
    st.builds(Condition, st.just("tag"), st.sampled_from([Operator.IS, Operator.IS_NOT]), TAGS),
    st.builds(Condition, st.just("tag"), st.just(Operator.MISSING)),
    st.builds(Condition, st.just("meta.lang"), st.just(Operator.IS), WORDS),
    st.builds(Condition, st.just("meta.lang"), st.just(Operator.EXISTS)),
    st.builds(Condition, st.just("q"), st.just(Operator.SEARCH), st.sampled_from(["apple", "pear", "fig"])),
    st.builds(
        Condition, st.just("tokens"), st.just(Operator.BETWEEN), st.sampled_from(["..1", "2..", "1..2"])
    ),
    st.builds(
        Condition,
        st.sampled_from(["added_by", "changed_by"]),
        st.just(Operator.BETWEEN),
        st.sampled_from(["1..2", "2..9", "3..3"]),
    ),
    st.builds(Condition, st.just("form"), st.just(Operator.IS), st.sampled_from(["text", "conversation"])),
)
FILTERS = st.builds(
    Group, st.lists(CONDITIONS, max_size=2).map(lambda conditions: tuple(conditions)), is_any=st.booleans()
)
CHANGES = st.one_of(
    st.builds(SetStatus, STATUSES),
    st.builds(SetSplit, st.sampled_from(["", "train"])),
    st.builds(AddTags, st.tuples(TAGS)),
    st.builds(RemoveTags, st.tuples(TAGS)),
    st.builds(SetMeta, st.just("lang"), WORDS),
    st.builds(UnsetMeta, st.just("lang")),
    st.builds(ReplaceText, WORDS, WORDS),
    st.just(MoveToTrash()),
)
EDITS = st.one_of(
    st.tuples(st.just("add"), WORDS),
    st.tuples(st.just("text"), WHICH, WORDS),
    st.tuples(st.just("meta"), WHICH, WORDS),
    st.tuples(st.just("status"), WHICH, STATUSES),
    st.tuples(st.just("trash"), WHICH),
    st.tuples(st.just("restore"), WHICH),
    st.tuples(st.just("undo"), WHICH),
    st.tuples(st.just("undo_some"), WHICH, WHICH),
    st.tuples(st.just("session"), WHICH, WORDS),
)


class Desk:
    """A dataset and everything that people do to it."""

    def __init__(self, dataset: Dataset, author: Author) -> None:
        self.dataset, self.author = dataset, author
        drafts = [
            RecordDraft(text="apple pear", meta={"lang": "apple"}, tags=("a",)),
            RecordDraft(payload=conversation("pear?", "plum fig")),
            RecordDraft(text="plum", status="approved", tags=("a", "b")),
        ]
        add_records(dataset, drafts, author=author)

    def edit(self, what: str, *given: Any) -> None:
        if what == "add":
            add_records(self.dataset, [RecordDraft(text=given[0])], author=self.author)
        elif what == "undo":
            self._undo(*given)
        elif what == "undo_some":
            self._undo_some(*given)
        elif what == "session":
            self._save_session(*given)
        else:
            self._edit_one(what, *given)

    def _undo(self, which: int, chosen: list[UUID] | None = None) -> None:
        revisions = Revision.objects.history_of(self.dataset)
        try:
            undo_revision(revisions[which % revisions.count()], author=self.author, record_ids=chosen)
        except UndoRefusedError:
            return

    def _undo_some(self, which: int, record: int) -> None:
        """What a revision did to one record, which changes no other."""
        seen, everyone = self.shown(), Record.objects.of_dataset(self.dataset).in_order()
        chosen = everyone[record % everyone.count()].id
        self._undo(which, [chosen])
        now = self.shown()
        assert {one for one in {*seen, *now} if seen.get(one) != now.get(one)} <= {chosen}

    def _save_session(self, which: int, text: str) -> None:
        """Two records at once, of which one was changed by somebody else since it was read: that one stays."""
        texts = [record for record in self._live() if record.form == Record.Form.TEXT]
        if not texts:
            return
        stale, fresh = texts[which % len(texts)], texts[(which + 1) % len(texts)]
        edits = {record.id: TextEdit(content_version(record), text) for record in (stale, fresh)}
        theirs = f"words of revision {self.dataset.revisions.count()}"
        replace_text(stale, theirs, author=self.author)
        session = [RecordEdits(record_id, (edit,), ("",)) for record_id, edit in edits.items()]
        outcome = save_session(self.dataset, session, message="", author=self.author)
        assert stale.id not in {one.record_id for one in outcome.saved}
        assert self.shown()[stale.id]["text"] == theirs

    def _live(self) -> list[Record]:
        return list(Record.objects.in_dataset(self.dataset).in_order())

    def _edit_one(self, what: str, which: int, value: str = "") -> None:
        records = Record.objects.of_dataset(self.dataset).in_order()
        records = records.filter(trashed_at__isnull=what != "restore")
        if not records:
            return
        record = records[which % len(records)]
        if what == "text":
            replace_text(record, value, author=self.author)
        elif what == "meta":
            replace_meta(record, {"lang": value}, author=self.author)
        elif what == "status":
            set_status(self.dataset, [record.id], value, author=self.author)
        else:
            move = trash_records if what == "trash" else restore_records
            move(self.dataset, [record.id], author=self.author)

    def shown(self) -> dict[UUID, dict[str, Any]]:
        """All that can be seen of the live records, but for the time of the last change."""
        return {row["id"]: row for row in stored_values(Record.objects.in_dataset(self.dataset))}

    def digests(self) -> list[str]:
        """Of the export of every revision until now."""
        self.dataset.refresh_from_db()
        return [
            hashlib.sha256(b"".join(export_jsonl(self.dataset, number=number))).hexdigest()
            for number in range(self.dataset.revision_number + 1)
        ]

    def check_counters(self) -> None:
        self.dataset.refresh_from_db()
        blocks = RecordBlock.objects.filter(dataset_id=self.dataset.id).values_list("live", flat=True)
        assert self.dataset.record_count == sum(blocks) == len(self.shown())


@given(
    before=st.lists(EDITS, max_size=3),
    condition=FILTERS,
    excluded=st.lists(WHICH, max_size=2),
    meanwhile=st.lists(EDITS, max_size=3),
    change=CHANGES,
    after=st.lists(EDITS, max_size=2),
)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_promises_hold_whatever_people_do(
    before: list[tuple[Any, ...]],
    condition: Group,
    excluded: list[int],
    meanwhile: list[tuple[Any, ...]],
    change: Change,
    after: list[tuple[Any, ...]],
    author: Author,
    dataset: Dataset,
) -> None:
    desk = Desk(DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner), author)
    for edit in before:
        desk.edit(*edit)
    matched = list(Record.objects.in_dataset(desk.dataset).matching(condition, desk.dataset).in_order())
    exclusions = {matched[which % len(matched)].id for which in excluded if matched}
    desk.dataset.refresh_from_db()
    selection = Selection(condition, desk.dataset.revision_number, exclusions=tuple(exclusions))
    digests = desk.digests()
    exported = _exported(desk, selection)
    assert len(exported.splitlines()) == len(matched) - len(exclusions)
    for edit in meanwhile:
        desk.edit(*edit)
    seen = desk.shown()
    wanted = {record.id for record in matched if record.id not in exclusions and record.id in seen}
    revision = _apply(desk, selection, change, wanted, seen)
    if revision is not None:
        undo_revision(revision, author=author)
        assert desk.shown() == seen
    for edit in after:
        desk.edit(*edit)
    assert desk.digests()[: len(digests)] == digests
    assert _exported(desk, selection) == exported
    desk.check_counters()
    _check_comparison(desk, len(digests) - 1)


def _exported(desk: Desk, selection: Selection) -> bytes:
    return b"".join(export_selection(SelectedThen(desk.dataset, selection)))


def _apply(
    desk: Desk, selection: Selection, change: Change, wanted: set[UUID], seen: dict[UUID, dict[str, Any]]
) -> Revision | None:
    """The revision, or None when no record became another one."""
    try:
        revision = change_records(desk.dataset, selection, change, author=desk.author)
    except NothingToChangeError:
        assert desk.shown() == seen
        return None
    assert isinstance(revision, Revision)
    touched = set(RecordChange.objects.filter(revision=revision).values_list("record_id", flat=True))
    now = desk.shown()
    assert touched == {record_id for record_id in seen if now.get(record_id) != seen[record_id]}
    assert touched <= wanted
    if not (isinstance(change, ReplaceText) and change.find in change.put):
        # Who was wanted and not touched is as asked for: to ask again changes nothing.
        with pytest.raises(NothingToChangeError):
            change_records(desk.dataset, selection, change, author=desk.author)
    return revision


def _check_comparison(desk: Desk, number: int) -> None:
    """Against the exports of both revisions, read as records."""
    now = desk.dataset.revision_number
    counts = Comparison(desk.dataset, number, now).page().counts
    backwards = Comparison(desk.dataset, now, number).page().counts
    assert backwards == (counts.removed, counts.added, counts.changed)
    lines = [len(b"".join(export_jsonl(desk.dataset, number=each)).splitlines()) for each in (number, now)]
    assert lines[1] - lines[0] == counts.added - counts.removed
    if counts == (0, 0, 0):
        assert desk.digests()[number] == desk.digests()[now]
