"""A record is found when its write has returned, and gone when it was deleted, whatever the workers are doing."""

from __future__ import annotations

from tests.bench.fresh import FreshSearch
from tests.stack import Stack

ROUNDS = 25  # Of two or three searches each; `python -m tests.bench --fresh 1000` asks for more.


def test_what_was_just_written_is_found_and_what_was_deleted_is_not_while_an_import_runs(
    stack: Stack,
) -> None:
    fresh = FreshSearch(stack, imported=3_000)
    assert fresh.misses(ROUNDS) == []
    assert len(fresh.seconds) == 2 * ROUNDS + ROUNDS // 2
    fresh.close()
