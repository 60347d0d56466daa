"""Metadata as this vendor shows it. Pure."""

from __future__ import annotations

from typing import Any

RESERVED = "_"  # What has a key that begins so is kept, and not shown.


def edited_metadata(stored: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """`given`, and of what is stored the keys that this vendor's clients never see."""
    return {**{key: value for key, value in stored.items() if key.startswith(RESERVED)}, **given}


def open_metadata(meta: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in meta.items() if not key.startswith(RESERVED)}
