from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something, and by which door they came."""

    user_id: UUID
    door: str
    api_key_id: UUID | None = None
