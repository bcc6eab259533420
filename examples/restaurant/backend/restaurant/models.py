"""What the restaurant remembers."""

from django.db import models


class MenuItem(models.Model):
    """A dish that can be ordered, as long as it is available."""

    class Course(models.TextChoices):
        """The parts of the menu, in the order in which they are served."""

        STARTER = "starter"
        MAIN = "main"
        DESSERT = "dessert"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200)
    course = models.CharField(max_length=10, choices=Course.choices)
    # In cents: whole numbers add up without rounding, here and in the browser.
    price_cents = models.PositiveIntegerField()
    available = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]


class Order(models.Model):
    """What one guest asked for at one moment."""

    guest = models.CharField(max_length=80)
    placed_at = models.DateTimeField(auto_now_add=True)


class OrderLine(models.Model):
    """One dish of an order. The price is that of the moment: a dearer menu changes no old bill."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey(MenuItem, on_delete=models.PROTECT)
    quantity = models.PositiveSmallIntegerField()
    price_cents = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "item"], name="one_line_for_a_dish"),
        ]
