from __future__ import annotations

from typing import IO, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from datasets.file_forms import ContentField
from files.models import File
from files.querysets import FileQuerySet
from records.foreign import HEAD_BYTES, refusal_of


class LinesForm(forms.Form):
    """A new file of lines, or one that is already here. The new one wins when both are given."""

    content = ContentField(label="File", required=False)
    file = forms.UUIDField(required=False, error_messages={"invalid": "Choose one of the files listed."})

    def __init__(self, *args: Any, files: FileQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._files = files

    def clean_content(self) -> UploadedFile[bytes] | None:
        content: UploadedFile[bytes] | None = self.cleaned_data["content"]
        if content is not None:
            _refuse_foreign(content, content.name or "")
        return content

    def clean_file(self) -> File | None:
        file_id = self.cleaned_data["file"]
        if file_id is None or self.files.get(self.add_prefix("content")):
            return None
        file = self._files.filter(pk=file_id).first()
        if file is None:
            raise forms.ValidationError("This file is not here any more. Choose another one.")
        if not file.size_bytes:
            raise forms.ValidationError(f"{file.label} is empty. Choose a file with content.")
        try:
            with file.open() as content:
                _refuse_foreign(content, file.name)
        except FileNotFoundError:
            raise forms.ValidationError(f"The content of {file.label} is gone; upload it again.") from None
        return file

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.cleaned_data.get("content") and not self.cleaned_data.get("file"):
            self.add_error("content", "Choose a file first.")
        return self.cleaned_data


class ImportForm(LinesForm):
    """And what becomes of the lines that are no records."""

    LENIENT = "lenient"
    STRICT = "strict"

    mode = forms.ChoiceField(
        choices=((LENIENT, "Leave bad lines out"), (STRICT, "Stop at the first bad line")),
        initial=LENIENT,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what to do with bad lines."},
    )

    @property
    def is_strict(self) -> bool:
        return bool(self.cleaned_data["mode"] == self.STRICT)


def _refuse_foreign(content: IO[bytes] | UploadedFile[bytes], name: str) -> None:
    head = content.read(HEAD_BYTES)
    content.seek(0)
    refusal = refusal_of(head, name)
    if refusal:
        raise forms.ValidationError(refusal)
