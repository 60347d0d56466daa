"""Taking a revision back. One rule: a value goes back unless a later revision changed it again; that one stays and is
counted. What the revision added goes to the trash, what it trashed comes back, with its content all that the content
says. The taking back is itself a revision with old values, so it can be taken back in the same way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils import timezone

from datasets.models import Revision
from records.changefields import CONTENT, CURATED, TIES, columns_of, whole
from records.models import Decision, Opinion, SyncConflict
from records.querysets import NEXT_MOMENT, lock_records

BATCH_RECORDS = 5_000
FORESEEN_RECORDS = 20_000
START = UUID(int=0)

_NEXT_IDS = """
(SELECT id FROM records_record
 WHERE revision_id = %(revision)s AND id > %(after)s {chosen} ORDER BY id LIMIT %(limit)s)
UNION
(SELECT record_id AS id FROM records_recordchange
 WHERE revision_id = %(revision)s AND record_id > %(after)s {chosen_changes} ORDER BY record_id LIMIT %(limit)s)
ORDER BY id LIMIT %(limit)s
"""
# What the revision did to each record, and which values later revisions changed.
_TOUCHED = """
WITH later_revisions AS MATERIALIZED (
    SELECT id FROM datasets_revision WHERE dataset_id = %(dataset)s AND number > %(number)s)
SELECT curation.record_id, {is_added}, {is_tied}, coalesce(change.fields, '{{}}'),
       ARRAY(SELECT DISTINCT field FROM records_recordchange AS later, unnest(later.fields) AS field
             WHERE later.record_id = curation.record_id AND EXISTS (SELECT FROM later_revisions)
               AND later.revision_id IN (SELECT id FROM later_revisions))
FROM records_curation AS curation {record} LEFT JOIN records_recordchange AS change
     ON change.revision_id = %(revision)s AND change.record_id = curation.record_id
WHERE curation.record_id = ANY (%(ids)s)
"""
_TOUCHED_OR_ADDED = _TOUCHED.format(
    is_added="record.revision_id = %(revision)s",
    is_tied="record.source_fingerprint IS NOT NULL",
    record="JOIN records_record AS record ON record.id = curation.record_id",
)
# Without reading a record.
_TOUCHED_ONLY = _TOUCHED.format(is_added="false", is_tied="false", record="")
# The old values are read first: left to itself, the planner may go through the whole revision for each record.
_OLD_VALUES = """
WITH change AS MATERIALIZED (
    SELECT record_id, {columns} FROM records_recordchange
    WHERE revision_id = %(undone)s AND record_id = ANY (%(ids)s))
"""
_RECORD_BACK = """,
record_back AS (
    UPDATE records_record AS record SET {values} FROM change WHERE change.record_id = record.id
    RETURNING {olds})
"""
_CURATION_BACK = """,
curation_back AS (
    UPDATE records_curation AS curation SET {values} FROM change WHERE change.record_id = curation.record_id
    RETURNING {olds})
