from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from records.markdown import (
    LONG_TEXT,
    MARKDOWN_LIMIT,
    SHOWN_CHARACTERS,
    SHOWN_PER_PAGE,
    draw_markdown,
    draw_plain,
    highlight,
    search_terms,
    term_pattern,
)
from records.rendering import DATA_CHARACTERS, Block, Turn, meta_rows, read_conversation

MARKDOWN = draw_markdown(None)
HARMLESS = {"p", "div", "span", "pre", "code", "button", "mark", "a", "br"}


class _Elements(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name == "href"]


def _turns(*messages: Any, first: int = 0, limit: int = 100) -> tuple[Turn, ...]:
    return read_conversation({"messages": list(messages)}, draw=MARKDOWN, first=first, limit=limit).turns


def _block(message: dict[str, Any]) -> Block:
    (turn,) = _turns(message)
    (block,) = turn.blocks
    return block


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        '[x](https://e.com "onmouseover=alert(1)")',
        "![x](https://tracker.example/pixel.png)",
        '![x](x"onerror=alert(1))',
        "<style>body{display:none}</style>",
        '<div style="position:fixed">x</div>',
        "<svg><script>alert(1)</script></svg>",
        '<button formaction="/app/sign-out/">x</button>',
        "`<script>`\n\n```\n<script>\n```",
        "```<script>\nx\n```",
    ],
)
def test_no_content_becomes_script_style_or_a_loaded_image(text: str) -> None:
    for draw in (MARKDOWN, draw_plain(None), draw_markdown(term_pattern(["script", "x"]))):
        elements = _Elements(draw(text))
        assert elements.names <= HARMLESS
        assert elements.attributes <= {"class", "href", "rel", "target", "title", "type", "data-copy-code"}
        assert all(address.startswith("https://") for address in elements.addresses)


def test_links_lead_away_without_telling_from_where() -> None:
    html = MARKDOWN("[docs](https://example.com/a?b=1&c=2)")
    assert 'href="https://example.com/a?b=1&amp;c=2"' in html
    assert 'rel="noopener nofollow"' in html


def test_links_into_this_site_stay_text() -> None:
    assert "<a " not in MARKDOWN("[sign out](/app/sign-out/) [x](#top) [y](//evil.example)")


def test_an_image_shows_its_address_instead() -> None:
    html = MARKDOWN("![A map](https://example.com/map.png)")
    assert "Image, not loaded: A map https://example.com/map.png" in html


def test_line_breaks_of_a_chat_are_kept() -> None:
    assert MARKDOWN("one\ntwo") == "<p>one<br>\ntwo</p>\n"


def test_headings_stand_below_those_of_the_page() -> None:
    assert MARKDOWN("# One\n\n#### Four").count("<h4>One</h4>") == 1
    assert "<h6>Four</h6>" in MARKDOWN("#### Four")


def test_code_has_its_language_and_a_button_to_copy() -> None:
    html = MARKDOWN("```python title=x\nprint('<b>')\n```")
    assert '<span class="code-language">python</span>' in html
    assert "print('&lt;b&gt;')" in html.replace("&#x27;", "'").replace("&#39;", "'")
    assert "data-copy-code" in html


def test_found_words_are_marked_also_in_markdown() -> None:
    draw = draw_markdown(term_pattern(search_terms("refund")))
    html = draw("A **Refund** is not refundable. `refund` [refund](https://e.com/refund)")
    assert html.count("<mark>") == 2
    assert "<strong><mark>Refund</mark></strong>" in html
    assert 'href="https://e.com/refund"' in html


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("refund", ("refund",)),
        ('"late order" or Refund', ("late", "order", "refund")),
        ('refund -late -"my order"', ("refund",)),
        ("", ()),
        ("...", ()),
        ("überfällig 注文", ("überfällig", "注文")),
    ],
)
def test_the_words_to_mark_are_those_that_the_search_asks_for(query: str, terms: tuple[str, ...]) -> None:
    assert search_terms(query) == terms


def test_highlighting_escapes_what_stands_around() -> None:
    assert highlight("<b>a.b</b> a+b", term_pattern(["b"])) == (
        "&lt;<mark>b</mark>&gt;a.<mark>b</mark>&lt;/<mark>b</mark>&gt; a+<mark>b</mark>"
    )


