"""Records as they were at a revision: of each field the value that the first later change replaced, else the present
one. SQL in pieces, for the export, the selection and the comparison of the past. Records that were erased since are
gone from every revision."""

from __future__ import annotations

from collections.abc import Iterable

from records.changefields import COMPUTED, CONTENT, CURATED

# Arrays, and what cannot be compared, go through their text.
_THROUGH_TEXT = {"payload": "json", "meta": "jsonb", "tags": "varchar[]"}


def replaced(names: Iterable[str], *, number: str, records: str = "") -> str:
    """A query with one row a record that was changed after revision `number` (a parameter of the query): the old
    values of these fields, and under `had_...` whether there is one. `records` narrows the changes down."""
    return (
        f"SELECT change.record_id, {_firsts(names)} FROM records_recordchange AS change"
        " JOIN datasets_revision AS revision ON revision.id = change.revision_id"
        f" WHERE change.revision_id IN (SELECT id FROM datasets_revision"
        f" WHERE dataset_id = %(dataset)s AND number > {number}) {records}"
        " GROUP BY change.record_id"
    )


def replaced_of_each(names: Iterable[str], *, number: str) -> str:
    """The same for the `record` of the query around it: to be joined laterally where records are read in their order,
    however many were changed, and however many revisions there are."""
    return (
        f"SELECT {_firsts(names)} FROM records_recordchange AS change CROSS JOIN LATERAL"
        " (SELECT number FROM datasets_revision WHERE id = change.revision_id OFFSET 0) AS revision"
        f" WHERE change.record_id = record.id AND revision.number > {number} GROUP BY change.record_id OFFSET 0"
    )


def value(name: str, *, table: str = "replaced") -> str:
    """The past value of a field of `record` or of its `curation`, beside a join of `replaced`; as text where the type
    demands it."""
    present = f"curation.{name}" if name in CURATED else f"record.{name}"
    return f"CASE WHEN {table}.had_{name} THEN {table}.{name} ELSE {text(name, present)} END"


def typed(name: str, *, table: str = "replaced") -> str:
    """The same in the type of the column."""
    if name not in _THROUGH_TEXT:
        return value(name, table=table)
    return f"({value(name, table=table)})::{_THROUGH_TEXT[name]}"


def text(name: str, column: str) -> str:
    """What is in a column, where the type demands it as text."""
    return f"{column}::text" if name in _THROUGH_TEXT else column


def _firsts(names: Iterable[str]) -> str:
    """Of the changes of a record, by the numbers of their revisions."""
    return ", ".join(
        f"(array_agg({text(name, f'change.{name}')} ORDER BY revision.number)"
        f" FILTER (WHERE '{_named(name)}' = ANY (change.fields)))[1] AS {name},"
        f" bool_or('{_named(name)}' = ANY (change.fields)) AS had_{name}"
        for name in names
    )


def _named(name: str) -> str:
    """What was computed from the content changed with it."""
    return CONTENT[0] if name in COMPUTED else name
