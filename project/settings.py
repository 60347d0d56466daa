"""Every value comes from the environment; what is not set has the default of the one-command form."""

import logging
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import dj_database_url
from environs import Env

from project.lib.embedded import embedded_broker_url, embedded_database_url, stored_secret_key
from project.lib.storage import storage_of

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# Where the embedded parts keep their data
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()

# The site
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or stored_secret_key(DATA_DIR)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["*"])
PUBLIC_URL = env.str("PUBLIC_URL", "")
_PUBLIC_ORIGIN = "/".join(PUBLIC_URL.split("/")[:3])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [_PUBLIC_ORIGIN] if "://" in _PUBLIC_ORIGIN else [])
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
APPEND_SLASH = True

INSTALLED_APPS = [
    "project.accounts",
    "files",
    "datasets",
    "threads",
    "records",
    "project.console",
    "project.apps.SiteConfig",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "django_htmx",
    "ninja",
]

MIDDLEWARE = [
    "project.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "project.middleware.CompressedPageMiddleware",
    "project.middleware.ContentPolicyMiddleware",
    "project.middleware.ErrorEnvelopeMiddleware",
    "project.middleware.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "project.middleware.StrangerBodyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "project.accounts.middleware.WorkspaceMiddleware",
    "project.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Database
DATABASES = {
    "default": dj_database_url.parse(
        env.str("DATABASE_URL", "") or embedded_database_url(DATA_DIR),
        conn_max_age=env.int("DATABASE_CONN_MAX_AGE", 300),
        conn_health_checks=True,
    )
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)  # Seconds.
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Jobs
CELERY_BROKER_URL = env.str("BROKER_URL", "") or embedded_broker_url(DATA_DIR)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"datasets.tasks.run_job": {"queue": "bulk"}}
CELERY_WORKER_CONCURRENCY = env.int("WORKER_PROCESSES", 2)
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 600 * 1024  # KiB; who has grown above it is replaced after its task.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 5}
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {"task": "datasets.tasks.sweep_jobs", "schedule": 5.0},
    "tidy-uploads": {"task": "datasets.tasks.tidy_uploads", "schedule": 30.0},
    "keep-months-of-logs": {"task": "threads.tasks.keep_months", "schedule": 3600.0},
    "fill-gaps": {"task": "records.tasks.fill_gaps", "schedule": 30.0},
    "purge-trash": {"task": "records.tasks.purge_trash", "schedule": 3600.0},
    "run-sampling-rules": {"task": "records.tasks.run_sampling_rules", "schedule": 30.0},
}
JOB_STALE_SECONDS = env.int("JOB_STALE_SECONDS", 20)
WORKER_ALIVE_SECONDS = env.int("WORKER_ALIVE_SECONDS", 15)

# Trash: purged for good after so many days; 0 keeps it for ever
TRASH_RETENTION_DAYS = env.int("TRASH_RETENTION_DAYS", 30)

# Accounts
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "datasets:dataset_list"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Failed sign-ins: counted per email address and network address, for the pages and the admin alike
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = env.int("SIGN_IN_FAILURES", 5)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("SIGN_IN_WAIT_MINUTES", 15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "project.accounts.views.sign_in_locked"
AXES_CLIENT_IP_CALLABLE = "project.accounts.signin.client_address"
AXES_USERNAME_FORM_FIELD = "username"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Security
_IS_HTTPS = PUBLIC_URL.startswith("https://") if PUBLIC_URL else BEHIND_PROXY
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _IS_HTTPS
CSRF_FAILURE_VIEW = "project.refusals.csrf_failure"
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 0)
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}

# Search by meaning: an OpenAI-compatible address such as https://embeddings.example.org/v1, else a model of our own
EMBEDDINGS_URL = env.str("EMBEDDINGS_URL", "")
EMBEDDINGS_MODEL = env.str("EMBEDDINGS_MODEL", "")
EMBEDDINGS_KEY = env.str("EMBEDDINGS_KEY", "")