def test_plain_view_keeps_every_space() -> None:
    assert draw_plain(None)("  a\n\n\tb*c*") == '<div class="plain-text">  a\n\n\tb*c*</div>'


def test_what_is_too_long_for_markdown_is_shown_as_it_is() -> None:
    assert "<strong>" not in MARKDOWN("**x** " * MARKDOWN_LIMIT)


def test_a_page_never_draws_more_than_a_reader_can_want() -> None:
    messages = [{"role": "user", "content": "**word** " * 20_000} for _ in range(100)]
    turns = _turns(*messages)
    shown = sum(len(block.html) for turn in turns for block in turn.blocks)
    assert shown < 2 * SHOWN_PER_PAGE
    assert all("more characters" in turn.blocks[0].html for turn in turns[10:])


def test_markdown_of_many_long_turns_goes_on_as_plain_text() -> None:
    draw = draw_markdown(None)
    drawn = [draw("**x** " * 5_000) for _ in range(20)]
    assert "<strong>" in drawn[0]
    assert "<strong>" not in drawn[-1]


def test_folded_data_is_cut() -> None:
    block = _block({"role": "user", "content": {"blob": "x" * 50_000}})
    assert len(block.text) < DATA_CHARACTERS + 50
    assert block.text.endswith("more characters")


def test_what_is_too_long_to_be_shown_is_cut_with_a_word() -> None:
    html = draw_plain(None)("x" * (SHOWN_CHARACTERS + 5))
    assert "5 more characters" in html
    assert len(html) < SHOWN_CHARACTERS + 200


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        ("system", "system"),
        ("developer", "system"),
        ("user", "user"),
        ("human", "user"),
        ("Assistant", "assistant"),
        ("tool", "tool"),
        ("critic", "other"),
        (None, "other"),
        (7, "other"),
    ],
)
def test_a_turn_has_the_kind_of_its_role(role: object, kind: str) -> None:
    (turn,) = _turns({"role": role, "content": "x"})
    assert turn.role_kind == kind
    assert turn.role == (role if isinstance(role, str) else "no role")


def test_long_texts_are_marked_to_be_folded() -> None:
    assert not _block({"role": "user", "content": "short"}).is_long
    assert _block({"role": "user", "content": "x" * (LONG_TEXT + 1)}).is_long
    assert _block({"role": "user", "content": "line\n" * 40}).is_long


@pytest.mark.parametrize("arguments", ['{"id": 8841, "rate": 1e3}', {"id": 8841, "rate": 1e3}])
def test_tool_calls_show_name_and_pretty_arguments(arguments: object) -> None:
    block = _block(
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "function": {"name": "find", "arguments": arguments}}],
        }
    )
    assert (block.kind, block.label, block.call_id) == ("call", "find", "c1")
    assert block.text.startswith('{\n  "id": 8841,\n')


def test_numbers_in_arguments_stay_as_they_are_written() -> None:
    call = {"function": {"name": "f", "arguments": '{"a":1e3,"b":0.10,"c":123456789012345678901234567890}'}}
    block = _block({"role": "assistant", "tool_calls": [call]})
    assert block.text == '{\n  "a": 1e3,\n  "b": 0.10,\n  "c": 123456789012345678901234567890\n}'


def test_arguments_that_are_not_json_are_shown_as_they_are() -> None:
    call = {"function": {"name": "f", "arguments": '{"cut": "off'}}
    assert _block({"role": "assistant", "tool_calls": [call]}).text == '{"cut": "off'


