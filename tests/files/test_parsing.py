from __future__ import annotations

import json
import os
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import pytest
from pptx import Presentation

from files.errors import FileUnreadableError
from files.parsing import Chunk, chunks_of
from files.readers.bidi import Glyph, line_text, with_plain_letters
from files.readers.cutting import separated, separators_of
from files.readers.decoding import decoded
from files.readers.tables import cell_text, delimiter_of
from tests.files import documents

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data" / "documents"
SAMPLES = Path(os.environ.get("SAMPLE_DOCUMENTS", _BESIDE))


def read(
    path: Path, *, content_type: str = "", max_tokens: int | None = None, separators: str = ""
) -> list[Chunk]:
    """From a path without an ending, as contents in storage have none."""
    with TemporaryDirectory() as folder:
        stored = Path(folder) / "content"
        copyfile(path, stored)
        return chunks_of(
            stored, name=path.name, content_type=content_type, max_tokens=max_tokens, separators=separators
        )


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def texts(chunks: list[Chunk]) -> list[str]:
    return [chunk.text for chunk in chunks]


def test_a_table_becomes_a_chunk_a_row_that_says_its_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'name,note\nAda,"two\nlines"\n\nBob,\n')
    assert read(path) == [
        Chunk("name: Ada\nnote: two\nlines", 1, "row 2"),
        Chunk("name: Bob", 2, "row 4"),
    ]


def test_a_table_in_japanese_windows_encoding_is_decoded(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "名前,住所\n佐藤太郎,東京\n髙橋淳,名古屋\n".encode("cp932"))
    assert texts(read(path)) == ["名前: 佐藤太郎\n住所: 東京", "名前: 髙橋淳\n住所: 名古屋"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8-sig", "a;b\nü;1\n"),
        ("utf-16", "a;b\nü;1\n"),
        ("gb18030", "姓名,年龄,城市\n张伟,30,北京\n王芳,25,上海\n"),
        ("cp949", "이름,나이,도시\n김철수,30,서울\n이영희,25,부산\n"),
        ("cp1251", "имя;город\nИван;Москва\nОльга;Казань\n"),
        ("cp1253", "όνομα,πόλη\nΓιώργος,Αθήνα\n"),
        ("cp1256", "الاسم,المدينة\nأحمد,القاهرة\nليلى,دمشق\n"),
        ("cp1252", "Name;Straße;Größe\nMüller;Hauptstraße 5;1,80\nJürgen;Königsallee;1,75\n"),
    ],
)
def test_text_is_decoded_from_the_encoding_that_it_is_in(encoding: str, text: str) -> None:
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [("a;b\n1,5;2,5\n3;4,0\n", ";"), ("a\tb, c\n1\t2\n", "\t"), ("a|b|c\n1|2|3\n", "|"), ("a,b\n1,2\n", ",")],
)
def test_the_delimiter_is_the_one_that_makes_even_rows(text: str, delimiter: str) -> None:
    assert delimiter_of(text) == delimiter


def test_every_row_of_every_sheet_is_a_chunk_with_its_place(tmp_path: Path) -> None:
    sheets: dict[str, list[list[object]]] = {
        "Stock": [["Inventory of May", None], ["item", "count"], ["bolt", 3.0], [None, None], ["nut", 2.5]],
        "Empty": [],
        "Years": [[2019, 2020], [1, 2]],
    }
    assert read(documents.xlsx(tmp_path / "a.xlsx", sheets)) == [
        Chunk("Inventory of May", 1, "Stock, row 1"),
        Chunk("item: bolt\ncount: 3", 2, "Stock, row 3"),
        Chunk("item: nut\ncount: 2.5", 3, "Stock, row 5"),
        Chunk("column 1: 2019\ncolumn 2: 2020", 4, "Years, row 1"),
        Chunk("column 1: 1\ncolumn 2: 2", 5, "Years, row 2"),
    ]


def test_cells_read_as_people_write_them() -> None:
    assert [cell_text(value) for value in (None, 2.0, 2.5, True, "x")] == ["", "2", "2.5", "True", "x"]


