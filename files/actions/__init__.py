"""What can be done with files. `datasets.file_actions` does the same for the doors and tells the event log."""

from files.actions.contents import put_content, store_file
from files.actions.rows import create_file, delete_file, erase_contents, update_file

__all__ = [
    "create_file",
    "delete_file",
    "erase_contents",
    "put_content",
    "store_file",
    "update_file",
]
