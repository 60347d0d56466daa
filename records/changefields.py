"""Which values of a record a revision can replace. Pure."""

from __future__ import annotations

from collections.abc import Iterable

CONTENT = ("form", "payload", "text")
COMPUTED = ("fingerprint", "preview", "characters", "tokens", "turns")
"""What the content says. Kept with old content, so that going back to it computes nothing."""
TIES = ("file_id", "place", "source_fingerprint")
"""What ties a record to the file that it is kept in step with; together they are there, or none."""
CURATED = ("tags", "status", "split")
"""What people set on a record. It lies apart from the record, with the time of the last change."""
CHANGEABLE = (*CONTENT, "meta", "source", "tags", "status", "split", "key", *TIES, "trashed_at")
_WORDS = {
    **dict.fromkeys(CONTENT, "content"),
    "file_id": "file",
    "place": "place in the file",
    "source_fingerprint": "what the file says",
    "trashed_at": "trash",
}


def in_words(fields: Iterable[str]) -> str:
    """As people call them, each once."""
    return ", ".join(dict.fromkeys(_WORDS.get(name, name) for name in fields))


def path_of(name: str) -> str:
    """How a query set of records calls a column."""
    return f"curation__{name}" if name in {*CURATED, "updated_at"} else name


def whole(fields: Iterable[str]) -> list[str]:
    """The fields, where one part of the content stands for all of it."""
    given = list(fields)
    others = [name for name in given if name not in CONTENT]
    return given if others == given else [*CONTENT, *others]


def columns_of(fields: Iterable[str]) -> list[str]:
    """The columns that change with these fields."""
    names = whole(fields)
    return [*names, *COMPUTED] if CONTENT[0] in names else names
