"""Logs on their way in, one or many. One that cannot be kept says why and keeps none of the others out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from project.accounts.models import ApiKey
from project.api.keys import require_whole_workspace
from project.api.keywordsai.schemas.logs import LogIn
from project.api.sentences import sentence_of
from threads.actions import MAX_LOGS, add_logs
from threads.errors import BatchTooLargeError, LogInvalidError, LogTooLargeError
from threads.models import Log
from threads.types import LogDraft, LogOutcome

BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Kept:
    """The id by which the sender knows the log, or the sentence that says why there is none."""

    public_id: str | None = None
    error: str = ""


def keep_one(key: ApiKey, draft: LogDraft) -> Log:
    """Raises LogInvalidError, LogTooLargeError, or KeyRefusedError for a key that is bound to one dataset."""
    require_whole_workspace(key)
    [outcome] = add_logs(key.workspace, key.environment, [draft], api_key=key)
    if outcome.log_id is None:
        raise (LogTooLargeError if outcome.is_too_large else LogInvalidError)(_sentence(outcome))
    return Log.objects.get(pk=outcome.log_id)


def keep_all(key: ApiKey, sent: Sequence[Any]) -> list[Kept]:
    """One answer for each, in their order. Each is the fields of a log as they came. Raises BatchTooLargeError, or
    KeyRefusedError as `keep_one`."""
    if len(sent) > MAX_LOGS:
        raise BatchTooLargeError(
            f"At most {MAX_LOGS:,} logs at once; these are {len(sent):,}. Send them in parts."
        )
    return _keep(key, [(fields, BATCH) for fields in sent])


@transaction.atomic
def keep_spans(key: ApiKey, sent: Sequence[tuple[Any, str]]) -> list[Kept]:
    """As `keep_all`, each with the way in which it was sent, and as many as came: no exporter can split what it sends.
    All of those that can be kept are, or none."""
    return [
        one for begin in range(0, len(sent), MAX_LOGS) for one in _keep(key, sent[begin : begin + MAX_LOGS])
    ]


def _keep(key: ApiKey, sent: Sequence[tuple[Any, str]]) -> list[Kept]:
    require_whole_workspace(key)
    read = [read_log(fields, method) for fields, method in sent]
    drafts = [draft for draft in read if isinstance(draft, LogDraft)]
    outcomes = iter(add_logs(key.workspace, key.environment, drafts, api_key=key))
    return [Kept(error=one) if isinstance(one, str) else _kept(one, next(outcomes)) for one in read]


def read_log(fields: Any, method: str) -> LogDraft | str:
    """The draft, or what is wrong with the fields."""
    try:
        return LogIn.model_validate(fields).to_draft(method=method)
    except ValidationError as error:
        return sentence_of([{**one, "loc": ("body", "log", *one["loc"])} for one in error.errors()])


def _kept(draft: LogDraft, outcome: LogOutcome) -> Kept:
    if outcome.log_id is None:
        return Kept(error=_sentence(outcome))
    return Kept(draft.unique_id or outcome.log_id.hex)


def _sentence(outcome: LogOutcome) -> str:
    return f"{outcome.error.rstrip('.')}."
