"""What operators and platforms ask over HTTP: health, metrics, webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import httpx
import pytest

from bot.channels.base import BadSignature, NotUnderstood
from bot.channels.registry import adapters
from bot.dialogue.event import Event
from bot.service.errors import Overloaded, Unavailable
from bot.settings import MessengerSettings, Settings, ZaloOaSettings
from bot.web.app import create_app
from bot.web.errors import MAX_BODY_BYTES
from tests.web.conftest import Site, served
from tests.web.standin import StandIn


class Platform:
    """An adapter that finds every body as its test wants."""

    name, account = "messenger", "1001"

    def __init__(self, finds: Exception | None = None):
        self.finds = finds
        self.verified: list[bytes] = []

    def verify(self, headers: object, body: bytes) -> None:
        self.verified.append(body)
        if isinstance(self.finds, BadSignature):
            raise self.finds

    def events(self, body: bytes) -> list[Event]:
        if self.finds:
            raise self.finds
        return []


async def test_readiness_says_what_is_wrong(site: Site) -> None:
    async with site.browser() as browser:
        good = await browser.get("/readyz")
        site.behind.state.degraded.append("messenger: mã truy cập đã hết hạn")
        worse = await browser.get("/readyz")
        site.behind.state.ready = False
        bad = await browser.get("/readyz")
    assert good.status_code == 200
    assert good.json() == {"ready": True, "degraded": [], "database": True, "guides": 1, "worker_seconds": None}
    assert (worse.status_code, worse.json()["degraded"]) == (200, ["messenger: mã truy cập đã hết hạn"])
    assert bad.status_code == 503


async def test_the_process_and_its_figures_can_be_asked(site: Site) -> None:
    async with site.browser() as browser:
        assert (await browser.get("/healthz")).text == "ok"
        figures = await browser.get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(("finds", "status"), [(None, 200), (BadSignature(), 403), (NotUnderstood("not JSON"), 400), (NotUnderstood("not a page", 404), 404)])
async def test_a_delivery_is_answered_without_detail(site: Site, finds: Exception | None, status: int) -> None:
    site.behind.adapters["messenger"] = Platform(finds)
    async with site.browser() as browser:
        answer = await browser.post("/webhooks/messenger", content=b'{"object": "page"}')
    assert answer.status_code == status
    assert answer.text in ("", "EVENT_RECEIVED")
    assert site.behind.refused == ([("messenger", "")] if status == 403 else [])


async def test_a_body_over_one_mebibyte_is_not_read(site: Site) -> None:
    platform = site.behind.adapters["messenger"] = Platform()
    too_much = b"x" * (MAX_BODY_BYTES + 1)

    async def in_pieces():  # without a length that would tell beforehand
        for start in range(0, len(too_much), 100_000):
            yield too_much[start : start + 100_000]

    async with site.browser() as browser:
        told = await browser.post("/webhooks/messenger", content=too_much)
        found = await browser.post("/webhooks/messenger", content=in_pieces())
        just = await browser.post("/webhooks/messenger", content=too_much[1:])
    assert (told.status_code, found.status_code, just.status_code) == (413, 413, 200)
    assert [len(body) for body in platform.verified] == [MAX_BODY_BYTES]


@pytest.fixture
async def with_platforms(settings: Settings) -> AsyncIterator[str]:
    """The site with the real adapters of Messenger and Zalo; the service behind them is the stand-in."""
    on = settings.model_copy(
        update={
            "messenger": MessengerSettings(page_id="1001", page_token="TOKEN", app_secret="SECRET", verify_token="from-us"),
            "zalo_oa": ZaloOaSettings(oa_id="388", app_id="77", app_secret="APP", oa_secret="OA", refresh_token="R", site_verifier="Ab3-x_9"),
        }
    )
    behind = StandIn()
    async with aiohttp.ClientSession() as session:
        behind.adapters.update(adapters(on, session))
        async with served(create_app(on, start=behind.start)) as url:
            yield url


@pytest.mark.parametrize(
    ("said", "status", "text"),
    [
        ({"hub.mode": "subscribe", "hub.verify_token": "from-us", "hub.challenge": "1158201444"}, 200, "1158201444"),
        ({"hub.mode": "subscribe", "hub.verify_token": "from-ús", "hub.challenge": "1"}, 403, ""),
        ({"hub.mode": "unsubscribe", "hub.verify_token": "from-us", "hub.challenge": "1"}, 403, ""),
        ({}, 403, ""),
    ],
)
async def test_metas_challenge_is_repeated_to_whoever_knows_our_word(with_platforms: str, said: dict[str, str], status: int, text: str) -> None:
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(f"{with_platforms}/webhooks/messenger", params=said)
    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers["content-type"].startswith("text/plain")


async def test_a_link_offers_messenger_where_it_is_on(with_platforms: str) -> None:
    async with httpx.AsyncClient() as browser:
        page = await browser.get(f"{with_platforms}/go/vneid__tt7k")
    assert 'href="https://m.me/1001?ref=vneid__tt7k"' in page.text


async def test_where_pages_are_public_the_cookie_is_secure(with_platforms: str) -> None:
    """The settings of this test name an https address."""
    async with httpx.AsyncClient() as browser:
        page = await browser.get(with_platforms)
    assert "Secure" in page.headers["set-cookie"]


async def test_zalo_sees_that_the_domain_is_ours(with_platforms: str) -> None:
    async with httpx.AsyncClient() as browser:
        ours = await browser.get(f"{with_platforms}/zalo_verifierAb3-x_9.html")
        another = await browser.get(f"{with_platforms}/zalo_verifierXXX.html")
        there = await browser.get(f"{with_platforms}/webhooks/zalo-oa")
        templates = await browser.post(f"{with_platforms}/webhooks/zalo-oa", content=b"{}", headers={"X-ZEvent-Signature": "ZNS"})
        unsigned = await browser.post(f"{with_platforms}/webhooks/zalo-oa", content=b"{}")
    assert (ours.status_code, another.status_code, there.status_code) == (200, 404, 200)
    assert 'content="Ab3-x_9"' in ours.text
    assert (templates.status_code, unsigned.status_code) == (200, 403)


async def test_a_platform_that_is_off_is_not_found(site: Site) -> None:
    async with site.browser() as browser:
        assert (await browser.post("/webhooks/messenger", content=b"{}")).status_code == 404
        assert (await browser.get("/webhooks/messenger")).status_code == 404


@pytest.mark.parametrize("error", [Overloaded(3), Unavailable()])
async def test_what_cannot_be_taken_is_asked_for_again(site: Site, error: Exception) -> None:
    class Busy(Platform):
        def events(self, body: bytes) -> list[object]:
            return [object()]

    site.behind.adapters["messenger"] = Busy()
    site.behind.fails = error
    async with site.browser() as browser:
        answer = await browser.post("/webhooks/messenger", content=b"{}")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 3
