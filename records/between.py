"""Which records differ between two revisions of a dataset, by what the revisions between them wrote.

A field that nothing between them names is equal at both ends. One that was written once is another value for sure,
where a bulk change did it; only where it was written again, or may have been given the value that it had, the values
of both ends are read. So the hundred thousands of a bulk change are told by its change rows alone.

`_REVISIONS` reads which revisions wrote which fields; by that `_Written` chooses for each field how its changed records
are found; `_DIFFERENCES` gathers by record what all of these find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from datasets.models import Dataset
from records import past
from records.changefields import CONTENT, CURATED

# The columns by the name under which a change names them; content is named as a whole.
COMPARED = {
    CONTENT[0]: CONTENT,
    **{name: (name,) for name in ("meta", "source", "tags", "status", "split", "key")},
}
GIVEN_TO_ALL = ("status", "split")
"""A bulk change gives one value of these to all its records, so one of them tells it for all."""


class _Known(IntFlag):
    """What is found out about a record, in bits; all of it together says how it differs. Whether it was live at the
    early and at the late revision is told by the next revision that moved it to or out of the trash."""

    CREATED = 1
    LIVE_EARLY = 2
    TRASHED_EARLY = 4
    LIVE_LATE = 8
    TRASHED_LATE = 16
    TRASHED_NOW = 32
    CHANGED = 64


class _Revision(NamedTuple):
    """One row of `_REVISIONS`, with the fields that it wrote in any of its records."""

    id: UUID
    number: int
    undoes_id: UUID | None
    is_bulk: bool
    """A bulk change, or the undoing of one: names the same fields in all its records, and touches only those that
    become others."""
    fields: list[str]
    sign: int = 1
    """-1 where it undoes one between, and 1 again where that was an undoing itself."""


def differences(
    dataset: Dataset, early: int, late: int, *, after: UUID, limit: int
) -> list[tuple[str, int, list[UUID]]]:
    """From revision `early` to `late`, of each kind that there is: `added`, `removed` or `changed`, how many records,
    and the first `limit` of their ids behind the id `after`."""
    with transaction.atomic(), connection.cursor() as cursor:
        # What is known of each record is gathered by its id, of a hundred thousand in some 20 MB.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(_REVISIONS, {"dataset": dataset.pk, "early": early})
        written = _sorted_out((_Revision(*row) for row in cursor.fetchall()), late)
        page: dict[str, Any] = {"dataset": dataset.pk, "after": after, "limit": limit}
        cursor.execute(written.sql(), {**written.params(), **page})
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class _Written:
    """By the revisions between the two and by those after both, each in the order of their numbers."""

    between: list[_Revision]
    later: list[_Revision]

    def params(self) -> dict[str, Any]:
        """The ids of the revisions of each sort; under the name of a field, those between that wrote it, and under
        `later_...` those after both that did."""
        params = {
            "between": [one.id for one in self.between],
            "bulk": [one.id for one in self.between if one.is_bulk],
            "giving": [one.id for one in self.between if one.is_bulk and one.undoes_id is None],
            "undoing": [one.id for one in self.between if one.sign < 0],
        }
        for name in (*COMPARED, "trashed_at"):
            params[name] = [one.id for one in _that_wrote(name, self.between)]
            params[f"later_{name}"] = [one.id for one in _that_wrote(name, self.later)]
        return params

    def sql(self) -> str:
        changed = (self._changed(name) for name in COMPARED if _that_wrote(name, self.between))
        return _DIFFERENCES.format(
            changed_ids=" UNION ALL ".join((_NONE, *changed)),
            turned=_turned("trashed_at", _Known.LIVE_EARLY, _Known.TRASHED_EARLY),
            turned_later=_turned("later_trashed_at", _Known.LIVE_LATE, _Known.TRASHED_LATE),
            **{known.name.lower(): known.value for known in _Known if known.name},
        )

    def _changed(self, name: str) -> str:
        """The records in which a field that was written is another value."""
        writing = _that_wrote(name, self.between)
        if len(writing) == 1 and writing[0].is_bulk:
            return _WRITTEN_ONCE.format(field=name)
        return self._changed_by_values(name)

    def _changed_by_values(self, name: str) -> str:
        columns = COMPARED[name]
        firsts = (
            f"(array_agg({past.text(column, f'change.{column}')} ORDER BY revision.number))[1] AS {column}"
            for column in columns
        )
        given, last_values = "", [_PRESENT]
        if _that_wrote(name, self.later):
            last_values.insert(0, _REPLACED_LATER)
        if name in GIVEN_TO_ALL:
            given = _GIVEN.format(field=name)
            last_values.insert(0, _GIVEN_LAST)
        is_other = ", ".join(last_values).format(
            field=name,
            table="records_curation" if name in CURATED else "records_record",
            key="record_id" if name in CURATED else "id",
            olds=", ".join(f"change.{column}" for column in columns),
            is_other=f"({_texts(columns, 'was')}) IS DISTINCT FROM ({_texts(columns, 'value')})",
        )
        return _WRITTEN.format(field=name, firsts=", ".join(firsts), given=given, is_other=is_other)


def _sorted_out(revisions: Iterable[_Revision], late: int) -> _Written:
    """The revisions come, and stay, in the order of their numbers: each behind the one that it undoes."""
    written = _Written([], [])
    signs: dict[UUID | None, int] = {}
    for one in revisions:
        if one.number > late:
            written.later.append(one)
        else:
            # What undoes none, or one that is not between, is a change like any other.
            signs[one.id] = -signs[one.undoes_id] if one.undoes_id in signs else 1
            written.between.append(one._replace(sign=signs[one.id]))
    return written


def _that_wrote(field: str, revisions: list[_Revision]) -> list[_Revision]:
    return [one for one in revisions if field in one.fields]


def _turned(revisions: str, live: _Known, trashed: _Known) -> str:
    return _TURNED.format(revisions=revisions, live=live.value, trashed=trashed.value)


def _texts(columns: tuple[str, ...], table: str) -> str:
    return ", ".join(past.text(column, f"{table}.{column}") for column in columns)


# All rows of a bulk change name the same fields, so one is asked, by its place in the index: there may be a hundred
# thousand. The rows of all others are read together: of each by itself, statistics that are older than it expect as
# many rows as of a bulk change, and lead through the whole table each time.
_REVISIONS = """
WITH asked AS MATERIALIZED (
    SELECT revision.id, revision.number, revision.undoes_id,
           coalesce(undone.details, revision.details) ? 'filter' AS is_bulk
    FROM datasets_revision AS revision LEFT JOIN datasets_revision AS undone ON undone.id = revision.undoes_id
    WHERE revision.dataset_id = %(dataset)s AND revision.number > %(early)s),
