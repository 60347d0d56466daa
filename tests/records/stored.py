"""What the tables hold of records, for comparisons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F

from records.changefields import CURATED, path_of
from records.models import Record
from records.querysets import RecordQuerySet

_COLUMNS = [field.attname for field in Record._meta.concrete_fields if field.name != "revision"]


def stored_values(records: RecordQuerySet) -> Iterable[dict[str, Any]]:
    """All values but the revision and the time of the last change."""
    rows: Iterable[dict[str, Any]] = records.values(*_COLUMNS, **{name: F(path_of(name)) for name in CURATED})
    return rows
