"""Orders: from what a browser sent to rows in the database."""

from dataclasses import dataclass

from django.db import transaction

from restaurant.models import MenuItem, Order, OrderLine

GUEST_MAX = Order._meta.get_field("guest").max_length
LINES_MAX = 30
QUANTITY_MAX = 20


class InvalidOrder(Exception):
    """An order that can not be taken. `errors` says what is wrong, by the field it is about."""

    def __init__(self, errors: dict[str, str]):
        super().__init__(f"invalid order: {errors}")
        self.errors = errors


@dataclass(frozen=True)
class Line:
    """So many of one dish."""

    item: int
    quantity: int


@dataclass(frozen=True)
class Request:
    """An order whose shape is right; whether its dishes exist is known when it is placed."""

    guest: str
    lines: list[Line]


def parse_order(data: object) -> Request:
    """Check the shape of a decoded JSON body; raises InvalidOrder with everything that is wrong."""
    if not isinstance(data, dict):
        raise InvalidOrder({"body": "must be a JSON object with guest and lines"})
    errors: dict[str, str] = {}
    guest = _guest(data.get("guest"), errors)
    lines = _lines(data.get("lines"), errors)
    if errors:
        raise InvalidOrder(errors)
    return Request(guest, lines)


def place(request: Request) -> Order:
    """Store an order at the prices of now; raises InvalidOrder for a dish that is not to be had."""
    ids = [line.item for line in request.lines]
    menu = {item.id: item for item in MenuItem.objects.filter(id__in=ids, available=True)}
    errors = {
        f"lines[{index}].item": "is not on the menu"
        for index, line in enumerate(request.lines)
        if line.item not in menu
    }
    if errors:
        raise InvalidOrder(errors)
    with transaction.atomic():
        order = Order.objects.create(guest=request.guest)
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order,
                item=menu[line.item],
                quantity=line.quantity,
                price_cents=menu[line.item].price_cents,
            )
            for line in request.lines
        )
    return order


def _guest(value: object, errors: dict[str, str]) -> str:
    guest = value.strip() if isinstance(value, str) and _storable(value) else ""
    if not 1 <= len(guest) <= GUEST_MAX:
        errors["guest"] = f"must be a name of 1 to {GUEST_MAX} characters"
    return guest


def _lines(value: object, errors: dict[str, str]) -> list[Line]:
    if not isinstance(value, list) or not 1 <= len(value) <= LINES_MAX:
        errors["lines"] = f"must be a list of 1 to {LINES_MAX} dishes"
        return []
    lines: list[Line] = []
    seen: set[int] = set()
    for index, entry in enumerate(value):
        where = f"lines[{index}]"
        if not isinstance(entry, dict):
            errors[where] = "must be an object with item and quantity"
            continue
        item, quantity = entry.get("item"), entry.get("quantity")
        # The upper bound is that of the column.
        if not _whole(item, 1, 2**63 - 1):
            errors[f"{where}.item"] = "must be the id of a dish"
        elif item in seen:
            errors[f"{where}.item"] = "is there twice: put the quantities together"
        if not _whole(quantity, 1, QUANTITY_MAX):
            errors[f"{where}.quantity"] = f"must be a whole number from 1 to {QUANTITY_MAX}"
        if not any(field.startswith(where) for field in errors):
            seen.add(item)
            lines.append(Line(item, quantity))
    return lines


def _whole(value: object, least: int, most: int) -> bool:
    # For Python True is the number 1; for a guest it is a mistake.
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _storable(text: str) -> bool:
    # JSON may carry NUL and half a surrogate pair; a text in PostgreSQL may not.
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
