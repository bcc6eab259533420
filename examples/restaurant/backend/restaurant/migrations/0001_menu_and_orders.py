"""The tables."""

import django.db.models.deletion
from django.db import migrations, models


def _id() -> tuple[str, models.Field]:
    field = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
    return ("id", field)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="MenuItem",
            fields=[
                _id(),
                ("slug", models.SlugField(unique=True)),
                ("name", models.CharField(max_length=80)),
                ("description", models.CharField(max_length=200)),
                (
                    "course",
                    models.CharField(
                        choices=[("starter", "Starter"), ("main", "Main"), ("dessert", "Dessert")],
                        max_length=10,
                    ),
                ),
                ("price_cents", models.PositiveIntegerField()),
                ("available", models.BooleanField(default=True)),
                ("position", models.PositiveSmallIntegerField()),
            ],
            options={"ordering": ["position"]},
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                _id(),
                ("guest", models.CharField(max_length=80)),
                ("placed_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                _id(),
                ("quantity", models.PositiveSmallIntegerField()),
                ("price_cents", models.PositiveIntegerField()),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="restaurant.menuitem"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="restaurant.order",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "item"), name="one_line_for_a_dish")
                ],
            },
        ),
    ]
