"""Setting a Zalo bot up, and hearing in words what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from typer.testing import CliRunner

from bot.channels.base import BadSignature
from bot.channels.findings import Finding
from bot.channels.zalo_bot import ZaloBotAdapter
from bot.channels.zalo_bot_setup import doctor, setup
from bot.cli.channels import app
from bot.settings import Settings
from tests.channels.conftest import zalo_bot_settings
from tests.standins import zalo_bot_events as zalo
from tests.standins.zalo_bot import ZaloBot
from tests.standins.zalo_bot_events import TOKEN


class Office:
    """Our own web server, as far as Zalo looks at it."""

    def __init__(self, bot: ZaloBotAdapter):
        self._bot = bot
        self.broken = False
        self.heard: list[str] = []

    async def post(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            self._bot.verify(request.headers, body)
        except BadSignature:
            return web.Response(status=403)
        self.heard += [one.text for one in self._bot.events(body)]
        return web.Response(status=500 if self.broken else 200)


@pytest.fixture
def office(zalo_bot_adapter: ZaloBotAdapter) -> Office:
    return Office(zalo_bot_adapter)


@pytest.fixture
async def settings(zalo_bot: ZaloBot, office: Office) -> AsyncIterator[Settings]:
    server = web.Application()
    server.router.add_post("/webhooks/zalo-bot", office.post)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one = zalo_bot_settings(api_base=zalo_bot.url, mode="webhook")
    yield Settings(public_url=f"http://127.0.0.1:{runner.addresses[0][1]}", zalo_bot=one, _env_file=None)
    await runner.cleanup()


async def examined(settings: Settings) -> list[Finding]:
    """What `doctor` finds; that a loopback address is not https, and what the plan allows, is true in every test."""
    findings = await asyncio.to_thread(lambda: list(doctor(settings)))
    return [one for one in findings if one.about not in ("Địa chỉ https", "Gói của bot")]


async def set_up(settings: Settings) -> list[Finding]:
    return await asyncio.to_thread(lambda: list(setup(settings)))


async def the_bad(settings: Settings) -> list[str]:
    return [one.about for one in await examined(settings) if one.level == "bad"]


class TestSetup:
    async def test_a_bot_is_ready_after_it(self, zalo_bot: ZaloBot, office: Office, settings: Settings) -> None:
        assert [one.level for one in await set_up(settings)] == ["ok", "ok"]
        assert zalo_bot.webhook == {"url": f"{settings.base_url}/webhooks/zalo-bot", "secret_token": zalo.SECRET}
        assert [one.level for one in await examined(settings)] == ["ok"] * 4
        assert await zalo_bot.deliver(zalo.wrapped(zalo.text("u1", "chào"))) == 200
        assert office.heard == ["chào"]

    async def test_without_a_public_address_the_webhook_goes(self, zalo_bot: ZaloBot, settings: Settings) -> None:
        zalo_bot.webhook = {"url": "https://old.example"}
        laptop = settings.model_copy(update={"zalo_bot": zalo_bot_settings(api_base=zalo_bot.url)})
        for _ in range(2):  # the second time there is none, which Zalo answers with an error
            assert [one.level for one in await set_up(laptop)] == ["ok", "ok"]
        assert zalo_bot.webhook == {}
        assert [one.level for one in await examined(laptop)] == ["ok", "ok"]

    async def test_a_webhook_that_does_not_answer_is_told_in_words(self, office: Office, settings: Settings) -> None:
        office.broken = True
        last = (await set_up(settings))[-1]
        assert (last.level, last.about) == ("bad", "Zalo gọi thử")
        assert "HTTP_ERROR 500" in last.sentence
        assert "danloi serve" in last.mend

    async def test_a_wrong_token_stops_it_at_once(self, zalo_bot: ZaloBot, settings: Settings) -> None:
        zalo_bot.dead_token = True
        (only,) = await set_up(settings)
        assert (only.level, only.about) == ("bad", "Mã (token) của bot")
        assert "DANLOI_ZALO_BOT__TOKEN" in only.sentence


class TestDoctor:
    async def test_a_new_bot_has_no_webhook_and_setup_is_the_cure(self, settings: Settings) -> None:
        (bad,) = [one for one in await examined(settings) if one.level == "bad"]
        assert (bad.about, bad.sentence, bad.mend) == ("Webhook của bot", "Bot chưa có webhook.", "Chạy “danloi channels setup zalo-bot”.")

    @pytest.mark.parametrize("in_200", [False, True])
    async def test_a_dead_token(self, zalo_bot: ZaloBot, settings: Settings, in_200: bool) -> None:
        zalo_bot.dead_token, zalo_bot.errors_in_200 = True, in_200
        assert await the_bad(settings) == ["Mã (token) của bot"]

    async def test_a_webhook_elsewhere(self, zalo_bot: ZaloBot, settings: Settings) -> None:
        await set_up(settings)
        zalo_bot.webhook["url"] = "http://127.0.0.1:1/webhooks/zalo-bot"
        assert await the_bad(settings) == ["Webhook của bot", "Zalo gọi thử"]

    async def test_asking_for_a_test_too_often_is_no_fault(self, zalo_bot: ZaloBot, settings: Settings) -> None:
        await set_up(settings)
        zalo_bot.tested = 99
        found = await examined(settings)
        assert [(one.level, one.about) for one in found if one.level != "ok"] == [("warning", "Zalo gọi thử")]

    async def test_a_webhook_that_is_left_though_messages_are_asked_for(self, zalo_bot: ZaloBot, settings: Settings) -> None:
        await set_up(settings)
        laptop = settings.model_copy(update={"zalo_bot": zalo_bot_settings(api_base=zalo_bot.url, mode="polling")})
        assert await the_bad(laptop) == ["Webhook của bot"]

    async def test_an_unreachable_platform(self, settings: Settings, unused_tcp_port: int) -> None:
        away = settings.model_copy(update={"zalo_bot": zalo_bot_settings(api_base=f"http://127.0.0.1:{unused_tcp_port}", mode="webhook")})
        findings = await asyncio.to_thread(lambda: list(doctor(away)))
        assert [(one.level, one.about) for one in findings] == [
            ("bad", "Gọi Zalo Bot"),
            ("bad", "Địa chỉ https"),
            ("ok", "Webhook"),
            ("warning", "Gói của bot"),
        ]
        assert TOKEN not in str(findings)


async def test_the_command_tells_each_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DANLOI_FLOWS_DIR", str(tmp_path))
    monkeypatch.setenv("DANLOI_PUBLIC_URL", settings.public_url)
    for name, value in settings.zalo_bot.model_dump().items():
        monkeypatch.setenv(f"DANLOI_ZALO_BOT__{name.upper()}", value if isinstance(value, str) else value.get_secret_value())
    done = await asyncio.to_thread(CliRunner().invoke, app, ["setup", "zalo-bot"])
    assert done.exit_code == 0, done.output
    assert "✓ Zalo gọi thử" in done.output
    looked = await asyncio.to_thread(CliRunner().invoke, app, ["doctor", "zalo-bot"])
    assert looked.exit_code == 1  # a loopback address is not https
    assert "✗ Địa chỉ https" in looked.output
