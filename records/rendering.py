"""What a record looks like on a page: its turns, its Markdown as safe HTML, its meta. Pure: values in, values out.

Content is untrusted. Raw HTML in it stays text, images are never loaded, links name their address and no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from project.lib import jsontext
from records.content import storable
from records.prettyjson import pretty

LONG_TEXT = 2_000  # Characters beyond which a turn is folded.
MARKDOWN_LIMIT = (
    40_000  # Characters beyond which a text is drawn as it is: nobody reads it, and parsing takes time.
)
MARKDOWN_PER_PAGE = 160_000
SHOWN_CHARACTERS = 200_000  # Of one text; the rest is only in the download.
SHOWN_PER_PAGE = 1_000_000
DATA_CHARACTERS = 20_000  # Of a folded piece of data.
ADDRESS_CHARACTERS = 200
HEADING_SHIFT = 3  # The page has the first three levels for itself.

_ROLE_KINDS = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "tool": "tool",
    "function": "tool",
}
_KNOWN_KEYS = {"role", "content", "tool_calls", "function_call", "name", "tool_call_id"}
_TAGS = {
    *(
        "p",
        "br",
        "hr",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "ul",
        "ol",
        "li",
        "pre",
        "code",
        "div",
        "span",
        "button",
    ),
    *("strong", "em", "s", "a", "mark", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "span": {"class"},
    "div": {"class"},
    "code": {"class"},
    "button": {"type", "class", "data-copy-code"},
}
_COPY_BUTTON = '<button type="button" class="btn btn--sm js-only" data-copy-code>Copy</button>'
_SAFE_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)

Draw = Callable[[str], SafeString]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a turn: `html` is what people read, `text` is data that is shown as it is."""

    kind: str
    label: str = ""
    html: str = ""
    text: str = ""
    is_long: bool = False
    size: int = 0
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    number: int
    role: str
    role_kind: str
    name: str
    call_id: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns from number `first` on, how many there are in all, and the payload's other keys."""

    turns: tuple[Turn, ...]
    first: int
    total: int
    others: tuple[Block, ...] = ()

    @property
    def next_first(self) -> int | None:
        end = self.first + len(self.turns)
        return end if end < self.total else None


@dataclass(frozen=True, slots=True)
class MetaValue:
    text: str
    query: str = field(default="")  # What finds records with this value; empty when nothing can.


@dataclass(frozen=True, slots=True)
class MetaRow:
    key: str
    values: tuple[MetaValue, ...] = ()
    json: str = ""


def search_terms(query: str) -> tuple[str, ...]:
    """The words that a search asks for, without those that it excludes."""
    wanted = re.sub(r'-"[^"]*"|-\S+', " ", query)
    return tuple(dict.fromkeys(word.lower() for word in re.findall(r"\w+", wanted) if word.lower() != "or"))


def term_pattern(terms: Sequence[str]) -> re.Pattern[str] | None:
    if not terms:
        return None
    return re.compile(r"(?<!\w)(" + "|".join(re.escape(term) for term in terms) + r")(?!\w)", re.IGNORECASE)


def highlight(text: str, pattern: re.Pattern[str] | None) -> SafeString:
    """Escaped text with the found words marked."""
    if pattern is None:
        return SafeString(escape(text))
    pieces = pattern.split(text)
    return mark_safe(
        "".join(
            f"<mark>{escape(piece)}</mark>" if at % 2 else escape(piece) for at, piece in enumerate(pieces)
        )
    )


def draw_markdown(pattern: re.Pattern[str] | None) -> Draw:
    """Draws the texts of one page as safe HTML; what is too much for that is drawn as plain text."""
    plain, markdown, left = draw_plain(pattern), _markdown(pattern), MARKDOWN_PER_PAGE

    def draw(text: str) -> SafeString:
        nonlocal left
        if len(text) > min(left, MARKDOWN_LIMIT):
            return plain(text)
        left -= len(text)
        return mark_safe(_clean(markdown.render(storable(text))))

    return draw


