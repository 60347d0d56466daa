"""Which records differ between two revisions of a dataset, by what the revisions between them wrote.

A field that nothing between them names is equal at both ends. One that was written once is another value for sure,
where a bulk change did it; only where it was written again, or may have been given the value that it had, the values
of both ends are read. So the hundred thousands of a bulk change are told by its change rows alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from datasets.models import Dataset
from records import past
from records.changefields import CONTENT

# The columns by the name under which a change names them; content is named as a whole.
COMPARED = {
    CONTENT[0]: CONTENT,
    **{name: (name,) for name in ("meta", "source", "tags", "status", "split", "key")},
}


class _Known(IntFlag):
    """What is found out about a record; all of it together says how it differs."""

    CREATED = 1
    WAS_LIVE = 2
    WAS_TRASHED = 4
    TRASHED = 8
    CHANGED = 16


class _Revision(NamedTuple):
    """A bulk change, or the undoing of one, names the same fields in all its records, and touches only those that
    become others. `sign` is -1 where it undoes one between, and 1 again where that was an undoing itself."""

    id: UUID
    number: int
    undoes_id: UUID | None
    is_bulk: bool
    fields: list[str]
    sign: int = 1


@dataclass(slots=True)
class Between:
    """From the records at revision `early` to those at revision `late`."""

    dataset: Dataset
    early: int
    late: int
    _revisions: list[_Revision] = field(default_factory=list)
    _later: list[_Revision] = field(default_factory=list)

    def differences(self, *, after: UUID, limit: int) -> list[tuple[str, int, list[UUID]]]:
        """Of each kind that there is: its name, how many records, and the next ids behind a place."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL work_mem = '64MB'"
            )  # What is known of each record is gathered by its id.
            cursor.execute(_REVISIONS, {"dataset": self.dataset.pk, "early": self.early})
            self._sort_out(_Revision(*row) for row in cursor.fetchall())
            cursor.execute(self._sql(), {**self._params(), "after": after, "limit": limit})
            return list(cursor.fetchall())

    def _sort_out(self, revisions: Iterator[_Revision]) -> None:
        signs: dict[UUID | None, int] = {}
        for one in revisions:
            if one.number > self.late:
                self._later.append(one)
            else:
                signs[one.id] = -signs.get(one.undoes_id, -1)
                self._revisions.append(one._replace(sign=signs[one.id]))

    def _params(self) -> dict[str, Any]:
        params = {
            "dataset": self.dataset.pk,
            "between": [one.id for one in self._revisions],
            "bulk": [one.id for one in self._revisions if one.is_bulk],
            "undoing": [one.id for one in self._revisions if one.sign < 0],
        }
        for name in (*COMPARED, "trashed_at"):
            params[name] = [one.id for one in self._revisions if name in one.fields]
            params[f"later_{name}"] = [one.id for one in self._later if name in one.fields]
        return params

    def _sql(self) -> str:
        changed = (sql for name in COMPARED if (sql := self._changed(name)))
        return _DIFFERENCES.format(written=" UNION ALL ".join((_NONE, *changed)), **_KNOWN)

    def _changed(self, name: str) -> str:
        """The records in which that field is another value; nothing where nothing names it."""
        naming = [one for one in self._revisions if name in one.fields]
        if not naming:
            return ""
        if len(naming) == 1 and naming[0].is_bulk:
            return _WRITTEN_ONCE.format(field=name)
        columns = COMPARED[name]
        parts = {
            "field": name,
            "olds": ", ".join(f"change.{column}" for column in columns),
            "is_other": f"({_texts(columns, 'was')}) IS DISTINCT FROM ({_texts(columns, 'value')})",
        }
        later = any(name in one.fields for one in self._later)
        ends = ", ".join(
            end.format(**parts) for end in ((_REPLACED_LATER, _PRESENT) if later else (_PRESENT,))
        )
        firsts = (
            f"(array_agg({past.text(column, f'change.{column}')} ORDER BY revision.number))[1] AS {column}"
            for column in columns
        )
        return _WRITTEN.format(**parts, firsts=", ".join(firsts), ends=ends)


def _texts(columns: tuple[str, ...], table: str) -> str:
    return ", ".join(past.text(column, f"{table}.{column}") for column in columns)


