"""Which facets stand beside a list: the fields of its registry that can be counted, and the meta keys that occur."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from records.fields import OPINION, RECORD_FIELDS
from records.filterbar import ListFilter
from records.metafields import PREFIX
from records.suggestions import Suggestions

_FIRST = ("status", OPINION, "tag", "split", "origin", "source", "form")
_LAST = ("tokens", "turns", "characters", "created", "updated")
_LANGUAGES = ("lang", "language", "locale")
_OPEN = {"status", OPINION, "tag", "tokens", *(f"{PREFIX}{key}" for key in _LANGUAGES)}


@dataclass(frozen=True, slots=True)
class RailFacet:
    """`query` asks for it. `is_open`: it is counted with the page. The others are when somebody opens them."""

    name: str
    label: str
    query: str
    has_bars: bool
    is_open: bool


def rail_of(list_filter: ListFilter, suggestions: Suggestions) -> list[RailFacet]:
    """Languages before the other meta keys: every dataset of dialogues is read by them. Opinions only where there are
    any, for most datasets never ask for a second one."""
    languages = [key for key in _LANGUAGES if key in suggestions.keys]
    others = [key for key in suggestions.keys if key not in languages]
    names = [*_FIRST, *map(_meta, languages), *_LAST, *map(_meta, others)]
    shown = (name for name in names if name != OPINION or suggestions.has_opinions)
    return [_facet(name, list_filter, suggestions) for name in shown]


def _facet(name: str, list_filter: ListFilter, suggestions: Suggestions) -> RailFacet:
    field = RECORD_FIELDS.named(name)
    key = name.removeprefix(PREFIX)
    is_meta = key != name
    has_bars = key in suggestions.number_keys if is_meta else field.is_ordered
    is_filtered = any(chip.field == name for chip in list_filter.chips)
    asked = {"facet": name, **({"facet_as": "bars"} if is_meta and has_bars else {})}
    query = "&".join(one for one in (list_filter.query, urlencode(asked)) if one)
    return RailFacet(name, key if is_meta else field.label, query, has_bars, name in _OPEN or is_filtered)


def _meta(key: str) -> str:
    return f"{PREFIX}{key}"
