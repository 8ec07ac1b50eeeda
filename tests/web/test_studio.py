"""The studio over HTTP and in a browser: who may use it, what it shows, and what it writes."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from bot.dialogue.event import Event
from bot.service.beside import Beside
from bot.settings import Settings
from bot.web.studio.app import create_studio
from bot.web.studio.workshop import Workshop
from tests.cli.running import ROOT
from tests.service.processes import environment
from tests.web.browsing import DESK, PATIENCE_MS, PHONE, chromium, sideways, violations
from tests.web.conftest import served, until

TODAY = date(2026, 11, 24)
GUIDE = """\
# Hướng dẫn để thử. Ghi chú này phải còn.
guide: cap-the
title: Cấp thẻ
summary: Làm xong, có thẻ.
sources:
  - id: cong   # cổng
    title: Cổng Dịch vụ công quốc gia
    url: https://dichvucong.gov.vn

  # nguồn đã xem
  - {id: luat, title: Luật Căn cước, url: https://vanban.chinhphu.gov.vn, checked: 2026-11-01}

start: open
steps:
  # bước đầu
  open:
    do: "Mở ứng dụng VNeID."   # câu này hay sửa
    stuck:
      - {problem: Máy không mở được, try: Tắt máy rồi bật lại.}
    next: which
  which:
    ask: Bà con dùng máy nào?
    slot: phone
    choices:
      - {label: Android, value: android}
      - {label: iPhone, value: ios}
    next:
      - {if: slots.phone == "android", then: scan}
      - else: done
  scan:
    do: Áp thẻ vào lưng máy.
    screen: {app: VNeID, title: Quét thẻ, highlight: Bắt đầu}
    stuck:
      - {problem: Máy không nhận thẻ, try: Tháo ốp lưng.}
    next: done
  done: {end: Xong rồi., outcome: done}
"""
OTHER = GUIDE.replace("cap-the", "doi-the").replace("Cấp thẻ", "Đổi thẻ")
ENGLISH = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: en\\n"
"X-Language-Name: English\\n"

msgctxt "cap-the.open.do"
msgid "Mở ứng dụng VNeID."
msgstr "Open the VNeID app."
"""


@dataclass
class Shop:
    """A running studio, and the file in which one works."""

    url: str
    file: Path
    workshop: Workshop

    def client(self, **more: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, **more)

    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    flows, english = tmp_path / "flows", tmp_path / "locales" / "en" / "LC_MESSAGES"
    flows.mkdir()
    english.mkdir(parents=True)
    (flows / "cap-the.yaml").write_text(GUIDE, encoding="utf-8")
    (flows / "doi-the.yaml").write_text(OTHER, encoding="utf-8")
    (english / "danloi.po").write_text(ENGLISH, encoding="utf-8")
    settings = Settings(flows_dir=flows, locales_dir=tmp_path / "locales", data_dir=tmp_path / "data", _env_file=None)
    workshop = Workshop(settings, today=lambda: TODAY)
    async with served(create_studio(workshop, _as_it_is, token="s3cret")) as url:
        yield Shop(url, flows / "cap-the.yaml", workshop)


def _as_it_is(event: Event) -> Event:
    return event


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


def change(text: str, *path: str | int, guide: str = "cap-the", step: str = "open", **more: Any) -> dict[str, Any]:
    return {"guide": guide, "step": step, "texts": [[list(path or ("steps", "open", "do")), text]], **more}


# --- who may ---


async def test_only_this_machine_and_who_has_the_token_may_come_in(shop: Shop) -> None:
    async with shop.client() as here:
        assert (await here.get("/studio")).status_code == 200
        foreign = {"host": "studio.example"}  # a name that leads here, as with DNS rebinding
        assert (await here.get("/studio", headers=foreign)).status_code == 403
        assert (await here.get("/studio?token=wrong", headers=foreign)).status_code == 403
        assert (await here.get("/static/x", headers=foreign)).status_code == 403
        came = await here.get("/studio?guide=cap-the&token=s3cret", headers=foreign)
        assert (came.status_code, came.headers["location"]) == (303, "/studio?guide=cap-the")
        cookie = came.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        with_cookie = foreign | {"cookie": cookie.partition(";")[0]}
        assert (await here.get("/studio", headers=with_cookie)).status_code == 200


async def test_other_pages_can_write_nothing(shop: Shop) -> None:
    """Not with a form, not as JSON from elsewhere, not in a frame."""
    async with shop.client() as here:
        body = change("Xấu.", token="x")
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
            assert (await here.post("/studio/save", json=body, headers=headers)).status_code == 403
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
            assert (await here.post("/studio/save", content=b"{}", headers={"content-type": kind})).status_code == 403
        page = await here.get("/studio")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["cache-control"] == "no-store"
    assert shop.text() == GUIDE


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"guide": 1}', b'{"guide": "x", "more": 1}', b'{"guide": "x", "texts": [["a"]]}', b"\xff"])
async def test_nonsense_is_refused(shop: Shop, body: bytes) -> None:
    async with shop.client() as here:
        for path in ("preview", "diff", "save", "checked"):
            assert (await here.post(f"/studio/{path}", content=body, headers={"content-type": "application/json"})).status_code == 400


