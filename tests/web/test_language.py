"""The pages in English, with everything real behind them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.settings import Settings
from bot.web.app import create_app
from tests.i18n.test_english import vietnamese
from tests.web.browsing import chromium, opened, sideways, violations
from tests.web.conftest import served

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("language")


@pytest.fixture
async def url(data_dir: Path) -> AsyncIterator[str]:
    settings = Settings(data_dir=data_dir, flows_dir=ROOT / "flows", nlu_dir=ROOT / "nlu_data", locales_dir=ROOT / "locales", _env_file=None)
    async with served(create_app(settings, roles={"web"})) as address:
        yield address


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


async def left_in_vietnamese(page: Page, *places: str) -> list[str]:
    """Lines of these parts of the page that are neither English nor a quoted name; what screen readers alone hear is among them."""
    texts = [text for place in places for text in await page.locator(place).all_text_contents()]
    spoken = await page.locator(":is(main, aside) [aria-label]").evaluate_all("all => all.map(one => one.ariaLabel)")
    placeholders = await page.locator("[placeholder]").evaluate_all("all => all.map(one => one.placeholder)")
    lines = [line.strip() for text in [*texts, *spoken, *placeholders] for line in text.splitlines()]
    return [line for line in lines if line and vietnamese(line)]


async def test_the_whole_page_follows_the_chosen_language(url: str, browser: Browser) -> None:
    """Nothing is asked before the first help, and what was said before stays as it was."""
    _, page = await opened(browser, url)
    await expect(page.locator("html")).to_have_attribute("lang", "vi")
    await page.get_by_role("button", name="Tiếng / Language").click()
    await page.get_by_role("button", name="English").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.get_by_label("Write to Dẫn Lối")).to_be_visible()
    await page.get_by_role("button", name="Install and activate VNeID").click()
    await expect(page.locator("header").get_by_text(re.compile(r"Step 1/\d+"))).to_be_visible()
    assert await left_in_vietnamese(page, "header", ".dock", "aside", ".bubble.bot:last-of-type") == []
    assert await page.title() == await page.evaluate("document.title")
    assert "step 1/" in await page.title()
    assert await page.locator(".bubble.bot").first.get_attribute("lang") == "vi"
    assert await sideways(page) == 0
    assert await violations(page) == []


async def test_the_language_is_kept_over_a_reload_and_can_be_changed_back(url: str, browser: Browser) -> None:
    _, page = await opened(browser, url)
    await page.goto("/?open=vneid&lang=en")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.reload()
    await expect(page.get_by_role("button", name="Send")).to_be_visible()
    await page.get_by_label("Write to Dẫn Lối").fill("language")
    await page.get_by_role("button", name="Send").click()
    await page.get_by_role("button", name="Tiếng Việt").click()
    await expect(page.locator("html")).to_have_attribute("lang", "vi")
    await expect(page.get_by_role("button", name="Gửi")).to_be_visible()


async def test_a_language_that_is_not_offered_changes_nothing(url: str, browser: Browser) -> None:
    _, page = await opened(browser, url)
    await page.goto("/?open=vneid&lang=mww")
    await expect(page.locator("html")).to_have_attribute("lang", "vi")


async def test_drawings_say_in_english_what_to_do(url: str, browser: Browser) -> None:
    """On the page and as the picture that chat apps get; the words on the drawn screen stay those of the real one."""
    _, page = await opened(browser, url)
    await page.goto("/?open=vneid_level-1-start&lang=en")
    drawing = page.get_by_role("img", name=re.compile("Drawing: “VNeID”"))
    await expect(drawing).to_be_visible()
    await expect(drawing).to_contain_text("Drawing")
    await expect(drawing).to_contain_text("Bắt đầu")
    answer = await (await page.request.get("/chat/messages")).json()
    [picture] = [one["url"] for message in answer["messages"] for one in message["media"]]
    assert re.fullmatch(r"/media/vneid/level-1-start-[0-9a-f]{10}\.en\.png", picture)
    png, svg = await page.request.get(picture), await page.request.get(picture.removesuffix("png") + "svg")
    assert (png.status, png.headers["content-type"], svg.status) == (200, "image/png", 200)
    assert "A button like" in await svg.text()
    old = await page.request.get(re.sub("-[0-9a-f]{10}", "-0000000000", picture), max_redirects=0)
    assert (old.status, old.headers["location"]) == (302, picture)
    gesture = await page.request.get("/media/picture/ap-the.en.svg")
    assert "Drawing" in await gesture.text()
    assert (await page.request.get("/media/picture/ap-the.xx.svg")).status == 200  # a language that is not there is Vietnamese
    assert (await page.request.get("/media/picture/no-such.en.svg")).status == 404


@pytest.mark.parametrize("path", ["/go/vneid", "/go/khai-sinh", "/guide/vneid", "/guide/khai-sinh", "/guide/thanh-toan", "/go/no-such-guide", "/no-such-page"])
async def test_pages_with_an_address_in_english(url: str, browser: Browser, path: str) -> None:
    """Names of official sources stay as they are; what stands on a drawn screen does too."""
    _, page = await opened(browser, url)
    await page.goto(f"{path}?lang=en")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.locator(".src, svg, [lang=vi]").evaluate_all("all => all.forEach(one => one.remove())")
    assert await left_in_vietnamese(page, "main", "header") == []
    assert not vietnamese(await page.title())
