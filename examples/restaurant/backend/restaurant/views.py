"""What guests ask for: the menu, orders, and a kitchen that takes its time."""

import json
import math
import time

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from restaurant.models import MenuItem, Order
from restaurant.orders import InvalidOrder, parse_order, place

COOKING_MAX_SECONDS = 10


@require_GET
def menu(request: HttpRequest) -> HttpResponse:
    """All dishes that can be ordered now, in the order of the menu; prices in cents."""
    fields = ("id", "slug", "name", "description", "course", "price_cents")
    items = MenuItem.objects.filter(available=True).values(*fields)
    return JsonResponse({"currency": "EUR", "items": list(items)})


# No cookie says who a guest is, so there is nothing that another site's form could borrow; and the
# demanded content type makes a browser ask before it sends such a request from elsewhere.
@csrf_exempt
@require_POST
def orders(request: HttpRequest) -> HttpResponse:
    """Take an order: 201 with its number, or 400 with an error for each wrong field."""
    if request.content_type != "application/json":
        return JsonResponse({"errors": {"body": "must be sent as application/json"}}, status=415)
    try:
        data = json.loads(request.body)
    except RequestDataTooBig:
        return JsonResponse({"errors": {"body": "is too large"}}, status=413)
    except (ValueError, RecursionError):
        return JsonResponse({"errors": {"body": "is not JSON"}}, status=400)
    try:
        order = place(parse_order(data))
    except InvalidOrder as error:
        return JsonResponse({"errors": error.errors}, status=400)
    response = JsonResponse(_order(order), status=201)
    response["Location"] = f"/api/v1/orders/{order.id}/"
    return response


@require_GET
def order(request: HttpRequest, number: int) -> HttpResponse:
    """An order as it was placed. Numbers can be guessed, so the guest's name is not told."""
    try:
        return JsonResponse(_order(Order.objects.get(id=number)))
    except Order.DoesNotExist:
        return JsonResponse({"errors": {"id": f"there is no order {number}"}}, status=404)


@require_GET
def kitchen(request: HttpRequest) -> HttpResponse:
    """Cook for ?seconds= (2 unless told, at most 10), then tell which release did it.

    A dish begun by one release is finished by it, however many deploys pass meanwhile.
    """
    try:
        asked = float(request.GET.get("seconds", "2"))
    except ValueError:
        asked = math.nan
    if not 0 <= asked < math.inf:
        return JsonResponse({"errors": {"seconds": "must be a number, 0 or more"}}, status=400)
    seconds = min(asked, COOKING_MAX_SECONDS)
    time.sleep(seconds)
    return JsonResponse({"seconds": seconds, "release": settings.ENV.release, "color": settings.ENV.color})


def _order(order: Order) -> dict:
    lines = [
        {
            "item": line.item_id,
            "name": line.item.name,
            "quantity": line.quantity,
            "price_cents": line.price_cents,
        }
        for line in order.lines.select_related("item")
    ]
    return {
        "id": order.id,
        "placed_at": order.placed_at.isoformat(),
        "lines": lines,
        "total_cents": sum(line["quantity"] * line["price_cents"] for line in lines),
    }
