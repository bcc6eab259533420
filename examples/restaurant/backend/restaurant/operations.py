"""What those who run the app ask for: is it well, and which release is it."""

import logging

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

log = logging.getLogger(__name__)


@require_GET
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, 503 when it does not.

    It asks for nothing of the schema: a new release must count as well before its migrations ran.
    The reason goes to the log only, for it names hosts and users.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error as error:
        log.error("health: the database does not answer: %s", error)
        connection.close()
        return JsonResponse({"status": "unavailable", "database": "does not answer"}, status=503)
    return JsonResponse({"status": "ok", "database": "answers"})


@require_GET
@never_cache
def release(request: HttpRequest) -> HttpResponse:
    """Which release answers, of which color, in which environment."""
    env = settings.ENV
    return JsonResponse({"release": env.release, "color": env.color, "environment": env.name})
