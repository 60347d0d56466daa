from __future__ import annotations

from typing import Any

from django import forms

from datasets.actions import MAX_DESCRIPTION, MAX_NAME

NAME_TO_TYPE_WHEN_EMPTY = "delete"


class DatasetForm(forms.Form):
    """Name and description of a dataset."""

    name = forms.CharField(
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        error_messages={"required": "Enter a name."},
    )
    description = forms.CharField(
        max_length=MAX_DESCRIPTION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What is in it and what it is for. Those who open it next year will thank you.",
    )


class DeleteDatasetForm(forms.Form):
    """The dataset's name, typed by hand, so that nothing is deleted by a slip."""

    confirmation = forms.CharField(
        label="Name of the dataset",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
        error_messages={"required": "Type the name of the dataset to confirm."},
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = one_line(name) or NAME_TO_TYPE_WHEN_EMPTY

    def clean_confirmation(self) -> str:
        typed = one_line(self.cleaned_data["confirmation"])
        if typed != self.name:
            raise forms.ValidationError(f"This is not the name. Type “{self.name}” as it is written here.")
        return typed


def one_line(name: str) -> str:
    """As it can be typed into a field: a name from an API may hold line breaks and runs of spaces."""
    return " ".join(name.split())
