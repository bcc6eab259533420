"""Environment variables in, checked settings out."""

import os
import subprocess
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from config.environment import Database, read_environment

BACKEND = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {
    "ENVIRONMENT": "production",
    "DJANGO_SECRET_KEY": "a long and random key, as far as this test is concerned",
    "DEBUG": "false",
    "DOMAIN_NAME": "restaurant.example.com",
    "DB_HOST": "db",
    "DB_PASSWORD": "secret",
    "RELEASE": "r42",
    "COLOR": "green",
}


class Production(SimpleTestCase):
    """Nothing is guessed, nothing unsafe is let through."""

    def test_a_complete_environment(self):
        env = read_environment(PRODUCTION)
        self.assertEqual((env.name, env.debug, env.release, env.color), ("production", False, "r42", "green"))
        self.assertEqual(env.secret_key, PRODUCTION["DJANGO_SECRET_KEY"])
        self.assertEqual(env.database, Database("db", "restaurant", "restaurant", "secret"))
        self.assertEqual(
            env.allowed_hosts,
            [
                "restaurant.example.com",
                "www.restaurant.example.com",
                "app",
                "localhost",
                "127.0.0.1",
                "[::1]",
            ],
        )
        self.assertEqual(
            env.trusted_origins,
            ["https://restaurant.example.com", "https://www.restaurant.example.com"],
        )

    def test_what_is_missing_is_named(self):
        for variable in ("DJANGO_SECRET_KEY", "DOMAIN_NAME", "DB_HOST", "DB_PASSWORD"):
            for emptied in (PRODUCTION | {variable: ""}, _without(variable)):
                with self.subTest(variable), self.assertRaisesMessage(ImproperlyConfigured, variable):
                    read_environment(emptied)

    def test_a_domain_name_of_commas_alone_is_empty(self):
        with self.assertRaisesMessage(ImproperlyConfigured, "DOMAIN_NAME is empty"):
            read_environment(PRODUCTION | {"DOMAIN_NAME": " , "})

    def test_a_wildcard_is_refused(self):
        with self.assertRaisesMessage(ImproperlyConfigured, "wildcard"):
            read_environment(PRODUCTION | {"DOMAIN_NAME": "*"})

    def test_debug_is_refused_wherever_it_is_deployed(self):
        for name in ("production", "staging", "pr-42"):
            with self.subTest(name), self.assertRaisesMessage(ImproperlyConfigured, "DEBUG is on"):
                read_environment(PRODUCTION | {"ENVIRONMENT": name, "DEBUG": "true"})

    def test_a_mistyped_debug_is_neither_yes_nor_no(self):
        with self.assertRaisesMessage(ImproperlyConfigured, "write true or false"):
            read_environment(PRODUCTION | {"DEBUG": "flase"})

    def test_the_app_does_not_start_with_a_wildcard(self):
        env = {"PATH": os.environ["PATH"], **PRODUCTION, "DOMAIN_NAME": "*"}
        run = subprocess.run(
            [sys.executable, "-c", "import config.settings"],
            cwd=BACKEND,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(run.returncode, 1)
        self.assertIn("ImproperlyConfigured: DOMAIN_NAME has the wildcard '*'", run.stderr)


class Development(SimpleTestCase):
    """Everything has a default, and none of them opens the app to the world."""

    def test_an_empty_environment(self):
        env = read_environment({})
        self.assertEqual((env.name, env.debug, env.database), ("development", False, None))
        self.assertEqual(env.allowed_hosts, ["app", "localhost", "127.0.0.1", "[::1]"])
        self.assertEqual(env.trusted_origins, [])
        self.assertEqual((env.release, env.color), ("unreleased", "none"))

    def test_debug_opens_no_host(self):
        env = read_environment({"DEBUG": "true"})
        self.assertTrue(env.debug)
        self.assertNotIn("*", env.allowed_hosts)

    def test_a_wildcard_is_refused_here_too(self):
        with self.assertRaisesMessage(ImproperlyConfigured, "wildcard"):
            read_environment({"DOMAIN_NAME": "*"})


def _without(variable: str) -> dict[str, str]:
    return {name: value for name, value in PRODUCTION.items() if name != variable}
