"""Landing pages and whole guides as they are seen, read aloud, copied from and printed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.browsing import DESK, PATIENCE_MS, PHONE, chromium, sideways, violations
from tests.web.conftest import Site
from tests.web.test_shared_pages import settings, site

__all__ = ["settings", "site"]

MOST_PAGES = {"A4": 18, "A5": 34}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


async def shown(browser: Browser, site: Site, path: str, **more: object) -> Page:
    context = await browser.new_context(**{"viewport": PHONE, "locale": "vi-VN", "base_url": site.url} | more)
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto(path)
    return page


@pytest.mark.parametrize("path", ["/go/vneid", "/go/vneid_scan_tt7k_03466?lang=en", "/guide/thanh-toan", "/guide/thanh-toan?lang=en&big=1", "/offline"])
async def test_pages_are_accessible_and_never_wider_than_the_screen(browser: Browser, site: Site, path: str) -> None:
    for viewport, scheme in ((PHONE, "light"), (PHONE, "dark"), (DESK, "light")):
        page = await shown(browser, site, path, viewport=viewport, color_scheme=scheme)
        assert await violations(page) == []
    narrow = await shown(browser, site, path, viewport={"width": 320, "height": 640})
    assert await sideways(narrow) == 0
    await narrow.evaluate("document.documentElement.style.fontSize = '200%'")
    assert await sideways(narrow) == 0


async def test_the_code_is_copied(browser: Browser, site: Site) -> None:
    page = await shown(browser, site, "/go/vneid__tt7k", permissions=["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Chép mã").click()
    await expect(page.get_by_role("button", name="Đã chép")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == "#VNEID TT7K"


async def test_the_typed_code_stays_in_one_piece_on_paper(browser: Browser, site: Site) -> None:
    """Nobody can tell whether a code goes on in the next line."""
    page = await shown(browser, site, "/guide/thanh-toan", viewport={"width": 469, "height": 665})  # A5 without its margins
    await page.emulate_media(media="print")
    rows = "one => { const range = document.createRange(); range.selectNodeContents(one); return range.getClientRects().length }"
    assert await page.get_by_text("#THANHTOAN").evaluate(rows) == 1


async def test_without_a_script_the_button_says_how_to_copy_by_hand(browser: Browser, site: Site) -> None:
    page = await shown(browser, site, "/go/vneid", java_script_enabled=False)
    how = page.get_by_text("Nhấn giữ vào mã")
    await expect(how).to_be_hidden()
    await page.get_by_role("button", name="Chép mã").click()
    await expect(how).to_be_visible()
    await page.get_by_text("#VNEID", exact=True).click()
    await expect(page.get_by_role("link", name="Mở trong Messenger")).to_be_visible()


async def test_an_answer_leads_to_its_step(browser: Browser, site: Site) -> None:
    """Reading without a talk: the number behind an answer is the number of the step that it leads to."""
    page = await shown(browser, site, "/guide/vneid", java_script_enabled=False)
    answer = page.locator("#b-phone li").filter(has_text="iPhone")
    number = re.findall(r"\d+", await answer.inner_text())[0]
    await answer.get_by_role("link").click()
    assert page.url.endswith("#b-store-ios")
    await expect(page.locator("#b-store-ios .n")).to_have_text(number)
    await expect(page.get_by_role("heading", name="Nếu chọn “iPhone”")).to_be_visible()


@pytest.mark.parametrize("guide", ["vneid", "khai-sinh", "thanh-toan"])
@pytest.mark.parametrize("sheet", ["A4", "A5"])
async def test_a_guide_prints_on_a_reasonable_number_of_sheets(browser: Browser, site: Site, guide: str, sheet: str) -> None:
    page = await shown(browser, site, f"/guide/{guide}")
    pdf = await page.pdf(format=sheet)
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= MOST_PAGES[sheet]
    await page.emulate_media(media="print")
    await expect(page.get_by_role("link", name="Bắt đầu")).to_be_hidden()
    await expect(page.get_by_text("In ngày")).to_be_visible()
    await expect(page.locator(".qr")).to_be_visible()
