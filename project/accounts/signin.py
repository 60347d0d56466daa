"""What the throttle of failed sign-ins (django-axes) needs of us: the address to count by, and how long to wait."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from ipaddress import ip_address

from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Of the browser. Behind a proxy it is what the proxy appended last, which a client cannot forge."""
    text = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        text = request.META.get("HTTP_X_FORWARDED_FOR", text).rsplit(",", 1)[-1].strip()
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def minutes_to_wait(request: HttpRequest, email: str, now: datetime) -> int:
    """Until the next try is allowed, at least 1."""
    cooloff: timedelta = settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(username=email, ip_address=client_address(request))
    last = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or now
    return max(1, math.ceil((last + cooloff - now) / timedelta(minutes=1)))
