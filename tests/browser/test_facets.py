"""A person filters with the mouse in the rail and with the keyboard in the search field."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Desk
from tests.browser.corpus import Api, dialogue

RECORDS = 60


@pytest.fixture(scope="module")
def api(desk: Desk) -> Iterator[Api]:
    with Api(desk) as made:
        yield made


def _drag(page: Page, bars: Locator, start: float, end: float) -> None:
    """From one share of the width to another."""
    bars.scroll_into_view_if_needed()
    box = bars.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()


def test_facets_bars_and_typed_conditions_make_one_filter(page: Page, api: Api) -> None:
    dataset_id = api.create_dataset("Facets")
    api.import_lines(dataset_id, [dialogue(number) for number in range(RECORDS)])
    page.goto(f"/app/datasets/{dataset_id}/records/")

    languages = page.locator('[data-facet="meta.lang"]')
    expect(languages.locator(".facet__row", has_text="en")).to_contain_text("30")
    languages.get_by_role("link", name="Exclude en").press("Enter")
    expect(page).to_have_url(re.compile(r"\?-meta\.lang=en$"))
    expect(languages.get_by_role("link", name="Exclude no longer en")).to_be_focused()
    expect(page.get_by_text("30 of 60 match")).to_be_visible()
    expect(page.locator('[data-facet="status"]')).to_contain_text("30")

    tokens = page.locator('[data-facet="tokens"]')
    # The bars of the list as it was stay until those of the filtered one have come.
    expect(tokens.locator('.bars a[href*="-meta.lang=en"]').first).to_be_attached()
    _drag(page, tokens.locator(".bars"), 0.1, 0.6)
    expect(page).to_have_url(re.compile(r"\?tokens=\d+\.\.\d+&-meta\.lang=en$"))
    expect(tokens.locator(".bars__chosen").first).to_be_visible()

    field = page.get_by_label("Search words")
    field.press_sequentially("-sta")
    expect(page.get_by_role("option", name="-status:")).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.get_by_role("option", name="-status:new")).to_be_visible()
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "completion-1")
    field.press("Enter")
    expect(field).to_have_value("-status:new ")
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"\?-status=new&tokens=\d+\.\.\d+&-meta\.lang=en$"))
    expect(page.get_by_text("No record matches")).to_be_visible()

    page.go_back()
    expect(page).to_have_url(re.compile(r"\?tokens=\d+\.\.\d+&-meta\.lang=en$"))
    expect(page.locator(".chip", has_text="Tokens")).to_be_visible()
