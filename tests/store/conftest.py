"""Fixtures of the store's tests."""

from __future__ import annotations

from tests.store.databases import database, folder, server

__all__ = ["database", "folder", "server"]
