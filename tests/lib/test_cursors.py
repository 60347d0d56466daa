from __future__ import annotations

from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.lib.cursors import CursorError, decode_cursor, encode_cursor


@given(st.uuids())
def test_a_cursor_leads_back_to_its_place(place: UUID) -> None:
    cursor = encode_cursor(place)
    assert decode_cursor(cursor) == place
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(st.text(st.characters(exclude_categories=[])))
def test_any_other_text_is_a_place_or_a_refusal(text: str) -> None:
    with suppress(CursorError):
        assert isinstance(decode_cursor(text), UUID)


@pytest.mark.parametrize(
    "text", ["", "x", "AAAA", "A" * 23, "ünïcode", "019a2b3c-0000-7000-8000-000000000000"]
)
def test_what_was_not_made_by_us_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        decode_cursor(text)
