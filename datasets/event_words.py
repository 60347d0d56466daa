"""How events are told to people. A type that is unknown here is told by its own words, so that none is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datasets.models import Job

_JOBS = {kind.value.replace("_", "."): str(kind.label) for kind in Job.Kind}
_NAMED_JOBS = ("import.", "sample.", "sync.", "plan.", "export.", "purge.")

KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "records": ("Records", ("record.",)),
    "changes": (
        "Bulk changes and undoing",
        ("revision.", *(f"{name}." for name in _JOBS if not f"{name}.".startswith(_NAMED_JOBS))),
    ),
    "imports": ("Imports and samples", ("import.", "sample.", "rule.")),
    "files": ("Files", ("file.", "dataset.file.")),
    "syncs": ("Syncs", ("sync.", "plan.", "dataset.sync.")),
    "exports": ("Exports", ("export.",)),
    "dataset": ("Dataset", ("dataset.create", "dataset.update", "dataset.delete", "purge.")),
}

_DONE = {
    "accepted": "asked for",
    "add": "added",
    "attach": "attached",
    "cancelled": "cancelled",
    "completed": "done",
    "create": "added",
    "delete": "deleted",
    "detach": "detached",
    "failed": "failed",
    "finish": "done",
    "import": "imported",
    "restore": "restored",
    "start": "began",
    "started": "began",
    "sync": "synced",
    "trash": "moved to the trash",
    "undo": "undone",
    "update": "changed",
    "upload": "uploaded",
}
_TONES = {"completed": "good", "finish": "good", "failed": "bad", "cancelled": "warn"}
_OWN = {
    "dataset.create": "Dataset created",
    "export.records": "Exported",
    "record.delete": "Deleted for good",
    "rule.create": "Sampling rule made",
    "rule.delete": "Sampling rule deleted",
    "rule.pause": "Sampling rule paused",
    "rule.resume": "Sampling rule resumed",
    "rule.update": "Sampling rule changed",
    "revision.undo": "Revision undone",
}


def sentence_of(type_: str, meta: Mapping[str, Any]) -> str:
    """Such as “3 records added”, “Sync of a file failed”."""
    subject, _, verb = type_.rpartition(".")
    told = _OWN.get(type_) or f"{_subject(subject)} {_DONE.get(verb, verb.replace('_', ' '))}".strip()
    count = meta.get("records")
    if not isinstance(count, int) or type_.startswith("plan."):
        return told
    counted = f"{count:,} record{'' if count == 1 else 's'}"
    if type_.startswith("record."):
        return f"{counted} {told.removeprefix('Record ').lower()}"
    return f"{told}: {counted}"


def tone_of(type_: str) -> str:
    """The badge of what came to an end, well or badly; empty for the rest."""
    return _TONES.get(type_.rpartition(".")[2], "")


def _subject(subject: str) -> str:
    """A job's kind, or the last word: in the log of a dataset all is about the dataset."""
    return _JOBS.get(subject) or subject.rpartition(".")[2].replace("_", " ").capitalize()
