"""Tests; they need no PostgreSQL: without DB_HOST they run on SQLite in memory."""
