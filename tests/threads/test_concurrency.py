"""Several connections at once: what one alone cannot show."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection, connections
from django.db.models import Sum

from project.accounts.models import Workspace
from tests.factories.accounts import WorkspaceFactory
from threads.actions import add_logs, delete_logs
from threads.models import Log, Thread
from threads.partitions import existing_months
from threads.types import LogDraft

WORKERS = 4


@pytest.fixture
def lasting_workspace(transactional_db: None) -> Workspace:
    return WorkspaceFactory.create()


def side_by_side(work: Callable[[int], None]) -> None:
    """Runs the work in several threads, each with a connection of its own; raises what any of them raised."""
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_many_may_need_the_same_new_month_at_once(lasting_workspace: Workspace) -> None:
    moment = datetime(2021, 7, 1, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS threads_log_2021_07")

    def send(number: int) -> None:
        add_logs(lasting_workspace, "prod", [LogDraft(logged_at=moment, model=str(number))], api_key=None)

    side_by_side(send)
    assert Log.objects.filter(logged_at=moment).count() == WORKERS
    assert [month for month in existing_months() if (month.year, month.month) == (2021, 7)]


def test_batches_with_the_same_threads_and_ids_neither_block_nor_double(lasting_workspace: Workspace) -> None:
    def send(number: int) -> None:
        chance = random.Random(number)
        for _ in range(5):
            names = [f"t{place}" for place in range(20)]
            chance.shuffle(names)
            ids = chance.sample(range(60), 20)
            drafts = [
                LogDraft(thread_identifier=name, unique_id=str(own), cost=0.1)
                for name, own in zip(names, ids, strict=True)
            ]
            add_logs(lasting_workspace, "prod", drafts, api_key=None)
            stored = list(Log.objects.filter(workspace=lasting_workspace))
            delete_logs(chance.sample(stored, min(5, len(stored))))

    side_by_side(send)
    logs = Log.objects.filter(workspace=lasting_workspace)
    ids = list(logs.values_list("unique_id", flat=True))
    assert len(ids) == len(set(ids))
    assert Thread.objects.aggregate(total=Sum("log_count"))["total"] == len(ids)
    for thread in Thread.objects.all():
        own = logs.filter(thread_identifier=thread.identifier)
        assert thread.log_count == own.count()
        assert thread.cost == own.aggregate(cost=Sum("cost"))["cost"]
        assert [thread.first_log_at, thread.last_log_at] == [
            *(own.earliest("id").logged_at, own.latest("id").logged_at)
        ]
