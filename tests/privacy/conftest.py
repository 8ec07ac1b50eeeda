"""Real PostgreSQL for what must not be found in it."""

from __future__ import annotations

from tests.store.databases import database, folder, server

__all__ = ["database", "folder", "server"]
