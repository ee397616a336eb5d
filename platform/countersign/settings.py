"""The one settings file. What differs between machines comes from the environment; a bad value stops the start."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from consent import vocabulary
from countersign import keys, mailing
from countersign.embedded.address import databases

BASE = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("COUNTERSIGN_DATA") or BASE / "var").resolve()
KEYS = DATA / "keys"

SITE_URL = os.environ.get("COUNTERSIGN_SITE_URL") or "http://localhost:8000"
_site = urlsplit(SITE_URL)
if _site.scheme not in ("http", "https") or not _site.hostname:
    raise ValueError(f"COUNTERSIGN_SITE_URL must be an address such as https://countersign.example, not {SITE_URL!r}")
_secure = _site.scheme == "https"

DEBUG = False
SECRET_KEY = os.environ.get("COUNTERSIGN_SECRET_KEY") or keys.site_secret(KEYS)
ALLOWED_HOSTS = [_site.hostname, *filter(None, os.environ.get("COUNTERSIGN_HOSTS", "127.0.0.1,localhost").split(","))]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# No django.contrib.admin: a page that edits rows directly would be a way round the gate.
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "csp",
    "provenance",
    "consent",
    "countersign.accounts",
    "countersign.runs",
    "countersign.keeping",
    "countersign.watch",
    "countersign.api",
    "countersign.desk",
    "countersign.pages",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "countersign.errors.Bodies",  # before the next one, which reads bodies
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "countersign.errors.ErrorPages",
]

ROOT_URLCONF = "countersign.urls"
WSGI_APPLICATION = "countersign.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = databases(os.environ, DATA)
AUTH_USER_MODEL = "accounts.Person"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = _secure
SECURE_REDIRECT_EXEMPT = [r"^metrics$"]  # read beside us, without a proxy
SECURE_HSTS_SECONDS = 63_072_000 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _secure
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("COUNTERSIGN_BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "media-src": ["'self'", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

# Uploads: sealed while they come in, refused above the limit before they are read.
FILE_UPLOAD_HANDLERS = ["countersign.receiving.SealedUploadHandler"]
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FOOTAGE_MAX_BYTES = int(os.environ.get("COUNTERSIGN_FOOTAGE_MAX_BYTES") or 4 * 2**30)
VERIFY_MAX_BYTES = int(os.environ.get("COUNTERSIGN_VERIFY_MAX_BYTES") or 512 * 2**20)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["knox.auth.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "countersign.errors.as_problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Countersign",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {  # one name for a list of words, whatever the field is called
        "KindOfUseEnum": [(one.value, one.value) for one in vocabulary.KindOfUse],
        "OutputClassEnum": [(one.value, one.value) for one in vocabulary.OutputClass],
        "ContextEnum": [(one.value, one.value) for one in vocabulary.Context],
        "AlterationEnum": [(one.value, one.value) for one in vocabulary.Alteration],
    },
}

# The queue: RabbitMQ or Redis when named, else files under the data folder.
BROKER_URL = os.environ.get("CELERY_BROKER_URL") or "filesystem://localhost/"
_queue = DATA / "queue"
BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
QUEUE_ARGUMENTS: dict[str, object] = {}
if BROKER_URL.startswith("filesystem:"):
    BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue),
        "data_folder_out": str(_queue),
        "control_folder": str(_queue / "control"),
        "polling_interval": 0.25,
    }
elif BROKER_URL.startswith("amqp"):
    BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}
    QUEUE_ARGUMENTS = {"x-queue-type": "quorum"}

# Mail, and where webhooks may go although it is no public address.
_mail = mailing.read(os.environ.get("COUNTERSIGN_SMTP_URL"), folder=DATA / "mail")
EMAIL_BACKEND, EMAIL_FILE_PATH = _mail.backend, _mail.folder
EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = _mail.host, _mail.port, 10
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.tls, _mail.ssl
DEFAULT_FROM_EMAIL = os.environ.get("COUNTERSIGN_MAIL_FROM") or f"countersign@{_site.hostname}"
WEBHOOK_HOSTS = frozenset(filter(None, os.environ.get("COUNTERSIGN_WEBHOOK_HOSTS", "").split(",")))

DEVICE = os.environ.get("COUNTERSIGN_DEVICE") or "cpu"
PRECISION = os.environ.get("COUNTERSIGN_PRECISION") or "fp32"

# Who time-stamps the log's checkpoints (RFC 3161); unset, nobody does.
TSA_URL = os.environ.get("COUNTERSIGN_TSA_URL") or ""
if TSA_URL and (urlsplit(TSA_URL).scheme not in ("http", "https") or not urlsplit(TSA_URL).hostname):
    raise ValueError(f"COUNTERSIGN_TSA_URL must be an address such as https://tsa.example, not {TSA_URL!r}")
TSA_EVERY_S = float(os.environ.get("COUNTERSIGN_TSA_EVERY_S") or 60)
if not 1 <= TSA_EVERY_S <= 86400:
    raise ValueError(f"COUNTERSIGN_TSA_EVERY_S must be from 1 to 86400 seconds, not {TSA_EVERY_S}")

# Where key-encryption keys lie: "file", "pkcs11:…" (RFC 7512; the PIN in a file) or "kms:" and the path of a class.
KEYSTORE = os.environ.get("COUNTERSIGN_KEYSTORE") or "file"
if KEYSTORE != "file" and not KEYSTORE.startswith(("pkcs11:", "kms:")):
    raise ValueError(f"COUNTERSIGN_KEYSTORE must be file, pkcs11:… or kms:…, not {KEYSTORE!r}")

# Whether consents are approved by passkey only. Whoever has a passkey approves by it in any case.
APPROVALS_NEED_PASSKEY = (os.environ.get("COUNTERSIGN_APPROVALS_NEED_PASSKEY") or str(int(_secure))) == "1"

# Packs of law that count only where they are named (`consent/law/packs`, those marked optional), by commas.
LAW_ALSO = frozenset(filter(None, os.environ.get("COUNTERSIGN_LAW_ALSO", "").split(",")))

# Watching the log: who is told of alarms, and who may read the figures from elsewhere than this machine.
ALARM_EMAIL = os.environ.get("COUNTERSIGN_ALARM_EMAIL") or ""
METRICS_TOKEN = os.environ.get("COUNTERSIGN_METRICS_TOKEN") or ""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("COUNTERSIGN_LOG_LEVEL") or "INFO"},
}
