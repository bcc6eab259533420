"""What the environment variables say, read once and checked before anything starts.

A deployed app with a mistake in its settings must not start: a container that dies with a clear
message never takes traffic, one that starts with a wrong ALLOWED_HOSTS answers 400 to everybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from config.hosts import allowed_hosts, public_hosts

DEVELOPMENT = "development"


@dataclass(frozen=True)
class Database:
    """Where PostgreSQL answers, and as whom to speak to it."""

    host: str
    name: str
    user: str
    password: str


@dataclass(frozen=True)
class Environment:
    """The checked settings of one running copy of the app."""

    name: str
    debug: bool
    secret_key: str
    allowed_hosts: list[str]
    trusted_origins: list[str]
    database: Database | None
    release: str
    color: str


def read_environment(variables: Mapping[str, str]) -> Environment:
    """Turn environment variables into settings.

    Every ENVIRONMENT but "development" counts as deployed, and there nothing is guessed.
    Raises ImproperlyConfigured, naming the variable and the remedy, where one is missing or unsafe.
    """
    name = variables.get("ENVIRONMENT", "") or DEVELOPMENT
    deployed = name != DEVELOPMENT
    debug = _boolean("DEBUG", variables.get("DEBUG", ""))
    if deployed and debug:
        raise ImproperlyConfigured(
            f"DEBUG is on in the environment {name}: it shows settings and source code to visitors. "
            f"Set DEBUG=false, or ENVIRONMENT={DEVELOPMENT} on your own machine."
        )
    hosts = public_hosts(variables.get("DOMAIN_NAME", ""))
    if deployed and not hosts:
        raise ImproperlyConfigured(
            f"DOMAIN_NAME is empty in the environment {name}: every visitor would be answered 400. "
            "Set it to the public host name, or to several with commas between them."
        )
    return Environment(
        name=name,
        debug=debug,
        secret_key=_secret_key(variables, deployed),
        allowed_hosts=allowed_hosts(hosts),
        trusted_origins=[f"https://{host}" for host in hosts],
        database=_database(variables, deployed),
        release=variables.get("RELEASE", "") or "unreleased",
        color=variables.get("COLOR", "") or "none",
    )


def _secret_key(variables: Mapping[str, str], deployed: bool) -> str:
    key = variables.get("DJANGO_SECRET_KEY", "")
    if deployed and not key:
        raise ImproperlyConfigured(
            "DJANGO_SECRET_KEY is empty: signatures could be forged. Set it to 50 random characters or more."
        )
    return key or "for development only"


def _database(variables: Mapping[str, str], deployed: bool) -> Database | None:
    """PostgreSQL when DB_HOST is set; None stands for SQLite, which only development may use."""
    host = variables.get("DB_HOST", "")
    if not host:
        if deployed:
            raise ImproperlyConfigured(
                "DB_HOST is empty: orders would go to a file inside the container and be lost with it. "
                "Set it to the host name of PostgreSQL."
            )
        return None
    password = variables.get("DB_PASSWORD", "")
    if not password:
        raise ImproperlyConfigured(f"DB_PASSWORD is empty: set it to the password for PostgreSQL on {host}.")
    return Database(
        host=host,
        name=variables.get("DB_NAME", "") or "restaurant",
        user=variables.get("DB_USER", "") or "restaurant",
        password=password,
    )


def _boolean(variable: str, text: str) -> bool:
    """Read yes or no; anything else is an error, since a typing mistake must not mean either."""
    word = text.strip().lower()
    if word in ("true", "1", "yes", "on"):
        return True
    if word in ("", "false", "0", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{variable} is {text!r}: write true or false.")