# --- what it writes ---


async def test_only_what_was_shown_is_saved(shop: Shop) -> None:
    async with shop.client() as here:
        told = (await here.post("/studio/diff", json=change("Mở VNeID."))).json()
        assert "Mở VNeID." in told["diff"]
        assert (await here.post("/studio/save", json=change("Mở máy.", token=told["token"]))).status_code == 409
        assert (await here.post("/studio/save", json=change("Mở VNeID.", token=""))).status_code == 409
        assert shop.text() == GUIDE
        shop.file.write_text(GUIDE + "# thêm\n", encoding="utf-8")
        assert (await here.post("/studio/save", json=change("Mở VNeID.", token=told["token"]))).status_code == 409
        told = (await here.post("/studio/diff", json=change("Mở VNeID."))).json()
        assert (await here.post("/studio/save", json=change("Mở VNeID.", token=told["token"]))).status_code == 200
    assert shop.text() == (GUIDE + "# thêm\n").replace('"Mở ứng dụng VNeID."   #', '"Mở VNeID."            #')


async def test_what_would_be_wrong_is_not_saved(shop: Shop) -> None:
    """A text that asks for a secret, an empty one, and places that are no texts."""
    async with shop.client() as here:
        for text in ("Bà con gửi mã OTP cho Dẫn Lối.", ""):
            told = (await here.post("/studio/diff", json=change(text))).json()
            assert told["token"] == ""
            assert "Lỗi" in told["diff"]
        for path in (("steps", "open", "next"), ("guide",), ("steps", "none", "do"), ("sources", 0, "url")):
            assert (await here.post("/studio/diff", json=change("x", *path))).json()["token"] == ""
        file = "../flows/cap-the.yaml"
        assert (await here.post("/studio/checked", json={"file": file, "path": ["sources", 0]})).status_code == 409
        assert (await here.post("/studio/checked", json={"file": "cap-the.yaml", "path": ["steps", "open"]})).status_code == 409
    assert shop.text() == GUIDE


# --- what it shows ---


async def test_every_step_can_be_seen_in_every_app(shop: Shop) -> None:
    async with shop.client() as here:
        for channel in ("web", "zalo-oa", "zalo-bot", "messenger", "telegram"):
            for step, text in {"": "Cấp thẻ", "open": "Mở ứng dụng VNeID.", "which": "Bà con dùng máy nào?", "scan": "Áp thẻ", "done": "Xong rồi."}.items():
                seen = (await here.post("/studio/preview", json={"guide": "cap-the", "step": step, "channel": channel})).json()
                assert text in seen["phone"]
        assert (await here.post("/studio/preview", json={"guide": "none"})).json()["at"] == ""
        assert (await here.post("/studio/preview", json={"guide": "cap-the", "channel": "fax"})).json()["at"] == ""


@pytest.mark.parametrize("left", ["", "guide: [", "guide: moi\ntitle: Mới\n"], ids=["none", "unreadable", "unfinished"])
async def test_a_folder_without_a_good_guide_can_be_opened(shop: Shop, left: str) -> None:
    """What is wrong stands there, and the rest says why it is empty."""
    for path in shop.file.parent.iterdir():
        path.unlink()
    if left:
        shop.file.write_text(left, encoding="utf-8")
    empty = Workshop(shop.workshop.settings, today=lambda: TODAY)
    async with served(create_studio(empty, _as_it_is)) as url, httpx.AsyncClient(base_url=url) as here:
        page = (await here.get("/studio")).text
        assert ("cap-the.yaml:1:" in page or "cap-the.yaml:2:" in page) == bool(left)
        assert "chưa vẽ được" in page
        assert (await here.post("/studio/preview", json={"guide": ""})).status_code == 200
        assert (await here.get("/studio/parts")).status_code == 200


# --- in a browser ---


async def opened(browser: Browser, shop: Shop, path: str = "/studio?guide=cap-the", **more: Any) -> Page:
    context = await browser.new_context(**{"viewport": DESK, "locale": "vi-VN", "base_url": shop.url} | more)
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    await page.goto(path)
    await expect(page.locator("#phone .bubble").first).to_be_visible()
    return page