def test_json_is_read_row_by_row(tmp_path: Path) -> None:
    rows = [{"q": "Größe?", "tags": ["a", "b"], "none": None}, "text", 5]
    as_array = write(tmp_path / "a.json", json.dumps(rows))
    as_lines = write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    misnamed = write(tmp_path / "b.json", "\n".join(map(json.dumps, rows)))
    said = ['q: Größe?\ntags: ["a", "b"]', "text", "5"]
    assert [texts(read(path)) for path in (as_array, as_lines, misnamed)] == [said, said, said]
    assert [chunk.label for chunk in read(as_lines)] == ["row 1", "row 2", "row 3"]


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"a": 1}\n{"a": \n')
    with pytest.raises(FileUnreadableError, match=r"^Line 2 of a\.jsonl is not JSON: expecting value"):
        read(path)


def test_pages_of_a_pdf_are_labels(tmp_path: Path) -> None:
    path = documents.pdf(tmp_path / "a.pdf", ["First things", "Second things"])
    assert read(path) == [Chunk("First things", 1, "page 1"), Chunk("Second things", 2, "page 2")]


def test_arabic_that_is_stored_as_it_looks_comes_out_as_it_is_read(tmp_path: Path) -> None:
    assert texts(read(documents.arabic_pdf(tmp_path / "a.pdf"))) == ["سلام 25"]


def drawn(visual: str) -> list[Glyph]:
    return [Glyph(character, 10.0 * index) for index, character in enumerate(visual)]


@pytest.mark.parametrize(
    ("visual", "logical"),
    [
        ("םלוע םולש", "שלום עולם"),
        (".םילימ hello world םע 50% ןכו", "וכן 50% עם hello world מילים."),
        ("(77-2025 مقر) عيبلا", "البيع (رقم 2025-77)"),
        ("English with ةملك يبرع inside", "English with عربي كلمة inside"),
        ("plain English (1)", "plain English (1)"),
    ],
)
def test_a_line_as_it_looks_becomes_a_line_as_it_is_read(visual: str, logical: str) -> None:
    assert line_text(drawn(visual)) == logical


def test_a_line_that_is_stored_as_it_is_read_stays() -> None:
    glyphs = [Glyph(letter, 100.0 - index) for index, letter in enumerate("שלום")]
    assert line_text(glyphs) == "שלום"


def test_letter_forms_become_letters_and_other_signs_stay() -> None:
    assert with_plain_letters("\ufefb o\ufb03ce ½ x²") == "لا office ½ x²"


def test_slides_are_labels(tmp_path: Path) -> None:
    deck = Presentation()
    for title in ("Plans", "Results"):
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = title
    deck.save(str(tmp_path / "a.pptx"))
    assert read(tmp_path / "a.pptx") == [Chunk("# Plans", 1, "slide 1"), Chunk("# Results", 2, "slide 2")]


def test_a_word_document_and_a_book_become_text(tmp_path: Path) -> None:
    assert texts(read(documents.docx(tmp_path / "a.docx", ["Hello", "World"]))) == ["Hello\n\nWorld"]
    assert texts(read(documents.epub(tmp_path / "a.epub", "<h1>Rain</h1><p>It fell.</p>"))) == [
        "**Title:** A book\n\n# Rain\n\nIt fell."
    ]


def test_a_page_is_read_in_the_encoding_that_it_declares(tmp_path: Path) -> None:
    page = '<html><head><meta charset="koi8-r"></head><body><p>Привет</p><script>x()</script></body></html>'
    assert texts(read(write(tmp_path / "a.html", page.encode("koi8-r")))) == ["Привет"]


def test_a_notebook_becomes_its_cells(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title"]},
        {"cell_type": "code", "source": ["print(1)"], "outputs": []},
    ]
    path = write(tmp_path / "a.ipynb", json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5}))
    assert texts(read(path)) == ["# Title\n\n```python\nprint(1)\n```"]


def test_the_stated_type_decides_where_the_name_does_not(tmp_path: Path) -> None:
    path = write(tmp_path / "upload", "a,b\n1x,2\n")
    assert texts(read(path, content_type="text/csv; charset=utf-8")) == ["a: 1x\nb: 2"]
    assert texts(read(path)) == ["a,b\n1x,2"]


