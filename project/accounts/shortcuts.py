"""The keys of the pages: what each does, which key a person has for it, and what may be chosen instead. Pure.

A button gets its key by naming its shortcut in the template; static/js/keys.js clicks the button that names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from project.accounts.errors import ShortcutInvalidError

LEAD = "go"
"""The shortcut whose key stands before a second one, as in `g d`."""


class Part(StrEnum):
    """Under which heading the list of keys has it."""

    READING = "Reading"
    SELECTING = "Selecting"
    DECIDING = "Deciding and changing"
    GOING = "Going somewhere"
    HELP = "Help"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """`key` is one character; of a place to go to, the one after the leading key. A fixed one has a key that is no
    character and so never stands in anybody's way."""

    name: str
    key: str
    label: str
    part: Part
    is_fixed: bool = False

    @property
    def is_place(self) -> bool:
        return self.part is Part.GOING and self.name != LEAD


SHORTCUTS = (
    Shortcut("next", "j", "Next record, or next line of a list", Part.READING),
    Shortcut("previous", "k", "Previous record, or previous line of a list", Part.READING),
    Shortcut("open", "Enter", "Open the line at hand, or start", Part.READING, is_fixed=True),
    Shortcut("close", "Escape", "Close, or leave a field", Part.READING, is_fixed=True),
    Shortcut("next-turn", "J", "Next turn", Part.READING),
    Shortcut("previous-turn", "K", "Previous turn", Part.READING),
    Shortcut("search", "/", "Search", Part.READING),
    Shortcut("select", "x", "Select the record at hand, or leave it out", Part.SELECTING),
    Shortcut("select-range", "X", "Select from the last selected record to the one at hand", Part.SELECTING),
    Shortcut("approve", "a", "Approve, and go on with the next", Part.DECIDING),
    Shortcut("reject", "r", "Reject, and go on with the next", Part.DECIDING),
    Shortcut("flag", "f", "Flag, and go on with the next", Part.DECIDING),
    Shortcut("renew", "n", "Back to new", Part.DECIDING),
    Shortcut("skip", "s", "Skip the record of a queue", Part.DECIDING),
    Shortcut("edit", "e", "Edit the turn at hand", Part.DECIDING),
    Shortcut("save", "Control+Enter", "Save what is edited", Part.DECIDING, is_fixed=True),
    Shortcut("tag", "t", "Tag the record at hand, or the selected ones", Part.DECIDING),
    Shortcut("undo", "u", "Undo the last change", Part.DECIDING),
    Shortcut(LEAD, "g", "Before the letter of a place", Part.GOING),
    Shortcut("go-datasets", "d", "Datasets", Part.GOING),
    Shortcut("go-records", "r", "Records of this dataset", Part.GOING),
    Shortcut("go-views", "v", "Views of this dataset", Part.GOING),
    Shortcut("go-search", "s", "Search in this dataset", Part.GOING),
    Shortcut("go-history", "h", "History of this dataset", Part.GOING),
    Shortcut("go-activity", "a", "Activity of this dataset", Part.GOING),
    Shortcut("go-files", "f", "Files", Part.GOING),
    Shortcut("go-logs", "l", "Logs", Part.GOING),
    Shortcut("go-threads", "t", "Threads", Part.GOING),
    Shortcut("go-rules", "e", "Sampling rules", Part.GOING),
    Shortcut("go-campaigns", "c", "Campaigns", Part.GOING),
    Shortcut("go-judges", "u", "Judges", Part.GOING),
    Shortcut("go-jobs", "j", "Jobs", Part.GOING),
    Shortcut("go-keys", "k", "API keys", Part.GOING),
    Shortcut("palette", "Control+k", "Find a page, a dataset or an action", Part.HELP, is_fixed=True),
    Shortcut("help", "?", "The keys of this page", Part.HELP),
)
BY_NAME = {shortcut.name: shortcut for shortcut in SHORTCUTS}
CHANGEABLE = tuple(shortcut for shortcut in SHORTCUTS if not shortcut.is_fixed)

_PRINTED = {"Escape": "Esc", "Enter": "↵", "Control": "Ctrl"}
_SPOKEN = {" ": "Space", "+": "Plus"}


@dataclass(frozen=True, slots=True)
class Keymap:
    """Which key a person has for what. A shortcut without a key works by its button alone."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """By the shortcut's name: such as `j`, `g d`, `Control+k`."""

    def printed(self, name: str) -> str:
        """As it stands on a button: `Shift x`, `g d`, `Ctrl k`; empty without a key."""
        return " ".join(_printed(key) for key in self.keys.get(name, "").split(" ") if key)

    def spoken(self, name: str) -> str:
        """For `aria-keyshortcuts`, which knows no keys after one another; empty for those and without a key."""
        key = self.keys.get(name, "")
        if " " in key:
            return ""
        return f"Shift+{key}" if _is_capital(key) else _SPOKEN.get(key, key)

    @property
    def names(self) -> dict[str, str]:
        """What each key is for, as the script needs it."""
        return {key: name for name, key in self.keys.items()}


def keymap_of(kept: Mapping[str, Any]) -> Keymap:
    """From what is kept at the user: the keys that differ, and whether those that are characters are off."""
    if kept.get("is_off"):
        return Keymap({shortcut.name: shortcut.key for shortcut in SHORTCUTS if shortcut.is_fixed})
    chosen = chosen_keys(kept)
    lead = chosen[LEAD]
    keys = {
        shortcut.name: f"{lead} {key}" if shortcut.is_place else key
        for shortcut in SHORTCUTS
        if (key := chosen.get(shortcut.name, shortcut.key)) and (lead or not shortcut.is_place)
    }
    return Keymap(keys)


def chosen_keys(kept: Mapping[str, Any]) -> dict[str, str]:
    """Of each that may be changed, the one character; of a place, its own without the leading one."""
    changed = kept.get("keys", {})
    return {shortcut.name: changed.get(shortcut.name, shortcut.key) for shortcut in CHANGEABLE}


def changed_keys(chosen: Mapping[str, str]) -> dict[str, str]:
    """Those that differ from ours. Raises ShortcutInvalidError for a key that does not work or is given twice."""
    taken: dict[tuple[bool, str], Shortcut] = {}
    for shortcut in CHANGEABLE:
        key = chosen.get(shortcut.name, shortcut.key)
        if not key:
            continue
        if len(key) != 1 or key.isspace() or not key.isprintable():
            raise ShortcutInvalidError(f"“{shortcut.label}” takes one character, not {key!r}.")
        other = taken.setdefault((shortcut.is_place, key), shortcut)
        if other is not shortcut:
            raise ShortcutInvalidError(
                f"{key} is given twice: to “{other.label}” and to “{shortcut.label}”. Choose another for one of them."
            )
    return {
        shortcut.name: chosen[shortcut.name]
        for shortcut in CHANGEABLE
        if chosen.get(shortcut.name, shortcut.key) != shortcut.key
    }


def _printed(key: str) -> str:
    if "+" in key and len(key) > 1:
        return " ".join(_printed(part) for part in key.split("+"))
    return f"Shift {key.lower()}" if _is_capital(key) else _PRINTED.get(key, key)


def _is_capital(key: str) -> bool:
    return len(key) == 1 and key != key.lower()