"""
_TO_TRASH = """
WITH record_back AS (UPDATE records_record SET {values} WHERE id = ANY (%(ids)s) RETURNING {olds})
"""
_KEEP = """
INSERT INTO records_recordchange (id, dataset_id, revision_id, record_id, fields, {columns})
SELECT uuidv7(), %(dataset)s, %(undoing)s, record_id, %(fields)s, {columns} FROM {backs}
"""


@dataclass(slots=True)
class UndoCounts:
    """In records. One of which some values went back and others were kept is in both."""

    undone: int = 0
    kept: int = 0
    rewritten: int = 0

    def add(self, other: UndoCounts) -> None:
        self.undone += other.undone
        self.kept += other.kept
        self.rewritten += other.rewritten


def fields_back(changed: Collection[str], later: Collection[str]) -> tuple[str, ...]:
    """The values that go back, of those that were changed. Content goes back whole or not at all."""
    if not set(later).isdisjoint(CONTENT):
        later = {*later, *CONTENT}
    return tuple(name for name in changed if name not in later)


def touched_ids(
    revision: Revision,
    chosen: Sequence[UUID] | None,
    *,
    after: UUID = START,
    batch: int = BATCH_RECORDS,
) -> Iterator[list[UUID]]:
    """The records that a revision added or changed, or the chosen ones of them, in batches in their order, from a
    place on. Erased ones are not among them."""
    restriction = "" if chosen is None else "AND {} = ANY (%(chosen)s)"
    sql = _NEXT_IDS.format(chosen=restriction.format("id"), chosen_changes=restriction.format("record_id"))
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                sql,
                {
                    "revision": revision.pk,
                    "after": after,
                    "limit": batch,
                    "chosen": None if chosen is None else list(chosen),
                },
            )
            ids = [row[0] for row in cursor.fetchall()]
        if ids:
            yield ids
            after = ids[-1]
        if len(ids) < batch:
            return


def undo_batch(undone: Revision, undoing: Revision, ids: list[UUID]) -> UndoCounts:
    """Takes back what `undone` did to these records, as part of the pending revision `undoing`."""
    # After the lock: what a later revision changed is committed and seen by then.
    lock_records(ids)
    counts = UndoCounts()
    for (is_added, fields), group in _grouped(undone, ids, counts).items():
        _go_back(undone, undoing, group, fields, is_added=is_added)
        counts.undone += len(group)
        if CONTENT[0] in fields:
            counts.rewritten += len(group)
        if "status" in fields and undone.changed == 1:  # As each decision in a queue is.
            _withdraw_decisions(undone, group)
        if "source_fingerprint" in fields:
            SyncConflict.objects.over(group).found_by(undone).delete()
    return counts


def foresee(revision: Revision, chosen: Sequence[UUID] | None) -> tuple[UndoCounts, bool]:
    """What undoing would do as things are now, and whether all records were looked at or only the first
    FORESEEN_RECORDS."""
    counts, looked_at = UndoCounts(), 0
    for ids in touched_ids(revision, chosen):
        counts.undone += sum(len(group) for group in _grouped(revision, ids, counts).values())
        looked_at += len(ids)
        if looked_at >= FORESEEN_RECORDS:
            return counts, False
    return counts, True


def _grouped(
    undone: Revision, ids: list[UUID], counts: UndoCounts
) -> dict[tuple[bool, tuple[str, ...]], list[UUID]]:
    """The records by what goes back in them; those in which something is kept are counted."""
    groups: dict[tuple[bool, tuple[str, ...]], list[UUID]] = defaultdict(list)
    with connection.cursor() as cursor:
        revision = {"revision": undone.pk, "dataset": undone.dataset_id, "number": undone.number}
        cursor.execute(_TOUCHED_OR_ADDED if undone.added else _TOUCHED_ONLY, {**revision, "ids": ids})
        for record_id, is_added, is_tied, changed, later in cursor.fetchall():
            # What is tied to a file is freed as well, so that its next sync makes the record anew.
            did = ["trashed_at", *(TIES if is_tied else ())] if is_added else changed
            back = () if is_added and "trashed_at" in later else fields_back(did, later)
            counts.kept += len(back) < len(did)
            if back:
                groups[is_added, back].append(record_id)
    return groups


def _withdraw_decisions(undone: Revision, ids: list[UUID]) -> None:
    """What was decided in a queue by this revision is to be decided again."""
    made = list(Decision.objects.made_by(undone, ids).values_list("pk", "record_id"))
    if made:
        Decision.objects.filter(pk__in=[pk for pk, _ in made]).update(withdrawn_at=timezone.now())
        agreed = Opinion.objects.agreed_on([record_id for _, record_id in made])
        agreed.update(state=Opinion.State.WAITING)


def _trashed(name: str) -> str:
    """What a record that the revision added has in the trash: its ties to a file are cut."""
    return "clock_timestamp()" if name == "trashed_at" else "NULL"


def _restored(name: str) -> str:
    """The old value; but what goes back to the trash begins its time until the purge anew."""
    if name == "trashed_at":
        return "CASE WHEN change.trashed_at IS NULL THEN NULL ELSE clock_timestamp() END"
    return f"change.{name}"


def _go_back(
    undone: Revision, undoing: Revision, ids: list[UUID], fields: Sequence[str], *, is_added: bool
) -> None:
    """Values go back, and those that stood there become the old ones of the undoing, in one statement."""
    columns = columns_of(fields)
    updates, backs = _trashing(columns) if is_added else _bringing_back(columns)
    params = {"dataset": undoing.dataset_id, "undone": undone.pk, "undoing": undoing.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            updates + _KEEP.format(columns=", ".join(columns), backs=backs),
            {**params, "ids": ids, "fields": whole(fields)},
        )


def _trashing(columns: Sequence[str]) -> tuple[str, str]:
    """The updates, and from which of them the values come that stood there."""
    values = ", ".join(f"{name} = {_trashed(name)}" for name in columns)
    return _TO_TRASH.format(values=values, olds=_olds("id AS record_id", columns)), "record_back"


def _bringing_back(columns: Sequence[str]) -> tuple[str, str]:
    """The same for old values. The curation is written in any case, with the time."""
    own = [name for name in columns if name not in CURATED]
    curated = [name for name in columns if name in CURATED]
    updates, backs = _OLD_VALUES.format(columns=", ".join(columns)), "curation_back"
    if own:
        values = ", ".join(f"{name} = {_restored(name)}" for name in own)
        updates += _RECORD_BACK.format(values=values, olds=_olds("id AS record_id", own))
        backs += " JOIN record_back USING (record_id)"
    moments = [*(f"{name} = {_restored(name)}" for name in curated), f"updated_at = {NEXT_MOMENT}"]
    updates += _CURATION_BACK.format(values=", ".join(moments), olds=_olds("record_id", curated))
    return updates, backs


def _olds(key: str, columns: Sequence[str]) -> str:
    return ", ".join(f"old.{name}" for name in (key, *columns))
