from uuid import UUID

import pytest

from project.lib.labels import label_of

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Support", "Support"),
        (" two\nlines ", "two lines"),
        ("", "Untitled dataset 9a8057"),
        (" \t", "Untitled dataset 9a8057"),
    ],
)
def test_what_has_no_name_is_called_by_the_end_of_its_id(name: str, label: str) -> None:
    assert label_of("dataset", name, ID) == label
