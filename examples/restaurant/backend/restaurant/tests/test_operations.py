"""Health and release, and who is answered at all."""

from unittest.mock import patch

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.test import SimpleTestCase, TestCase, override_settings

from config.environment import read_environment


class HealthWithDatabase(TestCase):
    """The database is there."""

    def test_ok(self):
        response = self.client.get("/api/v1/health/")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), {"status": "ok", "database": "answers"})
        self.assertIn("no-store", response["Cache-Control"])

    def test_an_unknown_host_is_answered_400(self):
        with self.assertLogs("django.security.DisallowedHost", "ERROR"):
            response = self.client.get("/api/v1/health/", headers={"host": "evil.example.net"})
        self.assertEqual(response.status_code, 400)

    @override_settings(ALLOWED_HOSTS=["restaurant.example.com"])
    def test_a_known_host_is_answered(self):
        response = self.client.get("/api/v1/health/", headers={"host": "restaurant.example.com"})
        self.assertEqual(response.status_code, 200)

    def test_only_get(self):
        self.assertEqual(self.client.post("/api/v1/health/").status_code, 405)


class HealthWithoutDatabase(SimpleTestCase):
    """The database is away: no connection, or one that broke."""

    # Django would else put its own guard where this test puts the broken connection.
    databases = {"default"}

    def test_unavailable(self):
        for error in (
            OperationalError('connection to "db", user "restaurant" failed'),
            InterfaceError("connection already closed"),
        ):
            with (
                self.subTest(error),
                patch.object(connection, "cursor", side_effect=error),
                self.assertLogs("restaurant.operations", "ERROR") as logged,
                self.assertLogs("django.request", "ERROR"),
            ):
                response = self.client.get("/api/v1/health/")
            self.assertEqual(response.status_code, 503)
            # The body names neither host nor user; the log has the whole reason.
            self.assertEqual(response.json(), {"status": "unavailable", "database": "does not answer"})
            self.assertIn(str(error), logged.output[0])


class Release(SimpleTestCase):
    """The page's badge, and the proof that a deploy arrived."""

    def test_release_color_and_environment(self):
        env = read_environment({"RELEASE": "r42", "COLOR": "green"})
        with patch.object(settings, "ENV", env):
            response = self.client.get("/api/v1/release/")
        self.assertEqual(
            response.json(), {"release": "r42", "color": "green", "environment": "development"}
        )
        self.assertIn("no-store", response["Cache-Control"])


class Proxy(SimpleTestCase):
    """What the proxy in front says about the visitor's connection is believed."""

    def test_https_is_known_from_the_header(self):
        for proto, secure in (("https", True), ("http", False)):
            with self.subTest(proto):
                response = self.client.get("/api/v1/release/", headers={"x-forwarded-proto": proto})
                self.assertEqual(response.wsgi_request.is_secure(), secure)
                # No redirect from here, whatever the scheme: that is the proxy's work.
                self.assertEqual(response.status_code, 200)
