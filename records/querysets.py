from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Count, F, Func, OuterRef, Q, TextField, Value
from django.db.models.expressions import Expression, RawSQL
from django.db.models.functions import Coalesce

from datasets.models import Dataset, Job, Revision, View
from project.lib.filters import Condition, Group, Operator, mentions
from project.lib.keyset import row_compares
from project.lib.listvalues import beginning, computed
from project.lib.typedfields import key_text
from records import changefields
from records.changefields import path_of
from records.fields import CURATED_FIELDS, OPINION, OPINIONS, RECORD_FIELDS
from records.logfields import COPY_FIELDS

if TYPE_CHECKING:
    from files.models import File
    from project.accounts.models import Workspace
    from records.models import (
        Curation,
        Decision,
        Opinion,
        QueueLease,
        Record,
        RecordChange,
        SyncConflict,
        SyncPlan,
    )

COUNT_CAP = 10_000
OPINION_STATES = tuple(state for state, _ in OPINIONS)
NEXT_MOMENT = "greatest(clock_timestamp(), updated_at + interval '1 millisecond')"
"""When a record changes, in SQL over its curation: never the time of an earlier change."""


class RecordQuerySet(models.QuerySet["Record"]):
    def visible_to(self, workspace: Workspace) -> RecordQuerySet:
        """Live records of live datasets of the workspace."""
        return self.live().filter(dataset__workspace=workspace, dataset__deleted_at=None)

    def in_dataset(self, dataset: Dataset) -> RecordQuerySet:
        """Live records of one dataset, which the caller has fetched through its own `visible_to`."""
        return self.live().of_dataset(dataset)

    def of_dataset(self, dataset: Dataset) -> RecordQuerySet:
        """All of a dataset's records: those in the trash and those that nobody sees yet as well."""
        # Two bounds, not one equal sign: for that, the planner may walk the primary key through the records of all
        # other datasets that lie between. PostgreSQL 18 skips within its indexes by the bounds just as well.
        return self.filter(dataset_id__gte=dataset.pk, dataset_id__lte=dataset.pk)

    def live(self) -> RecordQuerySet:
        """Published and not in the trash."""
        return self.published().filter(trashed_at=None)

    def published(self) -> RecordQuerySet:
        """Also those in the trash, but none of an import that has not ended."""
        return self.exclude(revision__in=Revision.objects.pending().values("id"))

    def in_trash_of(self, dataset: Dataset) -> RecordQuerySet:
        return self.of_dataset(dataset).published().filter(trashed_at__isnull=False)

    def trashed_before(self, moment: datetime) -> RecordQuerySet:
        """Those in the trash for longer, of datasets that are there."""
        return self.published().filter(trashed_at__lt=moment, dataset__deleted_at=None)

    def among(self, record_ids: Sequence[UUID]) -> RecordQuerySet:
        """For thousands: sent as one value, where `id__in` writes down and plans each of them."""
        return self.filter(id__in=RawSQL("SELECT unnest(%s::uuid[])", [list(record_ids)]))

    def locked(self, record_ids: Sequence[UUID]) -> list[UUID]:
        """Those of them that are among these, under their locks, as they are since then."""
        lock_records(record_ids)
        return list(self.among(record_ids).order_by("id").values_list("id", flat=True))

    def get_locked(self, record_id: UUID) -> Record | None:
        """The one, if it is among these, under its lock, as it is since then."""
        lock_records([record_id])
        return self.filter(pk=record_id).first()

    def matching(self, condition: Group | Condition, dataset: Dataset) -> RecordQuerySet:
        """Of records of one dataset. Raises FilterError for a field or operator that records do not have."""
        records = self.filter(RECORD_FIELDS.compile(condition))
        return records.curated_in(dataset) if mentions(condition, CURATED_FIELDS) else records

    def curated_in(self, dataset: Dataset) -> RecordQuerySet:
        """For queries by what people set on records of one dataset. The curation knows its dataset too, so that its
        indexes can find the records, and in their order."""
        return self.filter(
            curation__dataset_id=F("dataset_id"),
            curation__dataset_id__gte=dataset.pk,
            curation__dataset_id__lte=dataset.pk,
        )

    def with_opinion(self, dataset: Dataset) -> RecordQuerySet:
        """Those of the dataset that the filter finds by any opinion. Opinions know their dataset too, so that where
        they are few it is they that are read first."""
        found = Condition(OPINION, Operator.IN, OPINION_STATES)
        return self.filter(RECORD_FIELDS.compile(found), opinion__dataset_id=dataset.pk)

    def matching_as_logs(self, condition: Group | Condition) -> RecordQuerySet:
        """By the fields of logs, for those that are copies of logs. Raises FilterError."""
        return self.filter(COPY_FIELDS.compile(condition))

    def count_by_file(self, file_ids: Iterable[UUID]) -> dict[UUID | None, int]:
        """Of the records that syncs look at; without the files that have none."""
        tied = self.filter(file_id__in=file_ids, source_fingerprint__isnull=False).order_by()
        return dict(tied.values("file_id").annotate(number=Count("id")).values_list("file_id", "number"))

    def synced_from(self, file: File) -> RecordQuerySet:
        """Those that its next sync looks at. A freed record names no file, an imported one is not kept in step."""
        return self.filter(file_id=file.pk, source_fingerprint__isnull=False)

    def copied_from(self, log_name: str) -> RecordQuerySet:
        """Copies of the log that its sender, or we, call so."""
        return self.filter(origin="EXPLORER", source=log_name)

    def made_of(self, log_ids: Sequence[UUID | OuterRef]) -> RecordQuerySet:
        """Those made of any of a few logs, or of the one that an outer query is at. Of many ids the planner would think
        that half of the table has one, and read all of it."""
        return self.filter(log_ids__overlap=log_ids)

    def of_threads(self) -> RecordQuerySet:
        """Conversations made of threads."""
        return self.filter(origin="PLAYGROUND")

    def in_order(self) -> RecordQuerySet:
        """Oldest first; within an import in the order of the file."""
        return self.order_by("dataset_id", "id")

    def in_reverse_order(self) -> RecordQuerySet:
        return self.order_by("-dataset_id", "-id")

    def after(self, place: UUID) -> RecordQuerySet:
        return self.filter(id__gt=place).in_order()

    def before(self, place: UUID) -> RecordQuerySet:
        """The records before a place, nearest first."""
        return self.filter(id__lt=place).in_reverse_order()

    def sorted_by(self, dataset_id: UUID, column: str) -> RecordQuerySet:
        """The least value first; rows with the same one follow each other by id. One dataset as one equal sign, since
        the index over dataset, column and id holds this order, while the primary key does not."""
        if column == (path := path_of(column)):
            return self.filter(dataset_id=dataset_id).order_by(column, "id")
        records = self.filter(dataset_id=dataset_id, curation__dataset_id=dataset_id)
        return records.order_by(path, "curation__record_id")

    def beside(self, place: UUID, sign: str, column: str, value: Any) -> RecordQuerySet:
        """Those that `sorted_by` puts before (`<`) or behind (`>`) a place."""
        path = path_of(column)
        # Of one table, as its index has it.
        place_path = "id" if path == column else "curation__record_id"
        return self.filter(row_compares([(path, value), (place_path, place)], sign))

    def showing(self, fields: Iterable[str], meta_keys: Iterable[str] = ()) -> RecordQuerySet:
        """For lists: of a row nothing is read but its preview, these fields, and as `cell_0` and so on the beginnings
        of what its meta has under these keys."""
        values = computed(beginning(_meta_text(key)) for key in meta_keys)
        return self.only("preview", *fields).annotate(**values)

    def only(self, *fields: str) -> RecordQuerySet:
        """With the whole of the curation, which is small."""
        return super().only(*(name for name in fields if path_of(name) == name), "curation")

    def without_content(self) -> RecordQuerySet:
        """For lists: no query reads the payload of a row that is not shown."""
        return self.defer("payload", "text", "fingerprint")

    def count_capped(self, cap: int = COUNT_CAP) -> int:
        """The number of rows, but no more than `cap` + 1, and never slower than reading that many."""
        return self.order_by().values("id")[: cap + 1].count()


