"""What a bulk change is about: never a list from the browser, but what a filter matched when it was shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from datasets.models import Dataset
from project.lib import filterwords
from project.lib.filters import Group, mentions
from records import past
from records.changefields import CHANGEABLE, COMPUTED
from records.errors import SelectionOutdatedError
from records.fields import RECORD_FIELDS, as_of_revision
from records.models import Record
from records.words import words_of

MAX_REWRITTEN = 10_000
"""More texts than these that changed since are not searched by their old words."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The records that `condition` matched at a revision, minus the exclusions; or of these only the chosen ones,
    where a person ticked them one by one. What left the dataset's live records (or its trash) since then is not
    among them; what was changed since so that it matches no longer, is."""

    condition: Group
    revision_number: int
    exclusions: tuple[UUID, ...] = ()
    chosen: tuple[UUID, ...] | None = None
    is_of_trash: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "condition": filterwords.as_json(self.condition),
            "revision_number": self.revision_number,
            "exclusions": [str(record_id) for record_id in self.exclusions],
            "chosen": None if self.chosen is None else [str(record_id) for record_id in self.chosen],
            "is_of_trash": self.is_of_trash,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Selection:
        chosen = kept["chosen"]
        return cls(
            condition=filterwords.group_from_json(kept["condition"]),
            revision_number=kept["revision_number"],
            exclusions=tuple(UUID(record_id) for record_id in kept["exclusions"]),
            chosen=None if chosen is None else tuple(UUID(record_id) for record_id in chosen),
            is_of_trash=kept["is_of_trash"],
        )

    @property
    def words(self) -> str:
        told = filterwords.in_words(self.condition, RECORD_FIELDS)
        if self.chosen is not None:
            told = f"{len(self.chosen):,} chosen" + ("" if told == filterwords.EVERYTHING else f", {told}")
        if self.exclusions:
            told += f", without {len(self.exclusions):,}"
        return f"in the trash, {told}" if self.is_of_trash else told


@dataclass(slots=True)
class SelectedIds:
    """The query for the ids of a selection. Raises FilterError, SelectionOutdatedError when it is made."""

    dataset: Dataset
    selection: Selection
    _sql: str = field(init=False)
    _params: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._params = {"dataset": self.dataset.pk, "number": self.selection.revision_number}
        unchanged = self._compiled(self._matching().filter(trashed_at__isnull=not self.selection.is_of_trash))
        self._sql = _SELECTED.format(
            unchanged=unchanged,
            changed=self._changed(),
            restriction=self._restriction(),
            still_there=self._still_there(),
        )

    def count(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({self._sql}) AS all_selected", self._params)
            return int(cursor.fetchone()[0])

    def some(self, limit: int) -> list[UUID]:
        """Whichever are found soonest: of many, the first in order are known only when all are."""
        return self._ids("LIMIT %(limit)s", limit=limit)

    def first(self, limit: int) -> list[UUID]:
        """In the dataset's order."""
        return self._ids("ORDER BY id LIMIT %(limit)s", limit=limit)

    def after(self, place: UUID, limit: int) -> list[UUID]:
        return self._ids("AND id > %(place)s ORDER BY id LIMIT %(limit)s", place=place, limit=limit)

    def before(self, place: UUID, limit: int) -> list[UUID]:
        """The nearest to the place first."""
        return self._ids("AND id < %(place)s ORDER BY id DESC LIMIT %(limit)s", place=place, limit=limit)

    def hold_in(self, cursor_name: str) -> int:
        """Opens a cursor of the database over them, in their order, that lives as long as the transaction; their
        number."""
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL cursor_tuple_fraction = 1")  # All of them will be read.
            cursor.execute(f"DECLARE {cursor_name} SCROLL CURSOR FOR {self._sql} ORDER BY id", self._params)
            cursor.execute(f"MOVE FORWARD ALL IN {cursor_name}")
            number = int(cursor.rowcount)
            cursor.execute(f"MOVE ABSOLUTE 0 IN {cursor_name}")
        return number

    def keep_in(self, table: str) -> int:
        """Writes them into a temporary table that lives as long as the transaction; their number."""
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {table} (id uuid PRIMARY KEY) ON COMMIT DROP")
            cursor.execute(f"INSERT INTO {table} {self._sql} ORDER BY id", self._params)
            return int(cursor.rowcount)

    def _ids(self, ending: str, **params: Any) -> list[UUID]:
        with connection.cursor() as cursor:
            cursor.execute(f"{self._sql} {ending}", {**self._params, **params})
            return [row[0] for row in cursor.fetchall()]

    def _still_there(self) -> str:
        """Of what was changed since, which is selected still: what is live, or in the trash, as it was then."""
        is_there = "IS NOT NULL" if self.selection.is_of_trash else "IS NULL"
        return (
            "EXISTS (SELECT FROM records_record AS present"
            f" WHERE present.id = matched_then.id AND present.trashed_at {is_there})"
        )

    def _matching(self) -> QuerySet[Record]:
        condition = as_of_revision(self.selection.condition, self.selection.revision_number)
        return Record.objects.of_dataset(self.dataset).matching(condition, self.dataset)

    def _compiled(self, records: QuerySet[Record]) -> str:
        """With its values in it: Django passes them by their place, and the query around it has names for its own."""
        sql, params = records.order_by().values("id").query.sql_with_params()
        with connection.cursor() as cursor:
            return str(cursor.mogrify(sql, params)).replace("%", "%%")

    def _changed(self) -> str:
        """The records that were changed since, matched by what they were then: the filter is compiled against a
        table of the same name that holds their past."""
        searched = mentions(self.selection.condition, {"q"})
        if mentions(self.selection.condition, {"updated"}):
            self._refuse_changed()
        matched = self._matching().filter(trashed_at__isnull=not self.selection.is_of_trash)
        if searched:
            self._params["rewritten"], self._params["texts"] = self._past_texts()
        return _CHANGED.format(
            replaced=past.replaced((*CHANGEABLE, *COMPUTED), number="%(number)s"),
            values=", ".join(f"{past.typed(name)} AS {name}" for name in (*CHANGEABLE, *COMPUTED)),
            words=_PAST_WORDS if searched else "",
            matched=self._compiled(matched),
        )

    def _refuse_changed(self) -> None:
        """When a record was last changed is known of the present only."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS ({past.replaced(('status',), number='%(number)s')})", self._params)
            if cursor.fetchone()[0]:
                raise SelectionOutdatedError(
                    "Records have changed since these were found by the time of their last change; look at what"
                    " matches now."
                )

    def _past_texts(self) -> tuple[list[UUID], list[str]]:
        """The texts, as the search reads them, that were replaced since: words are kept of the present only."""
        sql = past.replaced(
            ("payload", "text"), number="%(number)s", records="AND 'text' = ANY (change.fields)"
        )
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} LIMIT {MAX_REWRITTEN + 1}", self._params)
            rows = cursor.fetchall()
        if len(rows) > MAX_REWRITTEN:
            raise SelectionOutdatedError(
                "Too many texts have changed since these records were found; look at what matches now."
            )
        return [row[0] for row in rows], [words_of(row[1], row[3]) for row in rows]

    def _restriction(self) -> str:
        restriction = ""
        if self.selection.exclusions:
            self._params["exclusions"] = list(self.selection.exclusions)
            restriction += " AND id <> ALL (%(exclusions)s)"
        if self.selection.chosen is not None:
            self._params["chosen"] = list(self.selection.chosen)
            restriction += " AND id = ANY (%(chosen)s)"
        return restriction


class SelectedThen(SelectedIds):
    """What was selected at the revision, wherever it is by now; only what was deleted for good is missing."""

    def _still_there(self) -> str:
        return "true"


# Records that came or were changed after the revision do not count as they are now.
_SELECTED = """
SELECT id FROM (
    SELECT id FROM ({unchanged}) AS matched
    WHERE id NOT IN (SELECT record_id FROM records_recordchange WHERE revision_id IN
                     (SELECT id FROM datasets_revision WHERE dataset_id = %(dataset)s AND number > %(number)s))
      AND id NOT IN (SELECT id FROM records_record WHERE revision_id IN
                     (SELECT id FROM datasets_revision
                      WHERE dataset_id = %(dataset)s AND (number > %(number)s OR number IS NULL)))
    UNION ALL
    SELECT id FROM ({changed}) AS matched_then WHERE {still_there}) AS selected
WHERE true {restriction}
"""
_CHANGED = """
WITH replaced AS ({replaced}),
records_record AS (
    SELECT record.id, record.dataset_id, record.revision_id, record.origin, record.log_ids, record.created_at,
           curation.updated_at, {values}
    FROM replaced JOIN records_record AS record ON record.id = replaced.record_id
         JOIN records_curation AS curation ON curation.record_id = record.id
    WHERE record.revision_id IN (SELECT id FROM datasets_revision
                                 WHERE dataset_id = %(dataset)s AND number <= %(number)s)),
records_curation AS (
    SELECT id AS record_id, dataset_id, tags, status, split, updated_at FROM records_record) {words}
{matched}
"""
_PAST_WORDS = """,
records_recordwords AS (
    SELECT words.record_id, words.dataset_id, words.words
    FROM replaced JOIN records_recordwords AS words ON words.record_id = replaced.record_id
    WHERE words.record_id <> ALL (%(rewritten)s::uuid[])
    UNION ALL
    SELECT id, %(dataset)s, to_tsvector('simple', text)
    FROM unnest(%(rewritten)s::uuid[], %(texts)s::text[]) AS past (id, text))
"""
