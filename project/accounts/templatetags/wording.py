"""Sentences of the domain as pages show them."""

from __future__ import annotations

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_CODE = re.compile(r"`([^`]+)`")


@register.filter
def code_spans(sentence: str) -> SafeString:
    """What stands between backticks is set as code."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", str(escape(sentence))))
