from __future__ import annotations

import os
from pathlib import Path

import dj_database_url
import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.lib.embedded import (
    MAX_SOCKET_PATH,
    embedded_broker_url,
    embedded_database_url,
    socket_folder,
    stored_secret_key,
)

names = st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=60)
folders = st.lists(names, min_size=1, max_size=5).map(lambda parts: Path("/", *parts))


@given(folders)
def test_every_folder_gives_sockets_that_the_kernel_takes(data_dir: Path) -> None:
    assert len(os.fsencode(socket_folder(data_dir) / ".s.PGSQL.5432.lock")) <= MAX_SOCKET_PATH


@given(folders)
def test_the_address_of_the_database_names_its_sockets(data_dir: Path) -> None:
    assert dj_database_url.parse(embedded_database_url(data_dir))["HOST"] == str(socket_folder(data_dir))


@given(folders, folders)
def test_two_folders_do_not_share_their_sockets(one: Path, other: Path) -> None:
    assert (socket_folder(one) == socket_folder(other)) is (one == other)


def test_a_short_folder_keeps_its_sockets_inside() -> None:
    assert socket_folder(Path("/srv/winnow")) == Path("/srv/winnow/run")
    assert embedded_broker_url(Path("/srv/winnow")) == "redis+socket:///srv/winnow/run/valkey.sock"


@pytest.mark.parametrize("data_dir", [f"/srv/{'x' * 90}", "/srv/100%", "/srv/a?b", "/srv/a#b"])
def test_a_folder_that_no_socket_address_can_name_gets_another(data_dir: str) -> None:
    assert str(socket_folder(Path(data_dir))).startswith("/tmp/winnow-")


def test_the_secret_key_is_empty_until_one_was_made(tmp_path: Path) -> None:
    assert stored_secret_key(tmp_path) == ""
    (tmp_path / "secret_key").write_text("long and random\n")
    assert stored_secret_key(tmp_path) == "long and random"
