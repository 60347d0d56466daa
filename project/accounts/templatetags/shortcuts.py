"""Keys on buttons: `{% key "approve" %}` within the tag, `{% kbd "approve" %}` within its text."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from project.accounts.shortcuts import BY_NAME, Keymap

register = template.Library()
_NO_KEYS = Keymap()


@register.simple_tag(takes_context=True)
def key(context: Context, name: str, title: str = "") -> SafeString:
    """Says which shortcut the button or link or field is for; with `title`, also what it says on hover."""
    keymap = _keymap(context)
    attributes = [format_html('data-key="{}"', BY_NAME[name].name)]
    if spoken := keymap.spoken(name):
        attributes.append(format_html('aria-keyshortcuts="{}"', spoken))
    if title:
        hint = keymap.printed(name)
        attributes.append(format_html('title="{}"', f"{title} ({hint})" if hint else title))
    return mark_safe(" ".join(attributes))


@register.simple_tag(takes_context=True)
def kbd(context: Context, name: str, css_class: str = "") -> SafeString:
    """The person's key for it, printed; nothing without one."""
    key = _keymap(context).printed(BY_NAME[name].name)
    if not key:
        return SafeString()
    return format_html('<kbd class="{}" aria-hidden="true">{}</kbd>', f"js-only {css_class}".strip(), key)


@register.simple_tag(takes_context=True)
def printed(context: Context, name: str) -> SafeString:
    """As in a list of keys: each of them, in order, or that there is none."""
    keys = _keymap(context).printed(BY_NAME[name].name).split()
    return format_html_join(" ", "<kbd>{}</kbd>", ((one,) for one in keys)) if keys else SafeString("none")


@register.simple_tag(takes_context=True)
def keymap_json(context: Context) -> str:
    """What the script reads from the page."""
    return json.dumps(_keymap(context).names, ensure_ascii=False, separators=(",", ":"))


def _keymap(context: Context) -> Keymap:
    """Also within an include that is given nothing else, where `request` is not among the variables."""
    request: Any = getattr(context, "request", None)
    found: Keymap = getattr(request, "keymap", _NO_KEYS)
    return found
