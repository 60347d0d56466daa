"""The columns that the lists of records and of logs can show. Pure."""

from __future__ import annotations

from records.gridstate import Column, ColumnRegistry, Sort

PREVIEW = Column("preview", "Preview", rem=20)

RECORD_COLUMNS = ColumnRegistry(
    (
        Column("status", "Status", rem=6.75),
        Column("tags", "Tags", rem=9.5),
        Column("turns", "Turns", rem=4.5, is_number=True),
        Column("tokens", "Tokens", "Estimated: 4 bytes a token", rem=5.25, is_number=True),
        Column("characters", "Characters", rem=6.5, is_number=True),
        Column("origin", "Origin", rem=7.5),
        Column("source", "Source", rem=9),
        Column("split", "Split", rem=6.5),
        Column("form", "Form", rem=7.5),
        Column("key", "Key", "The user's own key", rem=9),
        Column("created", "Created", rem=7.75),
        Column("updated", "Updated", rem=7.75),
        Column("id", "Id", rem=18),
    ),
    first=PREVIEW,
    usual=("status", "tags", "turns", "tokens", "origin", "created"),
    sorts=(
        Sort("created"),
        Sort("updated", is_descending=True),
        Sort("tokens", is_descending=True),
        Sort("turns", is_descending=True),
        Sort("status"),
    ),
    prefixes=("meta.",),
)
