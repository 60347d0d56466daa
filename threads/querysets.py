from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import Q

from project.lib.filters import Condition, Group
from project.lib.ids import parse_id
from project.lib.listvalues import computed
from project.lib.tablesamples import SampledTable
from threads.fields import LOG_FIELDS, known_ids, shown_value
from threads.ids import first_id_after, first_id_at
from threads.keys import sent_key
from threads.threadfields import THREAD_FIELDS

if TYPE_CHECKING:
    from project.accounts.models import Workspace
    from threads.models import Log, LogKey, SamplingRule, Thread

# What no list reads: the large columns.
CONTENT = ("input", "output", "extras")

# Of which no record is made.
_NOT_COPIED = (
    *("extras", "attributes", "scores", "input_preview", "output_preview", "note", "invoked_tools"),
    *("time_to_first_token", "tokens_per_second", "positive_feedback", "is_pinned", "customer_email"),
    *("group_identifier", "evaluation_identifier", "span_parent_id", "span_name", "span_workflow_name"),
)


class LogQuerySet(models.QuerySet["Log"]):
    def visible_to(self, workspace: Workspace) -> LogQuerySet:
        return self.filter(workspace=workspace)

    def in_environment(self, environment: str) -> LogQuerySet:
        return self.filter(environment=environment)

    def between(self, start: datetime | None = None, end: datetime | None = None) -> LogQuerySet:
        """Both moments included."""
        logs = self if start is None else self.filter(id__gte=first_id_at(start))
        return logs if end is None else logs.filter(id__lt=first_id_after(end))

    def arrived_by(self, moment: datetime) -> LogQuerySet:
        return self.filter(created_at__lte=moment)

    def arrived_between(self, begin: datetime | None, end: datetime) -> LogQuerySet:
        """From the first moment up to before the other, whatever the logs say when they happened."""
        logs = self.filter(created_at__lt=end)
        return logs if begin is None else logs.filter(created_at__gte=begin)

    def last_id(self) -> UUID | None:
        return self.newest_first().values_list("id", flat=True).first()

    def matching(self, condition: Group | Condition) -> LogQuerySet:
        """Raises FilterError for a field, operator or value that logs do not have."""
        return self.filter(LOG_FIELDS.compile(condition))

    def called(self, texts: Sequence[str]) -> LogQuerySet:
        """Those of these ids, ours or their senders'."""
        return self.filter(id__in=known_ids([text.replace("\x00", "") for text in texts]))

    def sampled(self, percent: float) -> LogQuerySet:
        """Those on a random share of the table's pages. For sums over all columns, not for rows."""
        logs = self.all()
        alias = logs.query.get_initial_alias()
        logs.query.alias_map[alias] = SampledTable(logs.model._meta.db_table, alias, percent)
        return logs

    def in_thread(self, identifier: str) -> LogQuerySet:
        """In the order in which the conversation went on."""
        return self.filter(thread_identifier=identifier).oldest_first()

    def named(self) -> LogQuerySet:
        """Those that a thread counts, or that carry an id of their sender's."""
        nameless = Q(thread_identifier=None, unique_id=None, span_unique_id=None)
        return self.exclude(nameless)

    def in_threads(self, identifiers: Sequence[str]) -> LogQuerySet:
        """Thread by thread, each in the order in which it went on."""
        return self.filter(thread_identifier__in=identifiers).order_by("thread_identifier", "id")

    def newest_first(self) -> LogQuerySet:
        return self.order_by("-id")

    def oldest_first(self) -> LogQuerySet:
        return self.order_by("id")

    def showing(self, fields: Iterable[str], names: Iterable[str]) -> LogQuerySet:
        """For lists: of a log nothing is read but its preview, these columns, and as `cell_0` and so on these filter
        fields. Raises FilterError."""
        return self.only("input_preview", *fields).annotate(**computed(map(shown_value, names)))

    def to_copy(self) -> LogQuerySet:
        """With what a record is made of."""
        return self.defer(*_NOT_COPIED)

    def without_content(self) -> LogQuerySet:
        """For lists: no query reads the input and output of a log that is not shown."""
        return self.defer(*CONTENT)


class LogKeyQuerySet(models.QuerySet["LogKey"]):
    def of_logs(self, logs: Sequence[Log]) -> LogKeyQuerySet:
        """The keys of logs of one workspace and environment."""
        keys = [
            sent_key(unique_id=log.unique_id, trace=log.trace_unique_id, span=log.span_unique_id)
            for log in logs
        ]
        return self.filter(key__in=[key for key in keys if key], log_id__in=[log.id for log in logs])


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, workspace: Workspace) -> ThreadQuerySet:
        return self.filter(workspace=workspace)

    def in_environment(self, environment: str) -> ThreadQuerySet:
        return self.filter(environment=environment)

    def between(self, start: datetime | None = None, end: datetime | None = None) -> ThreadQuerySet:
        """Those whose last log lies between the moments, both included."""
        threads = self if start is None else self.filter(last_log_at__gte=start)
        return threads if end is None else threads.filter(last_log_at__lte=end)

    def matching(self, condition: Group | Condition) -> ThreadQuerySet:
        """Raises FilterError for a field, operator or value that threads do not have."""
        return self.filter(THREAD_FIELDS.compile(condition))

    def latest_first(self) -> ThreadQuerySet:
        return self.order_by("-last_log_at", "-id")

    def before(self, last_log_at: datetime, thread_id: UUID) -> ThreadQuerySet:
        """The threads that follow this place in the list."""
        place = Q(last_log_at=last_log_at, id__lt=thread_id) | Q(last_log_at__lt=last_log_at)
        return self.filter(place, last_log_at__lte=last_log_at).latest_first()

    def called(self, texts: Sequence[str]) -> ThreadQuerySet:
        """Those of these ids, ours or the application's."""
        texts = [text.replace("\x00", "") for text in texts]
        ours = [found for found in map(parse_id, texts) if found is not None]
        return self.filter(models.Q(identifier__in=texts) | models.Q(id__in=ours))


class SamplingRuleQuerySet(models.QuerySet["SamplingRule"]):
    def visible_to(self, workspace: Workspace) -> SamplingRuleQuerySet:
        return self.filter(workspace=workspace)

    def into(self, dataset_id: UUID) -> SamplingRuleQuerySet:
        return self.filter(dataset_id=dataset_id)

    def newest_first(self) -> SamplingRuleQuerySet:
        return self.order_by("-id")

    def due(self, now: datetime) -> SamplingRuleQuerySet:
        """The one that waits longest first."""
        return self.filter(next_run_at__lte=now).order_by("next_run_at", "id")