def draw_plain(pattern: re.Pattern[str] | None) -> Draw:
    """Draws the texts of one page as they are, each space and line break kept."""
    left = SHOWN_PER_PAGE

    def draw(text: str) -> SafeString:
        nonlocal left
        end = min(SHOWN_CHARACTERS, max(left, LONG_TEXT))
        left -= min(end, len(text))
        shown = highlight(storable(text[:end]), pattern)
        if len(text) <= end:
            return format_html('<div class="plain-text">{}</div>', shown)
        rest = f"{len(text) - end:,} more characters; the JSON view offers them for download."
        return format_html('<div class="plain-text">{}</div><p class="muted">{}</p>', shown, rest)

    return draw


def read_conversation(payload: dict[str, Any], *, draw: Draw, first: int = 0, limit: int) -> Conversation:
    """`limit` turns from the one with index `first` on. Nothing that a payload can hold is left out or fails."""
    messages = payload.get("messages")
    found = messages if isinstance(messages, list) else []
    turns = tuple(
        _turn(first + at + 1, message, draw) for at, message in enumerate(found[first : first + limit])
    )
    others = tuple(
        _fold(key, value)
        for key, value in payload.items()
        if key != "messages" or not isinstance(messages, list)
    )
    return Conversation(turns, first, len(found), others)


def meta_rows(meta: dict[str, Any]) -> tuple[MetaRow, ...]:
    return tuple(_meta_row(key, value) for key, value in meta.items())


def _turn(number: int, message: Any, draw: Draw) -> Turn:
    if not isinstance(message, dict):
        return Turn(number, "not an object", "other", "", "", (_fold("Message", message),))
    role = message.get("role")
    label = _word(role) or "no role"
    kind = _ROLE_KINDS.get(label.lower(), "other")
    return Turn(
        number,
        label,
        kind,
        _word(message.get("name")),
        _word(message.get("tool_call_id")),
        (*_content(message.get("content"), kind, draw), *_calls(message), *_others(message)),
    )


def _content(content: Any, role_kind: str, draw: Draw) -> tuple[Block, ...]:
    if content is None:
        return ()
    if isinstance(content, str):
        return (
            (_tool_result(content, draw) if role_kind == "tool" else _text(content, draw),) if content else ()
        )
    if isinstance(content, list):
        return tuple(_part(part, draw) for part in content)
    return (_fold("Content", content),)


def _tool_result(content: str, draw: Draw) -> Block:
    """What a tool answered: pretty-printed when it is JSON."""
    if content.lstrip()[:1] in {"{", "["} and len(content) <= SHOWN_CHARACTERS:
        try:
            return _fold("Result", jsontext.parse(content.encode(errors="replace")), kind="result")
        except jsontext.JsonTextError:
            pass  # It only looks like JSON.
    return _text(content, draw)


def _text(text: str, draw: Draw, *, kind: str = "text", label: str = "") -> Block:
    return Block(
        kind, label, draw(text), is_long=len(text) > LONG_TEXT or text.count("\n") > 30, size=len(text)
    )


def _part(part: Any, draw: Draw) -> Block:
    if isinstance(part, str):
        return _text(part, draw)
    if not isinstance(part, dict):
        return _fold("Part", part)
    kind = part.get("type")
    if kind == "text" and isinstance(part.get("text"), str) and set(part) <= {"type", "text"}:
        return _text(part["text"], draw)
    if kind == "thinking":
        return _thinking(part, draw)
    if kind == "image_url":
        return _image(part)
    return _fold(f"Part of type {kind}" if isinstance(kind, str) else "Part without a type", part)


