from __future__ import annotations

from django import forms

from datasets.savedviews import MAX_NAME
from project.lib.errors import InvalidError
from records.viewbar import clean_view_query


class ViewForm(forms.Form):
    """A new view of the list with this query."""

    name = forms.CharField(
        label="Name",
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter a name."},
    )
    query = forms.CharField(required=False, widget=forms.HiddenInput())
    is_shared = forms.BooleanField(label="Share with the workspace", required=False)

    def clean_query(self) -> str:
        try:
            return clean_view_query(self.cleaned_data["query"])
        except InvalidError as error:
            raise forms.ValidationError(str(error)) from None


class ViewSettingsForm(forms.Form):
    """Of a view that is there; its query changes on the list."""

    name = forms.CharField(label="Name", max_length=MAX_NAME, error_messages={"required": "Enter a name."})
    is_shared = forms.BooleanField(
        label="Share with the workspace",
        required=False,
        help_text="Everybody in the workspace sees it and may work it as a queue.",
    )
    second_percent = forms.IntegerField(
        label="Second opinion, percent",
        min_value=0,
        max_value=100,
        help_text="On this share of its queue two people decide without seeing what the other said. Which records"
        " these are depends on their ids only, and a larger share holds the smaller one.",
    )
