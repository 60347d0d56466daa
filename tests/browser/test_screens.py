"""Each page at each width in both themes: nothing sticks out, everybody can read and operate it.

With SCREENSHOTS=folder in the environment the pictures are kept there, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import TIMEOUT_MS, Desk
from tests.browser.corpus import Api, Documents, call, dialogue, rich_dialogue, send_logs

RECORDS = 130
CALLS = 60
PLAN_MS = 60_000
WINDOWS = ((390, 844), (1280, 800), (1440, 900))
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses with something to see."""

    dialogues: str
    rich: str
    empty: str
    documents: str
    file: str


Go = Callable[[Page, Places], None]


@pytest.fixture(scope="module")
def places(desk: Desk) -> Places:
    with Api(desk) as api:
        dialogues = api.create_dataset("Support, October", "Chats of the shop, for a first reading.")
        api.import_lines(dialogues, [dialogue(number) for number in range(RECORDS)])
        rich = api.create_dataset("Evaluation set")
        api.add(rich, rich_dialogue(), dialogue(39))
        empty = api.create_dataset("Fresh")
    send_logs(desk, [call(number) for number in range(CALLS)])
    with Documents(desk) as api:
        documents, file_id = _conflicting_documents(api)
    dialogues, rich, empty, documents = (
        f"/app/datasets/{dataset_id}/" for dataset_id in (dialogues, rich, empty, documents)
    )
    return Places(dialogues, rich, empty, documents, file_id)


def _conflicting_documents(api: Documents) -> tuple[str, str]:
    """A dataset without a name, whose file has a long one, with a conflict and a version that is not synced."""
    dataset_id = api.create_dataset("")
    file_id = api.create_file("Handbook of the shop, second printing, دليل المتجر 取扱説明書.txt")
    api.attach(dataset_id, file_id)
    for said in ("Returns cost 10 euros.|مرحبا", "Returns cost 12 euros.|مرحبا بكم"):
        api.put(file_id, said)
        api.sync(dataset_id, file_id)
        if said.startswith("Returns cost 10"):
            api.edit(dataset_id, "Returns cost 10 euros.", "Returns cost 10 euros, by any parcel service.")
    api.put(file_id, "Returns cost 14 euros.")
    return dataset_id, file_id


@pytest.fixture(scope="module")
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def tab(
    theme: Literal["light", "dark"], browser: Browser, desk: Desk, signed_in: StorageState
) -> Iterator[Page]:
    """Signed in."""
    context = browser.new_context(base_url=desk.stack.url, color_scheme=theme, storage_state=signed_in)
    context.set_default_timeout(TIMEOUT_MS)
    yield context.new_page()
    context.close()


def _open(page: Page, address: str) -> None:
    page.goto(address)


def _open_first_record(page: Page, records: str) -> None:
    page.goto(records)
    page.locator(".grid__link").first.click()
    expect(page.locator("#panel .turn").first).to_be_visible()


def _open_delete_form(page: Page) -> None:
    page.goto("/app/datasets/")
    row = page.get_by_role("row", name="Evaluation set")
    row.locator("summary").click()
    row.get_by_role("link", name="Delete").click()
    expect(page.get_by_label("Name of the dataset")).to_be_visible()


def _open_facets(page: Page, records: str) -> None:
    """With the counts beside the list, and one condition about to be changed."""
    page.goto(records)
    expect(page.locator('[data-facet="status"] .facet__values')).to_be_attached()
    expect(page.locator('[data-facet="tokens"] .bars')).to_be_attached()
    page.locator(".chip summary").click()


def _open_menu(page: Page, records: str) -> None:
    page.goto(records)
    page.locator("#menu-add summary").click()


def _open_plan(page: Page, places: Places) -> None:
    """The page of an attached file, with its plan."""
    page.goto(f"{places.documents}files/{places.file}/")
    if page.get_by_role("button", name="Apply as one revision").count() == 0:
        page.get_by_role("button", name="Show what a sync would change").click()
    expect(page.get_by_role("button", name="Apply as one revision")).to_be_visible(timeout=PLAN_MS)
    page.locator(".plan__group--removed summary").click()


def _open_log(page: Page) -> None:
    page.goto("/app/logs/?status=failed")
    page.locator(".grid__link").first.click()
    expect(page.locator("#panel .turn").first).to_be_visible()


