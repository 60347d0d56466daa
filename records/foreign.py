"""Formats that are no lines of JSON, known by their name or by how they begin. Pure."""

GZIP = b"\x1f\x8b"
HEAD_BYTES = 64

_BINARY = (
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\xfd7zXZ\x00", "an XZ archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)


def refusal_of(head: bytes, name: str = "") -> str:
    """What is wrong with a file that begins so, and what to do; empty if it may hold lines of JSON."""
    if name.lower().endswith((".csv", ".tsv")):
        return "This is a table. Write each of its rows as one JSON object on its own line (JSONL), and import that."
    if head.startswith(GZIP):
        return ""
    for magic, kind in _BINARY:
        if head.startswith(magic):
            return (
                f"This is {kind}. Convert it to JSONL, one JSON object per line, also compressed with gzip."
            )
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b"{\n", b"{\r")):
        return "The first JSON object goes over several lines. Write each object on one line (JSONL), and import that."
    if text.startswith(b"["):
        return (
            "This is one JSON array. Write its elements as JSONL, one JSON object per line, and import that."
        )
    return ""
