"""The columns that a person keeps for a list."""

from __future__ import annotations

from uuid import UUID

from project.accounts.models import User
from records.gridstate import GridState
from records.keptcolumns import KeptColumns


def keep_columns(user: User, list_id: UUID, grid: GridState) -> None:
    """They are shown to this person from now on where the list's address names none. Keeping the usual ones keeps
    none, so that these may change with the product."""
    if grid.is_usual:
        KeptColumns.objects.of_list(user, list_id).delete()
        return
    names = list(grid.names) or [grid.registry.first.name]
    KeptColumns.objects.update_or_create(user=user, list_id=list_id, defaults={"names": names})
