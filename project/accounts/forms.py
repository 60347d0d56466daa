from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils import timezone

from project.accounts.models import ApiKey, User
from project.accounts.shortcuts import CHANGEABLE, chosen_keys

LONGEST_LIFE = timedelta(days=3653)
SIGN_IN_REFUSALS = {
    "invalid_login": "The email address or the password is not right. Check both and try again.",
    "inactive": "This account is switched off. Ask an owner of your workspace to switch it on.",
}


_KeyInput = forms.TextInput(
    attrs={"class": "input key-input", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
)


class SignInForm(AuthenticationForm):
    """Email and password; `get_user()` answers who it is."""

    username = forms.EmailField(
        label="Email",
        max_length=254,
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
        error_messages={"required": "Enter your email address."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].error_messages["required"] = "Enter your password."
        self.error_messages = {**SIGN_IN_REFUSALS}

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class ShortcutForm(forms.Form):
    """A field of one character for each shortcut that may be changed, by its name."""

    are_on = forms.BooleanField(
        label="Letters, digits and signs work as keys",
        required=False,
        help_text="Ctrl k, Esc and Enter always work.",
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        chosen = chosen_keys(user.shortcuts)
        super().__init__(data, initial={**chosen, "are_on": not user.shortcuts.get("is_off")})
        for shortcut in CHANGEABLE:
            self.fields[shortcut.name] = forms.CharField(
                label=shortcut.label, required=False, max_length=1, widget=_KeyInput
            )

    @property
    def keys(self) -> dict[str, str]:
        return {shortcut.name: self.cleaned_data[shortcut.name] for shortcut in CHANGEABLE}


class KeyForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="What uses it, such as “nightly export”.",
        error_messages={"required": "Give the key a name, so that it can be told from the others."},
    )
    environment = forms.ChoiceField(label="Environment", choices=ApiKey.Environment.choices)
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=ApiKey.Scope.choices,
        initial=ApiKey.Scope.values,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one right."},
    )
    dataset_id = forms.TypedChoiceField(
        label="Dataset",
        required=False,
        coerce=UUID,
        empty_value=None,
        help_text="A key of one dataset sees nothing else.",
        error_messages={"invalid_choice": "This dataset is not here any more. Choose another one."},
    )
    expires_on = forms.DateField(
        label="Expires on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="It works until the end of that day. Without a date it works until it is revoked.",
        error_messages={"invalid": "Write the date as YYYY-MM-DD."},
    )

    def __init__(self, *args: Any, datasets: Sequence[tuple[UUID, str]], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        choices = [("", "All datasets of the workspace"), *datasets]
        cast(forms.TypedChoiceField, self.fields["dataset_id"]).choices = choices

    def clean_expires_on(self) -> date | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and day < self._today:
            raise forms.ValidationError("This day is over. Choose today or a later day, or leave it empty.")
        if day is not None and day > self._today + LONGEST_LIFE:
            raise forms.ValidationError(
                "A key lives at most 10 years. Choose an earlier day, or leave it empty."
            )
        return day

    @property
    def expires_at(self) -> datetime | None:
        """The first moment of the following day."""
        day: date | None = self.cleaned_data["expires_on"]
        if day is None:
            return None
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
