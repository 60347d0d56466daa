"""Arabic and Hebrew as people read it, out of a PDF that stores a line as it looks, from left to right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_DISPLAY_FORMS = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc]+")
_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")  # noqa: RUF001  (quotation marks, meant as such)
_CLASSES = {"L": "L", "EN": "N", "AN": "N", "R": "R", "AL": "R", "NSM": "R", "CS": "C", "ES": "E", "ET": "T"}
_ARABIC_NUMBER = "N+(?:CN+)*"
_HEBREW_NUMBER = "T*N+(?:[CE]N+)*T*"


class Glyph(NamedTuple):
    """What was drawn and where it begins; a space that only a gap suggests has no place."""

    text: str
    x: float | None


def has_right_to_left(text: str) -> bool:
    return _RIGHT_TO_LEFT.search(text) is not None


def with_plain_letters(text: str) -> str:
    """Ligatures and positional letter forms as the letters that they show. Everything else stays."""
    return _DISPLAY_FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def line_text(glyphs: Sequence[Glyph]) -> str:
    """The line in reading order. Places tell in which order it was stored."""
    if not _is_stored_as_it_looks(glyphs):
        return "".join(glyph.text for glyph in glyphs)
    units = [glyph.text for index, glyph in enumerate(glyphs) if not _is_false_space(glyphs, index)]
    classes = "".join(map(_class_of, units))
    if classes.count("R") >= classes.count("L"):
        return "".join(_reversed(units))
    return _with_reversed_spans(units, classes)


def _is_stored_as_it_looks(glyphs: Sequence[Glyph]) -> bool:
    """Whether the letters that are read from right to left mostly follow each other to the right."""
    rises, before = 0, None
    for glyph in glyphs:
        kind = _class_of(glyph.text)
        if kind == "R" and glyph.x is not None and not unicodedata.combining(glyph.text[0]):
            if before is not None and glyph.x != before:
                rises += 1 if glyph.x > before else -1
            before = glyph.x
        elif kind in "LN":
            before = None
    return rises > 0


def _is_false_space(glyphs: Sequence[Glyph], index: int) -> bool:
    """A gap that would part a vowel sign from its letter."""
    glyph, left = glyphs[index], glyphs[index - 1] if index else None
    return glyph.x is None and left is not None and bool(unicodedata.combining(left.text[:1] or " "))


def _reversed(units: list[str]) -> list[str]:
    """Units of a line that runs to the left: turned around, but for what in it runs to the right."""
    turned = units[::-1]
    classes = "".join(map(_class_of, turned))
    is_arabic = any(unicodedata.bidirectional(unit[:1]) == "AL" for unit in turned)
    number = _ARABIC_NUMBER if is_arabic else _HEBREW_NUMBER
    made, at = [], 0
    for run in re.finditer(rf"(?:{number}[^R]*)?L(?:[^R]*(?:{number}|L))?|{number}", classes):
        made += [unit.translate(_MIRRORED) for unit in turned[at : run.start()]]
        made += turned[run.start() : run.end()][::-1]
        at = run.end()
    return made + [unit.translate(_MIRRORED) for unit in turned[at:]]


def _with_reversed_spans(units: list[str], classes: str) -> str:
    """Units of a line that runs to the right, with the spans that run to the left turned around."""
    made, at = [], 0
    for span in re.finditer("R(?:[^L]*R)?", classes):
        made += units[at : span.start()] + _reversed(units[span.start() : span.end()])
        at = span.end()
    return "".join(made + units[at:])


def _class_of(unit: str) -> str:
    """One letter for how the unit runs: L right, R left, N number, C E T signs that belong to numbers, O other."""
    return _CLASSES.get(unicodedata.bidirectional(unit[0]), "O") if unit else "O"
