"""Which records differ between two revisions of a dataset, by what the revisions between them wrote.

A field that nothing between them names is equal at both ends. One that was written once is another value for sure,
where a bulk change did it; only where it was written again, or may have been given the value that it had, the values
of both ends are read. So the hundred thousands of a bulk change are told by its change rows alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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
GIVEN_TO_ALL = ("status", "split")
"""A bulk change gives one value of these to all its records, so one of them tells it for all."""


class _Known(IntFlag):
    """What is found out about a record; all of it together says how it differs."""

    CREATED = 1
    WAS_LIVE = 2
    WAS_TRASHED = 4
    LIVE_THEN = 8
    TRASHED_THEN = 16
    TRASHED_NOW = 32
    CHANGED = 64


class _Revision(NamedTuple):
    """A bulk change, or the undoing of one, names the same fields in all its records, and touches only those that
    become others. `sign` is -1 where it undoes one between, and 1 again where that was an undoing itself."""

    id: UUID
    number: int
    undoes_id: UUID | None
    is_bulk: bool
    fields: list[str]
    sign: int = 1


def differences(
    dataset: Dataset, early: int, late: int, *, after: UUID, limit: int
) -> list[tuple[str, int, list[UUID]]]:
    """From revision `early` to `late`, of each kind that there is: its name, how many records, and the next ids behind
    a place."""
    with transaction.atomic(), connection.cursor() as cursor:
        # What is known of each record is gathered by its id, of a hundred thousand in some 20 MB.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(_REVISIONS, {"dataset": dataset.pk, "early": early})
        written = _sorted_out((_Revision(*row) for row in cursor.fetchall()), late)
        params: dict[str, Any] = {"dataset": dataset.pk, "after": after, "limit": limit}
        cursor.execute(written.sql(), {**written.params(), **params})
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class _Written:
    """By the revisions between the two, and by those after both."""

    between: list[_Revision]
    later: list[_Revision]

    def params(self) -> dict[str, Any]:
        params = {
            "between": [one.id for one in self.between],
            "bulk": [one.id for one in self.between if one.is_bulk],
            "giving": [one.id for one in self.between if one.is_bulk and one.undoes_id is None],
            "undoing": [one.id for one in self.between if one.sign < 0],
        }
        for name in (*COMPARED, "trashed_at"):
            params[name] = [one.id for one in self.between if name in one.fields]
            params[f"later_{name}"] = [one.id for one in self.later if name in one.fields]
        return params

    def sql(self) -> str:
        changed = (sql for name in COMPARED if (sql := self._changed(name)))
        return _DIFFERENCES.format(
            written=" UNION ALL ".join((_NONE, *changed)),
            turned=_turned("trashed_at", _Known.WAS_LIVE, _Known.WAS_TRASHED),
            turned_later=_turned("later_trashed_at", _Known.LIVE_THEN, _Known.TRASHED_THEN),
            **_KNOWN,
        )

    def _changed(self, name: str) -> str:
        """The records in which that field is another value; nothing where nothing names it."""
        naming = [one for one in self.between if name in one.fields]
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
        firsts = (
            f"(array_agg({past.text(column, f'change.{column}')} ORDER BY revision.number))[1] AS {column}"
            for column in columns
        )
        given, ends = "", [_PRESENT]
        if any(name in one.fields for one in self.later):
            ends.insert(0, _REPLACED_LATER)
        if name in GIVEN_TO_ALL:
            given, ends = _GIVEN.format(**parts), [_GIVEN_LAST, *ends]
        return _WRITTEN.format(
            **parts, firsts=", ".join(firsts), given=given, ends=", ".join(ends).format(**parts)
        )


def _sorted_out(revisions: Iterable[_Revision], late: int) -> _Written:
    """In the order of their numbers."""
    written = _Written([], [])
    signs: dict[UUID | None, int] = {}
    for one in revisions:
        if one.number > late:
            written.later.append(one)
        else:
            signs[one.id] = -signs.get(one.undoes_id, -1)
            written.between.append(one._replace(sign=signs[one.id]))
    return written


def _turned(revisions: str, live: _Known, trashed: _Known) -> str:
    return _TURNED.format(revisions=revisions, live=live.value, trashed=trashed.value)


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
({given} SELECT was.id FROM (
    SELECT change.record_id AS id, {firsts},
           sum(CASE WHEN revision.id = ANY (%(undoing)s) THEN -1 ELSE 1 END) AS times,
           max(revision.number) AS last, bool_and(revision.id = ANY (%(bulk)s)) AS is_sure
    FROM records_recordchange AS change JOIN datasets_revision AS revision ON revision.id = change.revision_id
    WHERE change.revision_id = ANY (%({field})s) AND '{field}' = ANY (change.fields)
    GROUP BY change.record_id) AS was
WHERE times > 0 AND (times = 1 AND is_sure OR coalesce({ends})))
"""
# Of three places where the last value may be found, the one that is the least work: what the last bulk change gave to
# all its records, the old value of the first later change, the record.
_GIVEN_LAST = """
(SELECT {is_other} FROM given AS value WHERE value.number = was.last)
"""
_GIVEN = """
WITH given AS MATERIALIZED (
    SELECT revision.number, coalesce(
        (SELECT later.{field}
         FROM records_recordchange AS later JOIN datasets_revision AS next ON next.id = later.revision_id
         WHERE later.record_id = change.record_id AND next.number > revision.number
           AND '{field}' = ANY (later.fields)
         ORDER BY next.number LIMIT 1),
        (SELECT {field} FROM records_record WHERE id = change.record_id)) AS {field}
    FROM datasets_revision AS revision
    CROSS JOIN LATERAL (SELECT record_id FROM records_recordchange
                        WHERE revision_id = revision.id ORDER BY record_id LIMIT 1) AS change
    WHERE revision.id = ANY (%({field})s) AND revision.id = ANY (%(giving)s))
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
# Whether each was live before the first of these revisions that moved it to or out of the trash.
_TURNED = """
SELECT DISTINCT ON (change.record_id)
       change.record_id, CASE WHEN change.trashed_at IS NULL THEN {live} ELSE {trashed} END
