"""Fixtures of the store's tests."""

from __future__ import annotations

from tests.store.databases import database, server

__all__ = ["database", "server"]
