from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.lib import jsontext
from project.lib.jsontext import JsonTextError


def is_one_spelling(text: str) -> bool:
    """Two halves of a surrogate pair side by side are one character in JSON."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") == text


texts = st.text(st.characters(exclude_categories=[])).filter(is_one_spelling)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


@given(values)
def test_every_value_survives_being_written_and_read(value: Any) -> None:
    text = jsontext.serialise(value)
    assert "\n" not in text
    assert jsontext.parse(text.encode()) == value


@given(values)
def test_both_readers_agree(value: Any) -> None:
    raw = jsontext.serialise(value).encode()
    assert jsontext.parse_exact(raw) == jsontext.parse(raw)


@given(st.binary() | st.text().map(str.encode))
def test_whatever_is_read_is_a_value_or_a_refusal(raw: bytes) -> None:
    with suppress(JsonTextError):
        value = jsontext.parse(raw)
        assert jsontext.parse(jsontext.serialise(value).encode()) == value


@given(st.integers(min_value=10**18))
def test_a_whole_number_of_any_size_is_not_rounded(number: int) -> None:
    assert jsontext.parse(f'{{"id": {number}, "-": -{number}}}'.encode()) == {"id": number, "-": -number}


@pytest.mark.parametrize(
    "raw", [b'"\\ud800"', b'"\\udc00 and more"', b'"\\u0000"', b'{"\\ud83d": "\\ude00"}']
)
def test_what_orjson_refuses_in_strings_is_kept(raw: bytes) -> None:
    assert jsontext.serialise(jsontext.parse(raw)).replace(": ", ":").encode() == raw.replace(b": ", b":")


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b'{"a": 1', "not valid JSON: Expecting ',' delimiter at character 8"),
        (b"{'a': 1}", "not valid JSON: Expecting property name enclosed in double quotes at character 2"),
        (b"", "not valid JSON: Expecting value at character 1"),
        (b'"caf\xe9"', "invalid UTF-8 at byte 5"),
        (b"[NaN]", "NaN is not JSON"),
        (b"[1, -Infinity]", "-Infinity is not JSON"),
        (b"1e999", "the number 1e999 is out of range"),
        (b"9" * 5000, "a number has more than 4,300 digits"),
        (b"[" * 100_000, "nested more than 500 levels deep"),
        (b'{"a":' * 100_000, "nested more than 500 levels deep"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_not_json_is_refused_with_the_cause(raw: bytes, sentence: str) -> None:
    with pytest.raises(JsonTextError) as refusal:
        jsontext.parse(raw)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("value", [{1, 2}, {"when": object()}, [b"bytes"]])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(JsonTextError, match="cannot be written as JSON"):
        jsontext.serialise(value)


def test_what_contains_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(JsonTextError):
        jsontext.serialise(value)
