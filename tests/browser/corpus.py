"""Dialogues as a support desk has them, made here, and the way to get them into the product."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import httpx

from tests.browser.conftest import Desk
from tests.stack import wait_until

IMPORT_SECONDS = 60
_CITIES = ("Lisbon", "Oslo", "Kyoto", "Quito", "Accra", "Turin", "Perth")
_GOODS = ("kettle", "desk lamp", "bicycle bell", "rain jacket", "coffee grinder")
_LANGUAGES = ("en", "en", "de", "fr")


def dialogue(number: int) -> dict[str, Any]:
    """One conversation of four to ten turns. Every 40th, and no other, asks for a voucher."""
    city, thing = _CITIES[number % 7], _GOODS[number % 5]
    wish = "a voucher instead of a refund" if number % 40 == 39 else "to know where it is"
    turns = [
        f"Hello, I ordered a {thing} to {city} and would like {wish}. The number is {7000 + number}.",
        f"Thank you. I have found order {7000 + number}, a **{thing}**, sent to {city} on Monday.",
        "And when does it come? I am away from Friday on.",
        "On Thursday, between 9 and 12. You can follow it here:\n\n1. open your account\n2. choose *Orders*",
        "That fits. Could a neighbor take it, if I am late?",
        f"Yes. I have noted it for the courier in {city}.",
        "Perfect, thanks a lot!",
        "With pleasure. Have a good week.",
        "One more thing: is there a spare part for it?",
        f"Yes, each {thing} has spare parts for ten years.",
    ]
    roles = ("user", "assistant")
    messages = [
        {"role": roles[place % 2], "content": text}
        for place, text in enumerate(turns[: 4 + 2 * (number % 4)])
    ]
    meta = {"lang": _LANGUAGES[number % 4], "city": city, "goods": [thing], "order": 7000 + number}
    return {"payload": {"messages": messages}, "properties": meta}


def rich_dialogue() -> dict[str, Any]:
    """One with all that a turn can hold."""
    order = {"state": "in transit", "eta": "2025-10-14", "carrier": {"name": "Post", "number": "JD014600"}}
    answer = (
        "Your order is **in transit**.\n\n## What you can do\n\n| step | when |\n|---|---:|\n| sent | 9 Oct |\n"
        "| arrives | 14 Oct |\n\n```python\ndef is_late(order):\n    return order.state == 'lost'\n```\n\n"
        "See [the terms](https://example.com/terms). ![map](https://example.com/map.png)"
    )
    return {
        "payload": {
            "model": "desk-large",
            "messages": [
                {"role": "system", "content": "You are a support agent. Answer shortly, promise nothing."},
                {"role": "user", "content": "Where is order 8841? If it is lost I want my money back."},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "call_7",
                            "type": "function",
                            "function": {"name": "find_order", "arguments": '{"id": "8841", "limit": 1e3}'},
                        }
                    ],
                },
                {
                    "role": "tool",
                    "tool_call_id": "call_7",
                    "name": "find_order",
                    "content": json.dumps(order),
                },
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": [{"type": "text", "text": "No refund yet."}]},
                        {"type": "text", "text": answer},
                    ],
                },
                {"role": "user", "content": "شكرا جزيلا! هل يمكن أن أغير العنوان؟"},
                {
                    "role": "critic",
                    "content": "<script>document.title = 'broken'</script> " + "Too long. " * 400,
                },
            ],
        },
        "properties": {
            "lang": "ar",
            "score": 0.93,
            "reviewed": True,
            "customer": {"plan": "pro"},
            "note": None,
        },
    }


class _Script:
    """The product as a script sees it, with a key to the desk's workspace."""

    def __init__(self, desk: Desk, root: str) -> None:
        headers = {"Authorization": f"Bearer {desk.stack.create_key(desk.workspace)}"}
        # Tests call now and then: the server may be closing a connection that was kept since the last one.
        fresh = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(
            base_url=f"{desk.stack.url}{root}", headers=headers, timeout=30, limits=fresh
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._client.close()


class Api(_Script):
    """In Mistral's dialect."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "/v1")

    def create_dataset(self, name: str, description: str = "") -> str:
        made = self._client.post("/observability/datasets", json={"name": name, "description": description})
        return str(made.raise_for_status().json()["id"])

    def add(self, dataset_id: str, *lines: dict[str, Any]) -> None:
        """One by one; they are there when this returns."""
        for line in lines:
            self._client.post(f"/observability/datasets/{dataset_id}/records", json=line).raise_for_status()

    def import_lines(self, dataset_id: str, lines: list[dict[str, Any]]) -> None:
        """As a file, and waits until its words are found."""
        content = "\n".join(map(json.dumps, lines)).encode()
        file = (
            self._client.post("/files", files={"file": ("dialogues.jsonl", content)})
            .raise_for_status()
            .json()
        )
        place = f"/observability/datasets/{dataset_id}"
        started = self._client.post(f"{place}/imports/from-file", json={"file_id": file["id"]})
        task = f"{place}/tasks/{started.raise_for_status().json()['id']}"
        wait_until(lambda: self._client.get(task).json()["status"] == "COMPLETED", IMPORT_SECONDS)


class Documents(_Script):
    """In ChatBotKit's: files in datasets, synced without a look at the plan."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "/api/v1")

    def create_dataset(self, name: str) -> str:
        """Its documents are cut at each bar."""
        return self._call("/dataset/create", name=name, separators="|")

    def create_file(self, name: str) -> str:
        return self._call("/file/create", name=name)

    def put(self, file_id: str, text: str) -> None:
        """A new version."""
        content = f"data:text/plain;base64,{b64encode(text.encode()).decode()}"
        self._call(f"/file/{file_id}/upload", file=content)

    def attach(self, dataset_id: str, file_id: str) -> None:
        self._call(f"/dataset/{dataset_id}/file/{file_id}/attach", type="source")

    def sync(self, dataset_id: str, file_id: str) -> None:
        """Waits until it has ended."""
        query = {"datasetId": dataset_id, "type": "sync.file.completed"}
        before = len(self._items("/event/log/list", **query))
        self._call(f"/dataset/{dataset_id}/file/{file_id}/sync")
        wait_until(lambda: len(self._items("/event/log/list", **query)) > before, IMPORT_SECONDS)

    def edit(self, dataset_id: str, text: str, by_hand: str) -> None:
        """The record that says `text`."""
        place = f"/dataset/{dataset_id}/record"
        [record] = [record for record in self._items(f"{place}/list") if record["text"] == text]
        self._call(f"{place}/{record['id']}/update", text=by_hand)

    def _call(self, path: str, **body: str) -> str:
        return str(self._client.post(path, json=body).raise_for_status().json()["id"])

    def _items(self, path: str, **query: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._client.get(path, params=query).raise_for_status().json()["items"]
        return items


def call(number: int) -> dict[str, Any]:
    """One call of a model, an hour before the one with the number below. Every tenth failed; four are a thread."""
    messages = dialogue(number)["payload"]["messages"]
    has_failed = number % 10 == 9
    return {
        "unique_id": f"call-{number}",
        "model": ("desk-large", "desk-small", "desk-small")[number % 3],
        "input": messages[:3],
        "output": None if has_failed else messages[3],
        "status_code": 503 if has_failed else 200,
        "error_message": "The model did not answer within 30 s." if has_failed else None,
        "thread_identifier": f"chat-{number // 4}",
        "customer_identifier": ("ada@example.com", "grace@example.com", None)[number % 3],
        "prompt_tokens": 60 + number,
        "completion_tokens": 20,
        "cost": 0.0003 * (number + 1),
        "latency": 0.4 + number / 50,
        "timestamp": (datetime.now(UTC) - timedelta(hours=number, minutes=1)).isoformat(),
        "metadata": {"lang": _LANGUAGES[number % 4]},
    }


def send_logs(desk: Desk, calls: list[dict[str, Any]]) -> None:
    """As an application does, in one request."""
    headers = {"Authorization": f"Bearer {desk.stack.create_key(desk.workspace)}"}
    address = f"{desk.stack.url}/api/request-logs/batch/create/"
    httpx.post(address, headers=headers, json={"logs": calls}, timeout=IMPORT_SECONDS).raise_for_status()
