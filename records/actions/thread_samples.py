from __future__ import annotations

from django.db import transaction

from datasets.actions import create_dataset
from datasets.models import Dataset, Job, Revision
from datasets.revisions import lock_dataset, open_revision
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib import filterwords
from records.actions.starting import start_job
from records.threadsamples import ThreadSample
from threads.sampling import SampleError
from threads.threadfields import THREAD_FIELDS


@transaction.atomic
def start_thread_sample(dataset: Dataset, sample: ThreadSample, *, author: Author) -> Job:
    """A job that makes one conversation of each thread that the sample takes; one that the dataset has already is left
    out. Raises SampleError, FilterError."""
    sample.rule.check()
    if sample.end < sample.start:
        raise SampleError("The time of a sample ends before it begins.")
    THREAD_FIELDS.compile(sample.condition)
    lock_dataset(dataset)
    told = filterwords.in_words(sample.condition, THREAD_FIELDS)
    window = f"from {sample.start:%Y-%m-%d %H:%M} to {sample.end:%Y-%m-%d %H:%M}"
    note = f"{sample.rule} of threads with their last log {window}, {told}"
    revision = open_revision(dataset, kind=Revision.Kind.IMPORT, author=author, note=note)
    revision.details = {"sample": sample.as_json()}
    revision.save(update_fields=["details"])
    return start_job(dataset, Job.Kind.SAMPLE_THREADS, author, options=sample.as_json(), revision=revision)


@transaction.atomic
def start_thread_sample_of_its_own(
    workspace: Workspace, sample: ThreadSample, *, name: str, owner: User, author: Author
) -> Job:
    """As `start_thread_sample`, into a new dataset. Raises DatasetInvalidError as well; then there is no dataset."""
    dataset = create_dataset(workspace, name=name, owner=owner, author=author)
    return start_thread_sample(dataset, sample, author=author)
