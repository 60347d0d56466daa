from __future__ import annotations

import logging
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from files import parsing
from files.errors import FileUnreadableError
from files.parsing import chunks_of
from tests.files import documents

MEGABYTE = 2**20
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "hahahaha">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def refusal(path: Path) -> str:
    with pytest.raises(FileUnreadableError) as caught:
        chunks_of(path, name=path.name, content_type="", max_tokens=None, separators="")
    return str(caught.value)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "part"),
    [("a.docx", "word/document.xml"), ("a.pptx", "ppt/presentation.xml"), ("a.xlsx", "xl/workbook.xml")],
)
def test_a_zip_bomb_is_refused_while_it_is_counted(
    tmp_path: Path, settings: Settings, name: str, part: str
) -> None:
    settings.MAX_DOCUMENT_UNPACKED_BYTES = 20 * MEGABYTE
    path = documents.write_zip(tmp_path / name, {part: [bytes(MEGABYTE)] * 200})
    assert path.stat().st_size < MEGABYTE
    assert refusal(path) == f"{name} unpacks to more than 20 MB; it cannot be read."


def test_a_zip_bomb_that_lies_about_its_size_is_refused(tmp_path: Path, settings: Settings) -> None:
    settings.MAX_DOCUMENT_UNPACKED_BYTES = 20 * MEGABYTE
    path = documents.write_zip(tmp_path / "a.docx", {"word/document.xml": [bytes(MEGABYTE)] * 100})
    size = (100 * MEGABYTE).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (1000).to_bytes(4, "little")))
    assert refusal(path) == "a.docx could not be read as DOCX; the file seems to be damaged."


def test_a_bomb_of_xml_entities_is_refused(tmp_path: Path) -> None:
    said = "declares XML entities, which documents do not need; it was not read."
    assert refusal(documents.docx(tmp_path / "a.docx", ["&i;"], prolog=BOMB)) == f"a.docx {said}"
    assert refusal(documents.epub(tmp_path / "a.epub", "<p>&i;</p>", prolog=BOMB)) == f"a.epub {said}"


def test_a_bomb_in_another_encoding_is_refused(tmp_path: Path) -> None:
    bomb = f'<?xml version="1.0" encoding="utf-16"?>{BOMB}<x>&i;</x>'.encode("utf-16")
    path = documents.write_zip(tmp_path / "a.xlsx", {"xl/workbook.xml": [bomb]})
    assert "declares XML entities" in refusal(path)


def test_a_pdf_that_claims_a_million_pages_gives_the_one_that_it_has(tmp_path: Path) -> None:
    path = documents.pdf(tmp_path / "a.pdf", ["Only one"], claimed=1_000_000)
    chunks = chunks_of(path, name="a.pdf", content_type="", max_tokens=None, separators="")
    assert [chunk.text for chunk in chunks] == ["Only one"]


def test_a_pdf_with_a_million_pages_is_ended_in_time(tmp_path: Path, settings: Settings) -> None:
    settings.DOCUMENT_SECONDS = 4
    path = documents.pdf(tmp_path / "a.pdf", ["Again"])
    path.write_bytes(path.read_bytes().replace(b"Kids[10 0 R]", b"Kids[" + b"10 0 R " * 1_000_000 + b"]"))
    began = time.monotonic()
    assert refusal(path) == "a.pdf took longer than 4 seconds to read; split it and upload the parts."
    assert time.monotonic() - began < 8


def test_a_page_of_100_mb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.html", b"<p>word</p>\n" * (100 * MEGABYTE // 12))
    began = time.monotonic()
    assert refusal(path) == "a.html has 99 MB; HTML files may have 25 MB. Split it and upload the parts."
    assert time.monotonic() - began < 5


def test_a_document_that_needs_too_much_memory_is_ended_and_costs_us_none(
    tmp_path: Path, settings: Settings
) -> None:
    settings.DOCUMENT_MEMORY_BYTES = 100 * MEGABYTE
    path = written(tmp_path / "a.json", b"[" + b"[]," * 5_000_000 + b"[]]")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(path) == "a.json needs more than 100 MB of memory to be read."
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_a_small_file_that_says_very_much_is_ended(tmp_path: Path, settings: Settings) -> None:
    settings.MAX_DOCUMENT_TEXT_BYTES = MEGABYTE
    long: list[object] = ["x" * 2000, "y" * 2000]
    rows: list[list[object]] = [["name", "note"], *[long] * 1000]
    path = documents.xlsx(tmp_path / "a.xlsx", {"S": rows})
    assert path.stat().st_size < MEGABYTE / 4
    assert "has more than 1 MB of text" in refusal(path)


