"""How long a person waits in a real Chromium: from the key, the click or the address until it can be seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

from tests.bench.visitor import Visitor
from tests.chromium import executable
from tests.stack import PASSWORD

TIMEOUT_MS = 60_000
# From the event of the key or click to the first frame in which the watched element is another one.
_WATCH = """
selector => {
  const look = () => {
    const found = document.querySelectorAll(selector);
    return `${found.length} ${found[0]?.dataset.record ?? ""}`;
  };
  const before = look();
  let begun = null;
  for (const kind of ["keydown", "click"]) {
    addEventListener(kind, event => { begun ??= event.timeStamp; }, { capture: true, once: true });
  }
  window.benchWait = new Promise(seen => {
    const wait = () => {
      const isThere = begun !== null && look() !== before;
      requestAnimationFrame(isThere ? () => seen(performance.now() - begun) : wait);
    };
    wait();
  });
}
"""
_OPENED = """
() => {
  const [page] = performance.getEntriesByType("navigation");
  const [painted] = performance.getEntriesByName("first-contentful-paint");
  return Math.max(page.domContentLoadedEventEnd, painted.startTime);
}
"""
_FETCHED = """
() => Math.max(0, ...performance.getEntriesByType("resource")
  .filter(one => one.initiatorType === "xmlhttprequest").map(one => one.responseEnd))
"""
_IS_PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length > 0"
_WEIGHTS = """
() => {
  const total = test => performance.getEntriesByType("resource")
    .filter(one => test.test(new URL(one.name).pathname)).reduce((sum, one) => sum + one.encodedBodySize, 0);
  return [total(/\\.js$/), total(/\\.css$/)];
}
"""


@dataclass(frozen=True, slots=True)
class Weights:
    """Of what a page loads, compressed, in bytes."""

    script: int
    style: int


class Screen:
    """One tab of a person who has signed in."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, path: str) -> float:
        """Seconds from the address to the rows, after somebody has looked at what was there before."""
        self.page.wait_for_load_state("networkidle")
        return self.hasten(path)

    def hasten(self, path: str) -> float:
        """The same while the server is still at work on what the page before asked for."""
        self.page.goto(path, wait_until="load")
        self.page.wait_for_function(_IS_PAINTED)
        return float(self.page.evaluate(_OPENED)) / 1000

    def fill(self, path: str) -> float:
        """Seconds from the rows to the last of what the page fetches after them."""
        rows = self.open(path)
        self.page.wait_for_load_state("networkidle")
        return max(0.0, float(self.page.evaluate(_FETCHED)) / 1000 - rows)

    def wait_for(self, selector: str, act: Callable[[], None]) -> float:
        """Seconds from the key or click of `act` until another element is the first that the selector finds, or
        another number is found."""
        self.page.evaluate(_WATCH, selector)
        act()
        return float(self.page.evaluate("window.benchWait")) / 1000

    def press(self, key: str, selector: str) -> float:
        return self.wait_for(selector, lambda: self.page.keyboard.press(key))

    def weigh(self, path: str) -> Weights:
        """What comes over the wire with nothing kept from before."""
        self.page.goto(path, wait_until="networkidle")
        return Weights(*self.page.evaluate(_WEIGHTS))


@contextmanager
def screen_of(visitor: Visitor) -> Iterator[Screen]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=executable(), args=arguments)
        context = browser.new_context(
            base_url=visitor.url, viewport={"width": 1440, "height": 900}, bypass_csp=True
        )
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.goto("/app/sign-in/")
        page.get_by_label("Email").fill(visitor.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/app/datasets/")
        yield Screen(page)
        browser.close()
