"""A person brings a file in, watches it, stops it, and hands out a key; in a real browser against the real product."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import TIMEOUT_MS, Desk, sign_in
from tests.stack import wait_until

IMPORT_MS = 90_000
LINES = 8_000


def _line(number: int) -> str:
    question = f"Where is order {number}? It should have been here {number % 9} days ago."
    messages = [
        {"role": "user", "content": question},
        {"role": "assistant", "content": "It is on its way to you."},
    ]
    return json.dumps({"messages": messages, "properties": {"number": number}})


def _lines(count: int) -> Iterator[str]:
    return (_line(number) for number in range(count))


@pytest.fixture
def dataset(page: Page) -> str:
    """The address of an empty dataset."""
    return _create_dataset(page)


def _create_dataset(page: Page, name: str = "Support") -> str:
    page.goto("/app/datasets/create/")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create dataset").click()
    page.wait_for_url("**/records/")
    return page.url.removesuffix("records/")


def _drop(page: Page, name: str, text: str) -> None:
    """As if the file were dropped in the middle of the page."""
    transfer = page.evaluate_handle(
        """([name, text]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], name));
          return transfer;
        }""",
        [name, text],
    )
    page.dispatch_event("main", "dragover", {"dataTransfer": transfer})
    expect(page.locator(".dropzone--over")).to_be_visible()
    page.dispatch_event("main", "drop", {"dataTransfer": transfer})


def _import(page: Page) -> None:
    page.get_by_role("button", name="Import").click()
    page.wait_for_url(re.compile(r"/app/jobs/[0-9a-f-]{36}/$"), timeout=IMPORT_MS)


def test_a_dropped_file_goes_in_before_ones_eyes(page: Page, dataset: str) -> None:
    lines = list(_lines(LINES))
    lines[9] = '{"messages": [{"role": "user"'
    lines[6_999] = '{"messages": [{"role": "user"'
    lines[29] = '{"title": "no content"}'
    page.goto(f"{dataset}import/")
    _drop(page, "dialogues.jsonl", "\n".join(lines))
    expect(page.get_by_text("dialogues.jsonl")).to_be_visible()
    _import(page)

    seen: list[str] = []

    def note_title() -> bool:
        if page.title() not in seen:
            seen.append(page.title())
        return page.locator(".badge", has_text="Completed").count() > 0

    wait_until(note_title, IMPORT_MS / 1000)
    assert sum(bool(re.match(r"\d+% · Import from file", title)) for title in seen) >= 2, seen
    expect(page.locator("h2").first).to_have_text("Completed with 3 bad lines")
    expect(page.locator("#job-news")).to_have_text("Completed with 3 bad lines")
    expect(page.get_by_text("7,997 records imported")).to_be_visible()
    errors = page.locator(".job-errors__group")
    expect(errors).to_have_count(2)
    expect(errors.first).to_contain_text("2 lines")
    expect(errors.first).to_contain_text("Lines 10, 7,000")
    expect(errors.last).to_contain_text("Line 30")
    expect(errors.last).to_contain_text('{"title": "no content"}')
    expect(page.locator("#dock")).to_contain_text("dialogues.jsonl")
    page.get_by_role("link", name="Show the records").click()
    expect(page.locator("main")).to_contain_text("7,997")


def test_a_strict_import_stops_at_the_first_bad_line(page: Page, dataset: str) -> None:
    page.goto(f"{dataset}import/")
    page.get_by_label("Stop there and import nothing").check()
    _drop(page, "questions.jsonl", _line(1) + '\n{"question": "How many?", "answer": "Two."}\n')
    _import(page)
    expect(page.locator("h2").first).to_have_text("Failed", timeout=IMPORT_MS)
    expect(page.get_by_text("Line 2:")).to_be_visible()
    page.get_by_role("link", name="Import again").click()
    expect(page.get_by_label("questions.jsonl")).to_be_checked()
    _import(page)
    expect(page.locator("h2").first).to_have_text("Completed", timeout=IMPORT_MS)
    expect(page.get_by_text("2 records imported.")).to_be_visible()


def test_a_big_import_is_cancelled_and_leaves_nothing(page: Page, tmp_path: Path) -> None:
    dataset = _create_dataset(page, "Given up")
    big = tmp_path / "big.jsonl"
    big.write_text("\n".join(_lines(200_000)))
    page.goto(f"{dataset}import/")
    page.locator('input[type="file"]').set_input_files(big)
    _import(page)
    expect(page.locator("#job")).to_contain_text("Reading the file", timeout=IMPORT_MS)
    cancel = page.get_by_role("button", name="Cancel")
    cancel.focus()
    for _ in range(2):
        with page.expect_response("**/progress/**"):
            pass
    expect(cancel).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h2").first).to_have_text("Cancelled", timeout=IMPORT_MS)
    expect(page.get_by_text("what it had written was taken back")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    page.goto("/app/datasets/")
    expect(page.get_by_role("row", name="Given up").get_by_role("cell").first).to_have_text("0")


def test_what_cannot_be_imported_is_refused_before_it_is_sent(page: Page, dataset: str) -> None:
    page.goto(f"{dataset}import/")
    _drop(page, "empty.jsonl", "")
    expect(page.get_by_role("alert")).to_have_text("The file is empty. Choose one with content.")
    page.get_by_role("button", name="Import").click()
    expect(page).to_have_url(f"{dataset}import/")
    _drop(page, "lines.jsonl", _line(1))
    expect(page.get_by_role("alert")).to_have_text("")


def test_a_refusal_of_the_server_is_shown_in_the_form(page: Page, dataset: str) -> None:
    page.goto(f"{dataset}import/")
    _drop(page, "array.jsonl", '[{"messages": []}]')
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("alert")).to_contain_text("This is one JSON array.")
    _drop(page, "lines.jsonl", _line(1))
    _import(page)


def test_a_slow_upload_tells_how_far_it_is_and_can_be_stopped(
    page: Page, dataset: str, tmp_path: Path
) -> None:
    big = tmp_path / "big.jsonl"
    big.write_text("\n".join(_lines(20_000)))
    page.goto(f"{dataset}import/")
    page.locator('input[type="file"]').set_input_files(big)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.get_by_role("button", name="Import").click()
    expect(page.locator("[data-upload-text]")).to_have_text(
        re.compile(r"of 3\.8 MB · \d+% · about \d+ s left"), timeout=IMPORT_MS
    )
    assert re.match(r"\d+% · Import into Support", page.title())
    page.get_by_role("button", name="Stop the upload").click()
    expect(page.locator("[data-upload-progress]")).to_be_hidden()
    expect(page.get_by_role("button", name="Import")).to_be_enabled()
    expect(page).to_have_title(re.compile(r"^Import into Support"))


def test_an_import_needs_no_script(browser: Browser, desk: Desk, tmp_path: Path) -> None:
    context = browser.new_context(base_url=desk.stack.url, java_script_enabled=False)
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    sign_in(page, desk)
    dataset = _create_dataset(page)
    small = tmp_path / "small.jsonl"
    small.write_text("\n".join(_lines(5)))
    page.goto(f"{dataset}import/")
    page.locator('input[type="file"]').set_input_files(small)
    _import(page)

    def is_completed() -> bool:
        page.reload()
        return page.locator(".badge--completed").count() > 0

    wait_until(is_completed, IMPORT_MS / 1000)
    expect(page.get_by_text("5 records imported.")).to_be_visible()
    context.close()


def test_a_file_is_uploaded_found_downloaded_and_deleted(page: Page, dataset: str) -> None:
    page.goto("/app/files/")
    _drop(page, "kept.jsonl", _line(1) + "\n")
    expect(page.get_by_text("kept.jsonl is uploaded.")).to_be_visible()
    page.get_by_label("Find files by name").fill("KEPT")
    expect(page).to_have_url(re.compile(r"\?q=KEPT$"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download kept.jsonl").last.click()
    assert download.value.path().read_text() == _line(1) + "\n"
    page.get_by_role("link", name="Import kept.jsonl into a dataset").click()
    page.locator(".choice").first.click()
    expect(page.get_by_label("kept.jsonl")).to_be_checked()
    page.goto("/app/files/")
    page.get_by_role("link", name="Delete kept.jsonl").click()
    page.get_by_role("button", name="Delete the file").click()
    expect(page.get_by_text("kept.jsonl is deleted.")).to_be_visible()
    expect(page.get_by_role("row", name="kept.jsonl")).to_have_count(0)


def test_a_key_opens_the_api_until_it_is_revoked(page: Page, desk: Desk) -> None:
    page.goto("/app/keys/")
    page.get_by_role("link", name="New key").first.click()
    page.get_by_label("Name").fill("Nightly export")
    page.get_by_role("button", name="Create key").click()
    secret = page.locator("#secret").inner_text()
    page.get_by_role("button", name="Copy").first.click()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    expect(page.locator("#snippet")).to_contain_text(f'server_url="{desk.stack.url}"')

    datasets = f"{desk.stack.url}/v1/observability/datasets"
    headers = {"Authorization": f"Bearer {secret}"}
    assert httpx.get(datasets, headers=headers).status_code == 200
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_text(secret)).to_have_count(0)
    page.get_by_role("link", name="Revoke Nightly export").click()
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_text("Nightly export is revoked.")).to_be_visible()
    expect(page.get_by_role("row", name="Nightly export")).to_contain_text("Revoked")
    assert httpx.get(datasets, headers=headers).status_code == 401
