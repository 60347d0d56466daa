from celery import shared_task
from django.utils import timezone


@shared_task(ignore_result=True, expires=3600)
def keep_months() -> None:
    from threads import retention  # noqa: PLC0415

    now = timezone.now()
    retention.make_months_ahead(now)
    retention.drop_old_months(now)
