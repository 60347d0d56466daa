from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.syncing.planning import Kind, Piece, Plan, Tied, plan_of

ALPHABET = "ABCDEF"


def tied(*said: str) -> list[Tied]:
    """Records at the places 1, 2, ...: "A" as the file gave it, "A>x" edited to x, "A!" moved to the trash."""
    return [_tied(place, text) for place, text in enumerate(said, 1) if text]


def _tied(place: int, said: str) -> Tied:
    source, _, edited = said.removesuffix("!").partition(">")
    present = (edited or source).encode()
    return Tied(UUID(int=place), place, source.encode(), present, is_trashed=said.endswith("!"))


def pieces(text: str) -> list[Piece]:
    return [Piece(place, letter.encode()) for place, letter in enumerate(text, 1)]


def told(plan: Plan) -> str:
    """Such as "moved 1>2, new >1": the record's old place and the chunk's new one."""
    return ", ".join(
        f"{change.kind} {change.tied.place if change.tied else ''}>{change.piece.place if change.piece else ''}"
        for change in plan.changes
        if change.kind is not Kind.UNCHANGED
    )


CASES = [
    pytest.param("", "AB", "new >1, new >2", id="a first sync"),
    pytest.param("A B", "AB", "", id="nothing changed"),
    pytest.param("A B C", "AXC", "changed 2>2", id="one chunk changed"),
    pytest.param("A B C", "AB", "removed 3>", id="the file shrank"),
    pytest.param("A B C", "", "removed 1>, removed 2>, removed 3>", id="the file lost all"),
    pytest.param("A B", "XAB", "new >1, moved 1>2, moved 2>3", id="one before all"),
    pytest.param("A B C", "AXBC", "new >2, moved 2>3, moved 3>4", id="one in the middle"),
    pytest.param("A B C", "BCA", "moved 2>1, moved 3>2, moved 1>3", id="another order"),
    pytest.param("A B C", "XAYC", "new >1, moved 1>2, changed 2>3, moved 3>4", id="changed after one new"),
    pytest.param("A B C", "ACD", "removed 2>, moved 3>2, new >3", id="a row gone, a row added"),
    pytest.param("A B", "XY", "changed 1>1, changed 2>2", id="all changed"),
    pytest.param("A B C", "XY", "changed 1>1, changed 2>2, removed 3>", id="all changed and shorter"),
    pytest.param("A", "XYZ", "changed 1>1, new >2, new >3", id="all changed and longer"),
    pytest.param("A A B", "AAB", "", id="duplicates"),
    pytest.param("A A", "A", "removed 2>", id="one duplicate less"),
    pytest.param("A", "AA", "new >2", id="one duplicate more"),
    pytest.param("A B A", "BAA", "moved 2>1, moved 1>2", id="duplicates in their order"),
    pytest.param("A B>x", "AB", "edited 2>2", id="an edit stays"),
    pytest.param("A B>x", "XAB", "new >1, moved 1>2, edited 2>3", id="an edit moves along"),
    pytest.param("A B>x", "AY", "conflict 2>2", id="edited, and the file changed it"),
    pytest.param("A B>x", "A", "conflict 2>", id="edited, and the file lost it"),
    pytest.param("A B>x", "Ax", "edited 2>2", id="edited to what the file says now"),
    pytest.param("A B>B", "AY", "changed 2>2", id="edited back"),
    pytest.param("A B!", "AB", "edited 2>2", id="in the trash stays there"),
    pytest.param("A B!", "AY", "conflict 2>2", id="in the trash, and the file changed it"),
    pytest.param("A B!", "A", "edited 2>", id="in the trash, and the file lost it"),
    pytest.param("A B>x!", "AB", "edited 2>2", id="edited, then to the trash"),
    pytest.param("A  C", "ABC", "new >2", id="erased for good comes back"),
    pytest.param("A>x A", "A", "edited 1>1, removed 2>", id="of duplicates the first"),
]


@pytest.mark.parametrize(("before", "now", "expected"), CASES)
def test_what_a_sync_has_to_do(before: str, now: str, expected: str) -> None:
    assert told(plan_of(tied(*before.split(" ")), pieces(now))) == expected


def test_what_is_agreed_meanwhile_is_stored_but_not_told() -> None:
    [change] = plan_of(tied("A>x"), pieces("x")).changes
    assert (change.kind, change.is_written) == (Kind.EDITED, True)
    [change] = plan_of(tied("A>x"), pieces("A")).changes
    assert (change.kind, change.is_written) == (Kind.EDITED, False)


records_before = st.lists(
    st.builds(
        lambda source, edited, mark: f"{source}{edited}{mark}",
        st.sampled_from(ALPHABET),
        st.sampled_from(["", "", ">x", ">A"]),
        st.sampled_from(["", "", "!"]),
    ),
    max_size=12,
)
file_now = st.text(ALPHABET, max_size=12)


@given(records_before, file_now)
def test_every_record_and_every_chunk_is_in_the_plan_once(before: list[str], now: str) -> None:
    known, chunks = tied(*before), pieces(now)
    plan = plan_of(known, chunks)
    assert Counter(change.tied for change in plan.changes if change.tied) == Counter(known)
    assert Counter(change.piece for change in plan.changes if change.piece) == Counter(chunks)
    assert sum(plan.counts().values()) == len(plan.changes)


@given(records_before, file_now)
def test_what_a_person_did_is_never_overwritten_or_removed(before: list[str], now: str) -> None:
    for change in plan_of(tied(*before), pieces(now)).changes:
        if change.tied is not None:
            assert change.tied.is_kept == (change.kind in {Kind.EDITED, Kind.CONFLICT})


@given(records_before, file_now)
def test_a_second_sync_of_the_same_file_has_nothing_to_do(before: list[str], now: str) -> None:
    after = []
    for number, change in enumerate(plan_of(tied(*before), pieces(now)).changes, 100):
        if change.piece is None:
            continue
        source = change.piece.fingerprint
        old = change.tied or Tied(UUID(int=number), 0, source, source, is_trashed=False)
        present = old.present if change.kind in {Kind.EDITED, Kind.CONFLICT} else source
        after.append(Tied(old.id, change.piece.place, source, present, old.is_trashed))
    assert plan_of(sorted(after, key=lambda record: record.place), pieces(now)).written() == []


@given(st.text(ALPHABET, max_size=12), file_now)
def test_the_more_of_a_text_stays_the_more_records_stay(before: str, now: str) -> None:
    plan = plan_of(tied(*before), pieces(now))
    stayed = len(plan.of(Kind.UNCHANGED)) + len(plan.of(Kind.MOVED))
    assert stayed == (Counter(before) & Counter(now)).total()