def _open_histogram(page: Page) -> None:
    page.goto("/app/logs/?customer_identifier=ada@example.com&cost:gte=0.001")
    page.get_by_text("As a table").click()
    expect(page.locator(".facet__value").first).to_be_visible()


def _open_first_thread(page: Page) -> None:
    page.goto("/app/threads/")
    page.locator(".grid__link").first.click()
    expect(page.locator(".step").first).to_be_visible()


def _open_sample(page: Page) -> None:
    page.goto("/app/logs/sample/?model=desk-small")
    expect(page.locator("#preview .facet__value").first).to_be_visible()


def _open_thread_sample(page: Page) -> None:
    page.goto("/app/threads/")
    page.locator(".threads tbody .check").first.check()
    page.get_by_role("button", name="Make a dataset of the ticked threads").click()
    expect(page.locator("#preview")).to_contain_text("1 of 1 threads that match are taken")


def _open_new_rule(page: Page) -> None:
    page.goto("/app/rules/new/?status=failed&seed=screens")
    expect(page.locator("#preview .facet__value").first).to_be_visible()


def _open_rule(page: Page) -> None:
    """With one run."""
    page.goto("/app/rules/")
    if page.get_by_role("link", name="Failures each day").count() == 0:
        _open_new_rule(page)
        page.get_by_label("Name of the rule").fill("Failures each day")
        page.get_by_text("Leave them: only from now on").click()
        page.get_by_label("Name of the new dataset").fill("Failures")
        page.get_by_role("button", name="Make the rule").click()
        page.get_by_role("button", name="Run now").click()
        expect(page.get_by_text("No log was taken.")).to_be_visible(timeout=PLAN_MS)
        page.goto("/app/rules/")
    page.get_by_role("link", name="Failures each day").click()
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()


def _open_campaign(page: Page) -> None:
    """Of one log, which is open beside the list."""
    page.goto("/app/campaigns/")
    if page.get_by_role("link", name="Failed ones").count() == 0:
        page.goto("/app/campaigns/create/?status=failed")
        page.get_by_label("Name").fill("Failed ones")
        page.get_by_role("button", name="Start the campaign").click()
        expect(page.get_by_role("link", name="Make a dataset")).to_be_visible(timeout=PLAN_MS)
        page.goto("/app/campaigns/")
    page.get_by_role("link", name="Failed ones").click()
    page.locator(".grid__link").first.click()
    expect(page.locator("#panel .turn").first).to_be_visible()


def _open_snapshot(page: Page, dataset: str) -> None:
    """With one of its records beside the list."""
    page.goto(f"{dataset}snapshots/")
    if page.get_by_role("link", name="As it came").count() == 0:
        page.get_by_label("Name").fill("As it came")
        page.get_by_role("button", name="Make a snapshot").click()
    page.get_by_role("link", name="As it came").click()
    page.locator(".grid__link").first.click()
    expect(page.locator("#panel .turn").first).to_be_visible()


def _open_page_of_first_record(page: Page, records: str) -> None:
    page.goto(records)
    record_id = page.locator(".grid tbody tr").first.get_attribute("data-record")
    page.goto(f"{records}{record_id}/")


def _open_dialog(page: Page, records: str, key: str) -> None:
    _open_first_record(page, records)
    page.keyboard.press(key)
    expect(page.locator("dialog[open] :is([role=option], [data-shortcut])").first).to_be_visible()


def _open_calls(page: Page, records: str) -> None:
    page.goto(f"{records}?meta.lang=de")
    page.get_by_role("link", name="API", exact=True).first.click()
    expect(page.locator("#dialog pre").first).to_be_visible()