# Judges: an OpenAI-compatible address such as https://models.example.org/v1; without one nothing is judged
JUDGE_URL = env.str("JUDGE_URL", "")
JUDGE_KEY = env.str("JUDGE_KEY", "")
JUDGE_MODEL = env.str("JUDGE_MODEL", "")  # Asked instead of the model that a judge names.
JUDGE_TIMEOUT_SECONDS = env.int("JUDGE_TIMEOUT_SECONDS", 60)
JUDGE_CONCURRENCY = env.int("JUDGE_CONCURRENCY", 4)  # Calls side by side, for each running campaign.
JUDGE_CALLS_PER_MINUTE = env.int("JUDGE_CALLS_PER_MINUTE", 0)  # For each running campaign; 0 is no limit.

# Logs of applications: kept for so many days by their own time; 0 keeps them for ever
LOG_RETENTION_DAYS = env.int("LOG_RETENTION_DAYS", 0)

# Limits
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", 10 * 1024**3)
MAX_BODY_BYTES = env.int("MAX_BODY_BYTES", 64 * 1024**2)
MAX_LINE_BYTES = env.int("MAX_LINE_BYTES", 64 * 1024**2)
MAX_UNPACKED_BYTES = env.int("MAX_UNPACKED_BYTES", 100 * 1024**3)
MAX_DOCUMENT_BYTES = env.int("MAX_DOCUMENT_BYTES", 256 * 1024**2)
MAX_DOCUMENT_UNPACKED_BYTES = env.int("MAX_DOCUMENT_UNPACKED_BYTES", 512 * 1024**2)
MAX_DOCUMENT_TEXT_BYTES = env.int("MAX_DOCUMENT_TEXT_BYTES", 64 * 1024**2)
DOCUMENT_MEMORY_BYTES = env.int("DOCUMENT_MEMORY_BYTES", 1024**3)
DOCUMENT_SECONDS = env.int("DOCUMENT_SECONDS", 120)
MAX_LOG_BYTES = env.int("MAX_LOG_BYTES", 10 * 1024**2)
# Networks such as 10.0.0.0/8 from which content may be fetched by URL, beside the public ones
FETCH_PRIVATE_ADDRESSES = [ip_network(network) for network in env.list("FETCH_PRIVATE_ADDRESSES", [], str)]
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
_UPLOADS = DATA_DIR / "uploads"  # On the disk of the storage, so that a stored upload is only renamed.
FILE_UPLOAD_TEMP_DIR = str(_UPLOADS) if _UPLOADS.is_dir() else None

# Language and time
LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "UTC")

# Static files and storage
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": storage_of(env.str("STORAGE_URL", ""), DATA_DIR / "storage"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Admin
UNFOLD = {
    "SITE_TITLE": "Winnow admin",
    "SITE_HEADER": "Winnow admin",
    "SITE_URL": "/app/datasets/",
    "SITE_SYMBOL": "grass",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "project.lib.admin.favicon"}],
    "STYLES": ["project.lib.admin.stylesheet"],
    "COLORS": {
        "primary": {
            "50": "#f2f6fd",
            "100": "#e8effc",
            "200": "#cfdef7",
            "300": "#a9c3ee",
            "400": "#8fb8ff",
            "500": "#5b8ee6",
            "600": "#1d58b8",
            "700": "#174795",
            "800": "#133a79",
            "900": "#1b2a45",
            "950": "#111b2e",
        }
    },
}

# Logs: libraries never below INFO, since what they tell while debugging holds bodies, keys and parameters of queries
LOG_LEVEL = env.log_level("LOG_LEVEL", logging.INFO)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "project.lib.logs.OneLineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": max(LOG_LEVEL, logging.INFO)},
    "loggers": {
        "django": {"handlers": [], "level": max(LOG_LEVEL, logging.INFO), "propagate": True},
        "axes": {"level": max(LOG_LEVEL, logging.WARNING)},  # It tells of good sign-ins too.
        "celery": {"level": max(LOG_LEVEL, logging.WARNING)},  # The sweep alone says much.
        "httpx": {
            "level": max(LOG_LEVEL, logging.WARNING)
        },  # It tells of every call to the embeddings address.
        **{app: {"level": LOG_LEVEL} for app in ("project", "files", "datasets", "threads", "records")},
    },
}
