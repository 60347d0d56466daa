import pytest

from records.foreign import refusal_of


@pytest.mark.parametrize(
    "head", [b"", b"{", b'  {"a": 1}', b"\x1f\x8b\x08", b"\xef\xbb\xbf{", b"plain words", b"\n\n"]
)
def test_what_may_hold_lines_is_not_refused(head: bytes) -> None:
    assert refusal_of(head) == ""


@pytest.mark.parametrize(
    "head",
    [
        b"PK\x03\x04",
        b"%PDF-1.4",
        b"PAR1",
        b"\x28\xb5\x2f\xfd",
        b"\xfd7zXZ\x00",
        b"BZh9",
        b"\xff\xfe{\x00",
        b" [",
    ],
)
def test_every_refusal_says_what_it_is_and_what_to_do(head: bytes) -> None:
    sentence = refusal_of(head)
    assert sentence.startswith("This is ")
    assert "JSONL" in sentence


@pytest.mark.parametrize("name", ["a.csv", "A.TSV"])
def test_a_table_is_known_by_its_name(name: str) -> None:
    assert refusal_of(b"question,answer", name).startswith("This is a table.")


@pytest.mark.parametrize("head", [b'{\n  "messages": []', b'\xef\xbb\xbf{\r\n "text"'])
def test_an_object_over_several_lines_is_refused(head: bytes) -> None:
    assert "on one line (JSONL)" in refusal_of(head, "a.json")


def test_the_name_alone_of_lines_refuses_nothing() -> None:
    assert refusal_of(b'{"text": "a"}', "export.json") == ""
