"""This vendor's samples as ours. They have no seed: a dataset's own id is one, so that a larger share of the same logs
holds what a smaller one brought."""

from __future__ import annotations

from decimal import Decimal

from datasets.models import Dataset
from project.accounts.models import ApiKey
from project.api.keys import require_whole_workspace
from project.api.keywordsai.schemas.base import Window
from project.lib.filters import Group
from records.logsamples import LogSample
from threads.sampling import SampleRule


def sample_for(key: ApiKey, dataset: Dataset, window: Window, group: Group, percent: int) -> LogSample:
    """Raises KeyRefusedError for a key that is bound to one dataset: logs are the workspace's."""
    require_whole_workspace(key)
    rule = SampleRule(seed=str(dataset.id), percent=Decimal(percent))
    return LogSample(key.environment, window.begins_at, window.ends_at, rule, group)
