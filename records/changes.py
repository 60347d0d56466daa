"""The bulk changes: what each does to a batch of records. A change captures the old values itself, and only of
records that become others: who has the status already is not touched. None but ReplaceText reads content."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from datasets.models import Revision
from project.lib import jsontext
from project.lib.texts import storable
from records.changefields import CONTENT, CURATED
from records.content import Content, check_meta, content_of
from records.errors import ChangeInvalidError
from records.models import Curation, Record, RecordChange
from records.querysets import NEXT_MOMENT, lock_records
from records.replacing import SECONDS_A_BATCH, Replacement, Substitute, replaced_payload
from records.types import RecordDraft

READ_RECORDS = 200  # With their content, which may be large.
MAX_TAG, MAX_TAGS, MAX_SPLIT, MAX_KEY = 100, 50, 20, 255


class Change(Protocol):
    """A frozen dataclass of what was asked for."""

    kind: ClassVar[str]

    @property
    def words(self) -> str:
        """For the history, such as “status approved”."""

    def check(self) -> None:
        """Raises ChangeInvalidError with one sentence."""

    def touch(self, revision: Revision, ids: Sequence[UUID]) -> None:
        """Locks and changes those of the records that become others, and keeps their old values, of each the same
        fields; on both a comparison of revisions builds. Raises ChangeInvalidError for what only the records show."""


@dataclass(frozen=True, slots=True)
class SetStatus:
    kind: ClassVar[str] = "set_status"
    status: str

    @property
    def words(self) -> str:
        return f"status {self.status}"

    def check(self) -> None:
        if self.status not in Record.Status.values:
            raise ChangeInvalidError(
                f"A status is one of {', '.join(Record.Status.values)}, not {self.status!r}."
            )

    def touch(self, revision: Revision, ids: Sequence[UUID]) -> None:
        _put(revision, ids, "status", "%(value)s", differs="status <> %(value)s", value=self.status)


@dataclass(frozen=True, slots=True)
class SetSplit:
    """An empty split takes the record out of its split."""

    kind: ClassVar[str] = "set_split"
    split: str

    @property
    def words(self) -> str:
        return f"split {self.split}" if self.split else "no split"

    def check(self) -> None:
        if len(self.split) > MAX_SPLIT or storable(self.split) != self.split:
            raise ChangeInvalidError(f"A split has at most {MAX_SPLIT} characters and no NUL character.")

    def touch(self, revision: Revision, ids: Sequence[UUID]) -> None:
        _put(revision, ids, "split", "%(value)s", differs="split <> %(value)s", value=self.split)


@dataclass(frozen=True, slots=True)
class AddTags:
    """After those that a record has, each once."""

    kind: ClassVar[str] = "add_tags"
    tags: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"tags + {', '.join(self.tags)}"

    def check(self) -> None:
        _check_tags(self.tags)

    def touch(self, revision: Revision, ids: Sequence[UUID]) -> None:
        fresh = "tags || ARRAY(SELECT tag FROM unnest(%(value)s::varchar[]) AS tag WHERE tag <> ALL (tags))"
        tags = list(dict.fromkeys(self.tags))
        _put(revision, ids, "tags", fresh, differs="NOT tags @> %(value)s::varchar[]", value=tags)


@dataclass(frozen=True, slots=True)
class RemoveTags:
    kind: ClassVar[str] = "remove_tags"
    tags: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"tags - {', '.join(self.tags)}"

    def check(self) -> None:
        _check_tags(self.tags)

    def touch(self, revision: Revision, ids: Sequence[UUID]) -> None:
        left = (
            "ARRAY(SELECT tag FROM unnest(tags) WITH ORDINALITY AS kept (tag, place)"
            " WHERE tag <> ALL (%(value)s::varchar[]) ORDER BY place)"
        )
        _put(revision, ids, "tags", left, differs="tags && %(value)s::varchar[]", value=list(self.tags))


@dataclass(frozen=True, slots=True)
class SetMeta:
    """The other keys stay as they are."""

    kind: ClassVar[str] = "set_meta"
    key: str
    value: Any

    @property
    def words(self) -> str:
        return f"meta.{self.key} = {jsontext.serialise(self.value)}"

    def check(self) -> None:
        _check_key(self.key)
        check_meta({self.key: self.value})

    def touch(self, revision: Revision, ids: Sequence[UUID]) -> None:
        _put(
            revision,
            ids,
            "meta",
            "meta || %(value)s::jsonb",
            differs="NOT meta ? %(key)s OR meta -> %(key)s IS DISTINCT FROM %(value)s::jsonb -> %(key)s",
            key=self.key,
            value=Jsonb({self.key: self.value}, dumps=jsontext.serialise),
        )


@dataclass(frozen=True, slots=True)
class UnsetMeta:
    kind: ClassVar[str] = "unset_meta"
    key: str

    @property
    def words(self) -> str:
        return f"without meta.{self.key}"

    def check(self) -> None:
        _check_key(self.key)

    def touch(self, revision: Revision, ids: Sequence[UUID]) -> None:
        _put(revision, ids, "meta", "meta - %(value)s", differs="meta ? %(value)s", value=self.key)


@dataclass(frozen=True, slots=True)
class MoveToTrash:
    kind: ClassVar[str] = "trash"

    @property
    def words(self) -> str:
        return "to the trash"

    def check(self) -> None:
        """There is nothing that could be wrong."""

    def touch(self, revision: Revision, ids: Sequence[UUID]) -> None:
        _put(revision, ids, "trashed_at", "clock_timestamp()", differs="true")


@dataclass(frozen=True, slots=True)
class Restore:
    kind: ClassVar[str] = "restore"

    @property
    def words(self) -> str:
        return "out of the trash"

    def check(self) -> None:
        """There is nothing that could be wrong."""

    def touch(self, revision: Revision, ids: Sequence[UUID]) -> None:
        _put(revision, ids, "trashed_at", "NULL", differs="true", there="trashed_at IS NOT NULL")


@dataclass(frozen=True, slots=True)
class ReplaceText:
    """Find and replace; words and vectors of the changed records are the caller's to renew."""

    kind: ClassVar[str] = "replace_text"
    find: str
    put: str = ""
    role: str = ""
    is_pattern: bool = False

    @property
    def words(self) -> str:
        where = f" in turns of {self.role}" if self.role else ""
        return f"“{self.find}” replaced by “{self.put}”{where}"

    def check(self) -> None:
        self._replacement.check()

    def touch(self, revision: Revision, ids: Sequence[UUID]) -> None:
        substitute = self._replacement.substitute(deadline=time.monotonic() + SECONDS_A_BATCH)
        locked = Record.objects.filter(trashed_at=None).locked(ids)
        for begin in range(0, len(locked), READ_RECORDS):
            found = Record.objects.filter(id__in=locked[begin : begin + READ_RECORDS])
            changed = {
                record.id: content_of(draft)
                for record in found.only("form", "payload", "text")
                if (draft := self._rewritten(record, substitute)) is not None
            }
            RecordChange.objects.capture(revision, list(changed), CONTENT)
            _write_content(changed)

    @property
    def _replacement(self) -> Replacement:
        return Replacement(self.find, self.put, self.role, self.is_pattern)

    def _rewritten(self, record: Record, substitute: Substitute) -> RecordDraft | None:
        """None for a record in which nothing is found."""
        if record.payload is None:
            text = record.text if self.role else substitute(record.text)
            return None if text == record.text else RecordDraft(text=text)
        payload = replaced_payload(record.payload.value, self.role, substitute)
        return None if payload == record.payload.value else RecordDraft(payload=payload)


