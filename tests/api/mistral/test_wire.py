"""Each file in `wire/` is one exchange as it travels. Placeholders stand for what differs from run to run: `{dataset}`,
`{record}`, `{file}` and `{task}` in requests, `<uuid>`, `<time>`, `<seconds>`, `<url>` and `<digest>` in responses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from datasets.models import Dataset, Job
from project.accounts.models import Workspace
from project.accounts.types import Author
from records.actions import add_records
from records.types import RecordDraft
from tests.api.mistral.calls import Caller
from tests.factories.datasets import JobFactory
from tests.factories.files import FileFactory
from tests.factories.records import conversation

WIRE = Path(__file__).parent / "wire"
SHAPES = {
    "<uuid>": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    "<seconds>": r"\d{10}",
    "<url>": r"http://testserver/downloads/(files|exports)/[\w.-]+",
    "<digest>": r"[0-9a-f]{64}",
}


@pytest.fixture
def names(workspace: Workspace, dataset: Dataset, author: Author) -> dict[str, str]:
    draft = RecordDraft(payload=conversation("Hello"), meta={"lang": "en"})
    [record] = add_records(dataset, [draft], author=author)
    result = {"imported": 1, "skipped": 0}
    job = JobFactory.create(
        dataset=dataset, status=Job.Status.COMPLETED, message="1 records imported.", result=result
    )
    file = FileFactory.create(workspace=workspace, name="chats.jsonl", content=b'{"messages": []}\n')
    return {"dataset": str(dataset.id), "record": str(record.id), "file": str(file.id), "task": str(job.id)}


@pytest.mark.parametrize("name", sorted(path.stem for path in WIRE.glob("*.json")))
def test_the_exchange_is_as_it_was_written_down(api: Caller, names: dict[str, str], name: str) -> None:
    raw = (WIRE / f"{name}.json").read_text()
    for word, value in names.items():
        raw = raw.replace(f"{{{word}}}", value)
    sample = orjson.loads(raw)
    request = sample["request"]
    parts = urlsplit(request["path"])
    response = api.call(
        request["method"], parts.path, request.get("body"), query=dict(parse_qsl(parts.query)) or None
    )
    assert response.status_code == sample["status"], response.content
    if sample["response"] is None:
        assert response.content == b""
    else:
        check(orjson.loads(response.content), sample["response"], name)


def check(seen: Any, expected: Any, place: str) -> None:
    if isinstance(expected, dict):
        assert isinstance(seen, dict), place
        assert list(seen) == list(expected), place
        for key, value in expected.items():
            check(seen[key], value, f"{place}.{key}")
    elif isinstance(expected, list):
        assert isinstance(seen, list), place
        assert len(seen) == len(expected), place
        for number, value in enumerate(expected):
            check(seen[number], value, f"{place}[{number}]")
    elif expected in SHAPES:
        assert re.fullmatch(SHAPES[expected], str(seen)), f"{place}: {seen}"
    else:
        assert seen == expected, place
