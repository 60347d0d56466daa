"""The columns that the lists of records and of logs can show."""

from __future__ import annotations

from project.lib.filters import FieldKind
from records.gridstate import FIRST_NAMES, META, Column, ColumnRegistry, Sort
from threads.fields import LOG_FIELDS

PREVIEW, ASKED = FIRST_NAMES

RECORD_COLUMNS = ColumnRegistry(
    (
        Column("status", "Status"),
        Column("tags", "Tags"),
        Column("turns", "Turns", is_number=True),
        Column("tokens", "Tokens", "Estimated: 4 bytes a token", is_number=True),
        Column("characters", "Characters", is_number=True),
        Column("origin", "Origin"),
        Column("source", "Source"),
        Column("split", "Split"),
        Column("form", "Form"),
        Column("key", "Key", "The user's own key"),
        Column("created", "Created"),
        Column("updated", "Changed"),
        Column("id", "Id"),
    ),
    first=Column(PREVIEW, "Preview"),
    usual=("status", "tags", "turns", "tokens", "origin", "created"),
    sorts=(
        Sort("created"),
        Sort("updated", is_descending=True),
        Sort("tokens", is_descending=True),
        Sort("turns", is_descending=True),
        Sort("status"),
    ),
    prefixes=(META,),
)

LOG_COLUMNS = ColumnRegistry(
    (
        Column(field.name, field.label, is_number=field.kind is FieldKind.NUMBER)
        for field in LOG_FIELDS.fields.values()
        if field.name != ASKED and field.kind is not FieldKind.MAP
    ),
    first=Column(ASKED, "Last question"),
    usual=(
        *("status", "model", "customer_identifier", "thread_identifier"),
        *("latency", "total_tokens", "cost", "logged_at"),
    ),
    prefixes=LOG_FIELDS.prefixed,
)
