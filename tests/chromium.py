"""Which Chromium the browser tests drive. `python -m tests.chromium` sees to it that there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# The shell is the same engine without the windows around it, and opens a page five times as fast.
NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
DOWNLOAD_SECONDS = 300


def executable() -> str:
    """An installed Chromium, or else Playwright's own; empty when there is neither."""
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    return os.environ.get("CHROMIUM") or installed or _playwrights_own()


def _playwrights_own() -> str:
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else ""


def _install() -> None:
    if not _succeeds(sys.executable, "-m", "playwright", "install", "chromium") and os.geteuid() == 0:
        _succeeds("apt-get", "update")
        _succeeds("apt-get", "install", "--yes", "--no-install-recommends", "chromium-headless-shell")


def _succeeds(*command: str) -> bool:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=environ, timeout=DOWNLOAD_SECONDS, stdout=sys.stderr, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def main() -> None:
    if not executable():
        _install()
    if not executable():
        raise SystemExit(
            "There is no Chromium for the browser tests; install one, or set CHROMIUM to its path."
        )


if __name__ == "__main__":
    main()
