"""What a sync will do, or has done, as a page shows it: each kind of change with its number and its first ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from datasets.models import Dataset, Job
from project.lib.ids import parse_id
from records.models import Record, SyncPlan
from records.syncing.planning import Kind
from records.syncing.recipes import Recipe
from records.worddiff import Part, Sides, compare_words

# In the order in which people want to look at them.
WORDS: dict[Kind, tuple[str, str]] = {
    Kind.CONFLICT: (
        "In conflict",
        "edited by hand and changed in the file too: the edited text stays until somebody decides",
    ),
    Kind.REMOVED: ("Removed", "gone from the file, moved to the trash"),
    Kind.CHANGED: ("Changed", "take the file's new text; id, status and tags stay"),
    Kind.NEW: ("New", "added as records"),
    Kind.EDITED: ("Edited by hand", "left as they are"),
    Kind.MOVED: ("Moved", "the same text, elsewhere in the file"),
    Kind.UNCHANGED: ("Unchanged", "left as they are"),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One change. Sides are what the record says and what the file says, either of them empty where there is none."""

    record_id: UUID | None  # None for a new one, and for one that is gone.
    location: str
    sides: Sides


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The changes of one kind."""

    kind: Kind
    title: str
    meaning: str
    count: int
    samples: list[Sample]


@dataclass(frozen=True, slots=True)
class PlanPage:
    plan: SyncPlan
    groups: list[ChangeGroup]
    is_done: bool  # Whether it tells of a sync that has ended.
    is_current: bool  # Whether the file is still as it was planned with.


def read_plan(dataset: Dataset, plan: SyncPlan, recipe: Recipe) -> PlanPage:
    """With what the records say now, in one query. `recipe` is how the file would be cut today."""
    is_done = plan.job.kind == Job.Kind.SYNC_FILE
    previews = _previews(dataset, plan)
    return PlanPage(
        plan=plan,
        groups=[
            ChangeGroup(
                kind=kind,
                title=title,
                meaning=meaning,
                count=plan.counts[kind],
                samples=[_sample(sample, previews, is_done=is_done) for sample in plan.samples.get(kind, ())],
            )
            for kind, (title, meaning) in WORDS.items()
            if plan.counts.get(kind)
        ],
        is_done=is_done,
        is_current=plan.recipe == recipe,
    )


def _previews(dataset: Dataset, plan: SyncPlan) -> dict[UUID, str]:
    """Of the records in the samples, also of those in the trash."""
    ids = [
        record_id
        for samples in plan.samples.values()
        for sample in samples
        if (record_id := parse_id(sample["record_id"]))
    ]
    records = Record.objects.published().filter(dataset=dataset, id__in=ids)
    return dict(records.values_list("id", "preview"))


def _sample(sample: Mapping[str, Any], previews: Mapping[UUID, str], *, is_done: bool) -> Sample:
    record_id = parse_id(sample["record_id"])
    record_id = record_id if record_id in previews else None
    location = sample["label"] or _place_words(sample["place"] or sample["old_place"])
    mine, files = previews.get(record_id, "") if record_id else "", sample["file_preview"]
    if is_done or not (mine and files):
        text = (Part(mine or files, is_own=False),)
        sides = Sides(text if mine else (), () if mine else text)
    else:
        sides = compare_words(mine, files)
    return Sample(record_id, location, sides)


def _place_words(place: int | None) -> str:
    return f"part {place:,}" if place else ""
