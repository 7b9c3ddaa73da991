"""Django settings of the tests: the product's, with what only costs time taken out."""

from tallystick.settings import *  # noqa: F403
from tallystick.settings import DATABASES, STORAGES

# A slow hash protects nobody here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["*"]
# Threads of a test open and close many connections: keep none waiting.
DATABASES["default"]["OPTIONS"]["pool"] |= {"min_size": 0}
JOBS_HEARTBEAT_SECONDS = 0.5
JOBS_SILENCE_SECONDS = 2.0
JOBS_PATIENCE_SECONDS = 1.0
JOBS_RESCUE_CRON = "* * * * * */1"
