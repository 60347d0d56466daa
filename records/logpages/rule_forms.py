from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.conf import settings

from records.actions.sampling_rules import MAX_NAME
from records.logpages.sample_forms import DrawForm
from threads.models import SamplingRule
from threads.schedules import DAILY, KINDS, WEEKDAYS, WEEKLY, Schedule, ScheduleError, zones
from threads.types import RuleTerms


class ScheduleForm(forms.Form):
    """What the rule is called, and when it runs."""

    rule_name = forms.CharField(
        label="Name of the rule",
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter a name."},
    )
    schedule = forms.ChoiceField(label="Runs", choices=list(KINDS.items()), initial=DAILY)
    at = forms.TimeField(
        label="At",
        initial="02:00",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="Every hour: the minutes count.",
    )
    weekday = forms.TypedChoiceField(
        label="On",
        choices=list(enumerate(WEEKDAYS)),
        coerce=int,
        initial=0,
        required=False,
        empty_value=None,
        help_text="Every week only.",
    )
    zone = forms.ChoiceField(label="By the clocks of", choices=lambda: [(zone, zone) for zone in zones()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].initial = settings.TIME_ZONE

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                self.planned.check()
            except ScheduleError as error:
                raise forms.ValidationError(str(error)) from None
        return self.cleaned_data

    @property
    def planned(self) -> Schedule:
        given = self.cleaned_data
        weekday = given["weekday"] if given["schedule"] == WEEKLY else None
        return Schedule(given["schedule"], given["at"], given["zone"], weekday)

    @staticmethod
    def values_of(rule: SamplingRule) -> dict[str, Any]:
        return {
            "rule_name": rule.name,
            "schedule": rule.schedule_kind,
            "at": rule.at,
            "weekday": rule.weekday or 0,
            "zone": rule.zone,
        }


class HistoryForm(forms.Form):
    """Whether logs are taken that are there already. Nobody chooses that by chance: nothing is ticked beforehand."""

    NOW = "now"
    SINCE = "since"

    history = forms.ChoiceField(
        label="Logs that are there already",
        choices=((NOW, "Leave them"), (SINCE, "Take them too")),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what becomes of the logs that are there already."},
    )
    since = forms.DateTimeField(
        label="From (UTC)",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
    )

    def clean(self) -> dict[str, Any]:
        is_taken = self.cleaned_data.get("history") == self.SINCE
        if is_taken and "since" not in self.errors and not self.cleaned_data.get("since"):
            self.add_error("since", "Enter the day from which logs are taken.")
        return self.cleaned_data

    @property
    def chosen(self) -> datetime | None:
        """None for what happens from now on."""
        since: datetime | None = self.cleaned_data["since"]
        if self.cleaned_data["history"] == self.NOW or since is None:
            return None
        return since.replace(tzinfo=UTC)


def terms_of(schedule: ScheduleForm, draw: DrawForm) -> RuleTerms:
    """Of forms that are valid."""
    return RuleTerms(
        name=schedule.cleaned_data["rule_name"],
        draw=draw.rule,
        schedule=schedule.planned,
        skips_equal=draw.cleaned_data["skips_equal"],
    )


def draw_values(rule: SamplingRule) -> dict[str, Any]:
    """The draw of a rule as the fields of its form have it."""
    return {**rule.draw.as_json(), "skips_equal": rule.skips_equal}
