import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

app = Celery("winnow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.include = ["project.worker_pulse"]


@setup_logging.connect
def keep_logging_of_settings(**_: Any) -> None:
    """Celery lays its own logging over Django's unless somebody listens here."""
