"""Settings; what differs between installations comes from the environment (see .env.example), typed and checked."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from django.utils.translation import gettext_lazy as _

from engines import addresses, current_profile
from governance.portal.logs import configuration
from governance.portal.look import LOOK
from governance.portal.openapi import OPENAPI
from governance.portal.policies import STRICT

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
ENGINES = addresses()

# --- What this installation is ---------------------------------------------------------------------------------------
# The demonstration shows SMS codes and second factors on the page and has a clock that can be moved.
DEMONSTRATION = env.bool("DEMONSTRATION", default=False)
DEBUG = env.bool("DEBUG", default=False)
TESTING = current_profile() == "test"
# In tests only: everywhere else both secrets must be given.
SECRET_KEY = env.str("SECRET_KEY", default="a-key-for-tests-only-" * 3 if TESTING else environ.Env.NOTSET)
FIELD_ENCRYPTION_KEY = env.str(
    "FIELD_ENCRYPTION_KEY", default="dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=" if TESTING else environ.Env.NOTSET
)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "testserver"] if TESTING or DEMONSTRATION else []
)
SITE_NAME = env.str("SITE_NAME", default="")
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")
# What numbers of open contracting data begin with: the prefix that was registered for the publisher, else the site's host.
OCID_PREFIX = env.str("OCID_PREFIX", default=urlsplit(SITE_URL).netloc)
# A server that people use: everything travels by HTTPS only.
IS_SECURE = not (DEBUG or TESTING or DEMONSTRATION)
# How many proxies of our own stand in front and write the visitor's address into X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# Metrics are served by the process itself on 127.0.0.1 at this port, never on the public address; 0: no metrics.
METRICS_PORT = env.int("METRICS_PORT", default=0)
if METRICS_PORT:
    _METRICS = os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(BASE_DIR / "var" / "metrics"))
    Path(_METRICS).mkdir(parents=True, exist_ok=True)

# --- Applications ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.postgres",
    "governance.portal.apps.PortalConfig",
    "governance.portal.apps.DeskConfig",
    "pgtrigger",
    "pghistory",
    "rules",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "oauth2_provider",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "django_structlog",
    "django_prometheus",
    "unfold.contrib.import_export",
    "import_export",
    *(f"governance.{app}" for app in ("calendar", "accounts", "audit", "outbox", "jobs")),
    *("communities", "socialorgs", "consultation", "funds", "projects"),
    "governance.indicators.apps.IndicatorsConfig",
    "governance.partners.apps.PartnersConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "governance.portal.middleware.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "governance.portal.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "governance.portal.middleware.Refused",
    "axes.middleware.AxesMiddleware",
]
if METRICS_PORT:
    MIDDLEWARE.insert(0, "django_prometheus.middleware.PrometheusBeforeMiddleware")
    MIDDLEWARE.append("django_prometheus.middleware.PrometheusAfterMiddleware")
ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
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
                "governance.portal.frame.frame",
            ],
            "builtins": ["governance.templatetags.presentation"],
        },
    },
]
FORM_RENDERER = "governance.portal.forms.FormRenderer"

# --- Database --------------------------------------------------------------------------------------------------------
# DATABASE_AS names the role this process connects as: "app" serves, "owner" migrates.
DATABASE_AS = env.str("DATABASE_AS", default="app")
_OWNER = env.db_url_config(ENGINES.database_owner_url)
_APP = env.db_url_config(ENGINES.database_url)
DATABASES = {
    "default": {
        **(_OWNER if DATABASE_AS == "owner" else _APP),
        "CONN_MAX_AGE": 0 if TESTING else env.int("DATABASE_CONN_MAX_AGE", default=600),  # seconds
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": env.bool("DATABASE_POOLED", default=False),
    },
}
# The role that gets rights on the tables after each migration; empty when one role does everything.
DATABASE_APP_ROLE = _APP["USER"] if _APP["USER"] != _OWNER["USER"] else ""
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache, sessions, Celery -----------------------------------------------------------------------------------------
CACHES = {
    "default": {
        "BACKEND": "governance.accounts.cache.ForgivingRedisCache",
        "LOCATION": ENGINES.cache_url(1),
        "KEY_PREFIX": "governance",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},  # seconds
    },
}
SESSION_SERIALIZER = "governance.accounts.secrets.SessionSerializer"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600  # seconds
CELERY_BROKER_URL = ENGINES.broker_url(0)
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "socket_timeout": 30}  # seconds, above the hard limit
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 600  # seconds
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "Asia/Shanghai"
# How long the page of a passer-by serves the next ones, in seconds; 0 makes each anew.
KEPT_PAGES_SECONDS = env.int("KEPT_PAGES_SECONDS", default=0 if TESTING else 5)
# How long a worker may stay silent before another one takes its job up, in seconds.
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=60)

# --- Who may sign in, and how ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
_HASHERS = ("MD5",) if TESTING else ("PBKDF2", "Scrypt")
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in _HASHERS]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_request_login_code"
ACCOUNT_ADAPTER = "governance.accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 300  # seconds
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"length": 6, "numeric": True, "dashed": False}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "governance.accounts.forms.StaffLoginForm",
    "signup": "governance.accounts.forms.ResidentSignupForm",
    "request_login_code": "governance.accounts.forms.RequestCodeForm",
    "confirm_login_code": "governance.accounts.forms.CodeForm",
    "verify_phone": "governance.accounts.forms.PhoneCodeForm",
}
# The lock-out below also holds when the cache is down; these come first and are narrower.
# Everybody at a counter or in a block of flats may come from one address.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "30/m/ip",
    "request_login_code": "20/m/ip,3/m/key",
    "signup": "20/m/ip",
    "verify_phone": "20/m/ip,3/m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "governance.accounts.adapters.SecondFactorAdapter"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds, for clocks that are off
MFA_FORMS = {
    "authenticate": "governance.accounts.forms.SecondFactorForm",
    "reauthenticate": "governance.accounts.forms.SecondFactorAgainForm",
    "activate_totp": "governance.accounts.forms.SecondFactorSetupForm",
}
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "governance.accounts.pages.locked_out"
AXES_CLIENT_IP_CALLABLE = "governance.accounts.adapters.client_address"
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
# Sign-in codes: the demonstration shows them, a gateway sends them, otherwise nobody gets one and the log says so.
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", default="")
SMS_GATEWAY_TOKEN = env.str("SMS_GATEWAY_TOKEN", default="")
SMS_BACKEND = f"governance.accounts.sms.{'show' if DEMONSTRATION else 'post' if SMS_GATEWAY_URL else 'log'}"
# Weekly digests: text messages by the same gateway, WeChat template messages by the official account's own one.
WECHAT_GATEWAY_URL = env.str("WECHAT_GATEWAY_URL", default="")
WECHAT_GATEWAY_TOKEN = env.str("WECHAT_GATEWAY_TOKEN", default="")
WECHAT_TEMPLATE = env.str("WECHAT_TEMPLATE", default="")
_CHANNELS = {"SMS": SMS_GATEWAY_URL and "sms", "WECHAT": WECHAT_GATEWAY_URL and "wechat"}
DIGEST_CHANNELS = {
    name: f"consultation.topics.following.channels.{way or 'console'}" for name, way in _CHANNELS.items()
}
CHANNELS_WITHOUT_GATEWAY = [name for name, way in _CHANNELS.items() if not way]

# --- Interfaces ------------------------------------------------------------------------------------------------------
FILTERS_EMPTY_CHOICE_LABEL = _("All")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "governance.accounts.clients.ServiceAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["governance.accounts.clients.PermissionBridge"],
    "DEFAULT_PAGINATION_CLASS": "governance.accounts.clients.Pages",
    "DEFAULT_FILTER_BACKENDS": ["governance.accounts.clients.Filters"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["governance.accounts.clients.Json"],
    "DEFAULT_THROTTLE_CLASSES": []
    if TESTING
    else ["governance.accounts.clients.AnonymousRate", "governance.accounts.clients.UserRate"],
    "NUM_PROXIES": TRUSTED_PROXIES,
    "DEFAULT_THROTTLE_RATES": {"anon": "120/min", "user": "1200/min"},
    "EXCEPTION_HANDLER": "governance.api.problem_details",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# New PDF sheets that one address, or one person, makes in a minute; 0: as many as they like.
PRINTS_A_MINUTE = 0 if TESTING else 12
SPECTACULAR_SETTINGS = OPENAPI
OAUTH2_PROVIDER_APPLICATION_MODEL = "accounts.ApiClient"
# The security practice of RFC 9700, most of which matters only to grants that are switched off here.
_BCP = "IMPLICIT_GRANT PASSWORD_GRANT PKCE_METHOD ACCESS_TOKEN_TRANSPORT AUTHZ_RESPONSE_ISS TOKEN_STORAGE REFRESH_TOKEN"
OAUTH2_PROVIDER = {
    **{f"COMPLIANT_BCP_RFC9700_{name}": True for name in [*_BCP.split(), "REDIRECT_URI_SCHEME"]},
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "SCOPES_BACKEND_CLASS": "governance.accounts.scopes.Scopes",
    "OAUTH2_VALIDATOR_CLASS": "governance.accounts.clients.TokenValidator",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "ALLOWED_GRANT_TYPES": ["client-credentials"],
    "APPLICATION_ADMIN_CLASS": "governance.portal.admin.ApiClientAdmin",
}
UNFOLD = LOOK

# --- Language, time, files -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
STATIC_URL = "/static/"
# Tests and the demonstration serve the files from where they lie; everywhere else collectstatic gathers them here.
WHITENOISE_USE_FINDERS = TESTING or DEMONSTRATION
WHITENOISE_AUTOREFRESH = DEBUG or TESTING  # looks a file up when asked instead of listing all at each start
STATIC_ROOT = None if WHITENOISE_USE_FINDERS else env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
_AS_THEY_LIE = "django.contrib.staticfiles.storage.StaticFilesStorage"
_PACKED = "whitenoise.storage.CompressedManifestStaticFilesStorage"  # names with a digest, compressed ahead
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _AS_THEY_LIE if WHITENOISE_USE_FINDERS else _PACKED},
}
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # bytes

# --- Security --------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {"DIRECTIVES": STRICT}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_SECURE
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # seconds
SECURE_SSL_REDIRECT = IS_SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by the balancer from inside
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_SECURE
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []
CSRF_FAILURE_VIEW = "governance.portal.errors.csrf_failure"

# --- Logs: JSON lines without personal data; people read them in the demonstration -----------------------------------
LOGGING_CONFIG = None if TESTING else "logging.config.dictConfig"
LOGGING = configuration(is_json=IS_SECURE, level=env.str("LOG_LEVEL", default="INFO"))

# --- Events ----------------------------------------------------------------------------------------------------------
# (topic prefix, function[, function that returns the prefixes wanted now]): who hears of what leaves the outbox.
OUTBOX_SUBSCRIBERS: list[tuple[str, ...]] = [
    ("", "governance.partners.subscriber.hear", "governance.partners.queries.wanted_topics"),
    ("socialorgs.listing.recorded", "projects.contracts.alerts.hear"),
    ("socialorgs.listing.recorded", "funds.charity.alerts.hear"),
    ("socialorgs.ban.confirmed", "projects.contracts.alerts.hear"),
    ("socialorgs.ban.confirmed", "funds.charity.alerts.hear"),
    ("socialorgs.inspection.failed", "projects.contracts.alerts.hear"),
    ("socialorgs.inspection.failed", "funds.charity.alerts.hear"),
    ("socialorgs.organization.revoked", "projects.contracts.alerts.hear"),
    ("socialorgs.organization.revoked", "funds.charity.alerts.hear"),
    ("socialorgs.organization.deregistered", "projects.contracts.alerts.hear"),
    ("socialorgs.organization.deregistered", "funds.charity.alerts.hear"),
    ("consultation.digest.", "consultation.topics.following.delivery.deliver"),
    ("consultation.vote.", "consultation.ballots.reminding.messages.deliver"),
    ("consultation.meeting_letter.", "consultation.meetings.inviting.messages.deliver"),
    ("consultation.recall_hearing.", "consultation.conventions.recalls.messages.deliver"),
    ("consultation.ballot.closed", "consultation.ballots.reminding.messages.queue_receipts"),
]
# Webhooks go to https:// addresses of the public internet only; in tests and the demonstration also to http://localhost.
WEBHOOKS_TO_LOCALHOST = env.bool("WEBHOOKS_TO_LOCALHOST", default=TESTING or DEMONSTRATION)