def test_what_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", b"[" * 1_000_000)
    assert refusal(path) == "a.json is nested too deeply to be read."


def test_a_file_beyond_the_limit_is_refused_before_anything_starts(
    tmp_path: Path, settings: Settings
) -> None:
    settings.MAX_DOCUMENT_BYTES = MEGABYTE
    path = written(tmp_path / "a.txt", b"x" * 3 * MEGABYTE)
    assert refusal(path) == "a.txt has 3 MB; a document may have 1 MB."


def test_a_locked_pdf_says_so(tmp_path: Path) -> None:
    lock = f"/ID[<{'00' * 16}><{'00' * 16}>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'11' * 32}>/U<{'22' * 32}>>>"
    path = documents.pdf(tmp_path / "a.pdf", ["Secret"], trailer=lock)
    assert refusal(path) == "a.pdf is protected by a password; remove the password and upload it again."


def test_a_scanned_pdf_says_so(tmp_path: Path) -> None:
    path = documents.pdf(tmp_path / "a.pdf", ["", ""])
    assert refusal(path).startswith("a.pdf has no text; it seems to be scanned.")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"", "a.txt is empty; upload a file with content."),
        ("a.txt", b" \n\t\n", "a.txt has no text; upload a file with content."),
        ("a.bin", bytes(range(256)), "a.bin is neither a document that can be read nor text; upload PDF, "),
        (
            "a.png",
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
            "a.png is neither a document that can be read nor text",
        ),
        ("a.pdf", b"%PDF-1.7\ngarbage", "a.pdf could not be read as PDF; the file seems to be damaged."),
        ("a.pdf", b"plain text", "a.pdf could not be read as PDF; the file seems to be damaged."),
        ("a.docx", b"PK\x03\x04garbage", "a.docx could not be read as DOCX; the file seems to be damaged."),
        ("a.ipynb", b"{", "a.ipynb could not be read as a document; the file seems to be damaged."),
        ("a.json", b"{]", "a.json is not JSON: "),
        (
            "a.doc",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "a.doc is in an Office format from before 2007; save it as DOCX, PPTX or XLSX and upload that.",
        ),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "a.xlsx is protected by a password; remove the password and upload it again.",
        ),
    ],
)
def test_what_cannot_be_read_says_why_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    assert refusal(written(tmp_path / name, content)).startswith(said)


def test_an_archive_of_files_and_a_torn_document_are_refused(tmp_path: Path) -> None:
    files = documents.write_zip(tmp_path / "a.zip", {"notes.txt": [b"words"]})
    assert refusal(files) == "a.zip is an archive and not a document; unpack it and upload its files singly."
    whole = documents.docx(tmp_path / "a.docx", ["word " * 1000])
    whole.write_bytes(whole.read_bytes()[:300])
    assert refusal(whole) == "a.docx could not be read as DOCX; the file seems to be damaged."


def test_no_log_line_holds_what_a_document_says(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    parts = {
        "xl/workbook.xml": [b"<workbook><secretword/></workbook>"],
        "[Content_Types].xml": [b"<secretword"],
    }
    with caplog.at_level(logging.DEBUG):
        refusal(documents.write_zip(tmp_path / "a.xlsx", parts))
    assert "a document could not be read" in caplog.text
    assert "secretword" not in caplog.text


def test_the_reader_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    with parsing._child() as child:
        environment = Path(f"/proc/{child.pid}/environ").read_bytes()
        child.kill()
    assert b"do-not-tell" not in environment
    assert os.environ["SECRET_KEY"] == "do-not-tell"


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import urllib.request; urllib.request.urlopen('http://example.com/')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
    ],
)
def test_a_reader_reaches_neither_network_nor_programs(attempt: str) -> None:
    code = f"from files.readers import limits; limits.forbid_network_and_programs(); {attempt}"
    ended = subprocess.run([sys.executable, "-c", code], cwd=parsing._ROOT, capture_output=True, check=False)
    assert ended.returncode == 1
    assert b"ForbiddenError" in ended.stderr


def test_the_reader_loads_nothing_of_the_product() -> None:
    code = (
        "import files.readers.child, sys; print(sorted({'django', 'celery', 'project'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=parsing._ROOT, capture_output=True, check=True)
    assert ended.stdout.strip() == b"[]"
