"""A person curates without a mouse: moves, decides, tags, takes back, finds, and changes the keys."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.corpus import Api, dialogue

RECORDS = 5


def test_everything_is_done_with_keys_of_the_persons_own(page: Page, desk: Desk) -> None:
    with Api(desk) as api:
        dataset_id = api.create_dataset("By hand")
        api.import_lines(dataset_id, [dialogue(number) for number in range(RECORDS)])
    keyboard, rows = page.keyboard, page.locator(".grid tbody tr")
    dialog, palette = page.locator("#dialog"), page.locator("#palette")

    # The palette finds the dataset, and what can be done on its page.
    keyboard.press("Control+k")
    keyboard.type("by hand")
    keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/app/datasets/{dataset_id}/records/$"))
    page.wait_for_load_state()

    # A line of the list is decided and tagged without being opened.
    keyboard.press("j")
    keyboard.press("f")
    expect(rows.nth(0)).to_contain_text("Flagged")
    expect(rows.nth(1).locator("a").first).to_be_focused()
    keyboard.press("t")
    expect(page.get_by_role("combobox", name="Tags")).to_be_focused()
    keyboard.type("late")
    keyboard.press("Enter")
    expect(rows.nth(1).locator(".tag")).to_have_text("late")
    expect(rows.nth(1).locator("a").first).to_be_focused()

    # An open record is decided, and the next one follows.
    keyboard.press("Enter")
    panel = page.locator("#panel")
    second, third = (rows.nth(place).get_attribute("data-record") for place in (1, 2))
    expect(panel.locator(f"[data-record='{second}']")).to_be_visible()
    keyboard.press("a")
    expect(panel.locator(f"[data-record='{third}']")).to_be_visible()
    expect(rows.nth(1)).to_contain_text("Approved")
    keyboard.press("u")
    expect(rows.nth(1)).to_contain_text("New")
    keyboard.press("t")
    expect(panel.get_by_label("Add tags")).to_be_focused()
    expect(panel.locator("#tag-list option").first).to_have_attribute("value", "late")
    keyboard.press("Escape")
    keyboard.press("Escape")
    expect(panel.locator("[data-record]")).to_have_count(0)

    # Without a toast, undo asks about the last change.
    page.reload()
    keyboard.press("u")
    expect(page.get_by_role("button", name="Undo revision")).to_be_visible()

    # A letter after g goes somewhere; ? tells which keys there are, and where to change them.
    keyboard.press("g")
    keyboard.press("d")
    expect(page).to_have_url(re.compile("/app/datasets/$"))
    page.wait_for_load_state()
    keyboard.press("?")
    expect(dialog.get_by_text("Search", exact=True)).to_be_visible()
    expect(dialog.get_by_text("Reject, and go on with the next")).to_be_hidden()
    dialog.get_by_role("link", name="All keys").click()
    page.get_by_label("Reject, and go on").fill("z")
    page.get_by_label("Letters, digits and signs").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your keys are saved.")).to_be_visible()
    page.goto(f"/app/datasets/{dataset_id}/records/?record={third}")
    expect(panel.get_by_role("button", name="Reject").locator("kbd")).to_have_text("z")
    keyboard.press("r")
    keyboard.press("z")
    expect(rows.nth(2)).to_contain_text("Rejected")
    expect(panel.locator(f"[data-record='{third}']")).to_have_count(0)

    # Switched off, letters do nothing and no button prints one.
    page.goto("/app/shortcuts/")
    page.get_by_label("Letters, digits and signs").uncheck()
    page.get_by_role("button", name="Save").click()
    page.goto(f"/app/datasets/{dataset_id}/records/?record={second}")
    expect(panel.get_by_role("button", name="Reject").locator("kbd")).to_have_count(0)
    keyboard.press("z")
    keyboard.press("j")
    keyboard.press("Control+k")
    expect(palette.get_by_role("combobox")).to_be_focused()
    keyboard.type("approve")
    keyboard.press("Enter")
    expect(rows.nth(1)).to_contain_text("Approved")
    expect(rows.nth(2)).to_contain_text("Rejected")
