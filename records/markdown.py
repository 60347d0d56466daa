"""Untrusted text as safe HTML, with the found words marked. Pure.

Raw HTML stays text, images are never loaded, links name their address and no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from project.lib.texts import storable

LONG_TEXT = 2_000  # Characters beyond which a turn is folded.
MARKDOWN_LIMIT = (
    40_000  # Characters beyond which a text is drawn as it is: nobody reads it, and parsing takes time.
)
MARKDOWN_PER_PAGE = 160_000
SHOWN_CHARACTERS = 200_000  # Of one text; the rest is only in the download.
SHOWN_PER_PAGE = 1_000_000
ADDRESS_CHARACTERS = 200
HEADING_SHIFT = 3  # The page has the first three levels for itself.

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
