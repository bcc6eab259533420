"""DOMAIN_NAME in, ALLOWED_HOSTS out."""

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from config.hosts import INTERNAL_HOSTS, allowed_hosts, public_hosts


class PublicHosts(SimpleTestCase):
    """One name or several, and nothing that is not a bare name."""

    def test_a_name_brings_its_www_twin(self):
        self.assertEqual(
            public_hosts("restaurant.example.com"),
            ["restaurant.example.com", "www.restaurant.example.com"],
        )

    def test_a_list_keeps_its_order_and_loses_doubles_blanks_and_capitals(self):
        self.assertEqual(
            public_hosts(" Example.com, www.example.com ,,pr-42.preview.example.com"),
            [
                "example.com",
                "www.example.com",
                "pr-42.preview.example.com",
                "www.pr-42.preview.example.com",
            ],
        )

    def test_addresses_and_single_names_have_no_twin(self):
        self.assertEqual(public_hosts("203.0.113.7,intranet"), ["203.0.113.7", "intranet"])

    def test_nothing_in_gives_nothing_out(self):
        for nothing in ("", "  ", ",", " , ,"):
            with self.subTest(nothing):
                self.assertEqual(public_hosts(nothing), [])

    def test_wildcards_are_refused(self):
        for wildcard in ("*", "example.com,*", "*.example.com", ".example.com", "ex*mple.com"):
            with self.subTest(wildcard), self.assertRaisesMessage(ImproperlyConfigured, "wildcard"):
                public_hosts(wildcard)

    def test_what_is_no_bare_name_is_refused(self):
        for wrong in (
            "https://example.com",
            "example.com:8080",
            "example.com/menu",
            "a b.example.com",
            "-a.example.com",
            "example.com.",
            "${DOMAIN_NAME}",
        ):
            with self.subTest(wrong), self.assertRaisesMessage(ImproperlyConfigured, "no host name"):
                public_hosts(wrong)


class AllowedHosts(SimpleTestCase):
    """The list that Django gets."""

    def test_the_names_used_inside_are_always_there(self):
        self.assertEqual(allowed_hosts([]), INTERNAL_HOSTS)
        self.assertEqual(allowed_hosts(["example.com"]), ["example.com", *INTERNAL_HOSTS])

    def test_no_name_is_there_twice(self):
        self.assertEqual(allowed_hosts(["localhost"]).count("localhost"), 1)
