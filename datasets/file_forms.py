from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from files.actions.rows import MAX_DESCRIPTION
from files.names import MAX_NAME

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class ContentField(forms.FileField):
    """A file to upload, refused at once when it is empty or too large."""

    default_error_messages: ClassVar[dict[str, StrOrPromise]] = {
        "required": "Choose a file first.",
        "missing": "Choose a file first.",
        "invalid": "Choose a file first.",
        "empty": "The file is empty. Choose one with content.",
    }

    def clean(self, data: Any, initial: Any = None) -> Any:
        content = super().clean(data, initial)
        size_bytes = content.size or 0 if isinstance(content, UploadedFile) else 0
        if size_bytes > settings.MAX_UPLOAD_BYTES:
            limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
            raise forms.ValidationError(f"The file has {filesizeformat(size_bytes)}; the limit is {limit}.")
        return content


class FileUploadForm(forms.Form):
    content = ContentField(label="File")


class FileDetailsForm(forms.Form):
    """What a person says of a file."""

    name = forms.CharField(
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        error_messages={"required": "Enter a name."},
    )
    description = forms.CharField(
        max_length=MAX_DESCRIPTION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What is in it and where it comes from.",
    )
