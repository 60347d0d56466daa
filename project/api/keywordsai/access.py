"""From an id in a path to what a key opens. What is no id at all is not there either."""

from __future__ import annotations

from datasets.errors import DatasetNotFoundError
from datasets.models import Dataset
from project.accounts.models import ApiKey
from project.api.keys import dataset_for
from project.lib.ids import parse_id


def dataset_of(key: ApiKey, reference: str) -> Dataset:
    """Raises DatasetNotFoundError, or KeyRefusedError for a key bound to another dataset."""
    dataset_id = parse_id(reference)
    if dataset_id is None:
        raise DatasetNotFoundError(f"There is no dataset {reference}.")
    return dataset_for(key, dataset_id)
