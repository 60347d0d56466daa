from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.lib import jsontext
from records.errors import EditInvalidError
from records.metatable import SHOWN_FIELDS, MetaField, edited_by_table, fields_of

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=3,
)
META = {"lang": "de", "score": 0.5, "ok": True, "none": None, "who": {"plan": "pro"}}


@given(
    st.dictionaries(
        st.text(alphabet="abc ü", max_size=6).map(lambda key: f"k{key.strip()}"), values, max_size=6
    )
)
def test_a_table_that_nobody_touched_gives_the_same_meta(meta: dict[str, Any]) -> None:
    sent = [field._replace(value=field.value.replace("\n", "\r\n")) for field in fields_of(meta)]
    assert jsontext.serialise(edited_by_table(meta, sent)) == jsontext.serialise(meta)


def test_keys_are_added_changed_renamed_and_removed() -> None:
    fields = {field.key: field for field in fields_of(META)}
    sent = [
        fields["lang"]._replace(value="fr"),
        fields["score"]._replace(key="points"),
        fields["ok"]._replace(key=""),
        fields["who"]._replace(value='{"plan": "free"}'),
        MetaField("", "big", "number", "123456789012345678901"),
        MetaField("", "", "text", "a row that was left empty"),
    ]
    assert edited_by_table(META, sent) == {
        "lang": "fr",
        "points": 0.5,
        "none": None,
        "who": {"plan": "free"},
        "big": 123456789012345678901,
    }


def test_a_value_becomes_what_its_kind_says() -> None:
    [field] = fields_of({"a": "1"})
    changed = {
        kind: edited_by_table({"a": "1"}, [field._replace(kind=kind)])["a"]
        for kind in ("text", "number", "json", "empty")
    }
    assert changed == {"text": "1", "number": 1, "json": 1, "empty": None}
    assert edited_by_table({"a": "1"}, [field._replace(kind="boolean", value="true")]) == {"a": True}


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        ("number", "many", "The value of “a” is no number"),
        ("number", "true", "The value of “a” is no number"),
        ("boolean", "1", "The value of “a” is neither true nor false"),
        ("json", "{", "The value of “a” is not valid JSON"),
        ("json", "1e400", "out of range"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_key(kind: str, value: str, sentence: str) -> None:
    with pytest.raises(EditInvalidError, match=sentence):
        edited_by_table({}, [MetaField("", "a", kind, value)])


def test_a_key_cannot_be_there_twice() -> None:
    with pytest.raises(EditInvalidError, match="“lang” is there twice"):
        edited_by_table(META, [MetaField("", "lang", "text", "fr")])


def test_keys_beyond_the_table_stay() -> None:
    meta = {f"k{number}": number for number in range(SHOWN_FIELDS + 5)}
    fields = fields_of(meta)
    assert len(fields) == SHOWN_FIELDS
    assert edited_by_table(meta, [fields[0]._replace(key=""), *fields[1:]]) == {
        key: value for key, value in meta.items() if key != "k0"
    }
