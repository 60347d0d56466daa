"""Two people work one queue at once, each in a browser of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import TIMEOUT_MS, Desk, sign_in
from tests.browser.corpus import Api, dialogue

RECORDS = 6
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture(scope="module")
def api(desk: Desk) -> Iterator[Api]:
    with Api(desk) as made:
        yield made


@pytest.fixture
def records(api: Api) -> str:
    """The path of the records of a new dataset."""
    dataset_id = api.create_dataset("Support, December", "To be decided.")
    api.import_lines(dataset_id, [dialogue(number) for number in range(RECORDS)])
    return f"/app/datasets/{dataset_id}/records/"


@pytest.fixture
def colleague(browser: Browser, desk: Desk) -> Iterator[Page]:
    """Signed in as another member of the workspace."""
    other = replace(desk, email=f"colleague-{desk.email}")
    desk.stack.create_user(other.email, other.workspace)
    context = browser.new_context(base_url=desk.stack.url, viewport={"width": 390, "height": 844})
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    sign_in(page, other)
    yield page
    context.close()


def _before(page: Page) -> str:
    """The id of the record that the page shows."""
    return page.locator(".queue__record").get_attribute("data-record") or ""


def _decide(page: Page, key: str) -> str:
    """The id of the record that was decided; the page shows the next one, or none."""
    decided = _before(page)
    page.keyboard.press(key)
    expect(page.locator(f'.queue__record[data-record="{decided}"]')).to_have_count(0)
    return decided


def test_a_list_is_saved_as_a_view_and_worked_by_two_at_once(
    page: Page, colleague: Page, records: str
) -> None:
    page.goto(f"{records}?status=new")
    page.get_by_text("Save as a view").click()
    expect(page.get_by_label("Name of the view")).to_be_focused()
    page.keyboard.type("To decide")
    page.get_by_label("Share with the workspace").check()
    page.get_by_role("button", name="Save the view").click()
    name = page.locator(".viewbar__name")
    expect(name).to_have_text("To decide")
    expect(page.locator(".side-views__link", has_text="To decide")).to_contain_text(str(RECORDS))
    page.goto(f"{page.url}&turns=4..")
    expect(name).to_contain_text("(changed, not saved)")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    name.click()
    expect(name).to_have_text("To decide")

    page.get_by_role("button", name="Work as a queue").click()
    colleague.goto(records.replace("/records/", "/views/"))
    colleague.get_by_role("button", name="Work as a queue").click()
    done = []
    for _ in range(2):
        assert _before(page) != _before(colleague)
        done += [_decide(page, "a"), _decide(colleague, "r")]
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back; decide again.")).to_be_visible()
    assert _before(page) == done[2]
    for each in (page, colleague):
        assert not Axe().run(each, options=AXE).response["violations"]
    assert colleague.evaluate("document.documentElement.scrollWidth") <= 390
    _decide(page, "f")
    done += [_decide(page, "a"), _decide(colleague, "r")]
    assert len(set(done)) == RECORDS
    for each in (page, colleague):
        expect(each.get_by_text("Nothing is left for you here")).to_be_visible()
    expect(colleague.locator("#queue-numbers")).to_have_text(re.compile(r"Left\s*0\s*Done\s*6\s*Mine\s*3"))
    page.goto(f"{records}?status=flagged")
    expect(page.locator(".grid tbody tr")).to_have_count(1)
