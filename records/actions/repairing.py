"""Edits by hand of one record. Each is one revision, which is answered so that it can be taken back, and carries the
version that the person saw: raises RecordChangedError when there is another one by now, RecordNotFoundError when the
record has gone, and NothingToChangeError when it is as asked for; then nothing is written."""

from __future__ import annotations

from collections.abc import Sequence

from datasets.models import Revision
from project.accounts.types import Author
from project.lib import jsontext
from records import content, words
from records.actions.editing import editing, save_fields
from records.changefields import CONTENT
from records.changes import AddTags, RemoveTags, SetMeta
from records.embeddings import embed_records
from records.errors import NothingToChangeError, RecordChangedError
from records.filling import fill
from records.metatable import MetaField, edited_by_table
from records.models import Record
from records.turns import TurnEdit, kept_text
from records.types import RecordDraft
from records.versions import content_version, details_version

_DETAILS = ("meta", "source")
_TAGS = ("tags",)
_UNCHANGED = "Nothing was changed: the record is already like this."


def edit_turns(record: Record, edit: TurnEdit, *, version: str, author: Author) -> Revision:
    """Raises EditInvalidError as well, for what cannot be done to this conversation."""
    with editing(record, CONTENT, author=author) as (fresh, revision):
        _check_version(content_version(fresh), version)
        payload = edit.applied_to(fresh.as_payload)
        if payload == fresh.as_payload:
            raise NothingToChangeError(_UNCHANGED)
        _write_content(fresh, RecordDraft(payload=payload))
    return revision


def edit_text(record: Record, text: str, *, version: str, author: Author) -> Revision:
    """Of a record that is a text."""
    with editing(record, CONTENT, author=author) as (fresh, revision):
        _check_version(content_version(fresh), version)
        fresh_text = kept_text(fresh.text, text)
        if fresh_text == fresh.text:
            raise NothingToChangeError(_UNCHANGED)
        _write_content(fresh, RecordDraft(text=fresh_text))
    return revision


def edit_details(
    record: Record, fields: Sequence[MetaField], *, source: str, version: str, author: Author
) -> Revision:
    """Meta by its table, and the source. Raises EditInvalidError as well."""
    with editing(record, _DETAILS, author=author) as (fresh, revision):
        _check_version(details_version(fresh), version)
        meta = edited_by_table(fresh.meta, fields)
        for key in meta.keys() - fresh.meta.keys():
            SetMeta(key, meta[key]).check()
        raw = content.check_meta(meta)
        if raw == jsontext.serialise(fresh.meta) and source == fresh.source:
            raise NothingToChangeError(_UNCHANGED)
        fresh.meta, fresh.source = meta, content.check_source(source)
        save_fields(fresh, _DETAILS)
    return revision


def edit_tags(record: Record, change: AddTags | RemoveTags, *, author: Author) -> Revision:
    """Without a version: to add or to take away a tag is right whatever others did. Raises ChangeInvalidError as
    well."""
    change.check()
    with editing(record, _TAGS, author=author) as (fresh, revision):
        others = [tag for tag in fresh.tags if tag not in change.tags]
        added = [tag for tag in change.tags if tag not in fresh.tags]
        tags = [*fresh.tags, *added] if isinstance(change, AddTags) else others
        if tags == fresh.tags:
            raise NothingToChangeError(_UNCHANGED)
        fresh.curation.tags = tags
        save_fields(fresh, _TAGS)
    return revision


def _check_version(present: str, seen: str) -> None:
    if present != seen:
        raise RecordChangedError("Somebody else changed this record since you opened it.")


def _write_content(fresh: Record, draft: RecordDraft) -> None:
    fill(fresh, draft)
    save_fields(fresh, CONTENT)
    words.index_records([fresh])
    embed_records([fresh])
