from __future__ import annotations

from django.db import transaction

from datasets.events import log_event
from datasets.jobs import create_job
from datasets.models import Job
from files.models import File
from project.accounts.models import Workspace
from project.accounts.types import Author


@transaction.atomic
def start_log_file_import(workspace: Workspace, file: File, *, environment: str, author: Author) -> Job:
    """A job that keeps the lines of the file's present version as logs of an environment. Bad lines are left out and
    listed in the job's errors; logs that carry an id of their sender's are there once, however often they come."""
    options = {"environment": environment, "file_name": file.label, "version": file.version}
    job = create_job(workspace, kind=Job.Kind.IMPORT_LOG_FILE, author=author, file=file, options=options)
    log_event(
        workspace.id, "import.log.file.accepted", file_id=file.id, job_id=job.id, user_id=author.user_id
    )
    return job