written AS (
    SELECT asked.id, change.fields
    FROM asked CROSS JOIN LATERAL (SELECT fields FROM records_recordchange WHERE revision_id = asked.id
                                   ORDER BY record_id LIMIT 1) AS change
    WHERE asked.is_bulk
    UNION ALL
    SELECT revision_id, fields FROM records_recordchange
    WHERE revision_id IN (SELECT id FROM asked WHERE NOT is_bulk))
SELECT asked.id, asked.number, asked.undoes_id, asked.is_bulk,
       array_remove(array_agg(DISTINCT written_field), NULL)
FROM asked LEFT JOIN written ON written.id = asked.id LEFT JOIN LATERAL unnest(written.fields) AS written_field ON true
GROUP BY asked.id, asked.number, asked.undoes_id, asked.is_bulk ORDER BY asked.number
"""
_NONE = "SELECT NULL::uuid AS id WHERE false"
_WRITTEN_ONCE = "SELECT record_id AS id FROM records_recordchange WHERE revision_id = ANY (%({field})s)"
# `was` is the value at the early end, which the first revision between replaced. What an undoing brings back is the
# value before the change that it undoes, and nothing wrote the field in between: the two take each other off in
# `times`. One bulk change that is left made another value for sure.
_WRITTEN = """
({given} SELECT was.id FROM (
    SELECT change.record_id AS id, {firsts},
           sum(CASE WHEN revision.id = ANY (%(undoing)s) THEN -1 ELSE 1 END) AS times,
           max(revision.number) AS last, bool_and(revision.id = ANY (%(bulk)s)) AS is_sure
    FROM records_recordchange AS change JOIN datasets_revision AS revision ON revision.id = change.revision_id
    WHERE change.revision_id = ANY (%({field})s) AND '{field}' = ANY (change.fields)
    GROUP BY change.record_id) AS was
WHERE times > 0 AND (times = 1 AND is_sure OR coalesce({is_other})))
"""
# Of three places where the value at the late end may be found, the one that is the least work: what the last bulk
# change gave to all its records, the old value of the first later change, the record. A place that does not know it has
# no row, and the next one is asked.
_GIVEN_LAST = """
(SELECT {is_other} FROM given AS value WHERE value.number = was.last)
"""
_REPLACED_LATER = """
(SELECT {is_other} FROM (
    SELECT {olds} FROM records_recordchange AS change
    JOIN datasets_revision AS revision ON revision.id = change.revision_id
    WHERE change.record_id = was.id AND change.revision_id = ANY (%(later_{field})s)
      AND '{field}' = ANY (change.fields)
    ORDER BY revision.number LIMIT 1) AS value)
