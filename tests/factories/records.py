"""Records come into being through the action, with their revision, words and counters; here are their drafts."""

from __future__ import annotations

from typing import Any

import factory

from records.types import RecordDraft


def conversation(*texts: str) -> dict[str, Any]:
    """A payload whose messages alternate between user and assistant."""
    roles = ("user", "assistant")
    return {"messages": [{"role": roles[place % 2], "content": text} for place, text in enumerate(texts)]}


class RecordDraftFactory(factory.Factory[RecordDraft]):
    class Meta:
        model = RecordDraft

    payload = factory.Sequence(lambda n: conversation(f"Question {n}?", f"Answer {n}."))


class TextDraftFactory(factory.Factory[RecordDraft]):
    class Meta:
        model = RecordDraft

    text = factory.Sequence(lambda n: f"Paragraph {n} of a document.")
