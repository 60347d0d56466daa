from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q

if TYPE_CHECKING:
    from datasets.models import Attachment, Dataset, Event, Job, Revision, View, Worker
    from files.models import File
    from project.accounts.models import User, Workspace


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def visible_to(self, workspace: Workspace) -> DatasetQuerySet:
        return self.filter(workspace=workspace, deleted_at=None)

    def newest_first(self) -> DatasetQuerySet:
        return self.order_by("-id")

    def named_like(self, text: str) -> DatasetQuerySet:
        return self.filter(name__icontains=text) if text else self

    def with_running_jobs(self) -> DatasetQuerySet:
        """Adds `running_jobs`, a number."""
        return self.annotate(running_jobs=Count("jobs", filter=Q(jobs__status__in=_ACTIVE)))


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, workspace: Workspace) -> AttachmentQuerySet:
        """Of files and datasets that are there."""
        return self.filter(
            dataset__workspace=workspace, dataset__deleted_at=None, file__deleted_at=None
        ).select_related("dataset", "file")

    def in_dataset(self, dataset: Dataset) -> AttachmentQuerySet:
        """With their files, of those that were not deleted."""
        return self.filter(dataset=dataset, file__deleted_at=None).select_related("file")

    def of_file(self, file: File) -> AttachmentQuerySet:
        """With their datasets, of those that were not deleted."""
        return self.filter(file=file, dataset__deleted_at=None).select_related("dataset")

    def newest_first(self) -> AttachmentQuerySet:
        return self.order_by("-id")

    def count_by_file(self, file_ids: Iterable[UUID]) -> dict[UUID, int]:
        """To how many datasets each file is attached; without those that are attached to none."""
        found = self.filter(file_id__in=file_ids, dataset__deleted_at=None).order_by()
        return dict(found.values("file_id").annotate(number=Count("id")).values_list("file_id", "number"))


class RevisionQuerySet(models.QuerySet["Revision"]):
    def published(self) -> RevisionQuerySet:
        return self.exclude(number=None)

    def pending(self) -> RevisionQuerySet:
        """Change sets whose rows nobody sees yet: an import that has not ended."""
        return self.filter(number=None)

    def history_of(self, dataset: Dataset) -> RevisionQuerySet:
        """The published ones, newest first, with who made them."""
        return self.published().filter(dataset=dataset).select_related("user").order_by("-number")

    def with_undoing(self) -> RevisionQuerySet:
        """With what each took back, and by what it was taken back itself: one query more."""
        from_undos = self.model.objects.published().order_by("number")
        return self.select_related("undoes").prefetch_related(Prefetch("undone_by", queryset=from_undos))

    def left_to_undo_by(self, user: User) -> RevisionQuerySet:
        """What that person did and nobody took back; an undo is not to be undone by doing it again."""
        return self.filter(user=user, undone_by=None).exclude(kind__in=("undo", "erase"))

    def up_to(self, dataset_id: UUID, number: int) -> RevisionQuerySet:
        return self.filter(dataset_id=dataset_id, number__lte=number)


_ACTIVE = ("queued", "running", "cancelling")


# Of a job: completed as soon as its records are in; their words and vectors follow.
RECORDS_STATUS = models.Case(
    models.When(result__published=True, then=models.Value("completed")),
    default=models.F("status"),
    output_field=models.CharField(),
)


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, workspace: Workspace) -> JobQuerySet:
        return self.filter(workspace=workspace)

    def newest_first(self) -> JobQuerySet:
        return self.order_by("-id")

    def with_status(self, status: str) -> JobQuerySet:
        """All of them for an empty status."""
        return self.filter(status=status) if status else self

    def for_pages(self) -> JobQuerySet:
        """With what a page says of them."""
        return self.select_related("dataset", "file", "created_by", "revision")

    def active(self) -> JobQuerySet:
        return self.filter(status__in=_ACTIVE)

    def imports(self) -> JobQuerySet:
        return self.filter(kind__in=("import_file", "import_records", "import_logs", "import_threads"))

    def of_attachment(self, dataset: Dataset, file: File) -> JobQuerySet:
        """What was done with a file for a dataset."""
        return self.filter(dataset=dataset, file=file)

    def last_of_files(self, dataset: Dataset, file_ids: Iterable[UUID]) -> JobQuerySet:
        """The newest sync, or plan of one, of each file for the dataset."""
        kept_in_step = self.filter(dataset=dataset, file_id__in=file_ids, kind__in=("sync_file", "plan_sync"))
        return kept_in_step.order_by("file_id", "-id").distinct("file_id")

    def syncs(self) -> JobQuerySet:
        return self.filter(kind="sync_file")

    def sync_plans(self) -> JobQuerySet:
        return self.filter(kind="plan_sync")

    def last_samplings(self, dataset_ids: Iterable[UUID]) -> dict[UUID, str]:
        """By dataset the status of the records of the last sampling."""
        samplings = self.filter(kind="sample_logs", dataset_id__in=list(dataset_ids))
        last = samplings.annotate(records_status=RECORDS_STATUS).order_by("dataset_id", "-id")
        return dict(last.distinct("dataset_id").values_list("dataset_id", "records_status"))

    def ahead_of(self, job: Job) -> JobQuerySet:
        """The queued and running jobs that were accepted before this one, of every workspace."""
        return self.filter(status__in=_ACTIVE, id__lt=job.id)

    def unsent(self, sent_before: datetime) -> JobQuerySet:
        """Waiting for longer than a message takes: the broker may have lost it."""
        return self.filter(status__in=("queued", "cancelling"), claim=None, sent_at__lt=sent_before)

    def stalled(self, beat_before: datetime) -> JobQuerySet:
        """Claimed by a worker from which nothing was heard since."""
        return self.filter(status__in=("running", "cancelling"), heartbeat_at__lt=beat_before).exclude(
            claim=None
        )


class ViewQuerySet(models.QuerySet["View"]):
    def visible_to(self, workspace: Workspace) -> ViewQuerySet:
        return self.filter(dataset__workspace=workspace, dataset__deleted_at=None)

    def open_to(self, user: User) -> ViewQuerySet:
        """Without those that another user keeps for themselves."""
        return self.filter(Q(is_shared=True) | Q(owner=user))

    def in_dataset(self, dataset: Dataset) -> ViewQuerySet:
        return self.filter(dataset=dataset)

    def named_like(self, text: str) -> ViewQuerySet:
        return self.filter(name__icontains=text) if text else self

    def by_name(self) -> ViewQuerySet:
        """With their owners."""
        return self.select_related("owner").order_by("name", "id")

    def default_of(self, user: User) -> ViewQuerySet:
        """Those with which this user's datasets open."""
        return self.filter(defaults__user=user)

    def with_default_mark(self, user: User) -> ViewQuerySet:
        """Adds `is_default`: whether the dataset opens with it for this user."""
        mine = self.model.objects.default_of(user).filter(pk=OuterRef("pk"))
        return self.annotate(is_default=Exists(mine))


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, workspace: Workspace) -> EventQuerySet:
        return self.filter(workspace=workspace)

    def about(self, dataset: Dataset) -> EventQuerySet:
        return self.filter(dataset_id=dataset.id)

    def beginning_with(self, prefixes: Iterable[str]) -> EventQuerySet:
        """Those whose type begins so; all of them without a prefix."""
        return self.filter(reduce(or_, (Q(type__startswith=prefix) for prefix in prefixes), Q()))


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self, seen_after: datetime) -> WorkerQuerySet:
        return self.filter(seen_at__gte=seen_after)
