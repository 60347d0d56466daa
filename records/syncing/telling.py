"""What people are told of a plan: its counts, and the first changes of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from files.parsing import Chunk
from records.content import signals_of_text
from records.models import SyncPlan
from records.syncing.planning import Change, Kind, Plan

SAMPLES = 20
_WORDS = {
    Kind.NEW: "{:,} new",
    Kind.CHANGED: "{:,} changed",
    Kind.REMOVED: "{:,} removed",
    Kind.MOVED: "{:,} moved",
    Kind.UNCHANGED: "{:,} unchanged",
    Kind.EDITED: "{:,} edited by hand and kept",
    Kind.CONFLICT: "{:,} in conflict",
}


def counts_of(plan: Plan) -> dict[str, int]:
    """By the names of the kinds, and of the chunks that are records now, `records`."""
    counts = {kind.value: count for kind, count in plan.counts().items()}
    return {**counts, "records": sum(change.piece is not None for change in plan.changes)}


def sentence_of(counts: Mapping[str, int]) -> str:
    told = [words.format(counts[kind]) for kind, words in _WORDS.items() if counts[kind]]
    return f"{', '.join(told) or 'Nothing to do'}."


def keep_plan(plan: Plan, chunks: Mapping[int, Chunk], *, job_id: Any, **about: Any) -> None:
    """For the pages, with what the file says. What records say is read when a page is shown, so that nothing of a
    record outlives it here."""
    samples = {
        kind.value: [_sample(change, chunks) for change in plan.of(kind)[:SAMPLES]]
        for kind in Kind
        if kind is not Kind.UNCHANGED
    }
    counts = {kind.value: count for kind, count in plan.counts().items()}
    SyncPlan.objects.update_or_create(job_id=job_id, defaults={**about, "counts": counts, "samples": samples})


def _sample(change: Change, chunks: Mapping[int, Chunk]) -> dict[str, Any]:
    tied, piece = change.tied, change.piece
    chunk = chunks[piece.place] if piece else None
    return {
        "record_id": str(tied.id) if tied else None,
        "is_trashed": bool(tied and tied.is_trashed),
        "old_place": tied.place if tied else None,
        "place": chunk.place if chunk else None,
        "label": chunk.label if chunk else "",
        "file_preview": signals_of_text(chunk.text).preview if chunk else "",
    }
