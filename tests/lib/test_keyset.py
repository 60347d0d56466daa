from __future__ import annotations

import pytest

from files.models import File
from project.accounts.models import Workspace
from project.lib.cursors import CursorError
from project.lib.keyset import newest_page
from tests.factories.files import FileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(workspace: Workspace) -> list[File]:
    return [FileFactory.create(workspace=workspace) for _ in range(5)][::-1]


def test_pages_follow_each_other_without_gap_or_repetition(files: list[File]) -> None:
    first = newest_page(File.objects.all(), size=2)
    second = newest_page(File.objects.all(), after=first.next_cursor, size=2)
    third = newest_page(File.objects.all(), after=second.next_cursor, size=2)
    assert [*first.rows, *second.rows, *third.rows] == files
    assert (first.previous_cursor, third.next_cursor) == ("", "")


def test_going_back_shows_the_same_pages(files: list[File]) -> None:
    first = newest_page(File.objects.all(), size=2)
    second = newest_page(File.objects.all(), after=first.next_cursor, size=2)
    back = newest_page(File.objects.all(), before=second.previous_cursor, size=2)
    assert back == first


def test_a_full_last_page_has_no_next(files: list[File]) -> None:
    assert newest_page(File.objects.all(), size=5).next_cursor == ""


def test_rows_that_come_in_meanwhile_move_nothing(files: list[File], workspace: Workspace) -> None:
    first = newest_page(File.objects.all(), size=2)
    FileFactory.create(workspace=workspace)
    assert newest_page(File.objects.all(), after=first.next_cursor, size=2).rows == files[2:4]


def test_no_rows_are_a_page_without_neighbors() -> None:
    page = newest_page(File.objects.all())
    assert (page.rows, page.next_cursor, page.previous_cursor) == ([], "", "")


@pytest.mark.parametrize("cursor", ["nonsense", "\x00", "é", "a" * 200])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        newest_page(File.objects.all(), after=cursor)