async def test_a_sentence_is_changed_seen_and_saved(shop: Shop, browser: Browser) -> None:
    """Click a step, write, see it in the phone and in the diff, save: the file has the new sentence and all its remarks."""
    page = await opened(browser, shop)
    await page.locator("#map [data-step=open]").click()
    await expect(page.locator("#phone .do")).to_have_text("Mở ứng dụng VNeID.")
    await expect(page.locator("#where")).to_have_text("flows/cap-the.yaml:16")
    await page.get_by_label("Việc phải làm").fill("Mở VNeID trên máy.")
    await expect(page.locator("#phone .do")).to_have_text("Mở VNeID trên máy.")
    assert shop.text() == GUIDE
    await expect(page.locator("#diff .minus .t")).to_contain_text("Mở ứng dụng VNeID.")
    await expect(page.locator("#diff .plus .t")).to_contain_text("Mở VNeID trên máy.")
    await page.get_by_role("button", name="Lưu").click()
    await expect(page.locator("#notice")).to_contain_text("Đã lưu vào cap-the.yaml")
    assert shop.text() == GUIDE.replace('"Mở ứng dụng VNeID."   #', '"Mở VNeID trên máy."   #')
    await expect(page.locator("#map")).to_contain_text("Mở VNeID trên máy.")
    await expect(page.locator("#diff")).to_be_empty()


async def test_the_talk_goes_on_in_the_chosen_app_language_and_day(shop: Shop, browser: Browser) -> None:
    page = await opened(browser, shop, "/studio?guide=cap-the&step=open")
    phone = page.locator("#phone")
    await phone.get_by_role("button", name="Xong rồi").click()
    await expect(phone).to_contain_text("Bà con dùng máy nào?")
    await phone.get_by_role("button", name="Android").click()
    await expect(phone.get_by_role("img", name="Quét thẻ")).to_be_visible()
    await expect(page.locator("#map .now")).to_have_attribute("data-step", "scan")
    await page.locator("#channel").select_option("Zalo Bot")
    await expect(phone).to_contain_text("Zalo Bot")
    await expect(phone).to_contain_text("1. Xong rồi")
    await page.get_by_label("Nhắn thử như bà con").fill("1")
    await page.keyboard.press("Enter")
    await expect(phone).to_contain_text("Xong rồi.")
    await page.get_by_role("button", name="Xem lại từ bước này").click()
    await page.locator("#language").select_option("English")
    await expect(phone).to_contain_text("Open the VNeID app.")
    await page.locator("#at").select_option("2. which")
    await expect(page.get_by_label("Câu hỏi")).to_have_value("Bà con dùng máy nào?")


async def test_a_dated_choice_is_seen_on_its_day(shop: Shop, browser: Browser) -> None:
    shop.file.write_text(GUIDE.replace("{label: iPhone, value: ios}", "{label: iPhone, value: ios, valid: {from: 2027-03-01}}"), encoding="utf-8")
    await until(shop.workshop.read)
    page = await opened(browser, shop, "/studio?guide=cap-the&step=which")
    await expect(page.locator("#phone").get_by_role("button", name="Android")).to_be_visible()
    await expect(page.locator("#phone").get_by_role("button", name="iPhone")).to_have_count(0)
    await page.locator("#today").fill("2027-03-01")
    await expect(page.locator("#phone").get_by_role("button", name="iPhone")).to_be_visible()


async def test_problems_come_and_go_as_the_file_is_saved_elsewhere(shop: Shop, browser: Browser) -> None:
    """What was not saved in the form stays there meanwhile."""
    page = await opened(browser, shop, "/studio?guide=cap-the&step=scan")
    await expect(page.locator("#badge")).to_contain_text("nên xem lại")
    await page.get_by_label("Việc phải làm").fill("Áp thẻ sát lưng máy.")
    await expect(page.locator("#diff .plus")).to_be_visible()
    shop.file.write_text(GUIDE.replace("next: which", "next: whch"), encoding="utf-8")
    problem = page.locator(".problem", has_text="whch")
    await expect(problem).to_contain_text("cap-the.yaml:20:11")
    await expect(problem).to_contain_text("which")
    await expect(page.locator("#badge")).to_contain_text("1 lỗi")
    await expect(page.get_by_label("Việc phải làm")).to_have_value("Áp thẻ sát lưng máy.")
    shop.file.write_text("guide: [", encoding="utf-8")
    await expect(page.locator(".problem", has_text="cap-the.yaml:2:1")).to_be_visible()
    shop.file.write_text(GUIDE, encoding="utf-8")
    await expect(page.locator(".problem", has_text="whch")).to_have_count(0)
    await expect(page.locator("#badge")).to_contain_text("nên xem lại")


