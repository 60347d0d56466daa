from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from project.accounts.models import Workspace
from project.lib.filters import Condition, FilterError, Operator
from tests.factories.threads import keep_logs
from threads.drawing import drawn
from threads.models import Log
from threads.sampling import Candidate, SampleError, SampleRule, chosen, lot_of
from threads.types import LogDraft

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
candidates = st.lists(
    st.builds(
        Candidate, st.uuids(), st.sampled_from([None, "", "a", "b"]), st.sampled_from([None, "x", "y"])
    ),
    max_size=40,
    unique_by=lambda one: one.log_id,
)
percents = st.decimals(0, 100, places=3)
numbers = st.none() | st.integers(0, 10)
rules = st.builds(
    lambda per_stratum, **values: SampleRule(
        **values, per_stratum=per_stratum, stratum="model" if per_stratum is not None else ""
    ),
    seed=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=10),
    percent=percents,
    per_thread=numbers,
    per_stratum=numbers,
    size=numbers,
)


@given(candidates, st.text(max_size=5).map(repr), percents, percents)
def test_a_larger_share_holds_the_smaller(
    some: list[Candidate], seed: str, one: Decimal, other: Decimal
) -> None:
    small, large = (chosen(some, SampleRule(seed, percent)) for percent in sorted([one, other]))
    assert small <= large


@given(candidates, st.randoms())
def test_none_of_the_logs_and_all_of_them(some: list[Candidate], chance: object) -> None:
    assert chosen(some, SampleRule("s", Decimal(0))) == set()
    assert chosen(some, SampleRule("s", Decimal(100))) == {one.log_id for one in some}


@given(candidates, rules, st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(
    some: list[Candidate], rule: SampleRule, chance: object
) -> None:
    shuffled = list(some)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert chosen(some, rule) == chosen(shuffled, rule)


@given(candidates, rules)
def test_no_limit_is_exceeded(some: list[Candidate], rule: SampleRule) -> None:
    by_id = {one.log_id: one for one in some}
    taken = [by_id[log_id] for log_id in chosen(some, rule)]
    threads = Counter(one.thread for one in taken if one.thread)
    strata = Counter(one.stratum for one in taken)
    assert rule.size is None or len(taken) <= rule.size
    assert rule.per_thread is None or max(threads.values(), default=0) <= rule.per_thread
    assert rule.per_stratum is None or max(strata.values(), default=0) <= rule.per_stratum


@given(candidates, st.integers(0, 20), st.integers(0, 20))
def test_a_larger_size_holds_the_smaller_and_takes_what_there_is(
    some: list[Candidate], one: int, other: int
) -> None:
    small, large = (chosen(some, SampleRule("s", size=size)) for size in sorted([one, other]))
    assert small <= large
    assert len(large) == min(len(some), max(one, other))


def test_shares_are_about_as_large_as_they_say_and_seeds_differ() -> None:
    some = [Candidate(UUID(int=number)) for number in range(10_000)]
    tenth = chosen(some, SampleRule("a", Decimal(10)))
    assert 900 < len(tenth) < 1100
    assert tenth != chosen(some, SampleRule("b", Decimal(10)))


def test_a_lot_is_the_same_for_ever() -> None:
    assert lot_of("seed", UUID(int=1)) == 0x1130A648F456B6


@pytest.mark.parametrize(
    "rule",
    [
        SampleRule("s", Decimal(101)),
        SampleRule("s", Decimal(-1)),
        SampleRule("s", Decimal("nan")),
        SampleRule("s", size=-1),
        SampleRule("s", per_stratum=1),
        SampleRule("s", stratum="model"),
        SampleRule("s" * 101),
        SampleRule("\x00"),
    ],
)
def test_a_sample_that_cannot_be_drawn_is_refused(rule: SampleRule) -> None:
    with pytest.raises(SampleError):
        rule.check()


@pytest.fixture
def logs(workspace: Workspace) -> Callable[[], list[Candidate]]:
    """Thirty logs of five threads or none and of three models."""
    drafts = [
        LogDraft(
            thread_identifier=["a", "b", "c", "", None][number % 5],
            model=["x", "y", "z"][number % 3],
            logged_at=NOON + timedelta(minutes=number),
        )
        for number in range(30)
    ]
    kept = [Candidate(log.id, log.thread_identifier, log.model) for log in keep_logs(workspace, *drafts)]
    return lambda: kept


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=rules)
def test_the_database_draws_the_same_lots(rule: SampleRule, logs: Callable[[], list[Candidate]]) -> None:
    assert {log.id for log in drawn(Log.objects.all(), rule)} == chosen(logs(), rule)


def test_a_sample_comes_oldest_first_and_from_nothing_comes_nothing(
    logs: Callable[[], list[Candidate]],
) -> None:
    taken = [log.id for log in drawn(Log.objects.all(), SampleRule("s", size=9))]
    assert taken == sorted(taken)
    assert len(taken) == 9
    nothing = Log.objects.matching(Condition("id", Operator.IS, "unknown"))
    assert not drawn(nothing, SampleRule("s", size=9))
    assert not drawn(nothing, SampleRule("s"))


def test_a_stratum_is_a_field_of_logs(db: None) -> None:
    rule = SampleRule("s", stratum="colour", per_stratum=1)
    with pytest.raises(FilterError, match="There is no field 'colour'"):
        drawn(Log.objects.all(), rule)
    assert not drawn(Log.objects.all(), replace(rule, stratum="meta.lang"))