PAGES: dict[str, Go] = {
    "datasets": lambda page, _: _open(page, "/app/datasets/"),
    "dataset-create": lambda page, _: _open(page, "/app/datasets/create/"),
    "dataset-delete": lambda page, _: _open_delete_form(page),
    "dataset-empty": lambda page, places: _open(page, f"{places.empty}records/"),
    "history": lambda page, places: _open(page, f"{places.rich}history/"),
    "revision": lambda page, places: _open(page, f"{places.rich}history/1/"),
    "revision-undo": lambda page, places: _open(page, f"{places.rich}history/1/undo/"),
    "trash-none": lambda page, places: _open(page, f"{places.rich}trash/"),
    "snapshots-none": lambda page, places: _open(page, f"{places.rich}snapshots/"),
    "snapshot": lambda page, places: _open_snapshot(page, places.dialogues),
    "activity": lambda page, places: _open(page, f"{places.documents}activity/"),
    "attach": lambda page, places: _open(page, f"{places.empty}files/attach/"),
    "attachments": lambda page, places: _open(page, f"{places.documents}files/"),
    "attachments-none": lambda page, places: _open(page, f"{places.empty}files/"),
    "attachment-plan": lambda page, places: _open_plan(page, places),
    "conflicts": lambda page, places: _open(page, f"{places.documents}conflicts/"),
    "detach": lambda page, places: _open(page, f"{places.documents}files/{places.file}/detach/"),
    "file": lambda page, places: _open(page, f"/app/files/{places.file}/"),
    "files": lambda page, _: _open(page, "/app/files/"),
    "logs": lambda page, _: _open_histogram(page),
    "logs-none": lambda page, _: _open(page, "/app/logs/?env=test"),
    "logs-no-match": lambda page, _: _open(page, "/app/logs/?model=nobody&color=red"),
    "log-panel": lambda page, _: _open_log(page),
    "log-send": lambda page, _: _open(page, "/app/logs/send/"),
    "log-sample": lambda page, _: _open_sample(page),
    "rule": lambda page, _: _open_rule(page),
    "rule-create": lambda page, _: _open_new_rule(page),
    "campaign": lambda page, _: _open_campaign(page),
    "judge-create": lambda page, _: _open(page, "/app/judges/create/"),
    "thread-sample": lambda page, _: _open_thread_sample(page),
    "threads": lambda page, _: _open(page, "/app/threads/"),
    "thread": lambda page, _: _open_first_thread(page),
    "records": lambda page, places: _open_facets(page, f"{places.dialogues}records/?tokens=..2000"),
    "records-filtered": lambda page, places: _open(
        page, f"{places.dialogues}records/?q=courier&meta.lang=de&status=new&status=flagged&color=red"
    ),
    "records-no-match": lambda page, places: _open(
        page, f"{places.dialogues}records/?q=voucher&meta.city=Rome"
    ),
    "records-bad-filter": lambda page, places: _open(page, f"{places.dialogues}records/?tokens=many"),
    "records-menu": lambda page, places: _open_menu(page, f"{places.dialogues}records/"),
    "record-panel": lambda page, places: _open_first_record(page, f"{places.dialogues}records/"),
    "record-panel-rich": lambda page, places: _open_first_record(page, f"{places.rich}records/"),
    "palette": lambda page, places: _open_dialog(page, f"{places.dialogues}records/", "Control+k"),
    "keys": lambda page, places: _open_dialog(page, f"{places.dialogues}records/", "?"),
    "keys-page": lambda page, _: _open(page, "/app/shortcuts/"),
    "calls": lambda page, places: _open_calls(page, f"{places.dialogues}records/"),
    "record-page": lambda page, places: _open_page_of_first_record(page, f"{places.rich}records/"),
}


# Between them they have every color of the style sheets.
IN_THE_DARK = {
    "attachment-plan",
    "palette",
    "conflicts",
    "datasets",
    "logs",
    "record-panel-rich",
    "records-filtered",
    "snapshot",
}


LOOKS = [("light", name) for name in PAGES]
LOOKS += [("dark", name) for name in PAGES if name in IN_THE_DARK or os.environ.get("SCREENSHOTS")]


@pytest.mark.parametrize(("theme", "name"), LOOKS, indirect=["theme"])
def test_a_page_can_be_read_and_operated_by_everybody(
    tab: Page, places: Places, theme: str, name: str
) -> None:
    """A page is opened on a phone, and then the window grows. The layout is the same in both themes; so in the dark a
    few pages are looked at, for their contrasts."""
    phone, *_ = windows = WINDOWS if theme == "light" or _folder() else WINDOWS[:1]
    _resize(tab, *phone)
    PAGES[name](tab, places)
    for width, height in windows:
        _resize(tab, width, height)
        _keep_picture(tab, f"{name}-{width}-{theme}")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        if (width, theme) in {(1440, "light"), (390, "dark")}:
            found = Axe().run(tab, options=AXE)
            assert found.violations_count == 0, found.generate_report()


def _resize(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})


def _folder() -> str:
    return os.environ.get("SCREENSHOTS", "")


def _keep_picture(page: Page, name: str) -> None:
    if _folder():
        page.screenshot(path=Path(_folder()) / f"{name}.png", animations="disabled")
