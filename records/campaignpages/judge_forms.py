from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from threads.models import Judge
from threads.types import JudgeDraft, Scale

MIN_NAME, MAX_NAME = 5, 50  # As the dialect has them that knows judges and campaigns.
MAX_TEXT = 500
MAX_INSTRUCTIONS = 10_000
MAX_NUMBER = 999_999_999
MAX_OPTIONS = 100
SPARE_ROWS = 3
OPTIONS = "options"  # How the names of their controls begin.
CLASSIFICATION = Judge.Kind.CLASSIFICATION.value
REGRESSION = Judge.Kind.REGRESSION.value


def _number(label: str, initial: int) -> forms.FloatField:
    return forms.FloatField(
        label=label, min_value=0, max_value=MAX_NUMBER, initial=initial, required=False, localize=False
    )


def _meaning(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=MAX_TEXT, required=False)


class JudgeForm(forms.Form):
    """All of a judge but the options of its answer."""

    name = forms.CharField(
        min_length=MIN_NAME,
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Its answers stand under this name in the records that are made of a campaign.",
    )
    description = forms.CharField(
        max_length=MAX_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    model_name = forms.CharField(
        label="Model",
        max_length=MAX_TEXT,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="As its address calls it, such as gpt-4o-mini.",
    )
    instructions = forms.CharField(
        max_length=MAX_INSTRUCTIONS,
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text="What to look at, and when each answer is right. The model gets the whole conversation with it, "
        "unless the text shows parts of it itself.",
    )
    kind = forms.ChoiceField(
        label="Answer",
        initial=CLASSIFICATION,
        choices=((CLASSIFICATION, "One of these options"), (REGRESSION, "A number")),
        widget=forms.RadioSelect,
    )
    low = _number("Least", 0)
    low_means = _meaning("The least means")
    high = _number("Most", 1)
    high_means = _meaning("The most means")
    tools = forms.CharField(
        max_length=MAX_INSTRUCTIONS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="Names of tools, one a line. Clients of the API read them.",
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("kind") == REGRESSION and not {"low", "high"} & self.errors.keys():
            low, high = given.get("low"), given.get("high")
            if low is None or high is None or low >= high:
                self.add_error("high", "Enter two numbers of which the most is greater than the least.")
        return given

    def draft(self, options: tuple[tuple[str, str], ...]) -> JudgeDraft:
        given = self.cleaned_data
        scale = Scale(
            low=given["low"], high=given["high"], low_means=given["low_means"], high_means=given["high_means"]
        )
        return JudgeDraft(
            name=given["name"],
            description=given["description"],
            model_name=given["model_name"],
            instructions=_plain_lines(given["instructions"]),
            scale=scale if given["kind"] == REGRESSION else Scale(options=options),
            tools=tuple(line.strip() for line in given["tools"].splitlines() if line.strip()),
        )


class OptionForm(forms.Form):
    value = forms.CharField(max_length=MAX_TEXT, required=False)
    meaning = forms.CharField(max_length=MAX_TEXT, required=False)

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("meaning") and not self.cleaned_data.get("value"):
            self.add_error("value", "Enter the answer that means this.")
        return self.cleaned_data


if TYPE_CHECKING:
    OptionRows = forms.BaseFormSet[OptionForm]
else:
    OptionRows = forms.BaseFormSet


class BaseOptionFormSet(OptionRows):
    """The options of an answer. Empty rows are none."""

    def clean(self) -> None:
        if any(self.errors):
            return
        values = [value.casefold() for value, _ in self.pairs]
        if len(set(values)) < len(values):
            raise forms.ValidationError("Two options are the same; the model could not tell them apart.")

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        rows = (form.cleaned_data for form in self.forms)
        return tuple((row["value"], row["meaning"]) for row in rows if row.get("value"))


OptionFormSet: type[BaseOptionFormSet] = forms.formset_factory(  # type: ignore[assignment]
    OptionForm,
    formset=BaseOptionFormSet,
    extra=SPARE_ROWS,
    max_num=MAX_OPTIONS,
    absolute_max=MAX_OPTIONS,
    validate_max=True,
)


def values_of(judge: Judge) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What the form and its rows show of a judge."""
    scale = judge.scale
    values = {
        "name": judge.name,
        "description": judge.description,
        "model_name": judge.model_name,
        "instructions": judge.instructions,
        "kind": judge.kind,
        "tools": "\n".join(judge.tools),
        "low": scale.low,
        "high": scale.high,
        "low_means": scale.low_means,
        "high_means": scale.high_means,
    }
    return values, [{"value": value, "meaning": meaning} for value, meaning in scale.options]


def typed_rows(posted: QueryDict) -> list[dict[str, str]]:
    """What stands in the rows of a form that was sent, without the empty ones."""
    rows = OptionFormSet(posted, prefix=OPTIONS).forms
    typed = [{name: row[name].value() or "" for name in ("value", "meaning")} for row in rows]
    return [row for row in typed if any(row.values())]


class TrialForm(forms.Form):
    subject = forms.CharField(
        label="Log or record",
        max_length=2_000,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "the newest log"}
        ),
        help_text="Its id, or the address of its page.",
    )


def _plain_lines(text: str) -> str:
    """A form sends line ends of its own."""
    return text.replace("\r\n", "\n")
