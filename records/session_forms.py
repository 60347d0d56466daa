"""A session as the browser sends it: what was written in each editor, by its address, and nothing saved yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.urls import Resolver404, resolve

from datasets.models import Dataset
from project.lib import jsontext
from records.actions.sessions import MAX_MESSAGE
from records.editing_forms import ContentForm, DetailsForm, TurnForm
from records.errors import EditInvalidError
from records.sessions import DetailsEdit, HandEdit, NewTurn, RecordEdits, TextEdit, TurnsEdit, TurnText

Sent = TypeVar("Sent", ContentForm, TurnForm, DetailsForm)
_BROKEN = "The edits did not arrive whole. They are kept in this browser; load the list and try again."


class SessionForm(forms.Form):
    message = forms.CharField(
        label="What was done, for the history",
        required=False,
        max_length=MAX_MESSAGE,
        help_text="Such as “typos in the greetings”.",
    )


class Written:
    """What was written in the editors of one record, put together kind by kind."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._version = ""
        self._turns: list[TurnText] = []
        self._added: list[NewTurn] = []
        self._others: list[HandEdit] = []

    def take(self, name: str, place: dict[str, Any], sent: QueryDict) -> None:
        """Raises EditInvalidError."""
        if name == "details_edit":
            details = _valid(DetailsForm(sent))
            table, source = details.fields_sent(), details.cleaned_data["source"]
            self._others.append(DetailsEdit(details.version_seen, table, source))
        elif name == "text_edit":
            text = _valid(ContentForm(sent))
            self._others.append(TextEdit(text.version_seen, "\n\n".join(text.texts)))
        else:
            turn = _valid(TurnForm(sent))
            role, texts = turn.cleaned_data["role"], turn.texts
            self._version = turn.version_seen
            if name == "turn_add":
                self._added.append(NewTurn(place["after"], role, "\n\n".join(texts)))
            else:
                self._turns.append(TurnText(place["number"], turn.cleaned_data["mark"], role, texts))

    def edits(self, record_id: UUID) -> RecordEdits:
        edits = list(self._others)
        if self._turns or self._added:
            edits.append(TurnsEdit(self._version, tuple(self._turns), tuple(self._added)))
        return RecordEdits(record_id, tuple(edits), tuple(self.paths))


_EDITORS = {"turn_edit", "turn_add", "text_edit", "details_edit"}


def read_session(dataset: Dataset, said: str) -> list[RecordEdits]:
    """Of JSON such as `[{"path": "/app/…/turns/2/edit/", "fields": [["text", "…"], …]}]`. Raises EditInvalidError."""
    by_record: dict[UUID, Written] = defaultdict(Written)
    for path, fields in _parsed(said):
        try:
            match = resolve(path)
        except Resolver404:
            raise EditInvalidError(_BROKEN) from None
        if match.url_name not in _EDITORS or match.kwargs.get("dataset_id") != dataset.pk:
            raise EditInvalidError("An edit of another dataset is among these; save each dataset by itself.")
        written = by_record[match.kwargs["record_id"]]
        written.paths.append(path)
        written.take(match.url_name, match.kwargs, fields)
    return [written.edits(record_id) for record_id, written in by_record.items()]


def _parsed(said: str) -> Iterable[tuple[str, QueryDict]]:
    try:
        edits = jsontext.parse(said.encode(errors="replace"))
    except jsontext.JsonTextError:
        raise EditInvalidError(_BROKEN) from None
    if not isinstance(edits, list):
        raise EditInvalidError(_BROKEN)
    return [_one(edit) for edit in edits]


def _one(edit: Any) -> tuple[str, QueryDict]:
    path = edit.get("path") if isinstance(edit, dict) else None
    fields = edit.get("fields") if isinstance(edit, dict) else None
    if not isinstance(path, str) or not isinstance(fields, list):
        raise EditInvalidError(_BROKEN)
    sent = QueryDict(mutable=True)
    for field in fields:
        if not (isinstance(field, list) and len(field) == 2 and all(isinstance(part, str) for part in field)):
            raise EditInvalidError(_BROKEN)
        sent.appendlist(*field)
    return path, sent


def _valid(form: Sent) -> Sent:
    if not form.is_valid():
        raise EditInvalidError(
            next((str(error) for errors in form.errors.values() for error in errors), _BROKEN)
        )
    return form
