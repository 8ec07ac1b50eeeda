"""Setting an Official Account up, and hearing in words what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import CliRunner

from bot.channels.base import BadSignature
from bot.channels.findings import Finding, GuideItem
from bot.channels.zalo_oa import ZaloOaAdapter, verifier_page
from bot.channels.zalo_oa_setup import NEEDED_EVENTS, doctor, setup
from bot.channels.zalo_oa_tokens import TOKEN_FILE, FileTokenStore
from bot.cli.channels import app
from bot.settings import Settings, SettingsError, ZaloOaSettings, load_settings
from tests.channels.conftest import zalo_oa_settings
from tests.standins.zalo_oa import ZaloOa, error

GUIDES = (GuideItem(id="vneid", title="Cài đặt VNeID"), GuideItem(id="khai-sinh", title="Đăng ký khai sinh"))
CODE = "Fj2aB-c_9"


class Office:
    """Our own web server, as far as Zalo looks at it."""

    def __init__(self, oa: ZaloOaAdapter, its: ZaloOaSettings):
        self._oa, self._its = oa, its
        self.deaf = False

    async def page(self, request: web.Request) -> web.Response:
        content = verifier_page(self._its, request.match_info["code"])
        return web.Response(text=content, content_type="text/html") if content and not self.deaf else web.Response(status=404)

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            self._oa.verify(request.headers, body)
        except BadSignature:
            return web.Response(status=403)
        assert list(self._oa.events(body)) == []
        return web.Response(status=500 if self.deaf else 200)


@pytest.fixture
def office(oa: ZaloOaAdapter) -> Office:
    return Office(oa, zalo_oa_settings(site_verifier=CODE))


@pytest.fixture
async def settings(zalo: ZaloOa, office: Office, tmp_path: Path) -> AsyncIterator[Settings]:
    server = web.Application()
    server.router.add_get("/zalo_verifier{code}.html", office.page)
    server.router.add_post("/webhooks/zalo-oa", office.receive)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield Settings(public_url=address, data_dir=tmp_path, zalo_oa=zalo_oa_settings(zalo, site_verifier=CODE), _env_file=None)
    await runner.cleanup()


async def set_up(settings: Settings) -> list[Finding]:
    return await asyncio.to_thread(lambda: list(setup(settings, GUIDES)))


async def examined(settings: Settings) -> list[Finding]:
    """What `doctor` finds; that a loopback address is not https is true in every test."""
    findings = await asyncio.to_thread(lambda: list(doctor(settings)))
    return [one for one in findings if one.about != "Địa chỉ https"]


async def the_bad(settings: Settings) -> list[str]:
    return [one.about for one in await examined(settings) if one.level == "bad"]


def changed(settings: Settings, **changes: Any) -> Settings:
    return settings.model_copy(update={"zalo_oa": settings.zalo_oa.model_copy(update=changes)})


class TestSetup:
    async def test_an_oa_is_ready_after_it_but_for_what_hands_must_do(self, zalo: ZaloOa, settings: Settings) -> None:
        findings = await set_up(settings)
        assert [(one.level, one.about) for one in findings] == [
            ("ok", "Mã truy cập"),
            ("ok", "OA"),
            ("warning", "Webhook (làm bằng tay)"),
            ("warning", "Menu của OA (làm bằng tay)"),
        ]
        assert f"{settings.base_url}/webhooks/zalo-oa" in findings[2].sentence
        assert all(name in findings[2].mend for name in NEEDED_EVENTS)
        assert "Lọc cú pháp" in findings[2].mend
        assert "#KHAISINH" in findings[3].sentence
        assert zalo.refreshes == 1
        assert [one.level for one in await examined(settings)] == ["ok"] * 4

    async def test_a_second_time_changes_nothing(self, zalo: ZaloOa, settings: Settings) -> None:
        await set_up(settings)
        await set_up(settings)
        assert zalo.refreshes == 1

    async def test_a_dead_token_is_told_and_the_rest_is_said_all_the_same(self, zalo: ZaloOa, settings: Settings) -> None:
        zalo.burn()
        first, *rest = await set_up(settings)
        assert (first.level, first.about) == ("bad", "Mã truy cập")
        assert "DANLOI_ZALO_OA__REFRESH_TOKEN" in first.sentence
        assert len(rest) == 2

    async def test_a_renewal_that_was_cut_off_is_tried_again(self, zalo: ZaloOa, settings: Settings) -> None:
        await set_up(settings)
        store = FileTokenStore(settings.data_dir / TOKEN_FILE)
        state = store.read()
        assert state is not None
        await store.save(replace(state, asked_at=datetime.now(UTC)))
        assert [one.level for one in await examined(settings)] == ["warning", "ok", "ok", "ok"]
        await set_up(settings)
        assert zalo.refreshes == 2
        assert [one.level for one in await examined(settings)] == ["ok"] * 4


class TestDoctor:
    async def test_before_setup_it_says_so_and_changes_nothing(self, zalo: ZaloOa, settings: Settings) -> None:
        findings = await examined(settings)
        assert [(one.level, one.about) for one in findings] == [
            ("warning", "Mã truy cập"),
            ("ok", "OA"),
            ("ok", "Xác thực tên miền"),
            ("ok", "Webhook"),
        ]
        assert zalo.refreshes == 0

    async def test_who_the_oa_is(self, zalo: ZaloOa, settings: Settings) -> None:
        assert (await examined(settings))[1].sentence == "“UBND xã Bum Nưa”, cơ quan nhà nước, gói Nâng cao."
        zalo.oa = {"oa_id": zalo.oa["oaid"], "name": "Xã"}
        assert (await examined(settings))[1].sentence == "“Xã”."

    async def test_another_oas_token(self, zalo: ZaloOa, settings: Settings) -> None:
        zalo.oa["oaid"] = "1"
        assert await the_bad(settings) == ["OA"]

    async def test_an_oa_that_is_not_verified(self, zalo: ZaloOa, settings: Settings) -> None:
        zalo.oa["is_verified"] = False
        assert await the_bad(settings) == ["Xác thực OA"]

    async def test_a_token_that_was_burnt_by_somebody_else(self, zalo: ZaloOa, settings: Settings) -> None:
        await set_up(settings)
        zalo.burn()
        first, second, *_ = await examined(settings)
        assert (first.level, second.level, second.about) == ("ok", "bad", "Mã truy cập")
        assert "REFRESH_TOKEN" in second.sentence

    async def test_a_chain_that_is_known_to_be_dead(self, zalo: ZaloOa, settings: Settings) -> None:
        zalo.burn()
        await set_up(settings)
        first = (await examined(settings))[0]
        assert (first.level, first.mend) == ("bad", "Mã lỗi của Zalo: oauth -14014.")

    async def test_a_token_that_nobody_renewed(self, settings: Settings) -> None:
        await set_up(settings)
        store = FileTokenStore(settings.data_dir / TOKEN_FILE)
        state = store.read()
        assert state is not None
        await store.save(replace(state, pair=replace(state.pair, expires_at=datetime.now(UTC) - timedelta(hours=1))))
        assert await the_bad(settings) == ["Mã truy cập"]

    async def test_a_token_file_that_cannot_be_read(self, settings: Settings) -> None:
        (settings.data_dir / TOKEN_FILE).write_bytes(b"{")
        assert await the_bad(settings) == ["Mã truy cập"]

    async def test_a_domain_without_its_file_and_a_webhook_with_another_secret(self, office: Office, settings: Settings) -> None:
        office.deaf = True
        assert await the_bad(settings) == ["Xác thực tên miền", "Webhook"]
        office.deaf = False
        assert await the_bad(changed(settings, oa_secret=zalo_oa_settings(oa_secret="other").oa_secret)) == ["Webhook"]
        assert [one.level for one in await examined(changed(settings, site_verifier=""))] == ["warning", "ok", "warning", "ok"]

    async def test_nothing_can_be_reached(self, settings: Settings, unused_tcp_port: int) -> None:
        nowhere = f"http://127.0.0.1:{unused_tcp_port}"
        away = changed(settings, api_base=nowhere, oauth_base=nowhere).model_copy(update={"public_url": nowhere})
        findings = await asyncio.to_thread(lambda: list(doctor(away)))
        assert [one.about for one in findings if one.level == "bad"] == ["Gọi Zalo", "Địa chỉ https", "Xác thực tên miền", "Webhook"]
        told = str([*findings, *await set_up(away)])
        assert not any(secret in told for secret in ("AT0", "RT0", "test_app_secret", "test_oa_secret"))

    @pytest.mark.parametrize("code", [-216, -224, -32])
    async def test_what_zalo_refuses_is_told_in_words(self, zalo: ZaloOa, settings: Settings, code: int) -> None:
        zalo.info_faults.append(error(code))
        second = (await examined(settings))[1]
        assert (second.level, second.mend) == ("bad", f"Mã lỗi của nền tảng: {code}.")


class TestVerifierPage:
    def test_only_our_own_code_is_shown(self) -> None:
        its = zalo_oa_settings(site_verifier=CODE)
        page = verifier_page(its, CODE)
        assert page is not None
        assert f'<meta property="zalo-platform-site-verification" content="{CODE}" />' in page
        assert verifier_page(its, "other") is None
        assert verifier_page(its, "") is None
        assert verifier_page(zalo_oa_settings(), "") is None

    @pytest.mark.parametrize("given", [CODE, f"zalo_verifier{CODE}.html", f" {CODE} "])
    def test_the_files_name_is_the_code_too(self, given: str) -> None:
        assert zalo_oa_settings(site_verifier=given).site_verifier == CODE

    def test_what_is_no_code_stops_the_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DANLOI_ZALO_OA__SITE_VERIFIER", '<meta property="x">')
        with pytest.raises(SettingsError, match="DANLOI_ZALO_OA__SITE_VERIFIER"):
            load_settings(_env_file=None)


class TestCommand:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("DANLOI_FLOWS_DIR", str(tmp_path))
        monkeypatch.setenv("DANLOI_DATA_DIR", str(tmp_path))

    async def test_setup_and_doctor_tell_each_finding(self, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        monkeypatch.setenv("DANLOI_PUBLIC_URL", settings.public_url)
        for name, value in settings.zalo_oa.model_dump().items():
            monkeypatch.setenv(f"DANLOI_ZALO_OA__{name.upper()}", value.get_secret_value() if hasattr(value, "get_secret_value") else str(value))
        done = await asyncio.to_thread(CliRunner().invoke, app, ["setup", "zalo-oa"])
        assert done.exit_code == 0, done.output
        assert "✓ Mã truy cập" in done.output
        looked = await asyncio.to_thread(CliRunner().invoke, app, ["doctor", "zalo-oa"])
        assert looked.exit_code == 1  # a loopback address is not https
        assert "✗ Địa chỉ https" in looked.output
        assert "✓ Webhook" in looked.output

    def test_half_of_it_stops_the_start_with_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DANLOI_ZALO_OA__OA_ID", "1")
        half = CliRunner().invoke(app, ["doctor", "zalo-oa"])
        assert half.exit_code == 1
        assert "DANLOI_ZALO_OA__REFRESH_TOKEN" in half.output
