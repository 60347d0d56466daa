from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from records.errors import EditInvalidError
from records.metatable import KINDS, MetaField
from records.turns import DeleteTurn, InOrder, MergeTurn, MoveTurn, RewriteTurn, SplitTurn, TurnEdit

UP, DOWN, MERGE, SPLIT, DELETE = "up", "down", "merge", "split", "delete"


class TextsField(forms.Field):
    """All the values of one name, as they were sent."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> tuple[str, ...]:
        return tuple(value or ())


class ContentForm(forms.Form):
    """Texts, with what was seen when the editing began."""

    version = forms.CharField(max_length=64, error_messages={"required": "Load the page again, then edit."})
    text = TextsField(required=False)

    @property
    def version_seen(self) -> str:
        return str(self.cleaned_data["version"])

    @property
    def texts(self) -> tuple[str, ...]:
        texts: tuple[str, ...] = self.cleaned_data["text"]
        return texts


class TurnForm(ContentForm):
    role = forms.CharField(
        max_length=100,
        required=False,
        error_messages={"max_length": "A role has at most 100 characters; shorten it."},
    )
    mark = forms.CharField(max_length=64, required=False)
    do = forms.ChoiceField(
        choices=[(name, name) for name in (UP, DOWN, MERGE, SPLIT, DELETE)], required=False
    )
    split_text = forms.IntegerField(required=False)
    split_at = forms.IntegerField(required=False)

    def edit_of(self, number: int) -> TurnEdit:
        """The texts and role first, then what is to be done with the turn."""
        sent = self.cleaned_data
        following: dict[str, TurnEdit] = {
            UP: MoveTurn(number, -1),
            DOWN: MoveTurn(number, 1),
            MERGE: MergeTurn(number),
            SPLIT: SplitTurn(number, sent["split_text"] or 0, sent["split_at"] or 0),
        }
        if sent["do"] == DELETE:
            return DeleteTurn(number)
        rewrite = RewriteTurn(number, sent["role"], self.texts)
        return InOrder((rewrite, following[sent["do"]])) if sent["do"] else rewrite

    def place_after(self, number: int) -> int:
        """Which turn a person looks at when it is done."""
        steps = {UP: -1, DOWN: 1, DELETE: -1}
        return max(1, number + steps.get(self.cleaned_data["do"], 0))


class DetailsForm(forms.Form):
    version = forms.CharField(max_length=64, error_messages={"required": "Load the page again, then edit."})
    source = forms.CharField(required=False, strip=False)

    data: QueryDict

    @property
    def version_seen(self) -> str:
        return str(self.cleaned_data["version"])

    def fields_sent(self) -> tuple[MetaField, ...]:
        """The rows of the table; a row that is to be removed has no key. Raises EditInvalidError."""
        columns = [self.data.getlist(name) for name in ("was", "key", "kind", "value")]
        kinds = {kind for kind, _ in KINDS}
        if len({len(column) for column in columns}) > 1 or not kinds.issuperset(columns[2]):
            raise EditInvalidError(
                "The table of meta did not arrive whole; load the page again and repeat the edit."
            )
        removed = set(self.data.getlist("removed"))
        return tuple(
            MetaField(was, "" if was and was in removed else key.strip(), kind, value)
            for was, key, kind, value in zip(*columns, strict=True)
        )
