from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms

from datasets.actions import MAX_NAME
from datasets.models import Dataset
from project.accounts.models import Workspace
from threads.sampling import MAX_SEED_CHARACTERS, SampleError, SampleRule

STRATA = (
    ("", "none"),
    ("model", "model"),
    ("status", "status"),
    ("customer_identifier", "customer"),
    ("log_type", "type"),
    ("error_code", "error code"),
    ("group_identifier", "group"),
)
MOST_LOGS = 10_000_000


def _number(**options: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=1, max_value=MOST_LOGS, required=False, **options)


def _seed(noun: str) -> forms.CharField:
    return forms.CharField(
        max_length=MAX_SEED_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=f"The same seed, filter and time choose the same {noun} again.",
    )


class ShareForm(forms.Form):
    """How much of what matches is taken. Who asks for the rule adds a `seed` by which it is drawn."""

    percent = forms.DecimalField(
        label="Share in percent",
        min_value=0,
        max_value=100,
        initial=100,
        required=False,
        help_text="With the same seed a smaller share lies within a larger one.",
    )
    size = _number(label="At most, in all")

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                self.rule.check()
            except SampleError as error:
                raise forms.ValidationError(str(error)) from None
        return self.cleaned_data

    @property
    def rule(self) -> SampleRule:
        given = self.cleaned_data
        percent = given.get("percent")
        return SampleRule(
            seed=given["seed"], percent=Decimal(100) if percent is None else percent, size=given["size"]
        )


class ThreadDrawForm(ShareForm):
    """How many of the threads that match are taken, and by which seed."""

    seed = _seed("threads")


class DrawForm(ShareForm):
    """How many of the logs that match are taken, and by which seed."""

    per_thread = _number(label="At most, of one thread")
    stratum = forms.ChoiceField(label="Quota for each value of", choices=STRATA, required=False)
    per_stratum = _number(label="At most, of each value")
    seed = _seed("logs")
    skips_equal = forms.BooleanField(
        label="Leave out what the dataset has with the same content", required=False
    )

    @property
    def rule(self) -> SampleRule:
        given = self.cleaned_data
        return replace(
            super().rule,
            per_thread=given["per_thread"],
            stratum=given["stratum"],
            per_stratum=given["per_stratum"],
        )


class HoldForm(forms.Form):
    """A dataset that is there."""

    dataset = forms.ModelChoiceField(
        queryset=Dataset.objects.none(),
        empty_label="Choose a dataset",
        error_messages={
            "invalid_choice": "This dataset is not there any more. Choose another one.",
            "required": "Choose a dataset.",
        },
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_datasets(self, workspace)


class TargetForm(forms.Form):
    """Into which dataset: one that is there, or a new one."""

    dataset = forms.ModelChoiceField(
        queryset=Dataset.objects.none(),
        required=False,
        empty_label="A new dataset",
        error_messages={"invalid_choice": "This dataset is not there any more. Choose another one."},
    )
    name = forms.CharField(
        label="Name of the new dataset",
        max_length=MAX_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_datasets(self, workspace)

    def clean(self) -> dict[str, Any]:
        has_dataset = self.cleaned_data.get("dataset") or "dataset" in self.errors
        if not has_dataset and not self.cleaned_data.get("name", "").strip():
            self.add_error("name", "Enter a name, or choose a dataset that is there.")
        return self.cleaned_data


def _offer_datasets(form: forms.Form, workspace: Workspace) -> None:
    field = form.fields["dataset"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = Dataset.objects.visible_to(workspace).order_by("name", "id")
