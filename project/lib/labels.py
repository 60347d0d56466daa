"""How pages call what may have no name."""

from uuid import UUID

SHORT_ID = 6


def label_of(kind: str, name: str, id_: UUID) -> str:
    """The name on one line. Without one, the last digits of the id tell things apart: the first ones are the time."""
    return " ".join(name.split()) or f"Untitled {kind} {id_.hex[-SHORT_ID:]}"
