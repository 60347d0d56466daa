"""What the site around this dialect must know of it."""

from project.api.dialect import Dialect
from project.api.keywordsai.errors import failure

BATCH_BYTES = 100_000_000
BATCHES = frozenset({"/request-logs/batch/create", "/api/request-logs/batch/create"})

DIALECT = Dialect(
    prefixes=(
        "/api/",
        "/api/v1/traces/",
        "/v1/traces/",
        "/v2/traces/",
        "/traces/",
        "/datasets/",
        "/evaluations/",
        "/request-logs/",
        "/log_threads/",
        "/log_thread/",
    ),
    say_error=failure,
    body_limit=lambda path, content_type: BATCH_BYTES if path in BATCHES else None,
)
