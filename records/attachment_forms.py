from __future__ import annotations

from django import forms


class DetachForm(forms.Form):
    """What becomes of the records of a file that is detached."""

    KEEP, TRASH = "keep", "trash"

    records = forms.ChoiceField(
        choices=((KEEP, "Keep its records"), (TRASH, "Move its records to the trash")),
        error_messages={
            "required": "Choose what becomes of its records.",
            "invalid_choice": "Choose what becomes of its records.",
        },
    )