@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_no_chunk_is_larger_than_asked_and_none_of_the_words_is_lost(tmp_path: Path, suffix: str) -> None:
    text = "\n\n".join(f"Paragraph {number}. Größe und Maß, viele Wörter." for number in range(500))
    chunks = read(write(tmp_path / f"a{suffix}", text), max_tokens=20)
    assert max(len(chunk.text.encode()) for chunk in chunks) <= 80
    assert " ".join(texts(chunks)).split() == text.split()
    assert [chunk.place for chunk in chunks] == list(range(1, len(chunks) + 1))


def test_text_in_one_endless_line_is_cut_in_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "x" * 3_000_000)
    assert sum(len(text) for text in texts(read(path))) == 3_000_000


def test_a_long_row_is_cut_and_keeps_its_label(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f"a,b\nx,{'many words ' * 50}\n")
    chunks = read(path, max_tokens=50)
    assert len(chunks) > 2
    assert {chunk.label for chunk in chunks} == {"row 2"}


def test_separators_cut_first(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "One\n---\nTwo\n\nQuestion: why?\nQuestion: how?")
    assert texts(read(path, separators="---, Question:")) == [
        "One",
        "Two",
        "Question: why?",
        "Question: how?",
    ]
    assert texts(read(path, separators="\\n\\n")) == ["One\n---\nTwo", "Question: why?\nQuestion: how?"]


def test_a_separator_of_words_stays_and_one_of_signs_goes() -> None:
    assert separators_of(" ###,, \\n ,Q") == ["###", "\n", "Q"]
    assert separated("a###b Qc", ["###", "Q"]) == ["a", "b ", "Qc"]


def test_what_no_database_can_hold_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", '["a\\u0000b \\ud800 c"]')
    assert texts(read(path)) == ["ab \ufffd c"]


def test_reading_tells_that_it_goes_on_and_can_be_ended(tmp_path: Path) -> None:
    class EndedError(Exception):
        pass

    def end() -> None:
        raise EndedError

    path = write(tmp_path / "a.html", "<p>word</p>" * 2_000_000)
    with pytest.raises(EndedError):
        chunks_of(path, name="a", content_type="", max_tokens=None, separators="", meanwhile=end)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder with sample documents is not there")
@pytest.mark.parametrize(
    ("name", "count", "words"),
    [
        ("arabic.pdf", 1, "حَبيبي habibi حَبيبي"),
        ("pdflatex-4-pages.pdf", 8, "Hello, here is some text without a meaning."),
        ("test.docx", 5, "AutoGen: Enabling Next-Gen LLM Applications via Multi-Agent Conversation"),
        ("test.epub", 1, "# Chapter 1: Test Content"),
        ("test.json", 1, "5b64c88c-b3c3-4510-bcb8-da0b200602d8: uuid_key"),
        ("test.pdf", 4, "While there is contemporaneous exploration of multi-agent approaches"),
        ("test.pptx", 6, "This phrase of the caption is Human-written."),
        ("test.xlsx", 27, "Alpha: 58\nBeta: 6ff4173b-42a5-4784-9b19-f49caff4d93d\nGamma: 22\nDelta: 9"),
        ("test_blog.html", 9, "Does Model and Inference Parameter Matter in LLM Applications?"),
        ("test_mskanji.csv", 3, "名前: 髙橋淳\n年齢: 35\n住所: 名古屋"),
        ("test_notebook.ipynb", 1, 'print("markitdown")'),
    ],
)
def test_a_sample_document_gives_text_that_a_reader_recognizes(name: str, count: int, words: str) -> None:
    chunks = read(SAMPLES / name)
    assert len(chunks) == count
    assert any(words in text for text in texts(chunks))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder with sample documents is not there")
def test_the_locked_sample_says_so() -> None:
    with pytest.raises(FileUnreadableError, match="is protected by a password; remove the password"):
        read(SAMPLES / "password-protected.pdf")
