"""What a server decides, from the environment. What a desk decides lives in the database.

Every setting has a default that works; a wrong value stops the start with one sentence.
"""

from __future__ import annotations

import os
import secrets
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from kefu.database.url import databases

ROOT = Path(__file__).resolve().parent.parent


def _env(name: str, default: str = "") -> str:
    """The value of ``name``, or the first line of the file that ``name_FILE`` points at."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text().splitlines()[0].strip()
        except (OSError, IndexError) as problem:
            raise ImproperlyConfigured(f"{name}_FILE points at {file}, which cannot be read.") from problem
    return os.environ.get(name, default)


def _flag(name: str, *, default: bool = False) -> bool:
    value = _env(name, "yes" if default else "no").lower()
    if value not in {"yes", "no", "true", "false", "1", "0"}:
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")
    return value in {"yes", "true", "1"}


def _number(name: str, default: int) -> int:
    value = _env(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in _env(name, default).split(",") if part.strip()]


def _networks(name: str, default: str = "") -> list[str]:
    found = _list(name, default)
    for network in found:
        try:
            ip_network(network, strict=False)
        except ValueError as problem:
            raise ImproperlyConfigured(
                f"{name} must list networks such as 10.0.0.0/8, not {network!r}."
            ) from problem
    return found


def _secret_key(folder: Path) -> str:
    """Made once per installation and kept beside the key ring; no sample key exists that could stay in use."""
    given = _env("KEFU_SECRET_KEY")
    if given:
        if len(given) < 32:
            raise ImproperlyConfigured("KEFU_SECRET_KEY must have at least 32 characters.")
        return given
    file = folder / "secret"
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = folder / f"secret.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, file)  # the first of several starts wins, the others read its key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text().strip()


KEFU_DATA = Path(_env("KEFU_DATA", str(ROOT / ".kefu"))).resolve()
KEFU_KEYS = Path(_env("KEFU_KEYS", str(KEFU_DATA / "keys"))).resolve()
KEFU_KEYRING_FILE = os.environ.get("KEFU_KEYRING_FILE", "")  # a ring kept elsewhere, made beforehand
KEFU_DEMO = _flag("KEFU_DEMO")
KEFU_DEVELOPMENT = _flag("KEFU_DEVELOPMENT")
KEFU_BASE_URL = _env("KEFU_BASE_URL", f"http://localhost:{_env('KEFU_PORT', '8000')}").rstrip("/")
KEFU_TRUSTED_PROXIES = _networks("KEFU_TRUSTED_PROXIES")
KEFU_LIVE_BURST = _number("KEFU_LIVE_BURST", 30)
KEFU_LIVE_RATE = _number("KEFU_LIVE_RATE", 5)
KEFU_API_RATE = _number("KEFU_API_RATE", 600)
KEFU_METRICS_FROM = _networks("KEFU_METRICS_FROM", "127.0.0.0/8,::1/128")
if not KEFU_BASE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured(f"KEFU_BASE_URL must begin with http:// or https://, not {KEFU_BASE_URL!r}.")
KEFU_SECURITY_CONTACT = _env("KEFU_SECURITY_CONTACT")
KEFU_OUTBOUND_NETWORKS = _networks("KEFU_OUTBOUND_NETWORKS")
KEFU_SECURE = KEFU_BASE_URL.startswith("https://")

SECRET_KEY = _secret_key(KEFU_KEYS)
DEBUG = False
ALLOWED_HOSTS = [KEFU_BASE_URL.split("://")[1].split(":")[0].split("/")[0], *_list("KEFU_HOSTS")]
if not KEFU_SECURE:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "kefu.web",
    "kefu.database",
    "kefu.events",
    "kefu.people",
    "kefu.privacy",
    "kefu.hours",
    "kefu.conversations",
    "kefu.orders",
    "kefu.inboxes",
    "kefu.inboxes.chat",
    "kefu.portal",
    "kefu.widget",
    "kefu.demo",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "procrastinate.contrib.django",
    "ninja",
]
MIDDLEWARE = [
    "kefu.web.middleware.RequestId",
    "kefu.web.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "kefu.web.middleware.SameSite",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kefu.web.middleware.Language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "kefu.people.middleware.StaffAccess",
]
ROOT_URLCONF = "kefu.urls"
ASGI_APPLICATION = "kefu.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.app_directories.Loader"],
                )
            ]
            if not KEFU_DEVELOPMENT
            else ["django.template.loaders.app_directories.Loader"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kefu.web.context.everywhere",
            ],
            "builtins": [f"kefu.web.templatetags.{name}" for name in ("parts", "fields", "lists", "figures")],
        },
    }
]
FORM_RENDERER = "kefu.web.forms.Renderer"

DATABASES = databases(os.environ)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "kefu.database.cache.TableCache", "LOCATION": "database_cache"}}

AUTH_USER_MODEL = "people.Staff"
AUTHENTICATION_BACKENDS = ["kefu.people.backends.StaffBackend"]
PASSWORD_HASHERS = ["kefu.people.passwords.Hasher"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "kefu.people.passwords.StrongEnough"}]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/console/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/account/login/"
ACCOUNT_ADAPTER = "kefu.people.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if KEFU_SECURE else "http"
MFA_ADAPTER = "kefu.people.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Kefu"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {"activate_totp": "kefu.people.forms.ActivateTotp"}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = KEFU_BASE_URL.split(":")[:2] == ["http", "//localhost"]
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_ADAPTER = "kefu.people.adapters.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if _env("KEFU_OIDC_SERVER"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "sso",
                "name": _env("KEFU_OIDC_NAME", "Single sign-on"),
                "client_id": _env("KEFU_OIDC_CLIENT"),
                "secret": _env("KEFU_OIDC_SECRET"),
                "settings": {"server_url": _env("KEFU_OIDC_SERVER"), "oauth_pkce_enabled": True},
            }
        ],
    }
    KEFU_FORM_TARGETS = ["/".join(_env("KEFU_OIDC_SERVER").split("/")[:3])]

# Safe, since kefu.web.middleware.RequestId drops forwarded headers from whoever is no trusted proxy.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_NAME = "__Host-kefu" if KEFU_SECURE else "kefu"
SESSION_COOKIE_SECURE = KEFU_SECURE
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_NAME = "__Host-csrf" if KEFU_SECURE else "kefu-csrf"
CSRF_COOKIE_SECURE = KEFU_SECURE
CSRF_TRUSTED_ORIGINS = [KEFU_BASE_URL]
CSRF_FAILURE_VIEW = "kefu.web.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "kefu-language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = KEFU_DATA / "static"
MEDIA_ROOT = KEFU_DATA / "files"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(MEDIA_ROOT),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if KEFU_DEVELOPMENT
        else "kefu.web.storage.HashedFiles"
    },
}
WHITENOISE_USE_FINDERS = KEFU_DEVELOPMENT
WHITENOISE_AUTOREFRESH = KEFU_DEVELOPMENT
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300

EMAIL_HOST = _env("KEFU_SMTP_HOST")
EMAIL_PORT = _number("KEFU_SMTP_PORT", 587)
EMAIL_HOST_USER = _env("KEFU_SMTP_USER")
EMAIL_HOST_PASSWORD = _env("KEFU_SMTP_PASSWORD")
EMAIL_USE_TLS = _env("KEFU_SMTP_TLS", "starttls") == "starttls" and bool(EMAIL_HOST)
EMAIL_USE_SSL = _env("KEFU_SMTP_TLS", "starttls") == "tls" and bool(EMAIL_HOST)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = _env("KEFU_MAIL_FROM", "Kefu <desk@localhost>")
KEFU_MAIL_FOLDER = KEFU_DATA / "mail"
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "kefu.events.mailfolder.FolderBackend"
)

PROCRASTINATE_ON_APP_READY = "kefu.reactions.register_jobs"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "kefu.web.logs.JsonFormatter"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": _env("KEFU_LOG_LEVEL", "WARNING")},
    "loggers": {"kefu": {"level": _env("KEFU_LOG_LEVEL", "INFO")}},
}
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]  # HSTS and TLS are the proxy's and ours to send