def _thinking(part: dict[str, Any], draw: Draw) -> Block:
    inner = part.get("thinking")
    if isinstance(inner, str):
        return _text(inner, draw, kind="thinking", label="Thinking")
    texts = [one.get("text") for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
    if not texts or not all(isinstance(text, str) for text in texts):
        return _fold("Thinking", part)
    return _text("\n\n".join(text for text in texts if text), draw, kind="thinking", label="Thinking")


def _image(part: dict[str, Any]) -> Block:
    image = part.get("image_url")
    address = image.get("url") if isinstance(image, dict) else image
    if not isinstance(address, str):
        return _fold("Image", part)
    shown = storable(address[:ADDRESS_CHARACTERS])
    more = f"… ({len(address):,} characters)" if len(address) > ADDRESS_CHARACTERS else ""
    return Block("note", "Image, not loaded", text=f"{shown}{more}")


def _calls(message: dict[str, Any]) -> tuple[Block, ...]:
    calls = message.get("tool_calls")
    found = list(calls) if isinstance(calls, list) else ([{"tool_calls": calls}] if calls is not None else [])
    if message.get("function_call") is not None:
        found.append({"function": message["function_call"]})
    return tuple(_call(call) for call in found)


def _call(call: Any) -> Block:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return _fold("Tool call", call)
    arguments, name = function.get("arguments"), _word(function.get("name")) or "unnamed function"
    if isinstance(arguments, str):
        try:
            text = pretty(arguments)
        except jsontext.JsonTextError:
            text = arguments
    else:
        text = "" if arguments is None else _json(arguments)
    return Block("call", name, text=_cut(text), call_id=_word(call.get("id")))


def _others(message: dict[str, Any]) -> tuple[Block, ...]:
    others = {key: value for key, value in message.items() if key not in _KNOWN_KEYS and value is not None}
    return (_fold(", ".join(others), others),) if others else ()


def _fold(label: str, value: Any, *, kind: str = "fold") -> Block:
    text = _json(value)
    return Block(kind, storable(label[:ADDRESS_CHARACTERS]), text=_cut(text), size=len(text))


def _json(value: Any) -> str:
    return pretty(jsontext.serialise(value))


def _cut(text: str) -> str:
    hidden = len(text) - DATA_CHARACTERS
    return storable(text if hidden <= 0 else f"{text[:DATA_CHARACTERS]}\n… {hidden:,} more characters")


def _word(value: Any) -> str:
    return storable(value[:ADDRESS_CHARACTERS]) if isinstance(value, str) else ""


def _meta_row(key: str, value: Any) -> MetaRow:
    values = value if isinstance(value, list) else [value]
    if values and all(not isinstance(one, dict | list) for one in values):
        return MetaRow(key, tuple(_meta_value(one) for one in values))
    return MetaRow(key, json=_cut(_json(value)))


def _meta_value(value: Any) -> MetaValue:
    text = value if isinstance(value, str) else jsontext.serialise(value)
    findable = value is not None and text not in {"", "*"} and len(text) <= ADDRESS_CHARACTERS
    return MetaValue(text or "empty", text if findable else "")


class _SafeMarkdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802  (the parent class names it so)
        return bool(_SAFE_LINK.match(url))


def _markdown(pattern: re.Pattern[str] | None) -> MarkdownIt:
    markdown = _SafeMarkdown("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    markdown.add_render_rule("image", _render_image)
    markdown.add_render_rule("fence", _render_code)
    markdown.add_render_rule("code_block", _render_code)
    markdown.core.ruler.push("lower_headings", _lower_headings)
    if pattern is not None:
        markdown.core.ruler.push("mark_terms", lambda state: _mark_terms(state, pattern))
    return markdown


def _render_image(_self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    token = tokens[at]
    address = str(token.attrs.get("src", ""))[:ADDRESS_CHARACTERS]
    return f'<span class="blocked-image">Image, not loaded: {escape(token.content)} {escape(address)}</span>'


def _render_code(_self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    language = tokens[at].info.strip().split(" ")[0][:30]
    label = f'<span class="code-language">{escape(language)}</span>' if language else ""
    code = f"<pre><code>{escape(tokens[at].content)}</code></pre>"
    return f'<div class="snippet">{label}{code}{_COPY_BUTTON}</div>\n'


def _lower_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + HEADING_SHIFT)}"


def _mark_terms(state: StateCore, pattern: re.Pattern[str]) -> None:
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = [piece for child in token.children for piece in _marked(child, pattern)]


def _marked(token: Token, pattern: re.Pattern[str]) -> list[Token]:
    if token.type != "text" or not pattern.search(token.content):
        return [token]
    pieces: list[Token] = []
    for at, text in enumerate(pattern.split(token.content)):
        word = Token("text", "", 0, content=text, level=token.level)
        pieces += [Token("mark_open", "mark", 1), word, Token("mark_close", "mark", -1)] if at % 2 else [word]
    return pieces


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
