"""Tables row by row: each row says its columns' names, so that it can be understood alone."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from io import StringIO
from itertools import chain, islice
from pathlib import Path

from files.readers.types import Form, Section

DELIMITERS = ",;\t|"
HEADER_WITHIN_ROWS = 10
_SAMPLE_CHARACTERS = 64 * 1024
_SAMPLE_ROWS = 50

Row = tuple[int, list[str]]
"""Its number as a spreadsheet shows it, and its cells."""


def csv_sections(text: str, *, is_tabbed: bool) -> Iterator[Section]:
    csv.field_size_limit(max(len(text), 1))
    rows = csv.reader(StringIO(text, newline=""), delimiter="\t" if is_tabbed else delimiter_of(text))
    for number, said in said_rows(enumerate(rows, 1)):
        yield Section(said, f"row {number}", Form.ROW)


def xlsx_sections(path: Path) -> Iterator[Section]:
    from openpyxl import load_workbook  # noqa: PLC0415  (see loading)

    with path.open(
        "rb"
    ) as content:  # Not by its path: a file in storage has no ending, and then it is refused.
        book = load_workbook(content, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # What a sheet says of its own size may be false.
            rows = (
                (number, [cell_text(value) for value in row])
                for number, row in enumerate(sheet.iter_rows(values_only=True), 1)
            )
            for number, said in said_rows(rows):
                yield Section(said, f"{sheet.title}, row {number}", Form.ROW)


def delimiter_of(text: str) -> str:
    """The one by which most rows have the same number of columns, of equals the one that makes more columns."""
    sample = text[:_SAMPLE_CHARACTERS]

    def score(delimiter: str) -> tuple[float, int]:
        rows = csv.reader(StringIO(sample, newline=""), delimiter=delimiter)
        widths = Counter(len(row) for row in islice(rows, _SAMPLE_ROWS) if row)
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        return (count / widths.total(), width) if width > 1 else (0.0, 0)

    return max(DELIMITERS, key=score)


def said_rows(rows: Iterable[Row]) -> Iterator[tuple[int, str]]:
    """Each row with content as lines of `column: value`; what stands above the names of the columns as it is."""
    filled = ((number, row) for number, row in rows if any(cell.strip() for cell in row))
    first = list(islice(filled, HEADER_WITHIN_ROWS))
    at = next((index for index, (_, row) in enumerate(first) if _width(row) > 1), 0)
    names: list[str] = []
    if first and not all(_is_number(cell) for cell in first[at][1] if cell.strip()):
        names = [cell.strip() for cell in first[at][1]]
        title = first[:at] if len(first) > at + 1 else first
        yield from ((number, " | ".join(filter(None, row))) for number, row in title)
        first = first[at + 1 :]
    for number, row in chain(first, filled):
        yield number, _said(row, names)


def _said(row: list[str], names: list[str]) -> str:
    return "\n".join(
        f"{names[index] if index < len(names) and names[index] else f'column {index + 1}'}: {cell.strip()}"
        for index, cell in enumerate(row)
        if cell.strip()
    )


def cell_text(value: object) -> str:
    """As a reader would write it: no `.0` at whole numbers, no midnight at dates."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time() else value.replace(microsecond=0))
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _width(row: list[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().replace(",", "."))
    except ValueError:
        return False
    return True
