"""Where the bytes of files lie, said as one URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.files.storage import storages

SPOOL_BYTES = (
    32 << 20
)  # What is read back from object storage is kept in memory up to this size, then on disk.


def storage_of(url: str, folder: Path) -> dict[str, Any]:
    """The entry for STORAGES. Empty: the folder. `file:///folder`, or object storage that speaks S3:
    `s3://KEY:SECRET@HOST/BUCKET?region=REGION`, `s3+http://` where it has no certificate, and without KEY and HOST
    what boto3 finds by itself. `public=https://HOST` is where clients reach it, if that is another address. Raises
    ValueError for anything else."""
    parts = urlsplit(url)
    if not url or (parts.scheme == "file" and parts.path):
        location = unquote(parts.path) if url else str(folder)
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": location}}
    bucket = parts.path.strip("/")
    if parts.scheme not in {"s3", "s3+http"} or not bucket or "/" in bucket:
        raise ValueError("STORAGE_URL is file:///FOLDER or s3://KEY:SECRET@HOST/BUCKET.")
    options: dict[str, Any] = {
        "bucket_name": bucket,
        "file_overwrite": False,
        "max_memory_size": SPOOL_BYTES,
        "signature_version": "s3v4",
    }
    if parts.hostname:
        port = f":{parts.port}" if parts.port else ""
        options["endpoint_url"] = (
            f"{'http' if parts.scheme == 's3+http' else 'https'}://{parts.hostname}{port}"
        )
    if parts.username:
        options |= {"access_key": unquote(parts.username), "secret_key": unquote(parts.password or "")}
    for option, name in (("region_name", "region"), ("public_endpoint_url", "public")):
        if said := parse_qs(parts.query).get(name):
            options[option] = said[0]
    return {"BACKEND": "project.lib.s3.DirectS3Storage", "OPTIONS": options}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What lies under a name in storage. Another content has another etag."""

    size_bytes: int
    etag: str


@runtime_checkable
class DirectStorage(Protocol):
    """Storage to which clients send bytes themselves, past this server."""

    def upload_url(self, name: str, *, size_bytes: int, lifetime: timedelta) -> str:
        """An address that takes one PUT of exactly that many bytes, again and again, until its time is over."""

    def arrival(self, name: str) -> Arrival | None:
        """None while nothing is there, or nobody can say."""


def direct_storage() -> DirectStorage | None:
    """None when bytes must come through this server."""
    storage = storages["default"]
    return storage if isinstance(storage, DirectStorage) else None