_RecordManager = models.Manager.from_queryset(RecordQuerySet)


class RecordManager(_RecordManager["Record"]):
    """Records are read with their curation."""

    def get_queryset(self) -> RecordQuerySet:
        return RecordQuerySet(self.model, using=self._db).select_related("curation")


class CurationQuerySet(models.QuerySet["Curation"]):
    def touch(self, record_ids: Iterable[UUID]) -> None:
        """These records were changed just now. Their times differ from what they were."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE records_curation SET updated_at = {NEXT_MOMENT} WHERE record_id = ANY (%s)",
                [list(record_ids)],
            )


def lock_records(record_ids: Iterable[UUID]) -> None:
    """Under locks that everybody takes in the order of ids, before they change anything of a record. What was read
    before may have changed meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM records_curation WHERE record_id = ANY (%s) ORDER BY record_id FOR UPDATE",
            [list(record_ids)],
        )


def _meta_text(key: str) -> Expression:
    """As the filter finds it: the value of the key, or of the path that it spells with dots."""
    if "." not in key:
        return key_text("meta", key)
    path = Func(F("meta"), *map(Value, key.split(".")), function="jsonb_extract_path_text")
    return Coalesce(key_text("meta", key), path, output_field=TextField())


class RecordChangeQuerySet(models.QuerySet["RecordChange"]):
    def of_record(self, record: Record) -> RecordChangeQuerySet:
        changes = self.filter(record_id=record.pk).select_related("revision__user")
        return changes.order_by("-revision__number")

    def without_content(self) -> RecordChangeQuerySet:
        """For lists: who, when and which fields, but no old payload, text or meta."""
        return self.defer("payload", "text", "meta", "preview", "fingerprint")

    def capture(self, revision: Revision, record_ids: list[UUID], fields: Iterable[str]) -> None:
        """Keeps the present values of `fields` of these records, before they are changed, in one statement. At most
        once for a record in a revision. Of form, payload and text one stands for all, and for what they say."""
        kept = changefields.whole(fields)
        columns = ", ".join(changefields.columns_of(kept))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO records_recordchange (id, dataset_id, revision_id, record_id, fields, {columns})"
                f" SELECT uuidv7(), record.dataset_id, %s, id, %s, {columns} FROM records_record AS record"
                " JOIN records_curation AS curation ON curation.record_id = record.id WHERE id = ANY(%s)",
                [revision.pk, kept, record_ids],
            )


