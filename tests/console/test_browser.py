"""The console on a phone in Chromium: with a script, without one, for everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.console.conftest import Citizen, Helper, Office
from tests.web.browsing import PHONE, chromium, opened, sideways
from tests.web.test_chat_browser import in_every_light


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


async def phone(office: Office, browser: Browser, helper: Helper, **more: Any) -> Page:
    """The helper's phone, signed in by the link."""
    _, page = await opened(browser, office.url, **more)
    await page.goto(office.link(helper.code))
    assert page.url == f"{office.url}/console"
    return page


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name)


async def waiting(office: Office, opens: str = "") -> tuple[Citizen, int]:
    bac = await office.citizen(opens)
    await bac.asks_for_a_person()
    return bac, await office.number()


async def test_news_appear_without_reloading(office: Office, browser: Browser) -> None:
    """Who asks, and what they say; what the volunteer is writing meanwhile stays in the box."""
    page = await phone(office, browser, await office.volunteer("Chị Mai"))
    await page.evaluate("window.same = true")
    await expect(page.get_by_text("Chưa ai chờ")).to_be_visible()
    bac, number = await waiting(office)
    await expect(page.get_by_text("1 người đang chờ")).to_be_visible()
    await expect(page).to_have_title("1 người đang chờ · Bàn trực Dẫn Lối")
    assert await page.evaluate("window.same")
    await button(page, f"Nhận bà con số {number}").click()
    await page.get_by_label(f"Viết cho bà con số {number}").fill("Cháu đây ạ.")
    await button(page, "Gửi").click()
    log = page.get_by_role("log")
    await expect(log).to_contain_text("Chị Mai: Cháu đây ạ.")
    await page.evaluate("window.same = true")
    await page.get_by_label(f"Viết cho bà con số {number}").fill("Bác thử")
    await bac.says("máy tôi hãng gì không biết")
    await expect(log).to_contain_text("máy tôi hãng gì không biết")
    await bac.says("menu")
    await expect(page.get_by_text("Bà con đã gọi lại Dẫn Lối")).to_be_visible()
    await expect(page.get_by_label(f"Viết cho bà con số {number}")).to_have_value("Bác thử")
    assert await page.evaluate("window.same")
    await bac.says("xóa dữ liệu")
    await bac.says("có")
    await expect(page.get_by_text("không còn ở chỗ anh chị")).to_be_visible()
    assert "máy tôi hãng gì" not in await page.content()


async def test_everything_works_without_a_script(office: Office, browser: Browser) -> None:
    page = await phone(office, browser, await office.volunteer("Chị Mai"), java_script_enabled=False)
    bac, number = await waiting(office)
    await page.get_by_role("link", name="Xem có ai mới không").click()
    await button(page, f"Nhận bà con số {number}").click()
    await page.get_by_label(f"Viết cho bà con số {number}").fill("Cháu đây ạ.")
    await button(page, "Gửi").click()
    assert (await bac.reads())[-1]["text"] == "Chị Mai: Cháu đây ạ."
    await bac.says("chào cháu")
    await page.get_by_role("link", name="Tải lại trang").click()
    await expect(page.get_by_role("log")).to_contain_text("chào cháu")
    await button(page, "Trả lại cho Dẫn Lối").click()
    await expect(page.get_by_role("status").first).to_contain_text(f"Đã trả bà con số {number} lại cho Dẫn Lối.")
    await button(page, "Ra").click()
    await expect(page.get_by_role("heading", name="Bàn trực của người giúp")).to_be_visible()


async def test_without_a_network_the_page_says_so_and_goes_on(office: Office, browser: Browser) -> None:
    page = await phone(office, browser, await office.volunteer("Chị Mai"))
    await page.context.set_offline(True)
    await expect(page.get_by_text("Mạng yếu")).to_be_visible()
    await waiting(office)
    await page.context.set_offline(False)
    await expect(page.get_by_text("1 người đang chờ")).to_be_visible()
    await expect(page.get_by_text("Mạng yếu")).to_be_hidden()


async def test_it_can_be_used_by_everybody(office: Office, browser: Browser) -> None:
    """axe-core finds nothing in any state, and nothing is wider than the smallest phone or letters twice as large."""
    mai, pao = await office.volunteer("Chị Mai"), await office.volunteer("Anh Páo")
    _, page = await opened(browser, office.url, reduced_motion="reduce")
    found: dict[str, Any] = {}

    async def look(state: str) -> None:
        wrong = await in_every_light(page)
        await page.set_viewport_size({"width": 320, "height": 640})
        small = await sideways(page)
        await page.set_viewport_size(PHONE)
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        found[state] = (wrong, small, await sideways(page))
        await page.evaluate("document.documentElement.style.fontSize = ''")

    await page.goto("/console")
    await look("signed out")
    await page.goto(office.link(mai.code))
    await look("empty")
    people = [await waiting(office, opens) for opens in (f"vneid__{mai.code}", "", "")]
    (bac, first), (_, second), (_, third) = people
    await bac.agrees()
    await pao.takes(third)
    await page.goto("/console")
    await look("list")
    await mai.takes(first)
    await page.goto(f"/console/{first}")
    await look("talk")
    await page.locator("summary").click()
    await page.get_by_label(f"Viết cho bà con số {first}").fill("mã OTP 482913")
    await button(page, "Gửi").click()
    await expect(page.get_by_role("alert")).to_contain_text("Tin chưa gửi")
    await look("secret")
    await mai.answers(first, "Cháu đây ạ.")
    await office.fetch("UPDATE messages SET status = 'failed', error = 'Người này đã chặn.' WHERE sender = 'person'")
    await bac.says("menu")
    await page.goto(f"/console/{first}")
    await look("the bot is back")
    await mai.takes(second)
    await page.goto(f"/console/{second}")
    await look("no consent")
    await page.goto("/console/999")
    await look("gone")
    assert found == {state: ({}, 0, 0) for state in found}
