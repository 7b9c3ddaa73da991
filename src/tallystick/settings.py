"""Django settings: everything that differs between installations comes from the environment.

What staff may change at run time is not here but in the database (`foundation.settings_store`).
"""

import os
from pathlib import Path

from tallystick.foundation.database.location import database_settings, home
from tallystick.foundation.secrets import secret_key

HOME = home()
BASE = Path(__file__).parent

SECRET_KEY = secret_key(HOME)
DEBUG = False
# The address under which people reach this installation; links in mails are made from it, never from a request.
SITE_URL = os.environ.get("TALLYSTICK_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = os.environ.get("TALLYSTICK_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
SECURE = SITE_URL.startswith("https://")
# A demonstration has a clock that can be moved forward, and an outbox page instead of a mail server.
DEMO = os.environ.get("TALLYSTICK_DEMO") == "1"

ROOMS = [
    "foundation",
    "customers",
    "ledger",
    "gateways",
    "catalog",
    "invoices",
    "payments",
    "allocations",
    "wallets",
    "subscriptions",
    "dunning",
    "correspondence",
    "reports",
]

INSTALLED_APPS = [
    *(f"tallystick.{room}" for room in ROOMS),
    "tallystick.interfaces.kit",
    "tallystick.interfaces.backoffice",
    "tallystick.interfaces.portal",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "ninja",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "tallystick.foundation.logs.RequestLogMiddleware",
    "tallystick.interfaces.kit.bodies.WholeBodyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tallystick.interfaces.kit.compression.CompressedPagesMiddleware",
    "tallystick.interfaces.kit.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tallystick.interfaces.kit.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tallystick.interfaces.kit.signin.BrandedSignIn",
    "tallystick.interfaces.portal.viewing.LookOnlyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "tallystick.urls"
WSGI_APPLICATION = "tallystick.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "interfaces" / "kit" / "overrides"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tallystick.interfaces.kit.context.shell",
            ],
            "builtins": ["tallystick.interfaces.kit.templatetags.kit"],
        },
    },
]

DATABASES = {"default": database_settings(HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Rate limits of sign-in are kept here, so all processes must share it.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "foundation_cache"}}

AUTH_USER_MODEL = "foundation.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGIN_URL = "account_login"
LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_ADAPTER = "tallystick.interfaces.kit.signin.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "tallystick.interfaces.kit.signin_forms.SignInForm",
    "reset_password": "tallystick.interfaces.kit.signin_forms.NewPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
# What is sent through one payment link, and links that are tried out, from one address; and how often somebody asks for
# another e-mail address, which has mail sent to people who did not ask.
ACCOUNT_RATE_LIMITS = {"payment_link": "60/m/ip,20/m/key", "manage_email": "10/h/user"}
# Nobody signs up, yet without a password here the sign-in form would have none either.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Whoever adds an address vouches for it; and allauth itself may send no mail.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# How many proxies of this installation's own stand before it: without one nobody's word for an address is taken.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TALLYSTICK_PROXIES", "0"))
MFA_ADAPTER = "tallystick.interfaces.kit.signin.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": "tallystick.interfaces.kit.second_factor_forms.AppForm",
    "authenticate": "tallystick.interfaces.kit.second_factor_forms.CodeForm",
    "reauthenticate": "tallystick.interfaces.kit.second_factor_forms.CodeAgainForm",
    "add_webauthn": "tallystick.interfaces.kit.second_factor_forms.PasskeyForm",
    "edit_webauthn": "tallystick.interfaces.kit.second_factor_forms.PasskeyNameForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Browsers allow passkeys without TLS on localhost alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
PASSWORD_RESET_TIMEOUT = 3600

LANGUAGE_CODE = "en"
# Each in its own words, for whoever does not read the language of the page.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = HOME / "files"

SESSION_ENGINE = "tallystick.interfaces.kit.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [SITE_URL]

PROCRASTINATE_IMPORT_PATHS = ["tallystick.interfaces.jobs.registry"]
# A worker's heart beats this often, and its jobs are given to others after such a silence (three beats).
JOBS_HEARTBEAT_SECONDS = 10.0
JOBS_SILENCE_SECONDS = 30.0
# So long a worker waits for its database to come back before it ends.
JOBS_PATIENCE_SECONDS = 10.0
JOBS_RESCUE_CRON = "* * * * * */30"

LOGGING_CONFIG = None
