"""An application sends its logs; a person finds them, reads one and its thread, and makes a dataset of them."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.corpus import call, send_logs

CALLS = 24
JOB_MS = 60_000


def test_logs_are_followed_found_read_and_sampled(page: Page, desk: Desk) -> None:
    page.goto("/app/logs/")
    page.locator("main").get_by_role("link", name="How to send logs").last.click()
    expect(page.get_by_text(f"{desk.stack.url}/api/request-logs/create/")).to_be_visible()
    send_logs(desk, [call(number) for number in range(1, CALLS)])

    page.goto("/app/logs/")
    rows = page.locator(".grid tbody tr")
    expect(rows).to_have_count(CALLS - 1)
    expect(page.locator(".histogram__sums")).to_contain_text(f"{CALLS - 1} logs, 2 failed")
    send_logs(desk, [call(0)])
    page.get_by_role("link", name="1 new log").click()
    expect(rows).to_have_count(CALLS)
    expect(page.locator(".histogram__sums")).to_contain_text(f"{CALLS} logs")
    expect(page.get_by_label("Tell when new logs come")).to_be_checked()
    picture = page.locator(".histogram__picture").bounding_box()
    assert picture is not None
    middle = picture["y"] + picture["height"] / 2
    page.mouse.move(picture["x"] + picture["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(picture["x"] + picture["width"] - 2, middle, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=.*to="))
    page.goto("/app/logs/")

    page.get_by_role("link", name=re.compile(r"^desk-small")).click()
    expect(page).to_have_url(re.compile(r"\?model=desk-small$"))
    expect(rows).to_have_count(16)
    page.locator("#menu-add summary").click()
    page.get_by_label("Field", exact=True).fill("meta.lang")
    page.get_by_label("Value", exact=True).fill("de")
    page.get_by_role("button", name="Add the filter").click()
    expect(rows).to_have_count(4)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel.locator(".turn").first).to_contain_text("Hello, I ordered a")
    first = page.url
    page.keyboard.press("j")
    expect(page).not_to_have_url(first)
    page.reload()
    expect(panel.locator(".turn--assistant").first).to_be_visible()
    panel.get_by_role("link", name=re.compile("^chat-")).click()
    expect(page.locator(".step")).to_have_count(4)

    page.goto("/app/logs/?model=desk-small")
    page.get_by_role("link", name="Make a dataset").click()
    expect(page.locator("#preview")).to_contain_text("16 of 16 logs that match are taken.")
    page.get_by_label("At most, in all").fill("5")
    expect(page.locator("#preview")).to_contain_text("5 of 16 logs that match are taken.")
    page.get_by_label("At most, in all").fill("")
    page.get_by_label("Name of the new dataset").fill("From logs")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("16 logs sampled.")).to_be_visible(timeout=JOB_MS)
    page.goto("/app/datasets/")
    page.get_by_role("link", name="From logs").click()
    expect(rows).to_have_count(16)
