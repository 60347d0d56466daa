"""What a person says about selected records: which they are, and what is to become of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from datasets.models import Dataset
from project.lib import jsontext
from project.lib.filters import Group
from project.lib.ids import parse_id
from records.bulk_orders import ChangeOrder, Order, copy_to, move_to
from records.changes import (
    AddTags,
    MoveToTrash,
    RemoveTags,
    ReplaceText,
    SetMeta,
    SetSplit,
    SetStatus,
    UnsetMeta,
)
from records.errors import ChangeInvalidError
from records.filterbar import read_filter
from records.models import Record
from records.selections import Selection

MAX_CHOSEN = 10_000
SHOWN_IDS = 10
ALL = "all"
ROLES = (
    ("", "All turns and texts"),
    *((role, f"Turns of {role}") for role in ("user", "assistant", "system", "tool")),
)


class TagForm(forms.Form):
    tags = forms.CharField(
        label="Tags",
        help_text="Several with commas between them.",
        max_length=5_000,
        widget=forms.TextInput(attrs={"list": "tag-list", "autocomplete": "off"}),
    )

    def orders(self) -> dict[str, Order]:
        tags = tuple(tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip())
        return {"add_tags": ChangeOrder(AddTags(tags)), "remove_tags": ChangeOrder(RemoveTags(tags))}


class MetaForm(forms.Form):
    key = forms.CharField(label="Key", max_length=255)
    value = forms.CharField(
        label="Value",
        required=False,
        strip=False,
        max_length=100_000,
        help_text="A text; or a number, true, false, null, a list or an object as JSON.",
    )

    def orders(self) -> dict[str, Order]:
        key = self.cleaned_data["key"].removeprefix("meta.")
        value = _meta_value(self.cleaned_data["value"])
        return {"set_meta": ChangeOrder(SetMeta(key, value)), "unset_meta": ChangeOrder(UnsetMeta(key))}


class SplitForm(forms.Form):
    split = forms.CharField(
        label="Split", required=False, help_text="Such as train, validation or test; empty for none."
    )

    def orders(self) -> dict[str, Order]:
        return {"set_split": ChangeOrder(SetSplit(self.cleaned_data["split"]))}


class ReplaceForm(forms.Form):
    find = forms.CharField(label="Find", strip=False, max_length=10_000)
    put = forms.CharField(label="Replace with", required=False, strip=False, max_length=10_000)
    role = forms.ChoiceField(label="Where", choices=ROLES, required=False)
    is_pattern = forms.BooleanField(label="Find is a regular expression", required=False)

    def orders(self) -> dict[str, Order]:
        return {"replace_text": ChangeOrder(ReplaceText(**self.cleaned_data))}


class TransferForm(forms.Form):
    target = forms.ModelChoiceField(
        Dataset.objects.none(),
        label="Dataset",
        empty_label="Choose a dataset",
        error_messages={"invalid_choice": "There is no such dataset in this workspace; choose another one."},
    )

    def orders(self) -> dict[str, Order]:
        target = self.cleaned_data["target"]
        return {"copy": copy_to(target), "move": move_to(target)}


class PlainForm(forms.Form):
    """Of what is said by the button alone."""

    def orders(self) -> dict[str, Order]:
        decisions = {status: ChangeOrder(SetStatus(status)) for status in Record.Status.values}
        return {**decisions, "trash": ChangeOrder(MoveToTrash())}


BulkForm = TagForm | MetaForm | SplitForm | ReplaceForm | TransferForm | PlainForm


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of order: its title, its form, and the buttons that carry it out."""

    title: str
    form: Callable[..., BulkForm]
    verbs: tuple[tuple[str, str], ...]


TASKS: Mapping[str, Task] = {
    "tag": Task("Tags", TagForm, (("add_tags", "Add"), ("remove_tags", "Remove"))),
    "meta": Task("Meta", MetaForm, (("set_meta", "Set the key"), ("unset_meta", "Remove the key"))),
    "split": Task("Split", SplitForm, (("set_split", "Set the split"),)),
    "replace": Task("Find and replace", ReplaceForm, (("replace_text", "Show what would change"),)),
    "transfer": Task("Another dataset", TransferForm, (("copy", "Copy"), ("move", "Move"))),
    "plain": Task(
        "Decide",
        PlainForm,
        (
            *(("approved", "Approve"), ("rejected", "Reject"), ("flagged", "Flag"), ("new", "Back to new")),
            ("trash", "Move to the trash"),
        ),
    ),
}
DECISIONS = frozenset(Record.Status.values)


@dataclass(frozen=True, slots=True)
class Picked:
    """A selection, and the form fields by which the browser says it again."""

    selection: Selection
    fields: tuple[tuple[str, str], ...]

    @property
    def is_all(self) -> bool:
        return self.selection.chosen is None

    @property
    def example_query(self) -> str:
        """The filter, or some of the chosen ids, as they stand in an address that shows them as an example."""
        if self.is_all:
            return dict(self.fields)["filter"]
        return urlencode(
            [("record", str(record_id)) for record_id in (self.selection.chosen or ())[:SHOWN_IDS]]
        )


def read_picked(dataset: Dataset, data: QueryDict) -> Picked:
    """All that a filter matched at a revision, or the ticked ones. Raises ChangeInvalidError, FilterError."""
    if data.get("scope") == ALL:
        return _all_matching(dataset, data)
    said = [*data.getlist("id"), *(part for also in data.getlist("also") for part in also.split(","))]
    chosen = tuple(dict.fromkeys(found for value in said if (found := parse_id(value))))
    if not chosen:
        raise ChangeInvalidError("No record is selected; tick at least one.")
    if len(chosen) > MAX_CHOSEN:
        raise ChangeInvalidError(
            f"At most {MAX_CHOSEN:,} records can be ticked one by one; filter for them and select all that match."
        )
    place = QueryDict(data.get("filter", "")).urlencode()  # Of the list to which the page leads back.
    fields = (("also", ",".join(str(record_id) for record_id in chosen)), ("filter", place))
    return Picked(Selection(Group(), dataset.revision_number, chosen=chosen), fields)


def read_form(task: Task, dataset: Dataset, data: QueryDict | None) -> BulkForm:
    form = task.form(data, auto_id="bulk_%s")
    if isinstance(form, TransferForm):
        others = Dataset.objects.visible_to(dataset.workspace).exclude(pk=dataset.pk)
        form.fields["target"].queryset = others.order_by("name")  # type: ignore[attr-defined]
    return form


def _all_matching(dataset: Dataset, data: QueryDict) -> Picked:
    revision = data.get("revision", "")
    is_number = revision.isascii() and revision.isdecimal() and len(revision) < 10
    if not is_number or not 0 < int(revision) <= dataset.revision_number:
        raise ChangeInvalidError(
            "It is not said when the records were selected; load the page and select again."
        )
    list_filter = read_filter(QueryDict(data.get("filter", "")).lists())
    excluded = (parse_id(value) for value in data.get("except", "").split(","))
    exclusions = tuple(dict.fromkeys(found for found in excluded if found))
    fields = (
        ("scope", ALL),
        ("filter", list_filter.query),
        ("revision", revision),
        ("except", ",".join(str(record_id) for record_id in exclusions)),
    )
    return Picked(Selection(list_filter.condition, int(revision), exclusions), fields)


def _meta_value(said: str) -> Any:
    """What is no JSON is the text itself."""
    try:
        return jsontext.parse(said.encode(errors="replace"))
    except jsontext.JsonTextError:
        return said
