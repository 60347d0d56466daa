"""Small documents for tests, made byte by byte or by the formats' own libraries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book.opf"/></rootfiles></container>'
)
_BOOK = (
    '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A book</dc:title></metadata>'
    '<manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>'
)


def write_zip(path: Path, parts: Mapping[str, Iterable[bytes]]) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, pieces in parts.items():
            with archive.open(name, "w") as part:
                for piece in pieces:
                    part.write(piece)
    return path


def docx(path: Path, paragraphs: list[str], *, prolog: str = "", extra: str = "") -> Path:
    said = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    document = f'{prolog}<w:document xmlns:w="{_WORDS}"><w:body>{said}{extra}</w:body></w:document>'
    parts = {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELATIONS, "word/document.xml": document}
    return write_zip(path, {name: [text.encode()] for name, text in parts.items()})


def epub(path: Path, body: str, *, prolog: str = "<!DOCTYPE html>") -> Path:
    page = f"{prolog}<html><body>{body}</body></html>"
    parts = {"META-INF/container.xml": _CONTAINER, "book.opf": _BOOK, "a.xhtml": page}
    return write_zip(path, {name: [text.encode()] for name, text in parts.items()})


def xlsx(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def pdf(
    path: Path,
    pages: list[str],
    *,
    claimed: int | None = None,
    trailer: str = "",
    font: str = "/BaseFont/Helvetica",
) -> Path:
    """One line of Latin-1 text a page; an empty page has none. `font` is what its dictionary says."""
    kids = " ".join(f"{10 + 2 * index} 0 R" for index in range(len(pages)))
    objects = {
        1: "<</Type/Catalog/Pages 2 0 R>>",
        2: f"<</Type/Pages/Count {claimed or len(pages)}/Kids[{kids}]>>",
        3: f"<</Type/Font/Subtype/Type1{font}>>",
    }
    for index, text in enumerate(pages):
        drawn = f"BT /F 12 Tf 50 700 Td ({text}) Tj ET" if text else ""
        objects[10 + 2 * index] = (
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>"
            f"/Contents {11 + 2 * index} 0 R>>"
        )
        objects[11 + 2 * index] = f"<</Length {len(drawn)}>>\nstream\n{drawn}\nendstream"
    body = "".join(f"{number} 0 obj\n{said}\nendobj\n" for number, said in objects.items())
    path.write_bytes(f"%PDF-1.4\n{body}trailer<</Root 1 0 R{trailer}>>\n%%EOF\n".encode("latin-1"))
    return path


def arabic_pdf(path: Path) -> Path:
    """The letters of "سلام 25" drawn from left to right as they look: number first, then the word from its end."""
    letters = {"A": "\u0633", "B": "\u0644", "C": "\u0627", "D": "\u0645"}
    lines = "\n".join(f"<{ord(code):02x}> <{ord(letter):04x}>" for code, letter in letters.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{lines}\nendbfchar endcmap end"
    )
    pdf(
        path,
        ["25 DCBA"],
        font=f"/BaseFont/Own/FirstChar 0/LastChar 127/Widths[{'600 ' * 128}]/ToUnicode 5 0 R",
    )
    raw = path.read_bytes()
    stream = f"5 0 obj\n<</Length {len(cmap)}>>\nstream\n{cmap}\nendstream\nendobj\n".encode()
    path.write_bytes(raw.replace(b"trailer", stream + b"trailer"))
    return path
