"""A histogram as the pages draw it: bars of logs by time, each with the address that shows its time alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from records.logpages.figures import dollars
from records.logpages.scope import Scope
from threads.types import Histogram, TimeBucket

BARS = 60
HEIGHT = 48
STEP = 10  # Of one bar and the gap behind it, in units of the picture.
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Bar:
    x: int
    y: float
    height: float
    failed_y: float
    failed_height: float
    log_count: str
    failed_count: int
    begins_at: datetime
    title: str
    url: str


def bars_of(histogram: Histogram, scope: Scope, *, path: str) -> list[Bar]:
    """`path` is that of the list. A bar with logs is at least two units high; estimates are told with a `~`."""
    buckets, sign = histogram.buckets, "~" if histogram.is_estimate else ""
    most = max((bucket.log_count for bucket in buckets), default=0) or 1
    ends = [bucket.begins_at - _MICROSECOND for bucket in buckets[1:]] + [scope.end]
    return [
        _bar(place, bucket, end, most, scope, path, sign)
        for place, (bucket, end) in enumerate(zip(buckets, ends, strict=True))
    ]


def _bar(place: int, bucket: TimeBucket, end: datetime, most: int, scope: Scope, path: str, sign: str) -> Bar:
    height = _height(bucket.log_count, most)
    failed = min(height, _height(bucket.failed_count, most))
    failures = f", {bucket.failed_count:,} failed" if bucket.failed_count else ""
    plural = "" if bucket.log_count == 1 else "s"
    return Bar(
        x=place * STEP,
        y=HEIGHT - height,
        height=height,
        failed_y=HEIGHT - failed,
        failed_height=failed,
        log_count=f"{sign}{bucket.log_count:,}",
        failed_count=bucket.failed_count,
        begins_at=bucket.begins_at,
        title=f"{bucket.begins_at:%Y-%m-%d %H:%M:%S} UTC: {sign}{bucket.log_count:,} log{plural}{failures}, "
        f"{dollars(bucket.cost)}",
        url=f"{path}?{scope.between(bucket.begins_at, max(bucket.begins_at, end)).query}",
    )


def _height(number: int, most: int) -> float:
    return 0 if not number else max(2.0, round(HEIGHT * number / most, 2))
