"""The menu of the opening night, so that a fresh database can take orders."""

from django.db import migrations

# slug, name, description, course, price in cents
DISHES = [
    ("tomato-soup", "Roasted tomato soup", "San Marzano, basil oil, a spoon of cream", "starter", 850),
    ("burrata", "Burrata & figs", "Warm figs, toasted hazelnuts, honey vinegar", "starter", 1250),
    ("beet-carpaccio", "Beetroot carpaccio", "Goat cheese, orange, a few leaves of mint", "starter", 1050),
    ("tagliatelle", "Tagliatelle al ragù", "Cut by hand, cooked for six hours", "main", 1690),
    ("sea-bream", "Sea bream", "Grilled whole, lemon, fennel, olive oil", "main", 2350),
    ("margherita", "Pizza margherita", "Two days of rise, ninety seconds of fire", "main", 1290),
    ("tiramisu", "Tiramisù", "Made this morning, gone by ten", "dessert", 790),
    ("panna-cotta", "Panna cotta", "Vanilla, raspberries, a little patience", "dessert", 750),
    ("lemon-tart", "Lemon tart", "Amalfi lemons under burnt meringue", "dessert", 840),
]


def fill(apps, schema_editor):
    """Write the dishes that are not there yet: a menu that was edited stays as it is."""
    items = apps.get_model("restaurant", "MenuItem").objects.using(schema_editor.connection.alias)
    for position, (slug, name, description, course, price_cents) in enumerate(DISHES, start=1):
        items.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "description": description,
                "course": course,
                "price_cents": price_cents,
                "position": position,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("restaurant", "0001_menu_and_orders")]

    # Going back leaves the dishes alone: orders may point at them.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
