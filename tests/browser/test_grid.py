"""The grid as a person arranges it and walks it with a keyboard, in a real browser."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Desk
from tests.browser.corpus import Api, dialogue

RECORDS = 120


def _watch_cache(page: Page) -> list[str]:
    """Collects the paths that the browser answers from its own cache from now on."""
    paths: list[str] = []

    def note(event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            paths.append(event["response"]["url"].partition("/app/")[2].partition("?")[0])

    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.on("Network.responseReceived", note)
    return paths


def _column(page: Page, name: str) -> Locator:
    return page.locator(f"[id='column-{name}']")


def test_columns_order_widths_and_the_next_record_before_it_is_asked_for(page: Page, desk: Desk) -> None:
    with Api(desk) as api:
        dataset_id = api.create_dataset("Arranged")
        api.import_lines(dataset_id, [dialogue(number) for number in range(RECORDS)])
    rows, heads, panel = (
        page.locator(".grid tbody tr"),
        page.locator(".grid thead th"),
        page.locator("#panel"),
    )

    page.goto(f"/app/datasets/{dataset_id}/records/")
    page.locator("#menu-columns summary").click()
    _column(page, "meta.lang").check()
    expect(page).to_have_url(re.compile(r"\?cols=status,tags,turns,tokens,origin,created,meta\.lang$"))
    expect(_column(page, "meta.lang")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(heads.last).to_have_text("Created")
    _column(page, "origin").uncheck()
    expect(page).to_have_url(re.compile(r"\?cols=status,tags,turns,tokens,meta\.lang,created$"))
    page.keyboard.press("Escape")
    heads.get_by_role("link", name="Tokens").click()
    expect(page).to_have_url(re.compile(r"&sort=-tokens$"))
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Tokens")
    tokens = [
        int(text.replace(",", "")) for text in page.locator(".grid tbody .grid__tokens").all_inner_texts()
    ]
    assert tokens == sorted(tokens, reverse=True)

    lang = page.locator("th.grid__meta")
    before = lang.bounding_box()
    lang.get_by_role("separator").press("ArrowRight")
    page.reload()
    after = lang.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == before["width"] + 16

    expect(page.locator(".grid tbody [tabindex='0'].grid__link")).to_have_count(1)
    ids = [rows.nth(place).get_attribute("data-record") for place in range(3)]
    rows.nth(0).locator(".grid__link").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(rows.nth(1).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("Space")
    page.evaluate("document.querySelector('.grid').dataset.same = 'yes'")
    with page.expect_response(lambda response: f"{ids[2]}/panel/" in response.url):
        page.keyboard.press("Enter")
    expect(panel.locator(f"[data-record='{ids[1]}']")).to_be_visible()
    from_cache = _watch_cache(page)
    page.keyboard.press("j")
    expect(panel.locator(f"[data-record='{ids[2]}']")).to_be_visible()
    assert f"datasets/{dataset_id}/records/{ids[2]}/panel/" in from_cache
    assert page.locator(".grid").get_attribute("data-same") == "yes"

    page.locator("#menu-columns summary").click()
    _column(page, "source").check()
    expect(heads.last).to_have_text("Source")
    expect(panel.locator(f"[data-record='{ids[2]}']")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#panel-close").click()
    expect(page).to_have_url(
        re.compile(r"\?cols=status,tags,turns,tokens,meta\.lang,created,source&sort=-tokens$")
    )
    expect(rows.nth(2).locator(".grid__link")).to_be_focused()

    page.keyboard.press("Enter")
    expect(panel.locator(f"[data-record='{ids[2]}']")).to_be_visible()
    panel.get_by_role("button", name="Flag").click()
    expect(page.get_by_text("Marked as flagged: “")).to_be_visible()
    page.keyboard.press("Escape")
    rows.nth(2).locator(".grid__link").press("Enter")
    expect(panel.locator(".decision .badge")).to_have_text("Flagged")