_CHANGES: dict[str, type[Any]] = {
    change.kind: change
    for change in (
        *(SetStatus, SetSplit, AddTags, RemoveTags, SetMeta, UnsetMeta),
        *(MoveToTrash, Restore, ReplaceText),
    )
}


def change_as_json(change: Any) -> dict[str, Any]:
    return {"kind": change.kind, **asdict(change)}


def change_from_json(kept: dict[str, Any]) -> Change:
    values = {
        name: tuple(value) if name == "tags" else value for name, value in kept.items() if name != "kind"
    }
    change: Change = _CHANGES[kept["kind"]](**values)
    return change


_PUT_IN_RECORD = f"""
WITH changed AS (
    UPDATE records_record SET {{field}} = {{expression}}
    WHERE id = ANY (%(ids)s) AND {{there}} AND ({{differs}})
    RETURNING old.id, old.dataset_id, old.{{field}}),
touched AS (
    UPDATE records_curation AS curation SET updated_at = {NEXT_MOMENT}
    FROM changed WHERE curation.record_id = changed.id)
"""
# Whether a record is in the trash is looked up in a small index: to read the record would cost a third more.
_PUT_IN_CURATION = f"""
WITH changed AS (
    UPDATE records_curation AS curation SET {{field}} = {{expression}}, updated_at = {NEXT_MOMENT}
    WHERE record_id = ANY (%(ids)s) AND ({{differs}}) AND NOT EXISTS (
        SELECT FROM records_record WHERE id = curation.record_id AND NOT ({{there}}) OFFSET 0)
    RETURNING old.record_id AS id, old.dataset_id, old.{{field}})
"""
_REMEMBER = """
INSERT INTO records_recordchange (id, dataset_id, revision_id, record_id, fields, {field})
SELECT uuidv7(), dataset_id, %(revision)s, id, ARRAY['{field}'], {field} FROM changed
"""


