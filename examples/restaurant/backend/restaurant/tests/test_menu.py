"""The menu, as the data migration wrote it, and the kitchen."""

from unittest.mock import patch

from django.test import SimpleTestCase, TestCase

from restaurant.models import MenuItem


class Menu(TestCase):
    """What can be ordered now."""

    def test_a_fresh_database_has_a_menu(self):
        menu = self.client.get("/api/v1/menu/").json()
        self.assertEqual(menu["currency"], "EUR")
        self.assertEqual(len(menu["items"]), 9)
        first = menu["items"][0]
        self.assertEqual(
            set(first), {"id", "slug", "name", "description", "course", "price_cents"}
        )
        self.assertEqual((first["slug"], first["price_cents"]), ("tomato-soup", 850))
        self.assertEqual({item["course"] for item in menu["items"]}, set(MenuItem.Course.values))

    def test_a_dish_that_is_sold_out_is_not_shown(self):
        MenuItem.objects.filter(slug="tiramisu").update(available=False)
        menu = self.client.get("/api/v1/menu/").json()
        self.assertNotIn("tiramisu", [item["slug"] for item in menu["items"]])


class Kitchen(SimpleTestCase):
    """A dish takes as long as asked, within reason."""

    def test_time(self):
        for asked, cooked in (("0", 0), ("0.5", 0.5), ("10", 10), ("99999", 10), (None, 2)):
            with self.subTest(asked), patch("restaurant.views.time.sleep") as sleep:
                query = {} if asked is None else {"seconds": asked}
                response = self.client.get("/api/v1/kitchen/", query)
                self.assertEqual(response.json()["seconds"], cooked)
                sleep.assert_called_once_with(cooked)

    def test_nonsense_is_refused_at_once(self):
        for asked in ("soon", "-1", "nan", "inf", ""):
            with self.subTest(asked), patch("restaurant.views.time.sleep") as sleep:
                response = self.client.get("/api/v1/kitchen/", {"seconds": asked})
                self.assertEqual(response.status_code, 400)
                sleep.assert_not_called()
