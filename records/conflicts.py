"""Conflicts of syncs as a page shows them: what a person wrote beside what the file says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datasets.models import Dataset
from files.models import File
from files.querysets import FileQuerySet
from records.models import Record, SyncConflict
from records.worddiff import Sides, compare_words


@dataclass(frozen=True, slots=True)
class ConflictCard:
    conflict: SyncConflict
    record: Record
    file: File | None  # None when it was deleted, or is not for this reader.
    sides: Sides


def read_conflicts(
    dataset: Dataset, conflicts: Sequence[SyncConflict], *, files: FileQuerySet
) -> list[ConflictCard]:
    """In two queries. A conflict over a record that was deleted meanwhile is left out."""
    rows = Record.objects.published().filter(dataset=dataset)
    records = rows.in_bulk([conflict.record_id for conflict in conflicts])
    known = files.in_bulk({conflict.file_id for conflict in conflicts})
    return [
        ConflictCard(
            conflict=conflict,
            record=records[conflict.record_id],
            file=known.get(conflict.file_id),
            sides=compare_words(records[conflict.record_id].as_text, conflict.file_text),
        )
        for conflict in conflicts
        if conflict.record_id in records
    ]