async def test_what_lies_beside_the_guides_is_shown_as_it_is_saved(tmp_path: Path, browser: Browser) -> None:
    """A sentence that is not translated is named at its step; a mistake in what people say comes before what is only poor."""
    shutil.copytree(ROOT / "nlu_data", tmp_path / "nlu_data", ignore=shutil.ignore_patterns("trained"))
    (tmp_path / "flows" / "answers").mkdir(parents=True)
    (tmp_path / "flows" / "cap-the.yaml").write_text(GUIDE, encoding="utf-8")
    (tmp_path / "locales" / "en" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "locales" / "en" / "LC_MESSAGES" / "danloi.po").write_text(ENGLISH, encoding="utf-8")
    folders = {name: tmp_path / folder for name, folder in (("flows_dir", "flows"), ("nlu_dir", "nlu_data"), ("locales_dir", "locales"))}
    settings = Settings(**folders, data_dir=tmp_path / "data", _env_file=None)
    workshop = Workshop(settings, more_checks=Beside(settings).findings, today=lambda: TODAY)
    async with served(create_studio(workshop, _as_it_is)) as url:
        shop = Shop(url, tmp_path / "flows" / "cap-the.yaml", workshop)
        page = await opened(browser, shop)
        await page.locator("#warnings summary").click()
        problem = page.locator("#warnings .problem", has_text="Chưa dịch ra English")
        await expect(problem).to_contain_text("cap-the.yaml:3:8")
        await expect(page.locator("#others .problem").first).to_contain_text("nlu_data/")
        talk = tmp_path / "nlu_data" / "talk.yml"
        talk.write_text(talk.read_text(encoding="utf-8") + "- intent: hoi/moi\n  examples: |\n    chào\n", encoding="utf-8")
        await expect(page.locator("#others .problem").first).to_contain_text("“chào” không phải là ví dụ")


async def test_a_source_is_verified_today(shop: Shop, browser: Browser) -> None:
    page = await opened(browser, shop)
    await page.get_by_role("button", name=re.compile("Đã kiểm tra hôm nay.*Cổng Dịch vụ")).click()
    await expect(page.locator("#notice")).to_contain_text("checked: 2026-11-24")
    await expect(page.locator("#sources")).to_contain_text("Nguồn nào cũng đã kiểm tra.")
    assert shop.text() == GUIDE.replace("    url: https://dichvucong.gov.vn\n", "    url: https://dichvucong.gov.vn\n    checked: 2026-11-24\n")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK, {"width": 320, "height": 600}], ids=["phone", "desk", "narrow"])
async def test_it_can_be_used_by_everybody(shop: Shop, browser: Browser, size: dict[str, int], scheme: str) -> None:
    """axe-core finds nothing, with a diff and an error on the page; nothing is wider than the screen."""
    shop.file.write_text(GUIDE.replace("next: which", "next: whch"), encoding="utf-8")
    await until(shop.workshop.read)
    page = await opened(browser, shop, "/studio?guide=cap-the&step=open", viewport=size, color_scheme=scheme, reduced_motion="reduce")
    await page.get_by_label("Việc phải làm").fill("Mở VNeID.")
    await expect(page.locator("#diff .plus")).to_be_visible()
    for one in await page.locator("details").all():
        await one.evaluate("one => one.open = true")
    assert await violations(page) == []
    assert await sideways(page) == 0


async def test_it_works_by_keyboard_alone(shop: Shop, browser: Browser) -> None:
    page = await opened(browser, shop)
    await page.locator("#map [data-step=scan]").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Việc phải làm")).to_have_value("Áp thẻ vào lưng máy.")
    await expect(page.locator("#map .now")).to_have_attribute("aria-current", "step")


# --- the command ---


async def test_the_command_says_where_it_is(tmp_path: Path) -> None:
    """On this machine without a token; for others with one, which a stranger does not guess."""
    shutil.copytree(Path(__file__).parents[2] / "nlu_data", tmp_path / "nlu", ignore=shutil.ignore_patterns("rasa"))
    settings = environment(tmp_path / "data", tmp_path / "nlu", 0)
    for host, tail in (("127.0.0.1", r""), ("0.0.0.0", r"\?token=[\w-]{32}")):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli.main", "studio", "--host", host, "--port", "0"), env=settings, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode().strip()
        found = re.fullmatch(rf"Xưởng Dẫn Lối: (http://{re.escape(host)}:\d+/studio{tail})", line)
        assert found, line
        async with httpx.AsyncClient() as client:
            assert (await client.get(found[1].replace("0.0.0.0", "127.0.0.1"), follow_redirects=True)).status_code == 200
        process.terminate()
        assert await process.wait() in (0, -15)
