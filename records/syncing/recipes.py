from __future__ import annotations

from typing import TypedDict

from datasets.models import Dataset
from files.models import File


class Recipe(TypedDict):
    """Of what chunks are made: the same recipe gives the same chunks."""

    version: int
    storage_name: str
    max_tokens: int | None
    separators: str


def recipe_of(dataset: Dataset, file: File) -> Recipe:
    return Recipe(
        version=file.version,
        storage_name=file.storage_name,
        max_tokens=dataset.record_max_tokens,
        separators=dataset.separators,
    )
