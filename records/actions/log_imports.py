from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from datasets.models import Dataset, Job, Revision
from datasets.revisions import lock_dataset, open_revision
from project.accounts.models import Workspace
from project.accounts.types import Author
from project.lib.ids import parse_id
from records.actions.starting import start_job
from threads.errors import LogNotFoundError, ThreadNotFoundError
from threads.models import Log, Thread


@transaction.atomic
def start_log_import(
    dataset: Dataset, names: Sequence[str], *, workspace: Workspace, environment: str, author: Author
) -> Job:
    """A job that makes a record of each of the logs of these ids, ours or their senders'. Raises LogNotFoundError at
    once when one of them is not there."""
    log_ids = find_logs(names, workspace=workspace, environment=environment)
    options = {"log_ids": log_ids, "environment": environment}
    return start_import_of(dataset, Job.Kind.IMPORT_LOGS, options, author=author, note="from logs")


@transaction.atomic
def start_thread_import(
    dataset: Dataset, names: Sequence[str], *, workspace: Workspace, environment: str, author: Author
) -> Job:
    """A job that makes one record of each of the threads of these ids, ours or the application's. Raises
    ThreadNotFoundError at once when one of them is not there."""
    threads = Thread.objects.visible_to(workspace).in_environment(environment).called(names)
    known = dict(threads.values_list("id", "identifier"))
    by_sender = set(known.values())
    identifiers = []
    for name in names:
        thread_id = None if name in by_sender else _own_id(name, known)
        if name not in by_sender and thread_id is None:
            raise ThreadNotFoundError(f"There is no thread {name[:80]!r}; nothing was imported.")
        identifiers.append(known[thread_id] if thread_id else name)
    options = {"identifiers": _once(identifiers), "environment": environment}
    return start_import_of(dataset, Job.Kind.IMPORT_THREADS, options, author=author, note="from threads")


def find_logs(names: Sequence[str], *, workspace: Workspace, environment: str) -> list[str]:
    """Our ids of the logs that are called so, in the order of the names, each once. Raises LogNotFoundError."""
    logs = Log.objects.visible_to(workspace).in_environment(environment).called(names)
    known = {log_id: unique_id or "" for log_id, unique_id in logs.values_list("id", "unique_id")}
    by_sender = {unique_id: log_id for log_id, unique_id in known.items()}
    log_ids = []
    for name in names:
        log_id = by_sender.get(name) if name in by_sender else _own_id(name, known)
        if log_id is None:
            raise LogNotFoundError(f"There is no log {name[:80]!r}; nothing was imported.")
        log_ids.append(str(log_id))
    return _once(log_ids)


def _own_id(name: str, known: Mapping[UUID, str]) -> UUID | None:
    found = parse_id(name)
    return found if found in known else None


def _once(names: Iterable[str]) -> list[str]:
    """In their order, each at its first place."""
    return list(dict.fromkeys(names))


def start_import_of(
    dataset: Dataset, kind: str, options: dict[str, Any], *, author: Author, note: str
) -> Job:
    """A job of what `options` name, without a revision when they name nothing."""
    lock_dataset(dataset)
    is_empty = not any(options[name] for name in ("log_ids", "identifiers") if name in options)
    revision = (
        None if is_empty else open_revision(dataset, kind=Revision.Kind.IMPORT, author=author, note=note)
    )
    return start_job(dataset, kind, author, options=options, revision=revision)
