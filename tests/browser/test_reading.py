"""A person makes a dataset, reads it, filters it and decides; in a real browser against the real product."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import TIMEOUT_MS, Desk, sign_in
from tests.browser.corpus import Api, dialogue, rich_dialogue

RECORDS = 250


@pytest.fixture(scope="module")
def api(desk: Desk) -> Iterator[Api]:
    with Api(desk) as made:
        yield made


@pytest.fixture(scope="module")
def dialogues(api: Api) -> str:
    """The path of the records of a dataset with two and a half pages."""
    dataset_id = api.create_dataset("Support, October", "Chats of the shop, for a first reading.")
    api.import_lines(dataset_id, [dialogue(number) for number in range(RECORDS)])
    return f"/app/datasets/{dataset_id}/records/"


@pytest.fixture(scope="module")
def rich(api: Api) -> str:
    dataset_id = api.create_dataset("All that a turn can hold")
    api.add(dataset_id, rich_dialogue(), dialogue(1), dialogue(2))
    return f"/app/datasets/{dataset_id}/records/"


@pytest.fixture
def page_without_script(browser: Browser, desk: Desk) -> Iterator[Page]:
    context = browser.new_context(base_url=desk.stack.url, java_script_enabled=False)
    context.set_default_timeout(TIMEOUT_MS)
    tab = context.new_page()
    sign_in(tab, desk)
    yield tab
    context.close()


def _rows(page: Page) -> Locator:
    return page.locator(".grid tbody tr")


def _panel(page: Page) -> Locator:
    return page.locator("#panel")


def _open(page: Page, place: int) -> str:
    """Opens the row at this place and answers the record's id."""
    row = _rows(page).nth(place)
    record_id = row.get_attribute("data-record")
    assert record_id is not None
    row.locator(".grid__link").click()
    expect(_panel(page).locator(f"[data-record='{record_id}']")).to_be_visible()
    return record_id


def test_a_person_makes_a_dataset_reads_it_and_decides(page: Page, api: Api) -> None:
    page.get_by_role("link", name="New dataset").first.click()
    page.get_by_label("Name").fill("Walk")
    page.get_by_role("button", name="Create dataset").click()
    page.wait_for_url("**/records/")
    expect(page.get_by_text("Import a file")).to_be_visible()
    expect(page.locator("#add-call")).to_contain_text(page.url.split("/")[-3])

    api.import_lines(page.url.split("/")[-3], [dialogue(number) for number in range(RECORDS)])
    page.reload()
    expect(page.get_by_text("1–100 of 250")).to_be_visible()

    page.get_by_label("Search words").fill("courier Lisbon")
    page.keyboard.press("Enter")
    expect(page.locator(".chip", has_text="Words: courier Lisbon")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q=courier\+Lisbon$"))
    page.locator("#menu-add summary").click()
    page.get_by_label("Field", exact=True).fill("meta.lang")
    page.locator("#add-value").fill("de")
    page.get_by_role("button", name="Add the filter").click()
    expect(page.locator(".chip", has_text="meta.lang: de")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=courier\+Lisbon&meta\.lang=de$"))
    matching = [number for number in range(RECORDS) if number % 7 == 0 and number % 4 == 2]
    expect(_rows(page)).to_have_count(len(matching))
    expect(page.locator(".grid mark").first).to_have_text("Lisbon")

    page.get_by_role("link", name="Clear all").click()
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_text("101–200 of 250")).to_be_visible()
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_text("201–250 of 250")).to_be_visible()
    expect(_rows(page).last).to_contain_text(f"The number is {7000 + RECORDS - 1}")
    expect(page.get_by_role("link", name="Next page")).to_have_count(0)

    record_id = _open(page, 3)
    expect(page).to_have_url(re.compile(rf"after=.+&record={record_id}$"))
    expect(_panel(page)).to_contain_text("order 7203")
    _panel(page).get_by_role("button", name="Flag").click()
    expect(page.get_by_text("Marked as flagged: “")).to_be_visible()
    expect(_rows(page).nth(3)).to_contain_text("Flagged")
    expect(page.locator("#dataset-facts")).to_contain_text("Revision 2")


