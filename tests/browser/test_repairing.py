"""A person repairs a record with the keyboard, takes it back, loses nothing to a clash or a closed tab."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Desk
from tests.browser.corpus import Api, dialogue
from tests.browser.test_screens import AXE

MINE, THEIRS = "Hello, my umbrella is lost.", "Hello, my parasol is lost."


@pytest.fixture
def records(desk: Desk) -> Iterator[str]:
    with Api(desk) as api:
        dataset_id = api.create_dataset("Repairs")
        api.add(dataset_id, dialogue(0), dialogue(1))
        yield f"/app/datasets/{dataset_id}/records/"


def _editor(page: Page) -> Locator:
    return page.get_by_role("form", name="Edit turn 1")


def _edit_first(page: Page, records: str) -> None:
    """Opens the first turn of the first record, all by keys."""
    page.goto(records)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#panel .turn").first).to_be_visible()
    page.keyboard.press("e")
    expect(_editor(page).get_by_label("Text", exact=True)).to_be_focused()


def test_a_turn_is_repaired_found_and_taken_back_by_keys(page: Page, records: str) -> None:
    _edit_first(page, records)
    assert not Axe().run(page, options={"runOnly": AXE["runOnly"]}).response["violations"]
    page.keyboard.press("Control+a")
    page.keyboard.type(MINE)
    page.keyboard.press("Control+Enter")
    toast = page.locator(".toast", has_text="Saved “Hello, my umbrella")
    expect(toast).to_be_visible()
    expect(page.locator("#turn-1")).to_contain_text(MINE)
    expect(page.locator(".grid__link").first).to_contain_text(MINE)
    expect(page.locator("#turn-1 [data-edit]")).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator("#turn-1")).to_contain_text("I ordered a kettle to Lisbon")
    page.goto(f"{records}?q=umbrella")
    expect(page.get_by_text("No record matches")).to_be_visible()


def test_two_people_who_edit_one_turn_lose_nothing(page: Page, context: BrowserContext, records: str) -> None:
    _edit_first(page, records)
    other = context.new_page()
    _edit_first(other, records)
    other.get_by_label("Text", exact=True).fill(THEIRS)
    _editor(other).get_by_role("button", name="Save").click()
    expect(other.locator("#turn-1")).to_contain_text(THEIRS)
    page.get_by_label("Text", exact=True).fill(MINE)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".clash__side").nth(0)).to_contain_text(MINE)
    expect(page.locator(".clash__side").nth(1)).to_contain_text(THEIRS)
    assert not Axe().run(page, options={"runOnly": AXE["runOnly"]}).response["violations"]
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#turn-1")).to_contain_text(MINE)
    expect(_editor(page)).to_have_count(0)


def test_a_draft_survives_a_reload_until_it_is_saved(page: Page, records: str) -> None:
    _edit_first(page, records)
    page.get_by_label("Text", exact=True).fill(MINE)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    opener = page.locator("#turn-1 [data-edit]")
    expect(opener).to_contain_text("draft")
    opener.click()
    expect(_editor(page).get_by_label("Text", exact=True)).to_have_value(MINE)
    expect(page.get_by_text("Your draft, which was not saved, is back.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(_editor(page)).to_have_count(0)
    expect(opener).to_contain_text("draft")
    opener.click()
    _editor(page).get_by_role("button", name="Save").click()
    expect(page.locator("#turn-1")).to_contain_text(MINE)
    expect(opener).not_to_contain_text("draft")


def test_meta_is_a_table_and_tags_have_a_key(page: Page, records: str) -> None:
    _edit_first(page, records)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Edit meta and source").click()
    table = page.get_by_role("form", name="Edit meta and source")
    table.get_by_label("Value of order").fill("12")
    table.get_by_label("Remove city").check()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".meta")).to_contain_text("12")
    expect(page.locator(".meta")).not_to_contain_text("Lisbon")
    page.keyboard.press("t")
    page.keyboard.type("checked")
    page.keyboard.press("Enter")
    expect(page.locator("#record-tags .tag")).to_have_text(re.compile("checked"))


def test_edits_are_collected_survive_a_closed_tab_and_are_saved_together(
    page: Page, context: BrowserContext, records: str
) -> None:
    page.goto(records)
    page.locator(".desk__header details.menu summary").click()
    page.get_by_role("button", name="Collect edits, save them together").click()
    bar = page.get_by_role("form", name="Collected edits")
    expect(bar).to_contain_text("none yet")
    _edit_first(page, records)
    page.get_by_label("Text", exact=True).fill(MINE)
    page.keyboard.press("Control+Enter")
    expect(_editor(page)).to_have_count(0)
    expect(bar).to_contain_text("1 edit in 1 record, not saved")
    expect(page.locator("#turn-1")).not_to_contain_text("umbrella")
    page.close()

    again = context.new_page()
    again.goto(records)
    expect(again.get_by_role("form", name="Collected edits")).to_contain_text("1 edit in 1 record, not saved")
    again.locator(".grid__link").nth(1).click()
    again.locator("#turn-2 [data-edit]").click()
    again.get_by_label("Text", exact=True).fill("It is on its way.")
    again.keyboard.press("Control+Enter")
    again.get_by_role("button", name="Review and save").click()
    expect(again.get_by_role("heading", name="Review 2 edits")).to_be_visible()
    expect(again.locator("ins", has_text="umbrella")).to_be_visible()
    assert not Axe().run(again, options={"runOnly": AXE["runOnly"]}).response["violations"]
    again.get_by_label("What was done").fill("kinder words")
    again.get_by_role("button", name="Save 2 records as one revision").click()
    expect(again.get_by_role("heading", name="Saved 2 edits in 2 records")).to_be_visible()
    again.get_by_role("link", name="Undo…").click()
    expect(again.get_by_text("2 records go back to what they were before.")).to_be_visible()
    again.goto(records)
    expect(again.get_by_role("form", name="Collected edits")).to_contain_text("none yet")
    again.get_by_role("button", name="Stop collecting").click()
    expect(again.get_by_role("form", name="Collected edits")).to_be_hidden()


def test_what_is_refused_or_does_not_arrive_goes_back_and_says_why(
    context: BrowserContext, records: str
) -> None:
    page = context.new_page()
    _edit_first(page, records)
    page.get_by_label("Text", exact=True).fill(MINE)
    context.route("**/edit/*", lambda route: route.abort())
    page.keyboard.press("Control+Enter")
    expect(
        page.get_by_role("alert").filter(has_text="it is not known whether this was saved")
    ).to_be_visible()
    expect(_editor(page).get_by_label("Text", exact=True)).to_have_value(MINE)
    context.unroute("**/edit/*")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#turn-1")).to_contain_text(MINE)
    expect(page.get_by_text("The server is back.")).to_be_visible()

    reason = "Your role may read records but not decide on them."
    refusal = f'<p role="alert">{reason}</p>'
    context.route("**/status/", lambda route: route.fulfill(status=403, body=refusal))
    badge = page.locator(".grid tbody tr").first.locator(".badge")
    page.keyboard.press("a")
    expect(page.get_by_role("alert").filter(has_text=reason)).to_be_visible()
    expect(badge).to_have_text("New")
    context.unroute("**/status/")
    page.keyboard.press("a")
    expect(badge).to_have_text("Approved")
