"""With the network cut every guide opens and reads; when it is back, what changed shows."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import uvicorn
from playwright.async_api import Page, expect

from bot.flows.loader import load
from bot.i18n.catalogue import Catalogues
from bot.service.content import guide_files
from bot.settings import Settings
from bot.web.app import create_app
from tests.web.browsing import PHONE, chromium
from tests.web.standin import Content, StandIn

ROOT = Path(__file__).parents[2]
MOST_KEPT_BYTES = 1024 * 1024
READY = """async () => {
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) await new Promise((done) => (navigator.serviceWorker.oncontrollerchange = done));
}"""
KEPT_BYTES = """async () => {
  let bytes = 0;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) bytes += (await (await cache.match(request)).arrayBuffer()).byteLength;
  }
  return bytes;
}"""
KEPT_LANGUAGES = """async () => {
  const urls = [];
  for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) urls.push(new URL(request.url));
  return [...new Set(urls.filter((url) => url.pathname === "/guide/khai-sinh").map((url) => url.searchParams.get("lang")))].filter(Boolean);
}"""
KEPT_WORDS = """async (words) => {
  const found = await caches.match("/guide/vneid");
  return Boolean(found) && (await found.text()).includes(words);
}"""


class Network:
    """The server on one port, which can be cut off and come back with other guides."""

    def __init__(self, folder: Path):
        self._settings = Settings(data_dir=folder, _env_file=None)
        self._files = guide_files(ROOT / "flows")
        self._port = 0
        self._running: tuple[uvicorn.Server, asyncio.Task[None]] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def change(self, old: str, new: str) -> None:
        assert old.encode() in self._files["vneid.yaml"]
        self._files["vneid.yaml"] = self._files["vneid.yaml"].replace(old.encode(), new.encode())

    async def back(self) -> None:
        behind = StandIn()
        behind.content = Content(load(self._files).guides, Catalogues.load(ROOT / "locales"))
        app = create_app(self._settings, start=behind.start)
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=self._port, log_level="error", ws="none", timeout_graceful_shutdown=1))
        task = asyncio.create_task(server.serve())
        while not server.started:
            assert not task.done(), "the server did not start"
            await asyncio.sleep(0.005)
        self._port = server.servers[0].sockets[0].getsockname()[1]
        self._running = (server, task)

    async def cut(self) -> None:
        if self._running:
            self._running[0].should_exit = True
            await self._running[1]
            self._running = None


async def test_guides_are_read_offline_and_renewed_online(tmp_path: Path) -> None:
    network = Network(tmp_path)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(network.cut)
        await network.back()
        browser = await stack.enter_async_context(chromium())
        context = await browser.new_context(viewport=PHONE, base_url=network.url)
        page = await context.new_page()
        await page.goto("/guide/khai-sinh")  # one guide is looked at, all are kept
        await page.evaluate(READY)
        assert 0 < await page.evaluate(KEPT_BYTES) <= MOST_KEPT_BYTES

        await network.cut()
        for guide, title in (("vneid", "Cài đặt và kích hoạt VNeID"), ("khai-sinh", "Đăng ký khai sinh"), ("thanh-toan", "Trả phí hồ sơ trên mạng")):
            await _reads(page, guide, title)
        await page.goto("/")
        await expect(page.get_by_role("heading", name="Chưa có mạng")).to_be_visible()
        await page.get_by_role("link", name="Cài đặt và kích hoạt VNeID").click()
        await expect(page.get_by_role("heading", name="Mở CH Play trên máy.")).to_be_visible()

        network.change("Mở CH Play trên máy.", "Mở kho ứng dụng CH Play.")
        await network.back()
        await page.reload()
        await expect(page.get_by_role("heading", name="Mở kho ứng dụng CH Play.")).to_be_visible()
        await _renewed(page, "Mở kho ứng dụng CH Play.")

        await network.cut()
        await page.goto("/guide/vneid?big=1")
        await expect(page.get_by_role("heading", name="Mở kho ứng dụng CH Play.")).to_be_visible()


async def test_who_reads_in_english_or_in_large_letters_does_so_offline_too(tmp_path: Path) -> None:
    network = Network(tmp_path)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(network.cut)
        await network.back()
        browser = await stack.enter_async_context(chromium())
        context = await browser.new_context(viewport=PHONE, base_url=network.url)
        page = await context.new_page()
        await page.goto("/guide/vneid")
        await page.evaluate(READY)
        assert await page.evaluate(KEPT_LANGUAGES) == [], "nobody has asked for English yet"
        await page.goto("/guide/vneid?lang=en")
        async with asyncio.timeout(20):
            while await page.evaluate(KEPT_LANGUAGES) != ["en"]:  # noqa: ASYNC110  # it happens in the browser
                await asyncio.sleep(0.05)
        assert await page.evaluate(KEPT_BYTES) <= MOST_KEPT_BYTES

        await network.cut()
        await page.goto("/guide/khai-sinh?lang=en&big=1")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Register a birth")
        await expect(page.locator("html")).to_have_class("big")
        await page.get_by_role("link", name="Usual letters").click()
        await expect(page.locator("html")).not_to_have_class("big")
        await page.goto("/guide/khai-sinh/?big=1")  # as it was typed
        await expect(page.get_by_role("heading", level=1)).to_have_text("Đăng ký khai sinh")
        await expect(page.locator("html")).to_have_class("big")
        await page.goto("/stats?lang=en")
        await page.get_by_role("link", name="Pay a fee online").click()
        await expect(page.locator("html")).to_have_attribute("lang", "en")

        network.change("Mở CH Play trên máy.", "Mở kho ứng dụng CH Play.")
        await network.back()
        await page.goto("/guide/vneid")
        await _renewed(page, "Mở kho ứng dụng CH Play.")
        assert await page.evaluate(KEPT_LANGUAGES) == ["en"], "the new worker keeps it again"


async def _reads(page: Page, guide: str, title: str) -> None:
    """The page is there with its letters and all its pictures."""
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    await page.goto(f"/guide/{guide}?lang=vi")
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert await page.evaluate("document.fonts.ready.then(() => [...document.fonts].filter((font) => font.status == 'loaded').length)") >= 1
    pictures = page.get_by_role("img", name="Hình vẽ")
    assert await pictures.count() > 10
    await expect(pictures.last).to_be_visible()
    assert failed == []


async def _renewed(page: Page, words: str) -> None:
    """The new worker has taken over, and what it keeps holds the new words."""
    await page.evaluate("navigator.serviceWorker.ready.then((worker) => worker.update())")
    async with asyncio.timeout(20):
        while not await page.evaluate(KEPT_WORDS, words):  # noqa: ASYNC110  # it happens in the browser
            await asyncio.sleep(0.05)
