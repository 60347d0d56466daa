from __future__ import annotations

import os
import secrets
from pathlib import Path

from project.lib.embedded import SECRET_KEY_NAME


def ensure_secret_key(data_dir: Path) -> None:
    """Makes the key on the first start and keeps it beside the data, readable by its owner alone."""
    path = data_dir / SECRET_KEY_NAME
    if os.environ.get("SECRET_KEY") or path.exists():
        return
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    unfinished.rename(path)
