from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from datasets.actions import create_dataset
from datasets.models import Dataset, Job, Revision
from datasets.revisions import lock_dataset, open_revision
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib import filterwords
from records.actions.log_imports import find_logs
from records.actions.starting import start_job
from records.logsamples import LogSample
from threads.fields import LOG_FIELDS
from threads.sampling import SampleError


@transaction.atomic
def start_sample(dataset: Dataset, sample: LogSample, *, author: Author) -> Job:
    """A job that makes a record of each log that the sample takes; a log that the dataset has already is left out.
    Raises SampleError, FilterError."""
    sample.rule.check()
    if sample.end < sample.start:
        raise SampleError("The time of a sample ends before it begins.")
    LOG_FIELDS.compile(sample.condition)
    lock_dataset(dataset)
    revision = open_revision(dataset, kind=Revision.Kind.IMPORT, author=author, note=_told(sample))
    revision.details = {"sample": sample.as_json()}
    revision.save(update_fields=["details"])
    return start_job(dataset, Job.Kind.SAMPLE_LOGS, author, options=sample.as_json(), revision=revision)


@transaction.atomic
def start_named_sample(
    dataset: Dataset, names: Sequence[str], *, workspace: Workspace, environment: str, author: Author
) -> Job:
    """A job that makes a record of each of the logs of these ids, ours or their senders', as a sample would; a log that
    the dataset has already is left out. Raises LogNotFoundError at once when one of them is not there."""
    log_ids = find_logs(names, workspace=workspace, environment=environment)
    lock_dataset(dataset)
    revision = open_revision(dataset, kind=Revision.Kind.IMPORT, author=author, note="logs by their ids")
    options = {"log_ids": log_ids, "environment": environment}
    return start_job(dataset, Job.Kind.SAMPLE_LOGS, author, options=options, revision=revision)


@transaction.atomic
def start_sample_of_its_own(
    workspace: Workspace, sample: LogSample, *, name: str, owner: User, author: Author
) -> Job:
    """As `start_sample`, into a new dataset. Raises DatasetInvalidError as well; then there is no dataset."""
    dataset = create_dataset(workspace, name=name, owner=owner, author=author)
    return start_sample(dataset, sample, author=author)


def _told(sample: LogSample) -> str:
    """In words, for the history."""
    filtered = filterwords.in_words(sample.condition, LOG_FIELDS)
    if sample.arrival is None:
        window = f"from {sample.start:%Y-%m-%d %H:%M} to {sample.end:%Y-%m-%d %H:%M}"
    elif sample.arrival.begin is None:
        window = (
            f"since {sample.start:%Y-%m-%d %H:%M} that came in before {sample.arrival.end:%Y-%m-%d %H:%M}"
        )
    else:
        window = (
            f"that came in from {sample.arrival.begin:%Y-%m-%d %H:%M} to {sample.arrival.end:%Y-%m-%d %H:%M}"
        )
    by = f"{sample.repeated_by[1]}: " if sample.repeated_by else ""
    return f"{by}{sample.rule} of logs {window}, {filtered}"
