"""Orders: taken when right, refused with a reason for each field when wrong."""

import json

from django.test import TestCase

from restaurant.models import MenuItem, Order, OrderLine


class PlacingAnOrder(TestCase):
    """POST, then GET."""

    def setUp(self):
        self.soup = MenuItem.objects.get(slug="tomato-soup")
        self.tart = MenuItem.objects.get(slug="lemon-tart")

    def post(self, data, **options):
        return self.client.post("/api/v1/orders/", data, content_type="application/json", **options)

    def order(self, **changes):
        return {"guest": "Ada", "lines": [{"item": self.soup.id, "quantity": 2}], **changes}

    def line(self, **changes):
        return self.order(lines=[{"item": self.soup.id, "quantity": 2, **changes}])

    def assert_refused(self, data, *fields):
        response = self.post(data)
        self.assertEqual(response.status_code, 400, response.content)
        self.assertEqual(set(response.json()["errors"]), set(fields))
        self.assertEqual((Order.objects.count(), OrderLine.objects.count()), (0, 0))

    def test_an_order_is_stored_and_can_be_read_back(self):
        lines = [{"item": self.soup.id, "quantity": 2}, {"item": self.tart.id, "quantity": 1}]
        placed = self.post(self.order(guest="  Ada 🍋 ", lines=lines))
        self.assertEqual(placed.status_code, 201)
        body = placed.json()
        self.assertEqual(body["total_cents"], 2 * 850 + 840)
        self.assertEqual([line["name"] for line in body["lines"]], ["Roasted tomato soup", "Lemon tart"])
        self.assertEqual(Order.objects.get().guest, "Ada 🍋")

        read = self.client.get(placed["Location"])
        self.assertEqual(read.status_code, 200)
        self.assertEqual(read.json(), body)
        self.assertNotIn("Ada", read.content.decode())

    def test_the_same_body_twice_is_two_orders(self):
        first, second = self.post(self.order()).json(), self.post(self.order()).json()
        self.assertNotEqual(first["id"], second["id"])

    def test_a_dearer_menu_changes_no_old_bill(self):
        placed = self.post(self.order())
        MenuItem.objects.filter(id=self.soup.id).update(price_cents=99999)
        self.assertEqual(self.client.get(placed["Location"]).json()["total_cents"], 1700)

    def test_a_body_that_is_no_order(self):
        for data in ("[]", "null", '"soup"', "42"):
            with self.subTest(data):
                self.assert_refused(data, "body")

    def test_a_body_that_is_no_json(self):
        for data in (" ", "{", "guest=Ada", b"\xff\xfe\x00", "[" * 20_000, "9" * 5_000):
            with self.subTest(data[:10]):
                response = self.post(data)
                self.assertEqual(response.status_code, 400)
                self.assertEqual(response.json(), {"errors": {"body": "is not JSON"}})

    def test_everything_wrong_is_told_at_once(self):
        self.assert_refused({}, "guest", "lines")
        self.assert_refused(
            self.order(guest="", lines=[{"item": "soup", "quantity": 0}, 7]),
            "guest",
            "lines[0].item",
            "lines[0].quantity",
            "lines[1]",
        )

    def test_guests_that_can_not_be_stored(self):
        for guest in (None, 7, "", "   ", "x" * 81, "A\0da", "\ud800"):
            with self.subTest(guest):
                self.assert_refused(json.dumps(self.order(guest=guest)), "guest")

    def test_too_few_or_too_many_lines(self):
        for lines in (None, {}, [], [{"item": 1, "quantity": 1}] * 31):
            with self.subTest(str(lines)[:20]):
                self.assert_refused(self.order(lines=lines), "lines")

    def test_quantities(self):
        for quantity in (0, -1, 21, 1.5, "2", True, None):
            with self.subTest(quantity):
                self.assert_refused(self.line(quantity=quantity), "lines[0].quantity")
        self.assertEqual(self.post(self.line(quantity=20)).status_code, 201)

    def test_dishes_that_are_not_on_the_menu(self):
        for item in (10**6, 2**63 - 1, 2**63, 0, "1", True, None):
            with self.subTest(item):
                self.assert_refused(self.line(item=item), "lines[0].item")

    def test_a_dish_that_is_sold_out(self):
        MenuItem.objects.filter(id=self.soup.id).update(available=False)
        self.assert_refused(self.order(), "lines[0].item")

    def test_a_dish_twice(self):
        line = {"item": self.soup.id, "quantity": 1}
        self.assert_refused(self.order(lines=[line, line]), "lines[1].item")

    def test_other_content_types(self):
        response = self.client.post("/api/v1/orders/", {"guest": "Ada"})
        self.assertEqual(response.status_code, 415)

    def test_too_large(self):
        response = self.post(json.dumps(self.order(guest="x" * 70_000)))
        self.assertEqual(response.status_code, 413)

    def test_only_post(self):
        self.assertEqual(self.client.get("/api/v1/orders/").status_code, 405)

    def test_an_order_that_is_not_there(self):
        for number in (0, 10**6, 10**30):
            with self.subTest(number):
                response = self.client.get(f"/api/v1/orders/{number}/")
                self.assertEqual(response.status_code, 404)
                self.assertEqual(response.json(), {"errors": {"id": f"there is no order {number}"}})
