"""What a server decides, from the environment. What a desk decides lives in the database.

Every setting has a default that works; a wrong value stops the start with one sentence.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from kefu.database.url import databases
from kefu.lib import environment
from kefu.lib.environment import flag, networks, number, text

ROOT = Path(__file__).resolve().parent.parent


def _secret_key(folder: Path) -> str:
    """Made once per installation and kept beside the key ring; no sample key exists that could stay in use."""
    given = text("KEFU_SECRET_KEY")
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


KEFU_DATA = Path(text("KEFU_DATA", str(ROOT / ".kefu"))).resolve()
KEFU_KEYS = Path(text("KEFU_KEYS", str(KEFU_DATA / "keys"))).resolve()
KEFU_KEYRING_FILE = os.environ.get("KEFU_KEYRING_FILE", "")  # a ring kept elsewhere, made beforehand
KEFU_DEMO = flag("KEFU_DEMO")
KEFU_DEVELOPMENT = flag("KEFU_DEVELOPMENT")
KEFU_BASE_URL = environment.site("KEFU_BASE_URL", f"http://localhost:{environment.port('KEFU_PORT', 8000)}")
KEFU_TRUSTED_PROXIES = networks("KEFU_TRUSTED_PROXIES")
KEFU_LIVE_BURST = number("KEFU_LIVE_BURST", 30)
KEFU_LIVE_RATE = number("KEFU_LIVE_RATE", 5)
KEFU_API_RATE = number("KEFU_API_RATE", 600)
KEFU_METRICS_FROM = networks("KEFU_METRICS_FROM", "127.0.0.0/8,::1/128")
KEFU_SECURITY_CONTACT = text("KEFU_SECURITY_CONTACT")
KEFU_OUTBOUND_NETWORKS = networks("KEFU_OUTBOUND_NETWORKS")
KEFU_SECURE = KEFU_BASE_URL.startswith("https://")

SECRET_KEY = _secret_key(KEFU_KEYS)
DEBUG = False
ALLOWED_HOSTS = [re.sub(r":\d+$", "", urlsplit(KEFU_BASE_URL).netloc), *environment.listed("KEFU_HOSTS")]
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
    "kefu.articles",
    "kefu.orders",
    "kefu.claims",
    "kefu.answers",
    "kefu.inboxes",
    "kefu.inboxes.chat",
    "kefu.inboxes.form",
    "kefu.inboxes.email",
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
    "kefu.portal.own_domain.OwnDomain",
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
MFA_TOTP_PERIOD = 30
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "activate_totp": "kefu.people.forms.ActivateTotp",
    "authenticate": "kefu.people.forms.Authenticate",
    "reauthenticate": "kefu.people.forms.Reauthenticate",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = KEFU_BASE_URL.split(":")[:2] == ["http", "//localhost"]
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_ADAPTER = "kefu.people.adapters.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if KEFU_OIDC_SERVER := environment.web_address("KEFU_OIDC_SERVER"):
    if not text("KEFU_OIDC_CLIENT"):
        raise ImproperlyConfigured(
            "KEFU_OIDC_CLIENT is missing: the name under which KEFU_OIDC_SERVER knows Kefu."
        )
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "sso",
                "name": text("KEFU_OIDC_NAME", "Single sign-on"),
                "client_id": text("KEFU_OIDC_CLIENT"),
                "secret": text("KEFU_OIDC_SECRET"),
                "settings": {"server_url": KEFU_OIDC_SERVER, "oauth_pkce_enabled": True},
            }
        ],
    }
    KEFU_FORM_TARGETS = ["/".join(KEFU_OIDC_SERVER.split("/")[:3])]

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
KEFU_CUSTOMER_COOKIE = "__Host-kefu-me" if KEFU_SECURE else "kefu-me"
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

EMAIL_HOST = text("KEFU_SMTP_HOST")
EMAIL_PORT = environment.port("KEFU_SMTP_PORT", 587)
EMAIL_HOST_USER = text("KEFU_SMTP_USER")
EMAIL_HOST_PASSWORD = text("KEFU_SMTP_PASSWORD")
KEFU_SMTP_TLS = environment.choice("KEFU_SMTP_TLS", "starttls", ("starttls", "tls", "none"))
EMAIL_USE_TLS = KEFU_SMTP_TLS == "starttls" and bool(EMAIL_HOST)
EMAIL_USE_SSL = KEFU_SMTP_TLS == "tls" and bool(EMAIL_HOST)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.sender("KEFU_MAIL_FROM", "Kefu <desk@localhost>")
KEFU_MAIL_FOLDER = KEFU_DATA / "mail"
KEFU_MAIL_CA = text("KEFU_MAIL_CA")  # a file of authorities for mail servers, instead of the system's
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "kefu.events.mailfolder.FolderBackend"
)

PROCRASTINATE_ON_APP_READY = "kefu.reactions.register_jobs"

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "kefu.web.logs.JsonFormatter"}},
    "filters": {"strangers": {"()": "kefu.web.logs.Strangers"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["strangers"]}},
    "root": {"handlers": ["out"], "level": environment.choice("KEFU_LOG_LEVEL", "WARNING", LEVELS)},
    "loggers": {"kefu": {"level": environment.choice("KEFU_LOG_LEVEL", "INFO", LEVELS)}},
}
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]  # HSTS and TLS are the proxy's and ours to send
