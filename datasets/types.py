from __future__ import annotations

from typing import Any, TypedDict

from project.lib.edits import MetaEdit


class DatasetValues(TypedDict, total=False):
    """What can be set on a dataset beside its name and description. An empty alias takes it away, None a limit."""

    alias: str
    meta: dict[str, Any] | MetaEdit
    sharing: str
    record_max_tokens: int | None
    separators: str
    search_min_score: float | None
    search_max_records: int | None
    search_max_tokens: int | None
    extras: dict[str, Any]  # Laid over the stored ones.
