from datetime import timedelta

import pytest
from django.utils import timezone

from datasets.models import Worker
from project.worker_pulse import FORGET_AFTER, Pulse, pulse_name
from tests.stack import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_is_seen_with_its_queues_and_gone_when_it_ends() -> None:
    pulse = Pulse(pulse_name("celery@here", 7), ["bulk", "default"])
    pulse.start()
    wait_until(Worker.objects.exists, 10)
    worker = Worker.objects.get()
    assert (worker.name, worker.queues) == ("celery@here:7", ["bulk", "default"])
    assert timezone.now() - worker.seen_at < timedelta(seconds=10)
    pulse.stop()
    assert not Worker.objects.exists()


def test_a_pulse_forgets_who_died_long_ago_and_leaves_the_others() -> None:
    now = timezone.now()
    Worker.objects.create(name="dead", seen_at=now - FORGET_AFTER * 2)
    Worker.objects.create(name="quiet", seen_at=now - FORGET_AFTER / 2)
    pulse = Pulse("new", [])
    pulse.start()
    wait_until(Worker.objects.filter(name="new").exists, 10)
    pulse.stop()
    assert [worker.name for worker in Worker.objects.all()] == ["quiet"]
