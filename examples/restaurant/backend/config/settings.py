"""Django's settings. All that differs between environments comes from config.environment."""

import os
from pathlib import Path

from config.environment import read_environment

ENV = read_environment(os.environ)

SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.trusted_origins

# TLS ends at the proxy in front. There is no redirect to https here: the proxy makes it, and one
# here would answer the health check with 301.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
INSTALLED_APPS = ["restaurant"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]

if ENV.database:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": ENV.database.host,
            "NAME": ENV.database.name,
            "USER": ENV.database.user,
            "PASSWORD": ENV.database.password,
            # One lasting connection a thread; one that broke is replaced, not handed to a visitor.
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            # A database that is gone must be known within seconds (here 3 s, in s and ms), or its
            # callers would hold every thread.
            "OPTIONS": {"connect_timeout": 3, "tcp_user_timeout": 3000},
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(__file__).resolve().parent.parent / "db.sqlite3",
        }
    }

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"

# The largest order is far below this; in bytes.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

# Docker keeps what goes to stderr; Django's own default would mail it and show nothing.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # A visitor's mistake (4xx) is in nginx's log; here it would drown the app's own errors.
        "django.request": {"level": "ERROR"},
    },
}
