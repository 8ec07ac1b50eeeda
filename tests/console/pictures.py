"""The pictures of the console in `docs/volunteers.md`, made anew: `python -m tests.console.pictures`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Page

from bot.settings import load_settings
from tests.console.conftest import Office, opened
from tests.docs.pages import HOUSE
from tests.web.browsing import chromium
from tests.web.browsing import opened as phone

PICTURES = HOUSE / "docs" / "pictures"


async def main() -> None:
    with TemporaryDirectory(prefix="danloi-pictures-") as folder:
        settings = load_settings(data_dir=Path(folder), public_url="", _env_file=None)
        async with opened(settings) as office, chromium() as browser:
            _, page = await phone(browser, office.url)
            await draw(office, page)


async def draw(office: Office, page: Page) -> None:
    """Two wait, one of whom has agreed that the talk is read; the volunteer answers that one."""
    mai = await office.volunteer("Chị Mai")
    first, second = await office.citizen(), await office.citizen(f"vneid__{mai.code}")
    await first.asks_for_a_person("#KHAISINH")
    await second.says("1")
    await second.says("gặp người hỗ trợ")
    await second.agrees()
    await second.says("may khong nhan the")
    number = await office.number()
    await office.fetch("UPDATE handoffs SET asked_at = asked_at - (CASE WHEN id = $1 THEN 4 ELSE 12 END) * interval '1 minute'", number)
    await page.goto(office.link(mai.code))
    await page.locator("#queue").screenshot(path=PICTURES / "ban-truc.png")
    await mai.takes(number)
    await mai.answers(number, "Cháu đây ạ. Mình làm lại cùng nhau nhé.")
    await second.says("vâng, cảm ơn cháu")
    await page.goto(f"/console/{number}")
    await page.screenshot(path=PICTURES / "tra-loi.png")


if __name__ == "__main__":
    asyncio.run(main())
