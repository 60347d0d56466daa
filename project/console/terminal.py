"""Output for a person at a terminal, from several processes at once."""

from __future__ import annotations

import sys
import threading
from typing import TextIO

COLORS = {"web": 36, "worker": 33, "beat": 35, "postgres": 34, "valkey": 32}
NAME_WIDTH = 8


class Terminal:
    """Whole lines, each behind the name of who speaks. A closed output silences it and stops nobody."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output or sys.stdout
        self._has_colors = self._output.isatty()
        self._lock = threading.Lock()
        self._is_silent = False

    def say(self, name: str, line: str) -> None:
        prefix = f"{name:<{NAME_WIDTH}} |"
        if self._has_colors and name in COLORS:
            prefix = f"\x1b[{COLORS[name]}m{prefix}\x1b[0m"
        self.write(f"{prefix} {line}")

    def write(self, text: str) -> None:
        with self._lock:
            if self._is_silent:
                return
            try:
                self._output.write(f"{text}\n")
                self._output.flush()
            except (OSError, ValueError):
                self._is_silent = True
