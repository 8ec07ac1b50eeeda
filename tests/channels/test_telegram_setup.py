"""Setting a Telegram bot up, and hearing in words what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from typer.testing import CliRunner

from bot.channels.base import BadSignature
from bot.channels.findings import Finding, GuideItem
from bot.channels.telegram import TelegramAdapter
from bot.channels.telegram_limits import COMMANDS
from bot.channels.telegram_setup import DESCRIPTION, MAX_DESCRIPTION, MAX_SHORT_DESCRIPTION, SHORT_DESCRIPTION, commands, doctor, setup
from bot.cli.channels import app
from bot.settings import Settings
from tests.channels.conftest import telegram_settings
from tests.standins import telegram_events as tg
from tests.standins.telegram import Telegram
from tests.standins.telegram_events import TOKEN

GUIDES = (GuideItem(id="vneid", title="Cài đặt và kích hoạt VNeID"), GuideItem(id="khai-sinh", title="Đăng ký khai sinh cho con"))


class Office:
    """Our own web server, as far as Telegram looks at it."""

    def __init__(self, bot: TelegramAdapter):
        self._bot = bot
        self.open = False
        self.heard: list[str] = []

    async def post(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            self._bot.verify(request.headers, body)
        except BadSignature:
            return web.Response(status=200 if self.open else 401)
        self.heard += [one.text for one in self._bot.events(body)]
        return web.Response()


@pytest.fixture
def office(bot: TelegramAdapter) -> Office:
    return Office(bot)


@pytest.fixture
async def settings(telegram: Telegram, office: Office) -> AsyncIterator[Settings]:
    server = web.Application()
    server.router.add_post("/webhooks/telegram", office.post)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one = telegram_settings(api_base=telegram.url, mode="webhook")
    yield Settings(public_url=f"http://127.0.0.1:{runner.addresses[0][1]}", telegram=one, _env_file=None)
    await runner.cleanup()


async def examined(settings: Settings) -> list[Finding]:
    """What `doctor` finds; that a loopback address is not https, and where Telegram is restricted, is true in every test."""
    findings = await asyncio.to_thread(lambda: list(doctor(settings)))
    return [one for one in findings if one.about not in ("Địa chỉ https", "Ở Việt Nam")]


async def set_up(settings: Settings) -> list[Finding]:
    return await asyncio.to_thread(lambda: list(setup(settings, GUIDES)))


async def the_bad(settings: Settings) -> list[str]:
    return [one.about for one in await examined(settings) if one.level == "bad"]


class TestSetup:
    async def test_a_bot_is_ready_after_it(self, telegram: Telegram, office: Office, settings: Settings) -> None:
        assert [one.level for one in await set_up(settings)] == ["ok"] * 5
        assert telegram.webhook == {
            "url": f"{settings.base_url}/webhooks/telegram",
            "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
            "secret_token": tg.SECRET,
        }
        assert telegram.menu_button == {"type": "commands"}
        assert telegram.texts == {
            "setMyDescription": {"": DESCRIPTION, "vi": DESCRIPTION},
            "setMyShortDescription": {"": SHORT_DESCRIPTION, "vi": SHORT_DESCRIPTION},
        }
        assert [one.level for one in await examined(settings)] == ["ok"] * 4
        assert await telegram.deliver(tg.text(2002, "chào")) == 200
        assert office.heard == ["chào"]

    async def test_the_default_list_first_then_vietnamese(self, telegram: Telegram, settings: Settings) -> None:
        await set_up(settings)
        asked = [one.parameters for one in telegram.requests if one.method == "setMyCommands"]
        assert [(one["scope"], one["language_code"]) for one in asked] == [({"type": "all_private_chats"}, ""), ({"type": "all_private_chats"}, "vi")]
        assert [one["command"] for one in telegram.commands["vi"]][:4] == ["menu", "vneid", "khaisinh", "quaylai"]
        assert {one["command"] for one in telegram.commands["vi"]} >= {name for name, _, _ in COMMANDS}

    async def test_without_a_public_address_the_webhook_goes(self, telegram: Telegram, settings: Settings) -> None:
        telegram.webhook = {"url": "https://old.example"}
        laptop = settings.model_copy(update={"telegram": telegram_settings(api_base=telegram.url)})
        assert [one.level for one in await set_up(laptop)] == ["ok"] * 5
        assert telegram.webhook == {}
        assert [one.level for one in await examined(laptop)] == ["ok"] * 3

    async def test_a_wrong_token_stops_it_at_once(self, telegram: Telegram, settings: Settings) -> None:
        telegram.dead_token = True
        (only,) = await set_up(settings)
        assert (only.level, only.about) == ("bad", "Mã (token) của bot")
        assert "DANLOI_TELEGRAM__TOKEN" in only.sentence

    async def test_what_telegram_refuses_is_said(self, settings: Settings) -> None:
        plain = settings.model_copy(update={"public_url": "http://danloi.example"})
        second = (await set_up(plain))[1]
        assert (second.level, second.about) == ("bad", "Webhook của bot")
        assert "HTTPS" in second.sentence

    def test_texts_fit_and_odd_guides_are_left_out(self) -> None:
        assert len(DESCRIPTION) <= MAX_DESCRIPTION
        assert len(SHORT_DESCRIPTION) <= MAX_SHORT_DESCRIPTION
        odd = (GuideItem(id="x" * 40, title="dài"), GuideItem(id="menu", title="trùng"), GuideItem(id="a-b", title="t" * 300))
        made = commands(odd)
        assert [one["command"] for one in made] == ["menu", "ab", *(name for name, _, _ in COMMANDS[1:])]
        assert max(len(one["description"]) for one in made) <= 256


class TestDoctor:
    async def test_a_new_bot_lacks_everything_and_setup_is_the_cure(self, settings: Settings) -> None:
        findings = await examined(settings)
        assert [one.about for one in findings if one.level == "bad"] == ["Webhook của bot", "Các lệnh"]
        assert all("danloi channels setup telegram" in one.mend for one in findings if one.level == "bad")

    async def test_a_dead_token(self, telegram: Telegram, settings: Settings) -> None:
        telegram.dead_token = True
        assert await the_bad(settings) == ["Mã (token) của bot"]

    async def test_a_webhook_elsewhere(self, telegram: Telegram, settings: Settings) -> None:
        await set_up(settings)
        telegram.webhook["url"] = "https://old.example/webhooks/telegram"
        assert await the_bad(settings) == ["Webhook của bot"]

    async def test_updates_that_are_not_told_of(self, telegram: Telegram, settings: Settings) -> None:
        await set_up(settings)
        telegram.webhook["allowed_updates"] = ["message"]
        assert await the_bad(settings) == ["Đăng ký sự kiện"]

    async def test_what_failed_last_and_what_waits(self, telegram: Telegram, settings: Settings) -> None:
        await set_up(settings)
        telegram.last_error = {"last_error_date": 1_764_000_000, "last_error_message": "Wrong response from the webhook: 502 Bad Gateway"}
        telegram.queue.append({"update_id": 1})
        warned = {one.about: one.sentence for one in await examined(settings) if one.level == "warning"}
        assert "16:00 ngày 24/11/2025" in warned["Lần gọi hỏng gần nhất"]
        assert warned["Tin đang đợi"].startswith("1 tin")

    async def test_a_webhook_that_is_left_though_messages_are_asked_for(self, telegram: Telegram, settings: Settings) -> None:
        await set_up(settings)
        laptop = settings.model_copy(update={"telegram": telegram_settings(api_base=telegram.url, mode="polling")})
        assert await the_bad(laptop) == ["Webhook của bot"]

    async def test_an_open_door_and_no_door(self, office: Office, settings: Settings, unused_tcp_port: int) -> None:
        await set_up(settings)
        office.open = True
        assert await the_bad(settings) == ["Webhook"]
        gone = settings.model_copy(update={"public_url": f"http://127.0.0.1:{unused_tcp_port}"})
        assert "Webhook" in await the_bad(gone)

    async def test_another_word_than_the_servers(self, telegram: Telegram, settings: Settings) -> None:
        await set_up(settings)
        other = settings.model_copy(update={"telegram": telegram_settings(api_base=telegram.url, mode="webhook", webhook_secret="another_word")})
        assert await the_bad(other) == ["Webhook"]

    async def test_an_unreachable_platform(self, settings: Settings, unused_tcp_port: int) -> None:
        away = settings.model_copy(update={"telegram": telegram_settings(api_base=f"http://127.0.0.1:{unused_tcp_port}", mode="webhook")})
        findings = await asyncio.to_thread(lambda: list(doctor(away)))
        assert [(one.level, one.about) for one in findings] == [("bad", "Gọi Telegram"), ("bad", "Địa chỉ https"), ("ok", "Webhook"), ("warning", "Ở Việt Nam")]
        assert TOKEN not in str(findings)


class TestCommand:
    async def test_setup_and_doctor_tell_each_finding(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("DANLOI_FLOWS_DIR", str(tmp_path))
        monkeypatch.setenv("DANLOI_PUBLIC_URL", settings.public_url)
        for name, value in settings.telegram.model_dump().items():
            monkeypatch.setenv(f"DANLOI_TELEGRAM__{name.upper()}", value if isinstance(value, str) else value.get_secret_value())
        done = await asyncio.to_thread(CliRunner().invoke, app, ["setup", "telegram"])
        assert done.exit_code == 0, done.output
        assert "✓ Các lệnh" in done.output
        looked = await asyncio.to_thread(CliRunner().invoke, app, ["doctor"])
        assert looked.exit_code == 1  # a loopback address is not https
        assert "✗ Địa chỉ https" in looked.output
        assert "! Ở Việt Nam" in looked.output
