from __future__ import annotations

from typing import Any

import pytest

from datasets.models import Dataset
from project.accounts.types import Author
from project.lib.filters import Condition, FilterError, Operator
from records.actions import add_records
from records.models import Record
from records.types import RecordDraft

pytestmark = pytest.mark.django_db

METAS: tuple[dict[str, Any], ...] = (
    {"n": 5},
    {"n": 10.5},
    {"n": "20"},
    {"n": [1, 30]},
    {"deep": {"n": 7}, 'odd "key"': 3},
    {"deep.n": 8, "big": 2**80},
    {"n": None, "flag": True},
)


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("n", Operator.ABOVE, 5, "13"),
        ("n", Operator.AT_LEAST, 5, "013"),
        ("n", Operator.BELOW, 5.5, "03"),
        ("n", Operator.AT_MOST, 0, ""),
        ("deep.n", Operator.ABOVE, 6, "45"),
        ('odd "key"', Operator.AT_MOST, 3, "4"),
        ("big", Operator.ABOVE, 2**80 - 1, "5"),
        ("flag", Operator.ABOVE, 0, ""),
        ("'; drop", Operator.ABOVE, 0, ""),
        ("a\ud800", Operator.ABOVE, 0, ""),
        ("", Operator.ABOVE, 0, ""),
    ],
)
def test_numbers_in_meta_are_compared(
    dataset: Dataset, author: Author, field: str, operator: Operator, value: Any, expected: str
) -> None:
    add_records(dataset, [RecordDraft(text=str(n), meta=meta) for n, meta in enumerate(METAS)], author=author)
    found = Record.objects.in_dataset(dataset).matching(Condition(f"meta.{field}", operator, value), dataset)
    assert "".join(record.text for record in found.in_order()) == expected


@pytest.mark.parametrize(("field", "value"), [("n", "five"), ("n", True), ("n", None), ("a\x00", 1)])
def test_only_numbers_can_be_compared_with(field: str, value: Any) -> None:
    with pytest.raises(FilterError):
        Record.objects.matching(Condition(f"meta.{field}", Operator.ABOVE, value), Dataset())
