"""The history as people read it: what one person edited quickly, one edit after the other, is one line. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from datasets.models import Door, Revision

TOGETHER = timedelta(minutes=5)
"""Edits that follow one another within this time are one line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One revision, or several quick edits in a row; the newest first."""

    revisions: tuple[Revision, ...]

    @property
    def newest(self) -> Revision:
        return self.revisions[0]

    @property
    def oldest(self) -> Revision:
        return self.revisions[-1]

    @property
    def is_folded(self) -> bool:
        return len(self.revisions) > 1


def fold(revisions: Iterable[Revision]) -> list[Line]:
    """Of published revisions, the newest first."""
    runs: list[list[Revision]] = []
    for revision in revisions:
        if runs and _belongs(revision, runs[-1][-1]):
            runs[-1].append(revision)
        else:
            runs.append([revision])
    return [Line(tuple(run)) for run in runs]


def _belongs(revision: Revision, later: Revision) -> bool:
    return (
        _is_quick(revision)
        and _is_quick(later)
        and revision.user_id == later.user_id
        and later.created_at - revision.created_at <= TOGETHER
    )


def _is_quick(revision: Revision) -> bool:
    """An edit of one record in the pages; what somebody reviewed and saved as one stands alone."""
    touched = revision.added + revision.changed + revision.removed
    return (
        revision.kind == Revision.Kind.UPDATE
        and revision.door == Door.PAGE
        and touched == 1
        and not revision.details
    )