def test_the_old_function_call_is_a_tool_call() -> None:
    block = _block({"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}})
    assert (block.kind, block.label) == ("call", "f")


@pytest.mark.parametrize("calls", ["text", 5, {"a": 1}, [None], ["x"], [{"function": "f"}], [{"id": 3}]])
def test_odd_tool_calls_are_shown_as_data(calls: object) -> None:
    (turn,) = _turns({"role": "assistant", "tool_calls": calls})
    assert [block.kind for block in turn.blocks] == ["fold"]


def test_a_tools_json_answer_is_pretty_printed() -> None:
    block = _block({"role": "tool", "tool_call_id": "c1", "content": '{"state":"lost"}'})
    assert (block.kind, block.text) == ("result", '{\n  "state": "lost"\n}')
    assert _block({"role": "tool", "content": "{not json"}).kind == "text"


def test_parts_are_drawn_by_their_type() -> None:
    (turn,) = _turns(
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "**Look**"},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg"}},
                {"type": "image_url", "image_url": "data:image/png;base64," + "A" * 1000},
                {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
                {"type": "hologram", "depth": 3},
                "bare",
                None,
            ],
        }
    )
    kinds = [(block.kind, block.label) for block in turn.blocks]
    assert kinds == [
        ("text", ""),
        ("note", "Image, not loaded"),
        ("note", "Image, not loaded"),
        ("thinking", "Thinking"),
        ("fold", "Part of type hologram"),
        ("text", ""),
        ("fold", "Part"),
    ]
    assert "<strong>Look</strong>" in turn.blocks[0].html
    assert turn.blocks[2].text.endswith("(1,022 characters)")


def test_keys_of_a_message_that_nobody_knows_are_shown() -> None:
    (turn,) = _turns({"role": "assistant", "content": "Hi", "weight": 0, "prefix": False, "refusal": None})
    assert turn.blocks[-1].label == "weight, prefix"
    assert turn.blocks[-1].text == '{\n  "weight": 0,\n  "prefix": false\n}'


@pytest.mark.parametrize("message", ["text", None, 5, ["a"]])
def test_a_message_that_is_no_object_is_shown_as_data(message: object) -> None:
    (turn,) = _turns(message)
    assert turn.blocks[0].kind == "fold"


@pytest.mark.parametrize("payload", [{}, {"messages": None}, {"messages": "x"}, {"messages": {"a": 1}}])
def test_a_payload_without_a_list_of_messages_still_shows_its_keys(payload: dict[str, Any]) -> None:
    conversation = read_conversation({**payload, "model": "m"}, draw=MARKDOWN, limit=10)
    assert conversation.total == 0
    assert "model" in [block.label for block in conversation.others]


def test_halves_of_surrogate_pairs_and_nul_are_replaced() -> None:
    text = "a\ud800b\x00c"
    (turn,) = _turns({"role": text, "name": text, "content": [{"type": "text", "text": text}, {text: text}]})
    shown = [turn.role, turn.name, *(block.html + block.text + block.label for block in turn.blocks)]
    assert "".join(shown).encode().count("\ufffd".encode()) >= 6


def test_deep_nesting_is_shown() -> None:
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    block = _block({"role": "user", "content": {"deep": deep}})
    assert block.text.startswith('{\n  "deep": [\n    [\n      [')


def test_long_conversations_come_in_pieces() -> None:
    messages = [{"role": "user", "content": str(number)} for number in range(25)]
    first = read_conversation({"messages": messages}, draw=MARKDOWN, limit=10)
    last = read_conversation({"messages": messages}, draw=MARKDOWN, first=20, limit=10)
    assert ([turn.number for turn in first.turns], first.next_first, first.total) == (
        list(range(1, 11)),
        10,
        25,
    )
    assert ([turn.number for turn in last.turns], last.next_first) == (list(range(21, 26)), None)


def test_meta_values_know_by_what_they_are_found() -> None:
    rows = {
        row.key: row
        for row in meta_rows({"lang": "de", "n": 1, "ok": True, "none": None, "tags": ["a", "b"]})
    }
    assert [(value.text, value.query) for value in rows["tags"].values] == [("a", "a"), ("b", "b")]
    assert [rows[key].values[0].query for key in ("lang", "n", "ok", "none")] == ["de", "1", "true", ""]


@pytest.mark.parametrize("value", ["", "*", "x" * 500])
def test_meta_values_that_no_filter_can_spell_are_not_linked(value: str) -> None:
    (row,) = meta_rows({"key": value})
    assert row.values[0].query == ""


def test_nested_meta_is_shown_as_json() -> None:
    rows = meta_rows({"customer": {"id": 7}, "list": [{"a": 1}], "empty": []})
    assert [row.json for row in rows] == ['{\n  "id": 7\n}', '[\n  {\n    "a": 1\n  }\n]', "[]"]
