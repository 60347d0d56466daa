import gc
import os
import sys
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
# Celery runs Django's system checks and throws away what they find; they load every page, which takes a second or two.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("winnow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.include = ["project.worker_pulse"]


@setup_logging.connect
def keep_logging_of_settings(**_: Any) -> None:
    """Celery lays its own logging over Django's unless somebody listens here."""


@worker_process_init.connect
def tune_for_bulk_work(**_: Any) -> None:
    """An import makes rows in one thread while another feeds them to the database: the waiting one gets its turn after
    0.5 ms instead of 5, and the collector does not walk the same live objects every few hundred rows."""
    sys.setswitchinterval(0.0005)
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
