"""Exports that are remembered: when the last byte has left, the event log has the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from datasets.events import log_event
from datasets.models import Dataset
from project.accounts.types import Author
from project.lib.filters import Group
from records.exportformats import format_named
from records.exporting import export_jsonl, export_numbered, export_selection
from records.fields import RECORD_FIELDS
from records.manifests import Measured, manifest_of
from records.selections import SelectedThen, Selection

EXPORT_EVENT = "export.records"


@dataclass(frozen=True, slots=True)
class ExportAs:
    """How the file is called, and the name of its format."""

    name: str
    format: str = "jsonl"


def export_matching(
    dataset: Dataset, condition: Group, wanted: ExportAs, *, author: Author
) -> Iterator[bytes]:
    """The live records that match, of one moment, from the first byte on. Raises FilterError and RecordInvalidError
    at once."""
    format_named(wanted.format)
    RECORD_FIELDS.compile(condition)
    return _present(dataset, condition, wanted, author)


def export_selected(
    dataset: Dataset, selection: Selection, wanted: ExportAs, *, author: Author
) -> Iterator[bytes]:
    """What was selected at a revision, as it was then: asked for again, it is the same bytes, but for what was deleted
    for good. Raises FilterError, RecordInvalidError and SelectionOutdatedError at once."""
    format_named(wanted.format)
    if selection.condition or selection.exclusions or selection.chosen is not None:
        lines = export_selection(SelectedThen(dataset, selection))
    else:
        lines = export_jsonl(dataset, number=selection.revision_number)
    return _remembered(dataset, selection, lines, wanted, author)


def _present(dataset: Dataset, condition: Group, wanted: ExportAs, author: Author) -> Iterator[bytes]:
    lines = export_numbered(dataset, condition)
    number, _, rest = next(lines).partition(b"\n")
    selection = Selection(condition, int(number))
    yield from _remembered(dataset, selection, chain([rest] if rest else [], lines), wanted, author)


def _remembered(
    dataset: Dataset, selection: Selection, lines: Iterator[bytes], wanted: ExportAs, author: Author
) -> Iterator[bytes]:
    measured = Measured(lines, format_named(wanted.format))
    yield from measured
    log_event(
        dataset.workspace_id,
        EXPORT_EVENT,
        dataset_id=dataset.id,
        user_id=author.user_id,
        meta=manifest_of(selection, measured, name=wanted.name, format_name=wanted.format),
    )