def test_undo_takes_a_status_back(page: Page, dialogues: str) -> None:
    page.goto(dialogues)
    record_id = _open(page, 0)
    _panel(page).get_by_role("button", name="Reject").click()
    expect(page.locator(f"#status-{record_id}")).to_have_text("Rejected")
    _open(page, 1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#status-{record_id}")).to_have_text("New")
    expect(page.locator(".toast", has_text="Marked as rejected: “")).to_have_count(0)
    expect(page.locator(".toast", has_text="Marked as new: “")).to_be_visible()


def test_the_list_stays_while_records_are_opened(page: Page, dialogues: str) -> None:
    page.goto(f"{dialogues}?meta.lang=fr")
    page.evaluate("document.querySelector('.grid').dataset.same = 'yes'")
    first, second = _open(page, 4), _open(page, 5)
    assert page.locator(".grid").get_attribute("data-same") == "yes"
    expect(page.locator("tr[aria-current]")).to_have_attribute("data-record", second)
    page.go_back()
    expect(page).to_have_url(re.compile(first))
    expect(_panel(page).locator(f"[data-record='{first}']")).to_be_visible()
    page.go_back()
    expect(_panel(page).locator("[data-record]")).to_have_count(0)
    expect(page.locator(".chip")).to_have_text(re.compile("meta.lang: fr"))


def test_the_list_keeps_its_place_under_a_record_on_a_phone(page: Page, dialogues: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(dialogues)
    _rows(page).nth(20).scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    _open(page, 20)
    page.keyboard.press("PageDown")
    page.wait_for_timeout(500)
    assert page.evaluate("scrollY") == place


def test_a_shared_address_opens_list_and_record_together(page: Page, dialogues: str) -> None:
    page.goto(f"{dialogues}?meta.lang=de")
    record_id = _open(page, 7)
    address = page.url
    page.goto("/app/datasets/")
    page.goto(address)
    expect(_panel(page).locator(f"[data-record='{record_id}']")).to_be_visible()
    expect(page.locator("tr[aria-current]")).to_have_attribute("data-record", record_id)
    expect(page.get_by_text("1–62 of 62")).to_be_visible()


def test_the_keyboard_moves_through_the_list(page: Page, dialogues: str) -> None:
    page.goto(dialogues)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    ids = [_rows(page).nth(place).get_attribute("data-record") for place in range(3)]
    expect(_panel(page).locator(f"[data-record='{ids[1]}']")).to_be_visible()
    page.keyboard.press("j")
    expect(_panel(page).locator(f"[data-record='{ids[2]}']")).to_be_visible()
    page.keyboard.press("k")
    expect(_panel(page).locator(f"[data-record='{ids[1]}']")).to_be_visible()
    page.keyboard.press("Escape")
    expect(_panel(page).locator("[data-record]")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"{dialogues}$"))
    expect(_rows(page).nth(1).locator("a")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Search words")).to_be_focused()
    page.keyboard.type("jk/")
    expect(page.get_by_label("Search words")).to_have_value("jk/")


def test_keys_decide_and_take_back(page: Page, dialogues: str) -> None:
    page.goto(f"{dialogues}?q=voucher")
    record_id = _open(page, 1)
    status = page.locator(f"#status-{record_id}")
    page.keyboard.press("a")
    expect(status).to_have_text("Approved")
    page.keyboard.press("u")
    expect(status).to_have_text("New")
    page.get_by_label("Search words").focus()
    page.keyboard.press("f")
    expect(status).to_have_text("New")


def test_boxes_of_a_menu_filter_at_once_and_the_menu_stays(page: Page, dialogues: str) -> None:
    page.goto(dialogues)
    page.locator("#menu-status summary").click()
    page.get_by_label("Approved").check()
    expect(page.get_by_text("No record matches")).to_be_visible()
    page.get_by_label("New").check()
    expect(page.locator(".chip")).to_have_text(re.compile("Status: New or Approved|Status: Approved or New"))
    expect(page.get_by_label("Approved")).to_be_checked()
    expect(page.get_by_role("link", name="Next page")).to_be_visible()


def test_a_record_shows_its_turns_safely(page: Page, rich: str) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(rich)
    _open(page, 0)
    panel = _panel(page)
    roles = ["system", "user", "assistant", "tool", "assistant", "user", "critic"]
    assert panel.locator(".turn__role").all_inner_texts() == roles
    expect(panel.locator("table th", has_text="when")).to_be_visible()
    expect(panel.get_by_text("<script>document.title")).to_be_visible()
    expect(panel.get_by_text("Image, not loaded: map https://example.com/map.png")).to_be_visible()
    expect(panel.get_by_role("link", name="the terms")).to_have_attribute("rel", "noopener nofollow")
    assert all(address.startswith(page.url.split("/app/")[0]) for address in addresses)
    assert "broken" not in page.title()

    call = panel.locator("details", has_text="calls")
    expect(call.locator("pre")).to_be_hidden()
    call.locator("summary").click()
    expect(call.locator("pre")).to_have_text('{\n  "id": "8841",\n  "limit": 1e3\n}')
    arabic = panel.locator(".turn__text", has_text="شكرا").locator("p")
    assert arabic.evaluate("element => getComputedStyle(element).unicodeBidi") == "plaintext"
    tall = panel.locator(".fold__text")
    before = tall.evaluate("element => element.clientHeight")
    panel.get_by_text(re.compile(r"Show all [\d,]+ characters")).click()
    assert tall.evaluate("element => element.clientHeight") > before
    # The record scrolls, not the page.
    assert page.evaluate("document.scrollingElement.scrollHeight <= innerHeight")

    panel.get_by_role("button", name="Copy", exact=True).click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("def is_late(order):")
    panel.get_by_role("link", name="JSON", exact=True).click()
    shown = panel.locator("#record-json")
    expect(shown).to_contain_text('"model": "desk-large"')
    assert json.loads(shown.inner_text()) == rich_dialogue()["payload"]


def test_the_export_button_downloads_what_the_filter_shows(
    page: Page, dialogues: str, tmp_path: Path
) -> None:
    page.goto(f"{dialogues}?q=voucher")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Export 6").click()
    waiting.value.save_as(tmp_path / "out.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert waiting.value.suggested_filename == "support-october.jsonl"
    wanted = [dialogue(number) for number in range(39, RECORDS, 40)]
    assert [{key: line[key] for key in ("payload", "properties")} for line in lines] == wanted


def test_datasets_are_renamed_and_deleted_in_their_row(page: Page, api: Api) -> None:
    api.create_dataset("Short-lived")
    page.reload()
    row = page.get_by_role("row", name="Short-lived")
    row.locator("summary").click()
    row.get_by_role("link", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("Long-lived")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    row = page.get_by_role("row", name="Long-lived")
    row.locator("summary").click()
    row.get_by_role("link", name="Delete").click()
    page.get_by_label("Name of the dataset").fill("Short-lived")
    page.get_by_role("button", name="Delete the dataset and its records").click()
    expect(page.get_by_text("This is not the name.")).to_be_visible()
    page.get_by_label("Name of the dataset").fill("Long-lived")
    page.get_by_role("button", name="Delete the dataset and its records").click()
    expect(page.get_by_role("row", name="Long-lived")).to_have_count(0)
    expect(page.get_by_text("Deleted Long-lived.")).to_be_visible()


def test_the_chosen_theme_comes_with_the_page(page: Page) -> None:
    for theme, background in (("Dark", "rgb(16, 17, 15)"), ("Light", "rgb(246, 246, 243)")):
        page.locator(".account > summary").click()
        page.get_by_role("button", name=theme).click()
        expect(page.locator("html")).to_have_attribute("data-theme", theme.lower())
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == background
        assert f'data-theme="{theme.lower()}"' in page.request.get("/app/datasets/").text()


def test_reading_filtering_paging_deciding_and_exporting_need_no_script(
    page_without_script: Page, dialogues: str, tmp_path: Path
) -> None:
    page = page_without_script
    page.goto(dialogues)
    page.get_by_role("link", name="Last page").click()
    expect(page.get_by_text("151–250 of 250")).to_be_visible()
    page.get_by_role("link", name="First page").click()
    page.get_by_label("Search words").fill("voucher")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1–6 of 6")).to_be_visible()
    page.locator("#menu-add summary").click()
    page.get_by_label("Field", exact=True).fill("meta.city")
    page.locator("#add-value").fill("Oslo")
    page.get_by_role("button", name="Add the filter").click()
    expect(page.get_by_text("1–1 of 1")).to_be_visible()
    page.locator(".grid__link").click()
    expect(page.locator("#panel .turn").first).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Marked as approved: “")).to_be_visible()
    expect(page.locator("#panel .decision")).to_contain_text("Approved")
    page.get_by_role("link", name="Open as a page").click()
    expect(page.get_by_role("heading", name="Record", exact=True)).to_be_visible()
    page.get_by_role("link", name="Show in the list").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Export 1").click()
    waiting.value.save_as(tmp_path / "out.jsonl")
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 1
