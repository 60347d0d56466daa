from __future__ import annotations

import base64
from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.dataurls import DataUrl, read_data_url
from files.errors import FileInvalidError


@pytest.mark.parametrize(
    ("url", "content", "content_type"),
    [
        ("data:,Hello%2C%20World!", b"Hello, World!", "text/plain"),
        ("data:;base64,SGVsbG8=", b"Hello", "text/plain"),
        ("data:text/csv,a,b%0A1,2", b"a,b\n1,2", "text/csv"),
        ("data:text/csv;base64,SGVsbG8", b"Hello", "text/csv"),
        ("DATA:text/plain;charset=utf-8;BASE64,w6k=", "é".encode(), "text/plain"),
        ("data:application/json; base64 ,e30%3D", b"{}", "application/json"),
        ("data:;base64,SGVs\r\n bG8=", b"Hello", "text/plain"),
        ("data:;base64,_-8=", b"\xff\xef", "text/plain"),
        ("data:text/plain;base64=no,Hi", b"Hi", "text/plain"),
        ("data:,", b"", "text/plain"),
        ("data:;base64,", b"", "text/plain"),
        ("data:,é", "é".encode(), "text/plain"),
    ],
)
def test_the_ways_to_write_one(url: str, content: bytes, content_type: str) -> None:
    assert read_data_url(url) == DataUrl(content, content_type)


@pytest.mark.parametrize(
    "url", ["data:", "data:text/plain", "data:;base64,!!!", "data:;base64,A", "data:;base64,A=A="]
)
def test_what_is_none_is_refused(url: str) -> None:
    with pytest.raises(FileInvalidError):
        read_data_url(url)


@given(st.binary())
def test_any_content_comes_back(content: bytes) -> None:
    assert read_data_url(f"data:a/b;base64,{base64.b64encode(content).decode()}").content == content
    assert read_data_url(f"data:a/b,{quote(content)}").content == content


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(FileInvalidError):
        assert isinstance(read_data_url(f"data:{text}").content, bytes)
