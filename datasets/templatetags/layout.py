"""What every page's frame needs: the menu, and times and numbers as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY


@register.inclusion_tag("components/_nav_link.html", takes_context=True)
def nav_link(context: dict[str, Any], name: str, text: str, icon: str, shortcut: str = "") -> dict[str, Any]:
    """A line of the menu, marked when the present page is it or lies below it."""
    url = _url_of(name)
    is_here = bool(url) and context["request"].path.startswith(url)
    return {"url": url, "text": text, "icon": icon, "is_here": is_here, "shortcut": shortcut}


@register.filter
def when(moment: datetime) -> SafeString:
    """Relative in the text, exact on hover and for machines."""
    local = timezone.localtime(moment)
    exact = f"{local:%Y-%m-%d %H:%M:%S %Z}"
    text = relative_time(moment, timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, text)


def relative_time(moment: datetime, now: datetime) -> str:
    """`just now`, `5 min ago`, `3 h ago`, `2 d ago`, then the date; ahead of now `in a moment`, `in 5 min`."""
    seconds = (now - moment).total_seconds()
    distance = abs(seconds)
    if distance < _MINUTE:
        return "just now" if seconds >= 0 else "in a moment"
    if distance < _WEEK:
        told = (
            f"{int(distance // _MINUTE)} min"
            if distance < _HOUR
            else f"{int(distance // _HOUR)} h"
            if distance < _DAY
            else f"{int(distance // _DAY)} d"
        )
        return f"{told} ago" if seconds > 0 else f"in {told}"
    local = timezone.localtime(moment)
    return (
        f"{local:%b} {local.day}"
        if local.year == timezone.localtime(now).year
        else f"{local:%b} {local.day}, {local.year}"
    )


def _url_of(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
