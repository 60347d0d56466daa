"""What the site around this dialect must know of it."""

from project.api.dialect import Dialect
from project.api.keywordsai.errors import failure

BATCH_BYTES = 100_000_000

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
    body_limits={
        "/request-logs/batch/create": BATCH_BYTES,
        "/api/request-logs/batch/create": BATCH_BYTES,
    },
)
