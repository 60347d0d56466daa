"""A real Chromium that looks at the real product. Any script error or refusal of the content policy fails the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    StorageState,
    ViewportSize,
    sync_playwright,
)

from tests.chromium import executable
from tests.stack import PASSWORD, Stack

TIMEOUT_MS = 15_000
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
EXPECTED = (
    "status of 422",  # A form that says what is wrong with it.
    "htmx:sendAbort",  # A person stopped an upload; htmx tells of it twice.
    "htmx:afterRequest",
    "htmx:oobErrorNoTarget",  # Who goes on fast has left the record when the news of it come.
)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace of one module of tests, its owner, and where the product is."""

    stack: Stack
    workspace: str
    email: str


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module: Playwright's loop would be in the way of the database in tests that follow."""
    path = executable()
    with sync_playwright() as playwright:
        options = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
        chromium = playwright.chromium.launch(executable_path=path, args=options)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def desk(stack: Stack) -> Desk:
    number = next(_numbers)
    made = Desk(
        stack, workspace=f"Desk {os.getpid()}-{number}", email=f"desk{number}-{os.getpid()}@example.com"
    )
    stack.create_user(made.email, made.workspace)
    return made


@pytest.fixture(scope="module")
def signed_in(browser: Browser, desk: Desk) -> StorageState:
    """The cookies of the owner of the desk, who signs in once: passwords take long to check, as they should."""
    context = browser.new_context(base_url=desk.stack.url)
    tab = context.new_page()
    faults = _faults_of(tab)
    sign_in(tab, desk)
    assert faults == []
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def context(browser: Browser, desk: Desk, signed_in: StorageState) -> Iterator[BrowserContext]:
    """Signed in."""
    window: ViewportSize = {"width": 1440, "height": 900}
    made = browser.new_context(base_url=desk.stack.url, viewport=window, storage_state=signed_in)
    made.set_default_timeout(TIMEOUT_MS)
    made.grant_permissions(["clipboard-read", "clipboard-write"])
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Signed in, on the datasets page."""
    tab = context.new_page()
    faults = _faults_of(tab)
    tab.goto("/app/datasets/")
    yield tab
    assert faults == []


def sign_in(page: Page, desk: Desk) -> None:
    page.goto("/app/sign-in/")
    page.get_by_label("Email").fill(desk.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/app/datasets/")


def _faults_of(page: Page) -> list[str]:
    """It grows with each that happens from now on."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: _note_fault(message, faults))
    return faults


def _note_fault(message: ConsoleMessage, faults: list[str]) -> None:
    if message.type == "error" and not any(text in message.text for text in EXPECTED):
        faults.append(f"{message.text} ({message.location.get('url', '')})")
