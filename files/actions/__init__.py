"""What can be done with files. `datasets.file_actions` does the same for the doors and tells the event log."""

from files.actions.contents import put_content, store_file
from files.actions.rows import create_file, delete_file, erase_deleted_files, update_file
from files.actions.uploads import (
    announce_upload,
    forget_uploads,
    open_uploads,
    receive_upload,
    remove_broken_uploads,
    settle_upload,
    upload_url,
)

__all__ = [
    "announce_upload",
    "create_file",
    "delete_file",
    "erase_deleted_files",
    "forget_uploads",
    "open_uploads",
    "put_content",
    "receive_upload",
    "remove_broken_uploads",
    "settle_upload",
    "store_file",
    "update_file",
    "upload_url",
]