FROM records_recordchange AS change JOIN datasets_revision AS revision ON revision.id = change.revision_id
WHERE change.revision_id = ANY (%({revisions})s) AND 'trashed_at' = ANY (change.fields)
ORDER BY change.record_id, revision.number
"""
# Gathered by a grouping, not by joins: these are planned by statistics, which know nothing of a change just made.
_DIFFERENCES = """
WITH gathered AS (
    SELECT id, bit_or(known) AS known
    FROM (SELECT id, {created} AS known FROM records_record WHERE revision_id = ANY (%(between)s)
          UNION ALL ({turned})
          UNION ALL ({turned_later})
          UNION ALL SELECT id, {trashed_now} FROM records_record
                    WHERE dataset_id = %(dataset)s AND trashed_at IS NOT NULL
          UNION ALL SELECT id, {changed} FROM ({written}) AS written) AS finds
    GROUP BY id),
ends AS (
    SELECT id, known, CASE WHEN known & {live_then} <> 0 THEN true WHEN known & {trashed_then} <> 0 THEN false
                           ELSE known & {trashed_now} = 0 END AS is_live
    FROM gathered),
states AS (
    SELECT id, is_live, known & {changed} <> 0 AS is_changed,
           CASE WHEN known & {created} <> 0 THEN false WHEN known & {was_live} <> 0 THEN true
                WHEN known & {was_trashed} <> 0 THEN false ELSE is_live END AS was_live
    FROM ends),
differing AS MATERIALIZED (
    SELECT id, CASE WHEN NOT was_live THEN 'added' WHEN NOT is_live THEN 'removed' ELSE 'changed' END AS difference
    FROM states WHERE was_live <> is_live OR was_live AND is_changed)
SELECT difference, count(*), ARRAY(
    SELECT id FROM differing AS one
    WHERE one.difference = differing.difference AND id > %(after)s ORDER BY id LIMIT %(limit)s)
FROM differing GROUP BY difference
"""
