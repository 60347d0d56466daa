"""Bytes to text, whatever encoding they are in."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

SAMPLE_BYTES = 256 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = "cp1252"


def decoded(raw: bytes, *, declared: str = "") -> str:
    """The text, its line ends as they are. A byte that the encoding does not know becomes U+FFFD."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode(_known(declared) or _guessed(raw), "replace")


def _known(declared: str) -> str:
    """The declared encoding's name, if Python has it and it can be true: what is not UTF-8 may still say so."""
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return ""
    return "" if name.startswith("utf") else name


def _guessed(raw: bytes) -> str:
    """Judged by a sample of whole lines. Of equals the western one: it is the most usual."""
    sample = raw[:SAMPLE_BYTES]
    if len(sample) < len(raw) and b"\n" in sample:
        sample = sample[: sample.rindex(b"\n") + 1]
    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        return _WESTERN
    rank = (best.chaos, best.coherence)
    equals = [match.encoding for match in matches if (match.chaos, match.coherence) == rank]
    return _WESTERN if _WESTERN in equals else best.encoding