def _put(
    revision: Revision,
    ids: Sequence[UUID],
    field: str,
    expression: str,
    *,
    differs: str,
    there: str = "trashed_at IS NULL",
    **params: Any,
) -> None:
    """SQL over the record, with `params`: `expression` is the new value of the field, `differs` whether it is another
    one, `there` which records are looked at."""
    put = _PUT_IN_CURATION if field in CURATED else _PUT_IN_RECORD
    sql = (put + _REMEMBER).format(field=field, expression=expression, differs=differs, there=there)
    lock_records(ids)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": list(ids), "revision": revision.pk, **params})


_WRITE_CONTENT = """
UPDATE records_record AS record
SET payload = fresh.payload::json, text = fresh.text, fingerprint = fresh.fingerprint, preview = fresh.preview,
    characters = fresh.characters, tokens = fresh.tokens, turns = fresh.turns
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::int[], %s::int[], %s::int[])
     AS fresh (id, payload, text, fingerprint, preview, characters, tokens, turns)
WHERE record.id = fresh.id
"""


def _write_content(contents: dict[UUID, Content]) -> None:
    """In the order of its columns, as `unnest` takes them. The form stays: a text remains a text."""
    rows = [(record_id, one.raw_payload, one.text, *one.signals) for record_id, one in contents.items()]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE_CONTENT, [list(column) for column in zip(*rows, strict=True)])
        Curation.objects.touch(contents)


def _check_tags(tags: Sequence[str]) -> None:
    if not tags or len(tags) > MAX_TAGS:
        raise ChangeInvalidError(f"Give 1 to {MAX_TAGS} tags.")
    for tag in tags:
        if not tag.strip() or tag != tag.strip() or len(tag) > MAX_TAG or storable(tag) != tag:
            raise ChangeInvalidError(
                f"A tag has 1 to {MAX_TAG} characters, no blanks around it and no NUL character."
            )


def _check_key(key: str) -> None:
    if not key or len(key) > MAX_KEY or storable(key) != key:
        raise ChangeInvalidError(f"A key of meta has 1 to {MAX_KEY} characters and no NUL character.")
