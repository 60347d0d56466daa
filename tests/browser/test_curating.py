"""A person selects records, changes them and takes it back; by keyboard, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from records.bulk import AT_ONCE
from tests.browser.conftest import TIMEOUT_MS, Desk, sign_in
from tests.browser.corpus import Api, dialogue

RECORDS = 250


@pytest.fixture(scope="module")
def api(desk: Desk) -> Iterator[Api]:
    with Api(desk) as made:
        yield made


@pytest.fixture
def records(api: Api) -> str:
    """The path of the records of a new dataset with two and a half pages."""
    dataset_id = api.create_dataset("Support, November", "To be sorted.")
    api.import_lines(dataset_id, [dialogue(number) for number in range(RECORDS)])
    return f"/app/datasets/{dataset_id}/records/"


def _state(page: Page, words: str) -> None:
    expect(page.locator("[data-selection-state]")).to_have_text(words)


def _status(page: Page, row: int) -> str:
    return page.locator(".grid tbody tr").nth(row).locator(".badge").inner_text()


def _take_snapshot(page: Page, records: str, name: str) -> None:
    page.goto(records.replace("/records/", "/snapshots/"))
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make a snapshot").click()
    expect(page.get_by_text(f"Snapshot {name} keeps {RECORDS} records.")).to_be_visible()


def test_a_range_is_ticked_by_keys_tagged_and_untagged(page: Page, records: str) -> None:
    page.goto(records)
    for key in ("j", "x", "j", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    _state(page, "4 selected")
    page.keyboard.press("t")
    page.get_by_role("combobox", name="Tags").fill("courier, late")
    page.keyboard.press("Enter")
    expect(page.get_by_text("4 records changed: tags + courier, late.")).to_be_visible()
    expect(page.locator(".grid__tags .tag")).to_have_count(4)
    expect(page.locator("#selection")).to_be_hidden()
    page.keyboard.press("u")
    expect(page.get_by_text("4 records went back.")).to_be_visible()
    expect(page.locator(".grid__tags .tag")).to_have_count(0)
    expect(page.locator(".grid__link").nth(3)).to_be_focused()


def test_all_that_match_are_shown_changed_compared_and_taken_back_from_the_history(
    page: Page, records: str
) -> None:
    _take_snapshot(page, records, "Before")
    page.goto(f"{records}?meta.lang=en")
    page.get_by_label("Select this page").check()
    _state(page, "All 100 on this page selected")
    page.locator("[data-pick-all]").check()
    page.locator(".grid tbody tr").nth(2).locator("input").uncheck()
    _state(page, "All 126 with meta.lang is en selected, 1 left out")
    page.get_by_role("link", name="Next page").click()
    expect(page.locator(".grid tbody tr")).to_have_count(26)
    _state(page, "All 126 with meta.lang is en selected, 1 left out")
    page.keyboard.press("r")
    panel = page.locator("#panel")
    expect(panel.get_by_text("meta.lang is en, without 1")).to_be_visible()
    expect(panel.locator("ins").first).to_have_text("rejected")
    with page.expect_request("**/records/change/") as sent:
        panel.get_by_role("button", name="Change 125 records").click()
    assert "id=" not in (sent.value.post_data or "").replace("csrfmiddlewaretoken", "")
    expect(page.get_by_text("125 records changed: status rejected.")).to_be_visible()
    page.goto(records)
    assert [_status(page, row) for row in range(6)] == [
        "Rejected",
        "Rejected",
        "New",
        "New",
        "New",
        "Rejected",
    ]
    _take_snapshot(page, records, "After")
    page.get_by_role("link", name="Before", exact=True).click()
    page.get_by_label("Compare with").select_option("After")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="From Before, revision 1, to After, revision 2")).to_be_visible()
    expect(page.get_by_role("link", name="~125 changed")).to_have_attribute("aria-current", "page")
    expect(page.locator("ins.diff--ins").first).to_have_text("rejected")
    # The list scrolls, not the page.
    assert page.evaluate("document.scrollingElement.scrollHeight <= innerHeight")
    page.get_by_role("link", name="Show in the list what revision 2 changed").click()
    expect(page.get_by_text("125 of 250 match")).to_be_visible()
    page.get_by_role("link", name="History").click()
    page.get_by_role("row", name=re.compile("status rejected")).get_by_role("link", name="Undo").click()
    expect(page.get_by_text("125 records go back to what they were before.")).to_be_visible()
    page.get_by_role("button", name="Undo revision").click()
    expect(page.get_by_text("125 records went back.")).to_be_visible()


def test_what_a_job_changed_is_told_shown_and_taken_back_in_the_list(page: Page, api: Api) -> None:
    dataset_id = api.create_dataset("Support, a year")
    api.import_lines(dataset_id, [dialogue(number) for number in range(AT_ONCE + 1)])
    page.goto(f"/app/datasets/{dataset_id}/records/")
    page.get_by_label("Select this page").check()
    page.locator("[data-pick-all]").check()
    page.keyboard.press("a")
    page.get_by_role("button", name="Change 1,001 records").press("Enter")
    expect(page.get_by_text("1,001 records changed: status approved.")).to_be_visible()
    expect(page.locator(".grid tbody .badge", has_text="Approved")).to_have_count(100)
    expect(page.locator("#dataset-facts")).to_contain_text("Revision 2")
    expect(page.locator(".grid__link").first).to_be_focused()
    page.keyboard.press("u")
    expect(page.get_by_text("1,001 records went back.")).to_be_visible()
    expect(page.locator(".grid tbody .badge", has_text="New")).to_have_count(100)


def test_another_filter_drops_the_selection_and_says_so(page: Page, records: str) -> None:
    page.goto(records)
    page.get_by_label("Select this page").check()
    page.locator("[data-pick-all]").check()
    _state(page, f"All {RECORDS} of the dataset selected")
    page.get_by_label("Search words").fill("voucher")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The filter changed, so nothing is selected any more.")).to_be_visible()
    expect(page.locator(".grid tbody input:checked")).to_have_count(0)
    expect(page.locator("#selection")).to_be_hidden()


def test_ticks_are_kept_from_page_to_page(page: Page, records: str) -> None:
    with page.expect_response("**/records/?after=*"):  # Fetched ahead: the page that is changed later on.
        page.goto(records)
    page.locator(".grid tbody input").first.check()
    page.locator(".grid__link").first.click()
    expect(page.locator("#panel [data-record]")).to_be_visible()
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_text("101–200 of 250")).to_be_visible()
    expect(page.locator("#panel [data-record]")).to_have_count(0)
    expect(page.locator("#facet-rail")).to_be_visible()
    assert not [url for url in asked if "/facet/" in url]  # The filter is the same, and so are its counts.
    page.locator(".grid tbody input").first.click()
    page.locator(".grid tbody input").nth(2).click(modifiers=["Shift"])
    _state(page, "4 selected")
    page.keyboard.press("f")
    expect(page.get_by_text("4 records changed: status flagged.")).to_be_visible()
    expect(page.get_by_text("101–200 of 250")).to_be_visible()
    expect(page.locator(".grid tbody .badge--flagged")).to_have_count(3)


def test_a_page_is_selected_and_decided_without_script(browser: Browser, desk: Desk, records: str) -> None:
    context = browser.new_context(base_url=desk.stack.url, java_script_enabled=False)
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    sign_in(page, desk)
    page.goto(records)
    page.get_by_label("Select this page").check()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("100 records changed: status approved.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("100 records went back.")).to_be_visible()
    context.close()
