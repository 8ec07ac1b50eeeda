"""Setting a Page up, and hearing in words what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from typer.testing import CliRunner

from bot.channels.base import BadSignature
from bot.channels.findings import Finding, GuideItem
from bot.channels.messenger import SUBSCRIBED_FIELDS, MessengerAdapter
from bot.channels.messenger_setup import GREETING, MAX_GREETING_CHARS, doctor, setup
from bot.cli.channels import app
from bot.settings import Settings
from tests.channels.conftest import messenger_settings
from tests.standins.messenger import Graph
from tests.standins.messenger_events import APP_ID, PAGE_TOKEN

GUIDES = (GuideItem(id="vneid", title="Cài đặt và kích hoạt VNeID"), GuideItem(id="khai-sinh", title="Đăng ký khai sinh cho con, kể cả sinh tại nhà"))


class Office:
    """Our own web server, as far as Meta looks at it."""

    def __init__(self, page: MessengerAdapter):
        self._page = page
        self.quoted = False

    async def get(self, request: web.Request) -> web.Response:
        try:
            challenge = self._page.challenge(request.query)
        except BadSignature:
            return web.Response(status=403)
        return web.Response(text=f'"{challenge}"' if self.quoted else challenge)


@pytest.fixture
def office(page: MessengerAdapter) -> Office:
    return Office(page)


@pytest.fixture
async def settings(graph: Graph, office: Office) -> AsyncIterator[Settings]:
    server = web.Application()
    server.router.add_get("/webhooks/messenger", office.get)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Settings(public_url=f"http://127.0.0.1:{runner.addresses[0][1]}", messenger=messenger_settings(api_base=graph.url), _env_file=None)
    await runner.cleanup()


async def examined(settings: Settings) -> list[Finding]:
    """What `doctor` finds; that a loopback address is not https is true in every test."""
    findings = await asyncio.to_thread(lambda: list(doctor(settings)))
    return [one for one in findings if one.about != "Địa chỉ https"]


async def set_up(settings: Settings, **how: bool) -> list[Finding]:
    return await asyncio.to_thread(lambda: list(setup(settings, GUIDES, **how)))


async def the_bad(settings: Settings) -> list[str]:
    return [one.about for one in await examined(settings) if one.level == "bad"]


class TestSetup:
    async def test_a_page_is_ready_after_it(self, graph: Graph, settings: Settings) -> None:
        assert [one.level for one in await set_up(settings)] == ["ok", "ok", "ok"]
        assert graph.subscribed == {APP_ID: list(SUBSCRIBED_FIELDS)}
        assert graph.app_subscription["callback_url"] == f"{settings.base_url}/webhooks/messenger"
        assert [one.level for one in await examined(settings)] == ["ok"] * 5

    async def test_the_profile_byte_for_byte(self, graph: Graph, settings: Settings) -> None:
        await set_up(settings)
        assert graph.profile == {
            "get_started": {"payload": "GET_STARTED"},
            "greeting": [{"locale": "default", "text": GREETING}, {"locale": "vi_VN", "text": GREETING}],
            "persistent_menu": [
                {
                    "locale": "default",
                    "composer_input_disabled": False,
                    "call_to_actions": [
                        {"type": "postback", "title": "Menu", "payload": "/menu"},
                        {"type": "postback", "title": "Cài đặt và kích hoạt VNeID", "payload": "vneid"},
                        {"type": "postback", "title": "Đăng ký khai sinh cho con, kể…", "payload": "khai-sinh"},
                        {"type": "postback", "title": "Gặp người hỗ trợ", "payload": "/person"},
                    ],
                }
            ],
        }

    async def test_ice_breakers_only_when_asked_for(self, graph: Graph, settings: Settings) -> None:
        await set_up(settings)
        assert "ice_breakers" not in graph.profile
        await set_up(settings, ice_breakers=True)
        assert graph.profile["ice_breakers"][0]["call_to_actions"][0] == {"question": "Cài đặt và kích hoạt VNeID", "payload": "vneid"}
        assert "Câu hỏi gợi ý" in [one.about for one in await examined(settings) if one.level == "warning"]

    async def test_a_webhook_that_does_not_answer_is_told_in_words(self, office: Office, settings: Settings) -> None:
        office.quoted = True
        last = (await set_up(settings))[-1]
        assert (last.level, last.about) == ("bad", "Webhook của ứng dụng")
        assert "danloi serve" in last.mend

    async def test_without_an_app_id_the_rest_is_done(self, graph: Graph, settings: Settings) -> None:
        one = settings.model_copy(update={"messenger": messenger_settings(api_base=graph.url, app_id="")})
        assert [finding.level for finding in await set_up(one)] == ["ok", "ok", "warning"]

    def test_the_greeting_fits(self) -> None:
        assert len(GREETING) <= MAX_GREETING_CHARS


class TestDoctor:
    async def test_a_new_page_lacks_everything_and_setup_is_the_cure(self, settings: Settings) -> None:
        findings = await examined(settings)
        assert [one.about for one in findings if one.level == "bad"] == ["Đăng ký sự kiện", "Webhook của ứng dụng", "Nút Bắt đầu và menu"]
        assert all("danloi channels setup messenger" in one.mend for one in findings if one.level == "bad")

    @pytest.mark.parametrize(("subcode", "word"), [(458, "gỡ"), (460, "mật khẩu"), (463, "hết hạn"), (467, "thu hồi"), (None, "không nhận")])
    async def test_a_dead_token(self, graph: Graph, settings: Settings, subcode: int | None, word: str) -> None:
        graph.dead_token = subcode or 1
        first = (await examined(settings))[0]
        assert (first.level, first.about) == ("bad", "Mã truy cập")
        assert word in first.sentence
        assert "DANLOI_MESSENGER__PAGE_TOKEN" in first.sentence

    async def test_a_token_of_another_page(self, graph: Graph, settings: Settings) -> None:
        graph.page = {"id": "5555", "name": "Bà Mai"}
        assert "Mã truy cập" in await the_bad(settings)

    async def test_fields_that_were_lost(self, graph: Graph, settings: Settings) -> None:
        await set_up(settings)
        graph.subscribed[APP_ID].remove("messages")
        assert await the_bad(settings) == ["Đăng ký sự kiện"]

    async def test_a_webhook_elsewhere(self, graph: Graph, settings: Settings) -> None:
        await set_up(settings)
        graph.app_subscription["callback_url"] = "https://old.example/webhooks/messenger"
        assert await the_bad(settings) == ["Webhook của ứng dụng"]

    async def test_a_webhook_that_answers_wrongly_or_not_at_all(self, office: Office, settings: Settings, unused_tcp_port: int) -> None:
        await set_up(settings)
        office.quoted = True
        assert await the_bad(settings) == ["Webhook"]
        gone = settings.model_copy(update={"public_url": f"http://127.0.0.1:{unused_tcp_port}"})
        assert "Webhook" in await the_bad(gone)

    async def test_another_app_and_the_default_app_are_worth_a_word(self, graph: Graph, settings: Settings) -> None:
        await set_up(settings)
        graph.subscribed["8888"] = ["messages"]
        graph.features = {"msgr_multi_app": True}
        assert [one.about for one in await examined(settings) if one.level == "warning"] == ["Ứng dụng khác", "Ứng dụng mặc định"]

    async def test_an_unreachable_platform_and_a_plain_address(self, settings: Settings, unused_tcp_port: int) -> None:
        away = settings.model_copy(update={"messenger": messenger_settings(api_base=f"http://127.0.0.1:{unused_tcp_port}")})
        findings = await asyncio.to_thread(lambda: list(doctor(away)))
        assert [(one.level, one.about) for one in findings] == [("bad", "Gọi Meta"), ("bad", "Địa chỉ https"), ("ok", "Webhook")]
        assert PAGE_TOKEN not in str(findings)


class TestCommand:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
        monkeypatch.chdir(str(tmp_path))
        monkeypatch.setenv("DANLOI_FLOWS_DIR", str(tmp_path))

    def _configure(self, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        monkeypatch.setenv("DANLOI_PUBLIC_URL", settings.public_url)
        for name, value in settings.messenger.model_dump().items():
            monkeypatch.setenv(f"DANLOI_MESSENGER__{name.upper()}", value if isinstance(value, str) else value.get_secret_value())

    async def test_setup_and_doctor_tell_each_finding(self, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        self._configure(monkeypatch, settings)
        done = await asyncio.to_thread(CliRunner().invoke, app, ["setup", "messenger"])
        assert done.exit_code == 0, done.output
        assert "✓ Đăng ký sự kiện" in done.output
        looked = await asyncio.to_thread(CliRunner().invoke, app, ["doctor"])
        assert looked.exit_code == 1  # a loopback address is not https
        assert "✗ Địa chỉ https" in looked.output
        assert "→ Đặt DANLOI_PUBLIC_URL" in looked.output

    def test_a_channel_that_is_off_or_unknown_is_one_sentence(self) -> None:
        off = CliRunner().invoke(app, ["setup", "messenger"])
        assert off.exit_code == 1
        assert "DANLOI_MESSENGER__PAGE_ID" in off.output
        assert CliRunner().invoke(app, ["doctor", "icq"]).exit_code == 1
        assert CliRunner().invoke(app, ["doctor"]).exit_code == 0
