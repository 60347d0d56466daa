"""A few lines of a record that show why it was found."""

from __future__ import annotations

import re

from django.utils.safestring import SafeString

from project.lib.texts import storable
from records.content import payload_texts
from records.markdown import highlight
from records.models import Record

EXCERPT_CHARACTERS = 420
LONGEST_WORD = 40


def excerpt(record: Record, pattern: re.Pattern[str] | None) -> SafeString:
    """The lines around the first of the found words, or the beginning, with the words marked."""
    text = record.text if record.payload is None else "\n".join(payload_texts(record.payload.value))
    found = pattern.search(text) if pattern else None
    begin = _word_before(text, found.start() - EXCERPT_CHARACTERS // 4) if found else 0
    end = begin + EXCERPT_CHARACTERS
    lines = re.sub(r"\s+", " ", text[begin:end]).strip()
    return highlight(storable(f"{'… ' if begin else ''}{lines}{' …' if end < len(text) else ''}"), pattern)


def _word_before(text: str, place: int) -> int:
    """Where a word begins at most some letters before the place, or the place itself where no words are."""
    if place <= 0:
        return 0
    space = text.rfind(" ", max(0, place - LONGEST_WORD), place)
    return place if space < 0 else space + 1