"""
_PRESENT = "(SELECT {is_other} FROM {table} AS value WHERE value.{key} = was.id)"
# The value that each bulk change gave, by the number of the revision: what one of its records had next.
_GIVEN = """
WITH given AS MATERIALIZED (
    SELECT revision.number, coalesce(
        (SELECT later.{field}
         FROM records_recordchange AS later JOIN datasets_revision AS next ON next.id = later.revision_id
         WHERE later.record_id = change.record_id AND next.number > revision.number
           AND '{field}' = ANY (later.fields)
         ORDER BY next.number LIMIT 1),
        (SELECT {field} FROM records_curation WHERE record_id = change.record_id)) AS {field}
    FROM datasets_revision AS revision
    CROSS JOIN LATERAL (SELECT record_id FROM records_recordchange
                        WHERE revision_id = revision.id ORDER BY record_id LIMIT 1) AS change
    WHERE revision.id = ANY (%({field})s) AND revision.id = ANY (%(giving)s))
"""
# Whether each was live before the first of these revisions that moved it to or out of the trash.
_TURNED = """
SELECT DISTINCT ON (change.record_id)
       change.record_id, CASE WHEN change.trashed_at IS NULL THEN {live} ELSE {trashed} END
FROM records_recordchange AS change JOIN datasets_revision AS revision ON revision.id = change.revision_id
WHERE change.revision_id = ANY (%({revisions})s) AND 'trashed_at' = ANY (change.fields)
ORDER BY change.record_id, revision.number
"""
# Whether a record is in the dataset (`is_live`) at the late end says the first later revision that moved it, else the
# present; at the early end the first revision between that did, else the late end.
# Gathered by a grouping, not by joins: these are planned by statistics, which know nothing of a change just made.
_DIFFERENCES = """
WITH gathered AS (
    SELECT id, bit_or(known) AS known
    FROM (SELECT id, {created} AS known FROM records_record WHERE revision_id = ANY (%(between)s)
          UNION ALL ({turned})
          UNION ALL ({turned_later})
          UNION ALL SELECT id, {trashed_now} FROM records_record
                    WHERE dataset_id = %(dataset)s AND trashed_at IS NOT NULL
          UNION ALL SELECT id, {changed} FROM ({changed_ids}) AS written) AS finds
    GROUP BY id),
ends AS (
    SELECT id, known, CASE WHEN known & {live_late} <> 0 THEN true WHEN known & {trashed_late} <> 0 THEN false
                           ELSE known & {trashed_now} = 0 END AS is_live
    FROM gathered),
states AS (
    SELECT id, is_live, known & {changed} <> 0 AS is_changed,
           CASE WHEN known & {created} <> 0 THEN false WHEN known & {live_early} <> 0 THEN true
                WHEN known & {trashed_early} <> 0 THEN false ELSE is_live END AS was_live
    FROM ends),
differing AS MATERIALIZED (
    SELECT id, CASE WHEN NOT was_live THEN 'added' WHEN NOT is_live THEN 'removed' ELSE 'changed' END AS difference
    FROM states WHERE was_live <> is_live OR was_live AND is_changed)
SELECT difference, count(*), ARRAY(
    SELECT id FROM differing AS one
    WHERE one.difference = differing.difference AND id > %(after)s ORDER BY id LIMIT %(limit)s)
FROM differing GROUP BY difference
"""
