"""When a sampling rule is due: hourly, daily or weekly, as the clocks of a zone say. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from project.lib.errors import InvalidError

HOURLY, DAILY, WEEKLY = "hourly", "daily", "weekly"
KINDS = {HOURLY: "Every hour", DAILY: "Every day", WEEKLY: "Every week"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOUR = 60  # Minutes.


class ScheduleError(InvalidError):
    """A schedule that never comes."""


@cache
def zones() -> tuple[str, ...]:
    """By the places after which they are named."""
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name and name[:4] != "Etc/"))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Of `at` an hourly one knows the minute. `weekday` is 0 for Monday; only a weekly one has it."""

    kind: str
    at: time
    zone: str = "UTC"
    weekday: int | None = None

    def __str__(self) -> str:
        """Such as “every Monday at 02:30, Europe/Zurich”."""
        if self.kind == HOURLY:
            return f"every hour at {self.at:%M} minutes past"
        days = "every day" if self.weekday is None else f"every {WEEKDAYS[self.weekday]}"
        return f"{days} at {self.at:%H:%M}, {self.zone}"

    def check(self) -> None:
        """Raises ScheduleError."""
        if self.kind not in KINDS:
            raise ScheduleError("A rule runs hourly, daily or weekly.")
        if self.zone not in zones():
            raise ScheduleError(
                f"There is no time zone {self.zone[:40]!r}; choose one such as Europe/Zurich."
            )
        if (self.kind == WEEKLY) != (self.weekday is not None) or self.weekday not in {None, *range(7)}:
            raise ScheduleError("A weekly rule needs a day of the week, and no other one has it.")

    def next_after(self, moment: datetime) -> datetime:
        """The first time behind the moment. A time that the clocks of a day skip comes as much later; one that they
        show twice counts once, the first time."""
        if self.kind == HOURLY:
            return self._next_minute(moment)
        today = moment.astimezone(ZoneInfo(self.zone)).date()
        days = (today + timedelta(days=number) for number in range(-1, 9))
        return next(
            due
            for day in days
            if self.weekday in {None, day.weekday()}
            and (due := _in_utc(datetime.combine(day, self.at), self.zone)) > moment
        )

    def _next_minute(self, moment: datetime) -> datetime:
        due = moment.astimezone(UTC).replace(second=0, microsecond=0)
        due += timedelta(minutes=self._minutes_until(due) or (0 if due > moment else _HOUR))
        return due + timedelta(minutes=self._minutes_until(due))  # Where the clocks moved by half an hour.

    def _minutes_until(self, moment: datetime) -> int:
        return (self.at.minute - moment.astimezone(ZoneInfo(self.zone)).minute) % _HOUR


def _in_utc(local: datetime, zone: str) -> datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