class SyncConflictQuerySet(models.QuerySet["SyncConflict"]):
    def visible_to(self, workspace: Workspace) -> SyncConflictQuerySet:
        return self.filter(dataset_id__in=Dataset.objects.visible_to(workspace).values("id"))

    def open_in(self, dataset: Dataset) -> SyncConflictQuerySet:
        """Those about which nobody has decided, in the order in which they were found."""
        return self.filter(dataset_id=dataset.pk, resolved_at=None).order_by("id")

    def of_file(self, file: File) -> SyncConflictQuerySet:
        return self.filter(file_id=file.pk)

    def count_by_file(self, file_ids: Iterable[UUID]) -> dict[UUID, int]:
        """Without the files that have none."""
        found = self.filter(file_id__in=file_ids).order_by()
        return dict(found.values("file_id").annotate(number=Count("id")).values_list("file_id", "number"))

    def over(self, record_ids: Iterable[UUID]) -> SyncConflictQuerySet:
        """The open ones over these records."""
        return self.filter(record_id__in=record_ids, resolved_at=None)

    def found_by(self, revision: Revision) -> SyncConflictQuerySet:
        """Those of the sync that made a revision."""
        return self.filter(job_id__in=Job.objects.filter(revision=revision).values("id"))


class SyncPlanQuerySet(models.QuerySet["SyncPlan"]):
    def visible_to(self, workspace: Workspace) -> SyncPlanQuerySet:
        return self.filter(dataset_id__in=Dataset.objects.visible_to(workspace).values("id"))

    def of_attachment(self, dataset: Dataset, file: File) -> SyncPlanQuerySet:
        """Newest first."""
        return self.filter(dataset_id=dataset.pk, file_id=file.pk).order_by("-job_id")


class QueueLeaseQuerySet(models.QuerySet["QueueLease"]):
    def live(self, now: datetime) -> QueueLeaseQuerySet:
        return self.filter(expires_at__gt=now)

    def held_by(self, user_id: UUID, view: View) -> QueueLeaseQuerySet:
        """One at most, which may have expired."""
        return self.filter(view=view, user_id=user_id)

    def against(self, user_id: UUID, now: datetime) -> QueueLeaseQuerySet:
        """Those because of which this user is not given a record."""
        return self.live(now).exclude(user_id=user_id)


class DecisionQuerySet(models.QuerySet["Decision"]):
    def standing(self) -> DecisionQuerySet:
        """Those that nobody took back."""
        return self.filter(withdrawn_at=None)

    def in_queue(self, view: View) -> DecisionQuerySet:
        return self.standing().filter(view=view)

    def closing(self) -> DecisionQuerySet:
        """After which a record is done."""
        return self.filter(part__in=("only", "second"))

    def spoken(self) -> DecisionQuerySet:
        """Without what was skipped."""
        return self.exclude(part="none")

    def against(self, user_id: UUID) -> DecisionQuerySet:
        """Those because of which this user is not asked: what is done, and their own."""
        return self.filter(Q(part__in=("only", "second")) | Q(user_id=user_id))

    def of_record(self, record: Record) -> DecisionQuerySet:
        """What was said about it, the newest first, with who said it and where."""
        said = self.standing().spoken().filter(record_id=record.pk)
        return said.select_related("user", "view").order_by("-created_at", "-id")

    def made_by(self, revision: Revision, record_ids: Iterable[UUID]) -> DecisionQuerySet:
        """Those that set a status as part of a revision."""
        return self.standing().filter(record_id__in=record_ids, revision_id=revision.pk)


class OpinionQuerySet(models.QuerySet["Opinion"]):
    def open_in(self, dataset: Dataset) -> OpinionQuerySet:
        """Those that nobody has settled."""
        return self.filter(dataset_id=dataset.pk, state__in=OPINION_STATES)

    def waiting(self) -> OpinionQuerySet:
        """Of records whose status nobody has set since."""
        return self.filter(state="waiting", status=F("record__curation__status"))

    def of_user(self, user_id: UUID) -> OpinionQuerySet:
        return self.filter(user_id=user_id)

    def agreed_on(self, record_ids: Iterable[UUID]) -> OpinionQuerySet:
        return self.filter(record_id__in=record_ids, state="agreed")
