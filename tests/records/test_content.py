from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.lib.texts import message_text, storable
from records.content import content_of, transcript
from records.types import RecordDraft


def fingerprint(text: str, role: str = "user") -> bytes:
    draft = RecordDraft(payload={"messages": [{"role": role, "content": text}]})
    return content_of(draft).signals.fingerprint


def test_white_space_and_the_order_of_keys_do_not_change_a_fingerprint() -> None:
    assert fingerprint("a  b\n c") == fingerprint("a b c")
    turned = RecordDraft(payload={"messages": [{"content": "a", "role": "user"}]})
    assert content_of(turned).signals.fingerprint == fingerprint("a")


def test_words_and_roles_change_a_fingerprint() -> None:
    assert len({fingerprint("a"), fingerprint("b"), fingerprint("a", "system")}) == 3


def test_composed_and_decomposed_letters_have_one_fingerprint() -> None:
    assert fingerprint("caf\u00e9") == fingerprint("cafe\u0301")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": "a"}, "a"),
        ({"content": None}, ""),
        ({}, ""),
        (
            {"content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": "u"}, "b"]},
            "a\n\nb",
        ),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}, "hm"),
        ({"content": 5}, ""),
    ],
)
def test_the_text_of_a_message(message: dict[str, object], text: str) -> None:
    assert message_text(message) == text


def test_a_transcript_names_the_roles() -> None:
    messages = [{"role": "user", "content": "hi"}, {"content": "?"}]
    assert transcript({"messages": messages}) == "user: hi\nunknown: ?"


def test_signals_count_characters_turns_and_estimate_tokens() -> None:
    draft = RecordDraft(payload={"messages": [{"content": "abcd"}, {"content": "efg"}]})
    signals = content_of(draft).signals
    assert (signals.characters, signals.turns, signals.tokens, signals.preview) == (8, 2, 2, "abcd efg")


def test_a_preview_is_short_and_on_one_line() -> None:
    preview = content_of(RecordDraft(text="a\n\n\tb " * 500)).signals.preview
    assert preview.startswith("a b a b")
    assert len(preview) == 300


@given(st.text(alphabet=st.characters(codec=None)))
def test_storable_text_is_utf_8_without_nul(text: str) -> None:
    stored = storable(text)
    assert b"\x00" not in stored.encode()
    assert stored == text or "\ufffd" in stored
