"""From DOMAIN_NAME to the hosts that Django answers.

A wrong list here once took the whole restaurant off the net, so the list can not come out empty
or open: the container's own names are always in it, and a wildcard is never accepted.
"""

import ipaddress
import re

from django.core.exceptions import ImproperlyConfigured

# How the other containers and the health check inside this one call the app.
INTERNAL_HOSTS = ["app", "localhost", "127.0.0.1", "[::1]"]

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def public_hosts(domain_name: str) -> list[str]:
    """The public host names in DOMAIN_NAME (one, or several with commas), each with its www. twin.

    Raises ImproperlyConfigured for a wildcard, and for anything that is not a bare host name.
    """
    hosts: list[str] = []
    for part in domain_name.split(","):
        host = part.strip().lower()
        if host:
            _check(host)
            hosts += [host, f"www.{host}"] if _has_www_twin(host) else [host]
    return _unique(hosts)


def allowed_hosts(public: list[str]) -> list[str]:
    """ALLOWED_HOSTS for these public hosts: they, and the names used inside."""
    return _unique([*public, *INTERNAL_HOSTS])


def _check(host: str) -> None:
    # For Django a leading dot is a wildcard too: ".example.com" stands for every subdomain.
    if "*" in host or host.startswith("."):
        raise ImproperlyConfigured(
            f"DOMAIN_NAME has the wildcard {host!r}: name each host, with commas between them."
        )
    if not _HOST_NAME.fullmatch(host):
        raise ImproperlyConfigured(
            f"DOMAIN_NAME has {host!r}, which is no host name: "
            "write it as in restaurant.example.com, without scheme, port or path."
        )


def _has_www_twin(host: str) -> bool:
    return "." in host and not host.startswith("www.") and not _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _unique(hosts: list[str]) -> list[str]:
    return list(dict.fromkeys(hosts))
