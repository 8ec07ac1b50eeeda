"""The chat in a real browser: on a phone, on a bad network, by keyboard, without a script, read aloud."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.web.browsing import DESK, PHONE, chromium, opened, sideways, violations
from tests.web.conftest import Site, until


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=False)


async def mine(page: Page) -> list[str]:
    """What the person is shown to have said."""
    return [one.removeprefix("Bà con:").strip() for one in await page.locator(".bubble.me").all_inner_texts()]


async def to_the_first_task(page: Page) -> None:
    await button(page, "Cài VNeID").click()
    await button(page, "Android").click()
    await expect(page.get_by_text("Bấm nút “Bắt đầu”.")).to_be_visible()


async def test_a_guide_is_tapped_through(site: Site, browser: Browser) -> None:
    _, page = await opened(browser, site.url)
    await expect(page.get_by_text("Ai hỏi là lừa đảo")).to_be_visible()
    await to_the_first_task(page)
    await expect(page.locator("header").get_by_text("Bước 2/3")).to_be_visible()
    await expect(page.get_by_role("img", name="màn hình Đăng ký tài khoản mức 1")).to_be_visible()
    assert await page.title() == "Cài VNeID, bước 2/3 · Dẫn Lối"
    await button(page, "Xong rồi").click()
    await expect(page.get_by_role("img", name="áp thẻ")).to_be_visible()
    await button(page, "Xong rồi").click()
    await expect(page.get_by_text("giỏi quá")).to_be_visible()
    assert await mine(page) == ["Cài VNeID", "Android", "Xong rồi", "Xong rồi"]


async def test_a_reload_keeps_the_talk(site: Site, browser: Browser) -> None:
    _, page = await opened(browser, site.url)
    await to_the_first_task(page)
    before = await page.locator("#talk > *").all_inner_texts()
    await page.reload()
    assert [" ".join(one.split()) for one in await page.locator("#talk > *").all_inner_texts()] == [" ".join(one.split()) for one in before]
    await expect(button(page, "Xong rồi")).to_be_visible()


async def test_what_is_said_without_a_network_goes_once_when_it_is_back(site: Site, browser: Browser) -> None:
    context, page = await opened(browser, site.url)
    await to_the_first_task(page)
    said = len(site.behind.events)
    await context.set_offline(True)
    await button(page, "Xong rồi").click()
    await expect(page.get_by_role("status")).to_have_text("Mạng yếu, tin chưa đi. Sẽ tự gửi lại khi có mạng.")
    await expect(page.locator(".bubble.me.waiting")).to_contain_text("Xong rồi")
    await context.set_offline(False)
    await expect(page.get_by_text("Áp thẻ căn cước")).to_be_visible()
    await expect(page.get_by_role("status")).to_be_empty()
    await expect(page.locator(".waiting")).to_have_count(0)
    assert [event.payload for event in site.behind.events[said:]] == ["vneid/start/done"]
    assert await mine(page) == ["Cài VNeID", "Android", "Xong rồi"]


async def test_a_message_whose_answer_got_lost_is_applied_once(site: Site, browser: Browser) -> None:
    context, page = await opened(browser, site.url)
    tries = []

    async def lose_the_first_answer(route: Route) -> None:
        tries.append(route.request.post_data_json["id"])
        if len(tries) == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await context.route("**/chat/events**", lose_the_first_answer)
    await to_the_first_task(page)
    assert tries[0] == tries[1], "the same id both times"
    assert [event.payload for event in site.behind.events] == ["", "vneid", "vneid/phone/Android"]
    assert await mine(page) == ["Cài VNeID", "Android"]


async def test_what_arrived_though_its_answer_got_lost_stands_once_after_a_reload(site: Site, browser: Browser) -> None:
    context, page = await opened(browser, site.url)

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/chat/events**", lose_the_answer)
    await button(page, "Cài VNeID").click()
    await expect(page.get_by_role("status")).to_contain_text("Mạng yếu")
    await page.close()
    page = await context.new_page()
    await page.goto("/")
    await page.wait_for_function("localStorage.length === 0")
    await expect(button(page, "Android")).to_be_visible()
    assert await mine(page) == ["Cài VNeID"]


async def test_what_waits_survives_closing_the_page(site: Site, browser: Browser) -> None:
    context, page = await opened(browser, site.url)
    await context.set_offline(True)
    await page.get_by_label("Viết cho Dẫn Lối").fill("cài vneid")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Mạng yếu")
    await page.close()
    await context.set_offline(False)
    page = await context.new_page()
    await page.goto("/")
    await expect(button(page, "Android")).to_be_visible()
    await page.reload()
    await expect(button(page, "Android")).to_be_visible()
    assert [event.text for event in site.behind.events] == ["", "cài vneid"]


async def test_two_pages_lose_nothing_of_each_other(site: Site, browser: Browser) -> None:
    context, page = await opened(browser, site.url)
    other = await context.new_page()
    await other.goto("/")
    await context.set_offline(True)
    for one, words in ((page, "chào"), (other, "cài vneid")):
        await one.get_by_label("Viết cho Dẫn Lối").fill(words)
        await one.keyboard.press("Enter")
        await expect(one.get_by_role("status")).to_contain_text("Mạng yếu")
    for one in (page, other):
        await one.goto("about:blank")  # a tab that closes may still send once the network is back: which of two does so first is chance
        await one.close()
    await context.set_offline(False)
    page = await context.new_page()
    await page.goto("/")
    await expect(button(page, "Android")).to_be_visible()
    assert [event.text for event in site.behind.events] == ["", "chào", "cài vneid"]
    assert await page.evaluate("localStorage.length") == 0


async def test_what_is_longer_than_the_screen_is_read_from_its_beginning(site: Site, browser: Browser) -> None:
    """A button leads on; it is gone at the end. What was said before it is not shown again."""
    _, page = await opened(browser, site.url, reduced_motion="reduce")
    await button(page, "Cài VNeID").click()
    await expect(button(page, "Android")).to_be_visible()
    await until(lambda: site.behind.changed._waiters)
    words = "\n\n".join(f"Điều {number}: bà con đọc kỹ nhé." for number in range(1, 21))
    await site.behind.person_says(site.behind.events[0].contact, words)
    for _ in range(2):
        await expect(button(page, "Đọc tiếp")).to_be_visible()
        await expect(page.get_by_text("Điều 1:")).to_be_in_viewport(ratio=1)
        await expect(page.get_by_text("loại nào?")).not_to_be_in_viewport()
        while await button(page, "Đọc tiếp").is_visible():
            await button(page, "Đọc tiếp").click()
        await expect(page.get_by_text("Điều 20:")).to_be_in_viewport(ratio=1)
        await page.reload()


async def test_a_phone_on_its_side_shows_what_is_new(site: Site, browser: Browser) -> None:
    _, page = await opened(browser, site.url, viewport={"width": 740, "height": 360})
    await to_the_first_task(page)
    await expect(page.locator(".bubble.step .do").last).to_be_in_viewport(ratio=1)
    await button(page, "Xong rồi").click()
    await expect(page.get_by_text("Áp thẻ căn cước")).to_be_in_viewport(ratio=1)


async def test_the_keyboard_alone_is_enough(site: Site, browser: Browser) -> None:
    _, page = await opened(browser, site.url)

    async def focused() -> str:
        return str(await page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"))

    await page.keyboard.press("Tab")
    assert await focused() == "Đến các nút trả lời"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert "Cài VNeID" in await focused(), "the skip link leads to the answers"
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.step:focus")).to_contain_text("loại nào?")  # it is read, then the answers come next
    for _ in range(9):
        await page.keyboard.press("Tab")
        if "Android" in await focused():
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Bấm nút “Bắt đầu”.")).to_be_visible()
    await page.get_by_label("Viết cho Dẫn Lối").focus()
    await page.keyboard.type("cài vneid")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.step").last).to_contain_text("loại nào?")
    assert await page.evaluate("document.activeElement.id") == "text", "who writes stays in the box"
    assert [event.payload or event.text for event in site.behind.events] == ["", "vneid", "vneid/phone/Android", "cài vneid"]


async def test_everything_works_without_a_script(site: Site, browser: Browser) -> None:
    _, page = await opened(browser, site.url, java_script_enabled=False)
    await to_the_first_task(page)
    newest = await page.locator(".bubble.step").last.bounding_box()
    assert newest["y"] + newest["height"] <= PHONE["height"], "the newest is in view"
    await button(page, "Xong rồi").click()
    await page.get_by_label("Viết cho Dẫn Lối").fill("cài vneid")
    await button(page, "Gửi").click()
    await expect(page.get_by_text("Bước 1/3")).to_be_visible()
    await page.get_by_label("Viết cho Dẫn Lối").fill("menu")
    await page.get_by_label("Viết cho Dẫn Lối").press("Enter")
    await expect(page.locator("header")).not_to_contain_text("Bước 1/3")
    assert [event.payload or event.text for event in site.behind.events[1:]] == ["vneid", "vneid/phone/Android", "vneid/start/done", "cài vneid", "menu"]


@pytest.mark.parametrize("words", ["123456", "mã là 12 34 56", "012345678901"])
async def test_a_secret_stays_in_the_phone(site: Site, browser: Browser, words: str) -> None:
    _, page = await opened(browser, site.url)
    await page.get_by_label("Viết cho Dẫn Lối").fill(words)
    await button(page, "Gửi").click()
    await expect(page.get_by_role("alert")).to_contain_text("Tin chưa gửi đi")
    await expect(button(page, "Tôi hiểu rồi")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_hidden()
    await expect(page.get_by_label("Viết cho Dẫn Lối")).to_be_focused()
    await expect(page.get_by_label("Viết cho Dẫn Lối")).to_have_value("")
    assert len(site.behind.events) == 1
    assert words not in await page.evaluate("JSON.stringify(localStorage)")


async def test_the_warning_of_a_secret_is_gone_when_the_talk_goes_on(site: Site, browser: Browser) -> None:
    _, page = await opened(browser, site.url)
    await page.get_by_label("Viết cho Dẫn Lối").fill("123456")
    await button(page, "Gửi").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("Viết cho Dẫn Lối").fill("cài vneid")
    await button(page, "Gửi").click()
    await expect(page.get_by_role("alert")).to_be_hidden()
    await expect(button(page, "Android")).to_be_visible()


async def test_a_date_is_no_secret(site: Site, browser: Browser) -> None:
    _, page = await opened(browser, site.url)
    await page.get_by_label("Viết cho Dẫn Lối").fill("cháu sinh ngày 05/03/2026")
    await button(page, "Gửi").click()
    await until(lambda: len(site.behind.events) == 2)


async def test_a_persons_words_come_by_themselves(site: Site, browser: Browser) -> None:
    _, page = await opened(browser, site.url)
    await until(lambda: site.behind.changed._waiters)
    await site.behind.person_says(site.behind.events[0].contact, "Chào bà con, tôi là Mai.")
    await expect(page.locator(".bubble.bot").last).to_contain_text("Người hỗ trợ")
    await expect(page.locator(".bubble.bot").last).to_contain_text("tôi là Mai")
    await expect(button(page, "Cài VNeID")).to_be_visible()


async def test_an_answer_that_comes_later_finds_its_place(site: Site, browser: Browser) -> None:
    """The database was away: the words are taken, and their answer comes by the stream."""
    _, page = await opened(browser, site.url)
    await until(lambda: site.behind.changed._waiters)
    site.behind.away = True
    await button(page, "Cài VNeID").click()
    await expect(page.get_by_role("status")).to_contain_text("tin đã nhận")
    await expect(button(page, "Cài VNeID")).to_be_hidden()
    await site.behind.comes_back()
    await expect(button(page, "Android")).to_be_visible()
    await expect(page.get_by_role("status")).to_be_empty()
    assert await mine(page) == ["Cài VNeID"]


async def test_a_phone_without_a_vietnamese_voice_says_so(site: Site, browser: Browser) -> None:
    _, page = await opened(browser, site.url)
    await to_the_first_task(page)
    said = len(site.behind.events)
    await button(page, "Nghe").click()
    await expect(page.get_by_role("status")).to_contain_text("chưa có giọng đọc tiếng Việt")
    assert len(site.behind.events) == said


async def test_a_phone_with_a_vietnamese_voice_reads(site: Site, browser: Browser) -> None:
    context, page = await opened(browser, site.url)
    await context.add_init_script(
        """
        SpeechSynthesis.prototype.getVoices = () => [{ lang: "en-US" }, { lang: "vi-VN" }];
        SpeechSynthesis.prototype.speak = (speech) => (document.body.dataset.said = speech.text);
        Object.defineProperty(SpeechSynthesisUtterance.prototype, "voice", { set() {} });"""
    )
    await page.reload()
    await to_the_first_task(page)
    await button(page, "Nghe").click()
    await expect(page.locator("body")).to_have_attribute("data-said", "Bấm nút “Bắt đầu”.")


async def in_every_light(page: Page) -> dict[str, list[str]]:
    """What axe-core finds on a phone and on a desk, in the light and in the dark."""
    found = {}
    for name, size in (("desk", DESK), ("phone", PHONE)):
        await page.set_viewport_size(size)
        for scheme in ("dark", "light"):
            await page.emulate_media(color_scheme=scheme)
            found[f"{name}, {scheme}"] = await violations(page)
    return {where: what for where, what in found.items() if what}


async def test_axe_finds_nothing_in_the_chat(site: Site, browser: Browser) -> None:
    context, page = await opened(browser, site.url, reduced_motion="reduce")
    found = {"greeting": await in_every_light(page)}
    await button(page, "Cài VNeID").click()
    await expect(button(page, "Android")).to_be_visible()
    found["choices"] = await in_every_light(page)
    await button(page, "Android").click()
    await expect(button(page, "Xong rồi")).to_be_visible()
    await page.mouse.move(1, 1)
    found["step"] = await in_every_light(page)
    await page.get_by_label("Viết cho Dẫn Lối").fill("123456")
    await button(page, "Gửi").click()
    found["secret"] = await in_every_light(page)
    await button(page, "Tôi hiểu rồi").click()
    await context.set_offline(True)
    await button(page, "Xong rồi").click()
    await expect(page.get_by_role("status")).to_contain_text("Mạng yếu")
    found["waiting"] = await in_every_light(page)
    assert found == {state: {} for state in found}


@pytest.mark.parametrize("path", ["/go/vneid", "/guide/vneid", "/go/khong-co"])
async def test_axe_finds_nothing_in_what_is_shared(site: Site, browser: Browser, path: str) -> None:
    _, page = await opened(browser, site.url, reduced_motion="reduce")
    await page.goto(path)
    assert await in_every_light(page) == {}


async def test_axe_would_find_something(site: Site, browser: Browser) -> None:
    """The rules are on: grey on white and a small target are seen."""
    _, page = await opened(browser, site.url)
    pale = "<p class='pale'>chữ nhạt</p><button class='tiny'>a</button><button class='tiny'>b</button>"
    await page.evaluate("(html) => document.querySelector('.bubble').insertAdjacentHTML('beforeend', html)", pale)
    styles = ".pale { color: #666 } .tiny { width: 9px; height: 9px; padding: 0; border: 0; font-size: 8px }"
    await page.evaluate("(css) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet] }", styles)
    assert {one.partition(":")[0] for one in await violations(page)} >= {"color-contrast-enhanced", "target-size"}


async def test_nothing_is_wider_than_the_screen(site: Site, browser: Browser) -> None:
    """On the smallest phone, and with letters twice as large."""
    _, page = await opened(browser, site.url)

    async def widths() -> list[int]:
        await page.set_viewport_size({"width": 320, "height": 640})
        small = await sideways(page)
        await page.set_viewport_size(PHONE)
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        large = await sideways(page)
        await page.evaluate("document.documentElement.style.fontSize = ''")
        return [small, large]

    wide = {"greeting": await widths()}
    await to_the_first_task(page)
    wide["step"] = await widths()
    for path in ("/go/vneid", "/guide/vneid", "/go/khong-co"):
        await page.goto(path)
        wide[path] = await widths()
    assert wide == {where: [0, 0] for where in wide}
