"""The main job from end to end: a file of conversations goes in, is read and filtered, and comes out as it went in."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.corpus import dialogue
from tests.stack import CHECKOUT

REAL = CHECKOUT.parent / "shared" / "data" / "sgd_train.jsonl.gz"
IMPORT_MS = 120_000
WALKED = 2_000


@dataclass(frozen=True, slots=True)
class Job:
    """A file, and what to look for in it."""

    file: Path
    word: str
    key: str
    value: str

    def lines(self) -> list[Any]:
        with gzip.open(self.file, "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]


@pytest.fixture
def made(tmp_path: Path) -> Job:
    file = tmp_path / "support.jsonl.gz"
    lines = [{"payload": (parts := _parts(number))[0], "properties": parts[1]} for number in range(1_234)]
    file.write_bytes(gzip.compress("\n".join(json.dumps(line) for line in lines).encode()))
    return Job(file, "voucher", "lang", "fr")


@pytest.fixture
def real() -> Job:
    if not REAL.exists():
        pytest.skip(f"the real dialogues are not at {REAL.relative_to(CHECKOUT.parent)} beside the checkout")
    return Job(REAL, "restaurant", "services", "Restaurants_1")


@pytest.mark.parametrize("name", ["made", "real"])
def test_a_file_goes_in_is_read_and_comes_out_as_it_was(
    name: str, page: Page, request: pytest.FixtureRequest
) -> None:
    job: Job = request.getfixturevalue(name)
    lines = job.lines()
    _import(page, job, len(lines))
    _read(page, len(lines))
    _search_and_filter(page, job, lines)
    _page_to_the_end(page, len(lines))
    with page.expect_download(timeout=IMPORT_MS) as download:
        page.get_by_role("link", name=re.compile("^Export")).click()
    exported = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in exported] == lines


def _parts(number: int) -> tuple[Any, Any]:
    line = dialogue(number)
    return line["payload"], line["properties"]


def _import(page: Page, job: Job, count: int) -> None:
    page.goto("/app/datasets/create/")
    page.get_by_label("Name").fill(f"Main job {job.file.name}")
    page.get_by_role("button", name="Create dataset").click()
    page.wait_for_url("**/records/")
    page.get_by_role("link", name="Import").first.click()
    page.locator('input[type="file"]').set_input_files(job.file)
    page.get_by_role("button", name="Import").click()
    page.wait_for_url(re.compile(r"/app/jobs/[0-9a-f-]{36}/$"), timeout=IMPORT_MS)
    expect(page.locator("h2").first).to_have_text("Completed", timeout=IMPORT_MS)
    expect(page.get_by_text(f"{count:,} records imported.")).to_be_visible()
    page.get_by_role("link", name="Show the records").click()


def _read(page: Page, count: int) -> None:
    expect(page.get_by_text(f"1–100 of {count:,}")).to_be_visible()
    page.locator(".grid__link").first.click()
    panel = page.locator("#panel")
    expect(panel.get_by_text("user", exact=True).first).to_be_visible()
    expect(panel.get_by_text("assistant", exact=True).first).to_be_visible()
    page.keyboard.press("Escape")


def _search_and_filter(page: Page, job: Job, lines: list[Any]) -> None:
    page.get_by_label("Search words").fill(job.word)
    page.keyboard.press("Enter")
    expect(page.locator(".chip", has_text=job.word)).to_be_visible()
    word = re.compile(rf"\b{job.word}\b", re.IGNORECASE)
    having = [
        line for line in lines if any(word.search(turn["content"]) for turn in line["payload"]["messages"])
    ]
    expect(
        page.get_by_text(f"1–100 of {len(having):,}" if len(having) > 100 else f"of {len(having):,}")
    ).to_be_visible()
    page.goto(page.url.partition("?")[0])
    page.locator("#menu-add summary").click()
    page.get_by_label("Field", exact=True).fill(f"meta.{job.key}")
    page.locator("#add-value").fill(job.value)
    page.get_by_role("button", name="Add the filter").click()
    matching = [line for line in lines if job.value in line["properties"].get(job.key, ())]
    expect(page.get_by_text(f"{len(matching):,} of {len(lines):,} match")).to_be_visible()
    page.goto(page.url.partition("?")[0])


def _page_to_the_end(page: Page, count: int) -> None:
    """Page by page, as far as somebody would; then at once."""
    seen = 100
    while seen < min(count, WALKED):
        page.get_by_role("link", name="Next page").click()
        last = min(seen + 100, count)
        expect(page.get_by_text(f"{seen + 1:,}–{last:,} of {count:,}")).to_be_visible()
        seen = last
    if seen < count:
        page.get_by_role("link", name="Last page").click()
        expect(page.get_by_text(f"{count - 99:,}–{count:,} of {count:,}")).to_be_visible()
    expect(page.get_by_role("link", name="Next page")).to_have_count(0)
