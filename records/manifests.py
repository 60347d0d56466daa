"""What is kept of an export: by it anybody can tell what a file holds, whether it is whole, and make it again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from records.exportformats import ExportFormat
from records.selections import Selection

MAX_KEPT_IDS = 1_000
"""More ids, ticked or left out one by one, are not kept, and such an export cannot be repeated by its manifest."""


@dataclass(slots=True)
class Measured:
    """An export on its way: our own lines, and what becomes of them in its format. Iterated once."""

    lines: Iterable[bytes]
    format: ExportFormat
    records: int = 0
    size_bytes: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.format.reshape(self._counted()):
            self._digest.update(chunk)
            self.size_bytes += len(chunk)
            yield chunk

    def _counted(self) -> Iterator[bytes]:
        for chunk in self.lines:
            self.records += chunk.count(b"\n")
            yield chunk

    @property
    def sha256(self) -> str:
        return str(self._digest.hexdigest())


def manifest_of(selection: Selection, measured: Measured, *, name: str, format_name: str) -> dict[str, Any]:
    """As it is kept in the event log."""
    ids = len(selection.exclusions) + len(selection.chosen or ())
    return {
        "name": name,
        "format": format_name,
        "revision": selection.revision_number,
        "filter": selection.words,
        "records": measured.records,
        "bytes": measured.size_bytes,
        "sha256": measured.sha256,
        "selection": selection.as_json() if ids <= MAX_KEPT_IDS else None,
    }
