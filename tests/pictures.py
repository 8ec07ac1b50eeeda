"""The pictures of `docs/maintainers.md`, made anew: `python -m tests.pictures`.

They show the guide that stands on that page, in the studio as it is now; nothing is drawn by hand.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, Page, ViewportSize, expect

from bot.dialogue.event import Event
from bot.flows.diagram import Figures
from bot.flows.loader import load
from bot.outreach.diagrams import guide_svg
from bot.service.beside import Beside
from bot.settings import Settings
from bot.web.studio.app import create_studio
from bot.web.studio.workshop import Workshop
from tests.docs.pages import HOUSE
from tests.web.browsing import chromium
from tests.web.conftest import served

PAGE = HOUSE / "docs" / "maintainers.md"
PICTURES = HOUSE / "docs" / "pictures"
TODAY = date(2026, 11, 24)
WIDE: ViewportSize = {"width": 1280, "height": 860}
NARROW: ViewportSize = {"width": 480, "height": 760}
TRANSLATED = {
    "title": ("Xin một giấy làm ví dụ", "Get a paper, as an example"),
    "phone.ask": ("Điện thoại của bà con là loại nào?", "What kind of phone do you have?"),
    "phone.choice.android": ("Android", "Android"),
    "phone.choice.ios": ("iPhone", "iPhone"),
    "open-portal.do": ("Mở Cổng Dịch vụ công.", "Open the public service portal."),
}


def shown_guide() -> str:
    """The guide that the page explains."""
    (found,) = re.findall(r"```yaml guide\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def changed_guide() -> str:
    """The same after “Thêm một bước” and “Thêm một lỗi hay gặp”, as the page's diffs say."""
    text = shown_guide()
    for block in re.findall(r"```diff\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        lines = [line.strip("\n") for line in block.splitlines()]
        signs = [(line.lstrip()[:1], re.sub(r"^\s*[-+]", "", line, count=1)) for line in lines]
        old = "\n".join(line for sign, line in signs if sign == "-")
        new = "\n".join(line for sign, line in signs if sign == "+")
        at = text.rindex(old + "\n") if old.strip().startswith("next") else text.index(old + "\n")
        text = text[:at] + new + text[at + len(old) :]
    return text


@dataclass
class Shop:
    """A studio on a folder that holds one guide."""

    url: str
    file: Path
    browser: Browser

    async def page(self, query: str, size: ViewportSize) -> Page:
        context = await self.browser.new_context(viewport=size, locale="vi-VN", base_url=self.url)
        page = await context.new_page()
        await page.goto(f"/studio?guide=xin-vi-du{query}")
        await expect(page.locator("#phone .bubble").first).to_be_visible()
        return page


@asynccontextmanager
async def studio(text: str) -> AsyncIterator[Shop]:
    with TemporaryDirectory(prefix="danloi-pictures-") as home:
        flows, english = Path(home) / "flows", Path(home) / "locales" / "en" / "LC_MESSAGES"
        flows.mkdir()
        english.mkdir(parents=True)
        (flows / "xin-vi-du.yaml").write_text(text, encoding="utf-8")
        entries = "".join(f'msgctxt "xin-vi-du.{place}"\nmsgid "{vi}"\nmsgstr "{en}"\n\n' for place, (vi, en) in TRANSLATED.items())
        head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: en\\n"\n"X-Language-Name: English\\n"\n\n'
        (english / "danloi.po").write_text(head + entries, encoding="utf-8")
        settings = Settings(flows_dir=flows, locales_dir=Path(home) / "locales", nlu_dir=Path(home) / "nlu", data_dir=Path(home) / "data", _env_file=None)
        workshop = Workshop(settings, more_checks=Beside(settings).findings, today=lambda: TODAY)
        async with chromium() as browser, served(create_studio(workshop, _as_it_is)) as url:
            yield Shop(url, flows / "xin-vi-du.yaml", browser)


def _as_it_is(event: Event) -> Event:
    return event


async def change_a_sentence(shop: Shop) -> None:
    page = await shop.page("&step=open-portal", WIDE)
    await page.get_by_label("Việc phải làm").fill("Mở Cổng Dịch vụ công trên điện thoại.")
    await expect(page.locator("#save")).to_be_enabled()
    await expect(page.locator("#phone .do")).to_contain_text("trên điện thoại")
    await page.locator("#save").scroll_into_view_if_needed()
    await page.screenshot(path=PICTURES / "sua-mot-cau.png")


async def a_new_problem(shop: Shop) -> None:
    page = await shop.page("&step=open-portal", WIDE)
    phone = page.locator("#phone")
    await phone.get_by_role("button", name="Chưa được").click()
    await expect(phone).to_contain_text("Trang hỏi tài khoản")
    await phone.screenshot(path=PICTURES / "loi-hay-gap.png")


async def a_mistake(shop: Shop) -> None:
    page = await shop.page("&step=open-portal", NARROW)
    shop.file.write_text(changed_guide().replace("next: log-in", "next: log-inn"), encoding="utf-8")
    await expect(page.locator("#problem-list")).to_contain_text("log-inn")
    await page.locator("#problems").screenshot(path=PICTURES / "can-sua.png")


async def a_translation(shop: Shop) -> None:
    page = await shop.page("&step=phone", WIDE)
    await page.locator("#language").select_option("en")
    await expect(page.locator("#phone")).to_contain_text("What kind of phone do you have?")
    await page.locator("#warnings summary").click()
    await page.screenshot(path=PICTURES / "ban-dich.png")


def diagrams() -> dict[str, str]:
    """The drawings by name: as the guide is, with the new step, and with figures that somebody might have."""
    before, after = (load({"xin-vi-du.yaml": text.encode()}).guides["xin-vi-du"].model for text in (shown_guide(), changed_guide()))
    ways = {("phone", "open-portal"): 31, ("phone", "ask-someone"): 6, ("open-portal", "log-in"): 25, ("open-portal", "ask-someone"): 2}
    counted = Figures(ways=ways | {("log-in", "finished"): 18}, steps={"phone": (40, 37), "open-portal": (31, 27), "log-in": (25, 18)})
    return {"xin-vi-du.svg": guide_svg(before), "buoc-moi.svg": guide_svg(after), "so-luot.svg": guide_svg(after, counted)}


async def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    for name, text in diagrams().items():
        (PICTURES / name).write_text(text, encoding="utf-8")
    async with studio(shown_guide()) as shop:
        await change_a_sentence(shop)
        await a_translation(shop)
    async with studio(changed_guide()) as shop:
        await a_new_problem(shop)
        await a_mistake(shop)


if __name__ == "__main__":
    asyncio.run(main())
