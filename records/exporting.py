"""Export to JSONL: the lines are composed by PostgreSQL and streamed through COPY, so memory stays flat and the
first byte leaves at once."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from datasets.models import Dataset
from project.lib.filters import Group
from records import past
from records.changefields import CURATED
from records.models import Record
from records.selections import SelectedThen

CHUNK_BYTES = 1 << 17


class TextShape(StrEnum):
    """How a line holds a record of the text form."""

    TEXT = """'{{"text":' || to_json({text})::text"""
    CONVERSATION = (
        """'{{"payload":{{"messages":[{{"role":"user","content":' || to_json({text})::text || '}}]}}'"""
    )


# One line: the content, its properties, and of our own values those that say something.
_LINE = """
CASE WHEN {form} = 'conversation'
     THEN '{{"payload":' || {payload}
     ELSE {text_line} END
|| ',"properties":' || {meta}
|| CASE WHEN {tags} = '{{}}' THEN '' ELSE ',"tags":' || to_json({tags}::varchar[])::text END
|| CASE WHEN {status} = 'new' THEN '' ELSE ',"status":"' || {status} || '"' END
|| CASE WHEN {split} = '' THEN '' ELSE ',"split":' || to_json({split})::text END
|| CASE WHEN {key} = '' THEN '' ELSE ',"key":' || to_json({key})::text END
|| CASE WHEN {source} = '' THEN '' ELSE ',"source":' || to_json({source})::text END
|| '}}'
"""
# For a whole dataset: walk the index in order and send as you go, where the planner would rather sort it all first.
_IN_ORDER = "SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
# And look up the curation of each record as it comes: else all of them would be gathered before the first byte leaves.
_ONE_BY_ONE = f"{_IN_ORDER}; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
_COLUMNS = ("form", "payload", "text", "meta", "tags", "status", "split", "key", "source")
_AS_TEXT = {"payload", "meta", "tags"}

# Row by row, in their order: as one join the old values would be compared with each record, or all of it be sorted.
# `IS TRUE` keeps the revisions a table to look into, where they would be a join as well.
_AS_OF = """
SELECT {line} FROM (
    SELECT record.id, {values}
    FROM records_record AS record
         CROSS JOIN LATERAL (SELECT tags, status, split FROM records_curation
                             WHERE record_id = record.id OFFSET 0) AS curation
         LEFT JOIN LATERAL ({replaced}) AS replaced ON true
    WHERE record.dataset_id >= %(dataset)s AND record.dataset_id <= %(dataset)s
      AND (record.revision_id IN (SELECT id FROM datasets_revision
                                  WHERE dataset_id = %(dataset)s AND number <= %(number)s)) IS TRUE
      AND {trashed_at} IS NULL {restriction}
    ORDER BY record.dataset_id, record.id) AS past
"""
_TABLE = "exported_records"
_OF_RECORDS = f"AND record.id IN (SELECT id FROM {_TABLE})"
# In one statement, so of one moment: the number of the revision and, below it, what matches at that revision.
_NUMBERED = "(SELECT revision_number::text FROM datasets_dataset WHERE id = %s) UNION ALL ({lines})"


def export_jsonl(
    dataset: Dataset,
    *,
    number: int | None = None,
    condition: Group | None = None,
    texts: TextShape = TextShape.TEXT,
) -> Iterator[bytes]:
    """Chunks of whole lines, one record each in the dataset's order, of one moment: as they are now, those that
    match `condition`; or all as they were at revision `number`."""
    if number is not None:
        return _copy_out(_past_query(texts), {"dataset": dataset.pk, "number": number}, settings=_IN_ORDER)
    return _copy_out(*_present_query(dataset, condition or Group(), texts), settings=_settings(condition))


def export_numbered(dataset: Dataset, condition: Group) -> Iterator[bytes]:
    """Of the live records those that match; before them a line with the number of the revision that this is."""
    sql, params = _present_query(dataset, condition, TextShape.TEXT)
    return _copy_out(_NUMBERED.format(lines=sql), (dataset.pk, *params), settings=_settings(condition))


def export_selection(selected: SelectedThen) -> Iterator[bytes]:
    """What was selected at a revision, as it was then."""
    params = {"dataset": selected.dataset.pk, "number": selected.selection.revision_number}
    with transaction.atomic():
        selected.keep_in(_TABLE)
        _execute(f"ANALYZE {_TABLE}")
        yield from _copy_out(_past_query(TextShape.TEXT, of_records=_OF_RECORDS), params)
        _execute(f"DROP TABLE {_TABLE}")


def _line(columns: dict[str, str], texts: TextShape) -> str:
    return _LINE.format(**columns, text_line=texts.format(**columns))


def _as_text(column: str) -> str:
    return f"{column}::text" if column in _AS_TEXT else column


def _table_of(column: str) -> str:
    return "records_curation" if column in CURATED else "records_record"


def _settings(condition: Group | None) -> str:
    return "" if condition else _ONE_BY_ONE


def _present_query(dataset: Dataset, condition: Group, texts: TextShape) -> tuple[str, tuple[Any, ...]]:
    records = Record.objects.in_dataset(dataset).matching(condition, dataset).curated_in(dataset)
    line = _line({name: f"{_table_of(name)}.{_as_text(name)}" for name in _COLUMNS}, texts)
    lines = records.in_order().annotate(line=RawSQL(line, ())).values_list("line")
    sql, params = lines.query.sql_with_params()
    return sql, tuple(params)


def _past_query(texts: TextShape, *, of_records: str = "") -> str:
    return _AS_OF.format(
        replaced=past.replaced_of_each((*_COLUMNS, "trashed_at"), number="%(number)s"),
        values=", ".join(f"{past.value(name)} AS {name}" for name in _COLUMNS),
        trashed_at=past.value("trashed_at"),
        restriction=of_records,
        line=_line({name: f"past.{name}" for name in _COLUMNS}, texts),
    )


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _copy_out(sql: str, params: Any, *, settings: str = "") -> Iterator[bytes]:
    with transaction.atomic(), connection.wrap_database_errors, connection.cursor() as cursor:
        if settings:
            cursor.execute(settings)
        with cursor.copy(f"COPY ({cursor.mogrify(sql, params)}) TO STDOUT") as copy:
            lines: list[bytes] = []
            size = 0
            for line in copy:
                lines.append(bytes(line))
                size += len(line)
                if size >= CHUNK_BYTES:
                    yield _unescaped(lines)
                    lines, size = [], 0
            if lines:
                yield _unescaped(lines)


def _unescaped(lines: list[bytes]) -> bytes:
    """COPY doubles backslashes; JSON text has nothing else that it would escape."""
    return b"".join(lines).replace(b"\\\\", b"\\")
