from __future__ import annotations

from typing import Literal

from project.api.chatbotkit.schemas.base import In


class AttachIn(In):
    """`source` is the only way in which a file belongs to a dataset; null means it too."""

    type: Literal["source"] | None = None


class DetachIn(In):
    delete_records: bool | None = None
