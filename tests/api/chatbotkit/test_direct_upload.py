"""Direct uploads to the running product, larger than what a web process may hold."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.stack import Stack, children_of, wait_until

PIECE = bytes(range(256)) * 4096  # 1 MB.
MEGABYTES = 300
GROWTH_KB = 60 * 1024


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stack.create_key('Uploads')}"}
    with httpx.Client(base_url=f"{stack.url}/api/v1", headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def file_id(client: httpx.Client) -> str:
    file_id = str(client.post("/file/create", json={"name": "large.bin"}).json()["id"])
    client.post(f"/file/{file_id}/upload", json={"file": "data:,before"}).raise_for_status()
    return file_id


def address(client: httpx.Client, file_id: str, size: int) -> str:
    announced = {"file": {"type": "application/octet-stream", "size": size}}
    answer = client.post(f"/file/{file_id}/upload", json=announced).raise_for_status()
    return str(answer.json()["uploadRequest"]["url"])


def peak_kb(stack: Stack) -> int:
    """The most memory that a web process has had."""
    pids = children_of(stack.pid_of("web"))
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return max(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def stored(stack: Stack, file_id: str) -> tuple[int, str, str]:
    with psycopg.connect(stack.database_url) as connection:
        query = "SELECT size_bytes, sha256, storage_name FROM files_file WHERE id = %s"
        row = connection.execute(query, [file_id]).fetchone()
        assert row is not None
        return row


def test_a_large_upload_goes_through_in_flat_memory(stack: Stack, client: httpx.Client, file_id: str) -> None:
    url = address(client, file_id, MEGABYTES * len(PIECE))
    before = peak_kb(stack)
    body = (PIECE for _ in range(MEGABYTES))
    headers = {"Content-Length": str(MEGABYTES * len(PIECE))}
    answer = httpx.put(url, content=body, headers=headers, timeout=120)
    assert answer.json() == {"id": file_id}
    assert peak_kb(stack) - before < GROWTH_KB
    sha256 = hashlib.sha256()
    for _ in range(MEGABYTES):
        sha256.update(PIECE)
    assert stored(stack, file_id)[:2] == (MEGABYTES * len(PIECE), sha256.hexdigest())
    client.post(f"/file/{file_id}/delete", json={}).raise_for_status()


def test_a_client_that_breaks_off_leaves_what_was_there_and_no_rubbish(
    stack: Stack, client: httpx.Client, file_id: str
) -> None:
    kept = stored(stack, file_id)
    parts = urlsplit(address(client, file_id, 100 * len(PIECE)))
    uploads = stack.data_dir / "uploads"
    with socket.create_connection((str(parts.hostname), parts.port or 80)) as connection:
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\nContent-Length: {100 * len(PIECE)}\r\n\r\n"
        connection.sendall(head.encode() + PIECE * 3)
        wait_until(lambda: any(uploads.iterdir()), 20)
    wait_until(lambda: not any(uploads.iterdir()), 20)
    assert stored(stack, file_id) == kept
    assert (stack.data_dir / "storage" / kept[2]).read_bytes() == b"before"


def test_a_refused_upload_is_told_so(client: httpx.Client, file_id: str) -> None:
    """Though nobody reads its body."""
    url = address(client, file_id, 5)
    answer = httpx.put(url, content=PIECE * 30, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (413, "CONTENT_TOO_LARGE")
    answer = httpx.put(f"{url}x", content=PIECE * 30, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (403, "NOT_AUTHORIZED")
    answer = client.post(f"/file/{file_id}/upload", content=PIECE * 30)
    assert (answer.status_code, answer.json()["code"]) == (413, "CONTENT_TOO_LARGE")