_KNOWN = {one.name.lower(): one.value for one in _Known if one.name}
# All rows of a bulk change name the same fields, so one is asked. It is found by its place in the index: whoever looks
# for any row of the revision may be led through the whole table.
_REVISIONS = """
SELECT revision.id, revision.number, revision.undoes_id, revision.is_bulk, ARRAY(
    SELECT DISTINCT field
    FROM (SELECT fields FROM records_recordchange WHERE revision_id = revision.id
          ORDER BY record_id LIMIT CASE WHEN revision.is_bulk THEN 1 END) AS change, unnest(change.fields) AS field)
FROM (SELECT revision.id, revision.number, revision.undoes_id,
             coalesce(undone.details, revision.details) ? 'filter' AS is_bulk
      FROM datasets_revision AS revision LEFT JOIN datasets_revision AS undone ON undone.id = revision.undoes_id
      WHERE revision.dataset_id = %(dataset)s AND revision.number > %(early)s) AS revision
ORDER BY revision.number
"""
_NONE = "SELECT NULL::uuid AS id WHERE false"
_WRITTEN_ONCE = "SELECT record_id AS id FROM records_recordchange WHERE revision_id = ANY (%({field})s)"
# What an undoing brings back is the value before the change that it undoes, and nothing wrote the field in between: the
# two take each other off.
_WRITTEN = """
SELECT was.id FROM (
    SELECT change.record_id AS id, {firsts},
           sum(CASE WHEN revision.id = ANY (%(undoing)s) THEN -1 ELSE 1 END) AS times,
           bool_and(revision.id = ANY (%(bulk)s)) AS is_sure
    FROM records_recordchange AS change JOIN datasets_revision AS revision ON revision.id = change.revision_id
    WHERE change.revision_id = ANY (%({field})s) AND '{field}' = ANY (change.fields)
    GROUP BY change.record_id) AS was
WHERE times > 0 AND (times = 1 AND is_sure OR coalesce({ends}))
"""
_REPLACED_LATER = """
(SELECT {is_other} FROM (
    SELECT {olds} FROM records_recordchange AS change
    JOIN datasets_revision AS revision ON revision.id = change.revision_id
    WHERE change.record_id = was.id AND change.revision_id = ANY (%(later_{field})s)
      AND '{field}' = ANY (change.fields)
    ORDER BY revision.number LIMIT 1) AS value)
"""
_PRESENT = "(SELECT {is_other} FROM records_record AS value WHERE value.id = was.id)"
# Gathered by a grouping, not by joins: these are planned by statistics, which know nothing of a change just made.
_DIFFERENCES = """
WITH turned AS (
    SELECT DISTINCT ON (change.record_id) change.record_id AS id, change.trashed_at IS NULL AS was_live
    FROM records_recordchange AS change JOIN datasets_revision AS revision ON revision.id = change.revision_id
    WHERE change.revision_id = ANY (%(trashed_at)s) AND 'trashed_at' = ANY (change.fields)
    ORDER BY change.record_id, revision.number),
ends AS (
    SELECT DISTINCT ON (id) id, is_trashed
    FROM (SELECT change.record_id AS id, change.trashed_at IS NOT NULL AS is_trashed, revision.number
          FROM records_recordchange AS change JOIN datasets_revision AS revision ON revision.id = change.revision_id
          WHERE change.revision_id = ANY (%(later_trashed_at)s) AND 'trashed_at' = ANY (change.fields)
          UNION ALL
          SELECT id, true, NULL FROM records_record WHERE dataset_id = %(dataset)s AND trashed_at IS NOT NULL) AS ends
    ORDER BY id, number),
gathered AS (
    SELECT id, bit_or(known) AS known
    FROM (SELECT id, {created} AS known FROM records_record WHERE revision_id = ANY (%(between)s)
          UNION ALL SELECT id, CASE WHEN was_live THEN {was_live} ELSE {was_trashed} END FROM turned
          UNION ALL SELECT id, {trashed} FROM ends WHERE is_trashed
          UNION ALL SELECT id, {changed} FROM ({written}) AS written) AS finds
    GROUP BY id),
states AS (
    SELECT id, known & {trashed} = 0 AS is_live, known & {changed} <> 0 AS is_changed,
           CASE WHEN known & {created} <> 0 THEN false WHEN known & {was_live} <> 0 THEN true
                WHEN known & {was_trashed} <> 0 THEN false ELSE known & {trashed} = 0 END AS was_live
    FROM gathered),
differing AS MATERIALIZED (
    SELECT id, CASE WHEN NOT was_live THEN 'added' WHEN NOT is_live THEN 'removed' ELSE 'changed' END AS difference
    FROM states WHERE was_live <> is_live OR was_live AND is_changed)
SELECT difference, count(*), ARRAY(
    SELECT id FROM differing AS one
    WHERE one.difference = differing.difference AND id > %(after)s ORDER BY id LIMIT %(limit)s)
FROM differing GROUP BY difference
"""
