from __future__ import annotations

from typing import Any

from django import forms

from project.accounts.models import Workspace
from records.campaignpages.judge_forms import MAX_NAME, MIN_NAME
from threads.models import Judge

MAX_LOGS = 10_000
USUAL_LOGS = 1_000
MAX_DESCRIPTION = 2_000


class CampaignNameForm(forms.Form):
    name = forms.CharField(
        min_length=MIN_NAME, max_length=MAX_NAME, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    description = forms.CharField(
        max_length=MAX_DESCRIPTION, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class CampaignForm(CampaignNameForm):
    """What a campaign is beside its filter, which stands in the address."""

    max_logs = forms.IntegerField(
        label="At most so many logs",
        min_value=1,
        max_value=MAX_LOGS,
        initial=USUAL_LOGS,
        help_text="The newest that match are taken.",
    )
    judge = forms.ModelChoiceField(
        queryset=Judge.objects.none(),
        required=False,
        empty_label="No judge: only select the logs",
        help_text="It is asked once about each log, which costs a call to its model.",
        error_messages={"invalid_choice": "This judge is not there any more. Choose another one."},
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["judge"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Judge.objects.visible_to(workspace).by_name()
