from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.errors import RecordInvalidError
from records.exportformats import EXPORT_FORMATS, format_named

CONVERSATION: dict[str, Any] = {
    "payload": {
        "messages": [{"role": "user", "content": "hé"}],
        "tools": [{"type": "function"}],
        "model": "m",
    },
    "properties": {"lang": "de"},
    "tags": ["a", "b"],
    "status": "approved",
}
TEXT: dict[str, Any] = {"text": 'one\ntwo, "three"', "properties": {}}


def _lines(*lines: object) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def _reshaped(name: str, *chunks: bytes) -> bytes:
    return b"".join(format_named(name).reshape(chunks))


def test_our_own_lines_stay_as_they_are() -> None:
    assert _reshaped("jsonl", _lines(CONVERSATION), _lines(TEXT)) == _lines(CONVERSATION, TEXT)


def test_a_chat_line_holds_messages_and_tools_only() -> None:
    first, second = map(json.loads, _reshaped("chat", _lines(CONVERSATION, TEXT)).splitlines())
    assert first == {"messages": CONVERSATION["payload"]["messages"], "tools": [{"type": "function"}]}
    assert second == {"messages": [{"role": "user", "content": TEXT["text"]}]}


def test_a_table_has_a_row_for_each_record() -> None:
    raw = _reshaped("csv", _lines(CONVERSATION), _lines(TEXT)).decode()
    first, second = csv.DictReader(io.StringIO(raw, newline=""))
    assert json.loads(first["messages"]) == CONVERSATION["payload"]["messages"]
    assert (first["form"], first["tags"], first["status"]) == ("conversation", '["a","b"]', "approved")
    assert (second["form"], second["text"], second["status"]) == ("text", TEXT["text"], "new")


def test_a_table_of_nothing_has_its_head() -> None:
    assert _reshaped("csv").startswith(b"form,messages,text")


def test_a_format_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(RecordInvalidError, match=r"choose one of jsonl, chat, csv"):
        format_named("xlsx")


@given(st.lists(st.text(), max_size=5), st.sampled_from(sorted(EXPORT_FORMATS)))
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_breaks_a_line(texts: list[str], name: str) -> None:
    raw = _reshaped(name, *(_lines({"text": text, "properties": {}}) for text in texts))
    if name == "csv":
        rows = csv.DictReader(io.StringIO(raw.decode(), newline=""))
        assert [row["text"] for row in rows] == texts
    else:
        assert len(raw.splitlines()) == len(texts)
