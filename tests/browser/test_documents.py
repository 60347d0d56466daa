"""A person keeps a handbook in a dataset: attaches it, syncs it, edits a part, and decides where both have changed."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.corpus import Documents

SYNC_MS = 60_000
HANDBOOK = "Returns cost 10 euros.|Parcels leave before noon.|Two years of warranty."
SECOND = (
    "Returns cost 12 euros.|Parcels leave before noon.|Three years of warranty.|We speak Japanese: 日本語."
)
BY_HAND = "Returns cost 10 euros, by any parcel service."


def _upload(page: Page, text: str) -> None:
    content = {"name": "handbook دليل.txt", "mimeType": "text/plain", "buffer": text.encode()}
    page.set_input_files('input[type="file"]', content)  # type: ignore[arg-type]


def _plan(page: Page, button: str) -> None:
    page.get_by_role("button", name=re.compile(button)).click()
    expect(page.get_by_role("heading", name="What a sync would do")).to_be_visible(timeout=SYNC_MS)


def _apply(page: Page) -> None:
    page.get_by_role("button", name="Apply as one revision").click()
    expect(page.get_by_role("heading", name="What the last sync did")).to_be_visible(timeout=SYNC_MS)


def test_a_handbook_is_attached_synced_edited_and_synced_again(page: Page, desk: Desk) -> None:
    with Documents(desk) as documents:
        _keep_a_handbook(page, documents)


def _keep_a_handbook(page: Page, documents: Documents) -> None:
    dataset_id = documents.create_dataset("Handbook")
    dataset = f"/app/datasets/{dataset_id}/"
    page.goto(f"{dataset}files/")
    page.get_by_role("link", name="Attach a file").click()
    _upload(page, HANDBOOK)
    expect(page.get_by_text("Nothing is in the records yet.")).to_be_visible()

    _plan(page, "Read the file")
    new = page.locator(".plan__group--new")
    expect(new).to_contain_text("3")
    new.locator("summary").click()
    expect(new).to_contain_text("Parcels leave before noon.")
    _apply(page)
    page.goto(f"{dataset}records/")
    expect(page.get_by_role("link", name="Two years of warranty.")).to_be_visible()

    documents.edit(dataset_id, "Returns cost 10 euros.", BY_HAND)
    page.goto(f"{dataset}files/")
    page.locator("main").get_by_role("link", name="handbook").first.click()
    page.get_by_role("link", name="All versions").click()
    _upload(page, SECOND)
    expect(page.get_by_text("Version 2 of")).to_be_visible()

    page.goto(f"{dataset}files/")
    expect(page.get_by_text("newer version not synced yet")).to_be_visible()
    _plan(page, "Sync")
    for kind in ("conflict", "changed", "new", "unchanged"):
        expect(page.locator(f".plan__group--{kind} .plan__count")).to_have_text("1")
    changed = page.locator(".plan__group--changed")
    changed.locator("summary").click()
    expect(changed.locator("ins")).to_have_text("Three")
    _apply(page)

    page.get_by_role("link", name="Compare both").click()
    expect(page.locator(".conflict__side").first).to_contain_text(BY_HAND)
    expect(page.locator(".conflict__side").last.locator("ins")).to_have_text(["12", "euros."])
    page.get_by_role("button", name="Take the file’s text").click()
    expect(page.get_by_text("The record is as the file has it.")).to_be_visible()
    page.goto(f"{dataset}records/")
    expect(page.get_by_role("link", name="Returns cost 12 euros.")).to_be_visible()
    page.get_by_role("link", name="Three years of warranty.").click()
    expect(page.locator("#panel")).to_contain_text("handbook دليل.txt, part 3")

    page.goto(f"{dataset}activity/?kind=syncs")
    expect(page.get_by_text("Sync of a file done: 4 records")).to_be_visible()
