"""Chromium for the browser tests, and axe-core with the strictest of its rules."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 30_000  # a machine that does much else is slow, not wrong
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
TAGS = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            yield browser
        finally:
            await browser.close()


async def opened(browser: Browser, url: str, **more: Any) -> tuple[BrowserContext, Page]:
    """A new person with a phone in Viet Nam, on this page."""
    context = await browser.new_context(**{"viewport": PHONE, "locale": "vi-VN", "base_url": url} | more)
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto("/")
    return context, page


async def violations(page: Page) -> list[str]:
    """What axe-core finds, WCAG 2.2 A to AAA, one line each."""
    options = {
        "runOnly": {"type": "tag", "values": TAGS},
        "rules": {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}},
        "resultTypes": ["violations"],
    }
    found = await Axe().run(page, options=options)
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found.response["violations"] for node in one["nodes"]]


async def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
