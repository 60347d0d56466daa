"""The vendor's published JavaScript client against the running product."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.stack import CHECKOUT, Stack

HERE = Path(__file__).parent
PACKAGE = CHECKOUT / "tests" / "package.json"
FOLDER = CHECKOUT / ".cache" / "chatbotkit"
STEPS = re.findall(r"^  async (\w+)\(\) \{$", (HERE / "walk.mjs").read_text(), re.MULTILINE)
WAIT_SECONDS = 20


@pytest.fixture(scope="module")
def sdk() -> Path:
    """The folder of the installed client, of the version that is pinned."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js with npm is not installed, so the JavaScript client cannot be driven.")
    folder = FOLDER / "node_modules" / "@chatbotkit" / "sdk"
    if _version_in(folder) != json.loads(PACKAGE.read_text())["dependencies"]["@chatbotkit/sdk"]:
        FOLDER.mkdir(parents=True, exist_ok=True)
        shutil.copy(PACKAGE, FOLDER)
        install = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(install, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    return stack.create_key("JavaScript")


def test_a_user_of_the_vendors_client_gets_through(stack: Stack, sdk: Path, key: str) -> None:
    walk = ["node", str(HERE / "walk.mjs"), str(sdk), stack.url, key]
    done = subprocess.run(walk, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == STEPS


def test_listeners_who_hang_up_give_their_place_back(stack: Stack, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    url = f"{stack.url}/api/v1/event/log/subscribe"
    for _ in range(20):
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            with httpx.stream("POST", url, json={"historyLength": 1}, headers=headers) as response:
                if response.status_code == httpx.codes.OK:
                    break
            assert response.status_code == httpx.codes.TOO_MANY_REQUESTS
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_a_stream_leaves_while_it_is_made(stack: Stack, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{stack.url}/api/v1", headers=headers) as client:
        dataset = client.post("/dataset/create", json={}).json()["id"]
        client.post(f"/dataset/{dataset}/record/create", json={"text": "שלום", "meta": {"a": 1}})
        exported = client.get(f"/dataset/{dataset}/record/export", headers={"Accept": "application/jsonl"})
        assert exported.headers["Content-Type"] == "application/jsonl"
        assert exported.headers["Transfer-Encoding"] == "chunked"
        assert exported.json()["data"]["text"] == "שלום"


def _version_in(folder: Path) -> str | None:
    package = folder / "package.json"
    return json.loads(package.read_text())["version"] if package.exists() else None
