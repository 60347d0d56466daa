from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm


class SignInForm(AuthenticationForm):
    """Email and password; `get_user()` answers who it is."""

    username = forms.EmailField(
        label="Email",
        max_length=254,
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
        error_messages={"required": "Enter your email address."},
    )
    error_messages: dict[str, Any] = {  # noqa: RUF012  (the parent class declares it so)
        "invalid_login": "The email address or the password is not right. Check both and try again.",
        "inactive": "This account is switched off. Ask an owner of your workspace to switch it on.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].error_messages["required"] = "Enter your password."

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()
