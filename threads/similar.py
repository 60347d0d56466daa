"""Logs that say something like a given one. Logs have no stored vectors: there may be a hundred million of them, and
few are ever compared. So the newest ones are read with their previews, and those get their vectors here and now."""

from __future__ import annotations

from uuid import UUID

import numpy as np

from project.lib.embedder import get_local_embedder
from project.lib.timelimits import time_limit
from threads.models import Log
from threads.querysets import LogQuerySet
from threads.reading import READ_MS

COMPARED_LOGS = 1_000
FOUND_LOGS = 20


def logs_like(log: Log, logs: LogQuerySet) -> list[Log]:
    """The likest of the newest COMPARED_LOGS of `logs`, best first, without the log itself and those that share no
    word's meaning with it. What was asked and what was answered count, as far as the previews go."""
    with time_limit(READ_MS):
        newest = logs.exclude(pk=log.pk).newest_first().values_list("id", "input_preview", "output_preview")
        candidates = list(newest[:COMPARED_LOGS])
        best = _best_ids(_text(log.input_preview, log.output_preview), candidates)
        found = logs.without_content().in_bulk(best)
    return [found[log_id] for log_id in best if log_id in found]


def _best_ids(text: str, candidates: list[tuple[UUID, str, str]]) -> list[UUID]:
    texts = [text, *(_text(question, answer) for _, question, answer in candidates)]
    vectors = np.asarray(get_local_embedder().embed(texts), dtype=np.float32)
    likeness = vectors[1:] @ vectors[0]
    best = np.argsort(-likeness, kind="stable")[:FOUND_LOGS]
    return [candidates[place][0] for place in best if likeness[place] > 0]


def _text(question: str, answer: str) -> str:
    return f"{question}\n{answer}"
