"""The pages with everything real behind them: guides, understanding, PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.settings import Settings
from bot.web.app import create_app
from tests.web.browsing import chromium, opened
from tests.web.conftest import served

ROOT = Path(__file__).parents[2]
MOST_STEPS = 60
TYPED = {"ngày": "hôm qua", "xã": "Bum Nưa", "mấy": "1"}  # where a question has no buttons


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole")


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir, flows_dir=ROOT / "flows", nlu_dir=ROOT / "nlu_data", locales_dir=ROOT / "locales", _env_file=None)


@pytest.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    async with served(create_app(settings, roles={"web"})) as address:
        yield address


async def say(page: Page, words: str) -> None:
    await page.get_by_label("Viết cho Dẫn Lối").fill(words)
    await page.get_by_role("button", name="Gửi").click()


async def answered(page: Page, said: int) -> None:
    """Wait until the bot has answered the person's words number `said`."""
    await expect(page.locator(".bubble.me")).to_have_count(said)
    await expect(page.locator("#talk > :last-child")).to_have_class(re.compile("bot"))
    await expect(page.locator("[aria-busy]")).to_have_count(0)


@pytest.mark.parametrize(("guide", "words"), [("vneid", "cài vneid"), ("khai-sinh", "lam khai sinh cho con o dau"), ("thanh-toan", "nộp lệ phí trên mạng")])
async def test_a_guide_is_walked_to_its_end_in_a_browser(url: str, guide: str, words: str) -> None:
    """Always the first answer, to the thumb at the end; every picture on the way can be seen."""
    async with chromium() as browser:
        _, page = await opened(browser, url)
        failed: list[str] = []
        page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
        page.on("pageerror", lambda error: failed.append(str(error)))
        await expect(page.get_by_text("xóa dữ liệu")).to_be_visible()
        await say(page, words)
        for said in range(1, MOST_STEPS):
            await answered(page, said)
            first = page.locator(".answers button").first
            payload = str(await first.get_attribute("value"))
            if payload.startswith("/thumb/"):
                break
            if payload.startswith("/"):
                question = (await page.locator(".bubble.bot").last.inner_text()).lower()
                await say(page, next(answer for word, answer in TYPED.items() if word in question))
            else:
                assert payload.startswith(f"{guide}/")
                await first.click()
        else:
            pytest.fail("no end in sight")
    assert failed == []


async def test_the_talk_survives_a_restart(settings: Settings) -> None:
    async with chromium() as browser:
        async with served(create_app(settings, roles={"web"})) as url:
            context, page = await opened(browser, url)
            await say(page, "cài vneid")
            await answered(page, 1)
            before = await page.locator("#talk > *").all_inner_texts()
            cookies = await context.cookies()
        async with served(create_app(settings, roles={"web"})) as url:
            again = await browser.new_context()
            await again.add_cookies([one | {"domain": "127.0.0.1"} for one in cookies])
            page = await again.new_page()
            await page.goto(url)
            after = await page.locator("#talk > *").all_inner_texts()
    assert [" ".join(one.split()) for one in after] == [" ".join(one.split()) for one in before]


async def test_what_was_erased_is_gone_from_the_page(url: str) -> None:
    async with chromium() as browser:
        _, page = await opened(browser, url)
        await say(page, "xóa dữ liệu")
        await answered(page, 1)
        await page.get_by_role("button", name="Xóa hết").click()
        await expect(page.locator(".bubble.me")).to_have_count(0)
        await expect(page.locator(".bubble.bot")).to_have_count(1)
        await page.reload()
        await expect(page.locator(".bubble.me")).to_have_count(0)
