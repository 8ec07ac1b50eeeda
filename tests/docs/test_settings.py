"""The operator's page and the file to copy name every setting, with its default, and no other."""

from __future__ import annotations

from tests.docs import settings_pages as pages

REWRITE = "made older than bot/settings.py: run .venv/bin/python tests/docs/settings_pages.py"


def test_the_page_lists_every_setting() -> None:
    text = pages.PAGE.read_text(encoding="utf-8")

    assert text == pages.page(text), f"docs/settings.md was {REWRITE}"


def test_the_file_to_copy_lists_every_setting() -> None:
    assert pages.EXAMPLE.read_text(encoding="utf-8") == pages.example(), f".env.example was {REWRITE}"


def test_every_setting_says_what_it_is_for() -> None:
    silent = [one.variable for group in pages.settings().values() for one in group if not one.description]

    assert not silent
