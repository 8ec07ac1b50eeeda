"""What every adapter promises, on every platform. A new platform is one more `Platform` here."""

from __future__ import annotations

import contextlib
import html
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.channels import registry
from bot.channels.base import BadSignature, Capabilities, ChannelAdapter, Failure, NotUnderstood, SendFailed
from bot.channels.fit import fit
from bot.channels.messenger import MessengerAdapter
from bot.channels.telegram import TelegramAdapter
from bot.channels.zalo_bot import ZaloBotAdapter
from bot.channels.zalo_oa import ZaloOaAdapter
from bot.channels.zalo_oa_tokens import MemoryTokenStore, Tokens
from bot.dialogue.event import Event, Kind
from bot.dialogue.reply import Attachment, LinkButton, Option, Reply
from bot.settings import Settings
from tests.channels.conftest import at_once, messenger_settings, telegram_settings, zalo_bot_settings, zalo_oa_settings
from tests.standins import bot_api, messenger, messenger_events, telegram, telegram_events, zalo_bot, zalo_bot_events, zalo_oa, zalo_oa_events
from tests.standins.bot_api import BotApi
from tests.standins.messenger import Graph
from tests.standins.telegram import Telegram
from tests.standins.zalo_bot import ZaloBot
from tests.standins.zalo_oa import ZaloOa

SECOND = 1_764_000_000


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One platform as a test needs it: its adapter, its deliveries and how its stand-in misbehaves."""

    adapter: ChannelAdapter
    deliver: Callable[..., bytes]  # of (contact, words, id, milliseconds) each
    in_seconds: Callable[[str, str, str, int], bytes]
    unknown_kind: bytes
    for_somebody_else: bytes
    sign: Callable[[bytes], dict[str, str]]
    texts: Callable[[], list[str]]  # what the platform has taken
    fail: dict[str, Callable[[], None]]
    kill: Callable[[], None]  # every call is refused
    never: frozenset[str] = frozenset()  # faults that this platform does not know
    signs_bodies: bool = True  # else a word in a header is all that proves a delivery
    batches: bool = True  # else one delivery is one event

    def heard(self, *said: tuple[str, str, str, int]) -> list[Event]:
        """What the adapter makes of these, in one delivery where the platform does that."""
        bodies = [self.deliver(*said)] if self.batches else [self.deliver(one) for one in said]
        return [event for body in bodies for event in self.adapter.events(body)]


@pytest.fixture(params=["messenger", "telegram", "zalo-bot", "zalo-oa"])
def platform(request: pytest.FixtureRequest, session: aiohttp.ClientSession) -> Platform:
    make, stand_in = {
        "messenger": (on_messenger, "graph"),
        "telegram": (on_telegram, "telegram"),
        "zalo-bot": (on_zalo_bot, "zalo_bot"),
        "zalo-oa": (on_zalo_oa, "zalo"),
    }[request.param]
    return make(request.getfixturevalue(stand_in), session)


def on_messenger(graph: Graph, session: aiohttp.ClientSession) -> Platform:
    def item(contact: str, words: str, id: str, at: int) -> dict[str, object]:
        return messenger_events.text(contact, words, mid=id, at=at)

    return Platform(
        adapter=MessengerAdapter(messenger_settings(api_base=graph.url), session, base_url="https://danloi.example", timeout_seconds=0.3),
        deliver=lambda *said: messenger_events.delivery(*(item(*one) for one in said)),
        in_seconds=lambda contact, words, id, at: messenger_events.delivery(item(contact, words, id, at)),
        unknown_kind=messenger_events.delivery(messenger_events.other("2002", brand_new={"x": 1})),
        for_somebody_else=messenger_events.delivery(messenger_events.text("2002", "x"), page_id="999"),
        sign=messenger_events.signed,
        texts=lambda: [body["message"].get("text") or body["message"]["attachment"]["payload"].get("text", "") for body in graph.accepted],
        fail={
            "busy": lambda: graph.script(messenger.error(613, status=429, Retry_After="7")),
            "busy, without a time": lambda: graph.script(messenger.error(613, status=429)),
            "down": lambda: graph.script(messenger.answer(503)),
            "nonsense": lambda: graph.script(messenger.answer(200, b"<html>")),
            "silent": lambda: graph.script(messenger.hang()),
            "silent after taking it": lambda: graph.script(messenger.hang(accepted=True)),
            "dropped": lambda: graph.script(messenger.drop()),
            "dropped after taking it": lambda: graph.script(messenger.drop(accepted=True)),
            "token": lambda: graph.script(messenger.error(190, 463)),
            "blocked": lambda: graph.blocked.add("2002"),
            "window": lambda: graph.closed.add("2002"),
        },
        kill=lambda: setattr(graph, "dead_token", 463),
    )


def on_telegram(server: Telegram, session: aiohttp.ClientSession) -> Platform:
    def update(contact: str, words: str, id: str, at: int) -> dict[str, object]:
        return telegram_events.text(int(contact), words, id=900 + ord(id), at=at // 1000)

    settings = telegram_settings(api_base=server.url)
    return Platform(
        adapter=TelegramAdapter(settings, session, base_url="https://danloi.example", timeout_seconds=0.3, sleep=at_once),
        deliver=lambda *said: telegram_events.delivery([update(*one) for one in said]),
        in_seconds=lambda contact, words, id, at: telegram_events.delivery(update(contact, words, id, at * 1000)),
        unknown_kind=telegram_events.delivery({"update_id": 900, "brand_new": {"x": 1}}),
        for_somebody_else=telegram_events.delivery(telegram_events.text(2002, "x", chat="group")),
        sign=telegram_events.signed,
        texts=lambda: [html.unescape(one.parameters.get("text") or one.parameters.get("caption", "")) for one in server.accepted],
        fail={
            "busy": lambda: server.script(telegram.error(429, "Too Many Requests: retry after 7", retry_after=7)),
            "busy, without a time": lambda: server.script(telegram.error(429, "Too Many Requests")),
            "token": lambda: server.script(telegram.error(401, "Unauthorized")),
            "blocked": lambda: server.blocked.add("2002"),
        }
        | bad_days(server),
        kill=lambda: setattr(server, "dead_token", True),
        never=frozenset({"window"}),
        signs_bodies=False,
    )


def on_zalo_bot(server: ZaloBot, session: aiohttp.ClientSession) -> Platform:
    def update(contact: str, words: str, id: str, at: int) -> dict[str, object]:
        return zalo_bot_events.text(contact, words, id=id, at=at)

    return Platform(
        adapter=ZaloBotAdapter(zalo_bot_settings(api_base=server.url), session, base_url="https://danloi.example", timeout_seconds=0.3),
        deliver=lambda *said: zalo_bot_events.delivery(zalo_bot_events.wrapped(*(update(*one) for one in said))),
        in_seconds=lambda contact, words, id, at: zalo_bot_events.delivery(update(contact, words, id, at)),
        unknown_kind=zalo_bot_events.delivery(zalo_bot_events.update("2002", "message.brand_new.received", text="x")),
        for_somebody_else=zalo_bot_events.delivery(zalo_bot_events.text("2002", "x", chat="GROUP")),
        sign=zalo_bot_events.signed,
        texts=lambda: [one.parameters.get("text") or one.parameters.get("caption", "") for one in server.accepted],
        fail={
            "busy": lambda: server.script(zalo_bot.error(429, Retry_After="7")),
            "busy, without a time": lambda: server.script(zalo_bot.error(429)),
            "token": lambda: server.script(zalo_bot.error(401)),
        }
        | bad_days(server),
        kill=lambda: setattr(server, "dead_token", True),
        never=frozenset({"blocked", "window"}),
        signs_bodies=False,
    )


def on_zalo_oa(zalo: ZaloOa, session: aiohttp.ClientSession) -> Platform:
    def item(contact: str, words: str, id: str, at: int) -> dict[str, object]:
        return zalo_oa_events.text(contact, words, msg_id=id, at=at)

    settings = zalo_oa_settings(zalo, pictures="url")
    tokens = Tokens(settings, session, MemoryTokenStore(), timeout_seconds=0.3)
    return Platform(
        adapter=ZaloOaAdapter(settings, session, tokens, base_url="https://danloi.example", timeout_seconds=0.3),
        deliver=lambda one: zalo_oa_events.delivery(item(*one)),
        in_seconds=lambda *one: zalo_oa_events.delivery(item(*one)),
        unknown_kind=zalo_oa_events.delivery(zalo_oa_events.said("2002", "brand_new", msg_id="a", text="x")),
        for_somebody_else=zalo_oa_events.delivery(zalo_oa_events.text("2002", "x") | {"recipient": {"id": "999"}}),
        sign=zalo_oa_events.signed,
        texts=lambda: [body["message"].get("text", "") for body in zalo.accepted],
        fail={
            "busy": lambda: zalo.script(zalo_oa.error(-32, status=429, Retry_After="7")),
            "busy, without a time": lambda: zalo.script(zalo_oa.error(-32)),
            "down": lambda: zalo.script(zalo_oa.answer(503)),
            "nonsense": lambda: zalo.script(zalo_oa.answer(200, b"<html>")),
            "silent": lambda: zalo.script(zalo_oa.hang()),
            "silent after taking it": lambda: zalo.script(zalo_oa.hang(accepted=True)),
            "dropped": lambda: zalo.script(zalo_oa.drop()),
            "dropped after taking it": lambda: zalo.script(zalo_oa.drop(accepted=True)),
            "token": zalo.burn,  # one that only ended is renewed
            "blocked": lambda: zalo.blocked.add("2002"),
            "window": lambda: zalo.closed.add("2002"),
        },
        kill=zalo.burn,
        batches=False,
    )


def bad_days(server: BotApi) -> dict[str, Callable[[], None]]:
    """Faults that look the same on every platform."""
    return {
        "down": lambda: server.script(bot_api.answer(503)),
        "nonsense": lambda: server.script(bot_api.answer(200, b"<html>")),
        "silent": lambda: server.script(bot_api.hang()),
        "silent after taking it": lambda: server.script(bot_api.hang(accepted=True)),
        "dropped": lambda: server.script(bot_api.drop()),
        "dropped after taking it": lambda: server.script(bot_api.drop(accepted=True)),
    }


class TestVerify:
    def test_its_own_signature_holds(self, platform: Platform) -> None:
        body = platform.deliver(("2002", "chào", "a", SECOND * 1000))
        platform.adapter.verify(platform.sign(body), body)

    def test_unsigned_and_changed_bodies_are_refused(self, platform: Platform) -> None:
        body = platform.deliver(("2002", "chào", "a", SECOND * 1000))
        changed_bodies = [(platform.sign(body), body + b" "), (platform.sign(body + b" "), body)] if platform.signs_bodies else []
        for headers, changed in ({}, body), *changed_bodies:
            with pytest.raises(BadSignature):
                platform.adapter.verify(headers, changed)


class TestEvents:
    def test_several_people_in_one_are_put_in_order_of_time(self, platform: Platform) -> None:
        events = platform.heard(("2003", "sau", "b", SECOND * 1000 + 5000), ("2002", "trước", "a", SECOND * 1000))
        by_time = [("2002", "trước", Kind.TEXT), ("2003", "sau", Kind.TEXT)]
        assert [(one.contact, one.text, one.kind) for one in events] == (by_time if platform.batches else by_time[::-1])
        assert {(one.channel, one.account) for one in events} == {(platform.adapter.name, platform.adapter.account)}

    def test_a_repeat_has_the_same_ids(self, platform: Platform) -> None:
        said = (("2002", "một", "a", SECOND * 1000), ("2002", "hai", "b", SECOND * 1000))
        first, again = platform.heard(*said), platform.heard(*said)
        assert first == again
        assert len({one.id for one in first}) == 2

    def test_seconds_instead_of_milliseconds(self, platform: Platform) -> None:
        (one,) = platform.adapter.events(platform.in_seconds("2002", "chào", "a", SECOND))
        assert one.at == datetime.fromtimestamp(SECOND, UTC)

    def test_unknown_kinds_and_other_accounts_are_left_out(self, platform: Platform) -> None:
        assert list(platform.adapter.events(platform.unknown_kind)) == []
        assert list(platform.adapter.events(platform.for_somebody_else)) == []

    def test_composed_and_decomposed_text_is_handed_on(self, platform: Platform) -> None:
        for words in ("Tiếng Việt", "Tie\u0302\u0301ng Vie\u0323\u0302t", "tieng viet", "👨‍👩‍👧"):
            assert [one.text for one in platform.adapter.events(platform.deliver(("2002", words, "a", SECOND * 1000)))] == [words]

    def test_broken_bodies_are_not_understood_and_never_worse(self, platform: Platform) -> None:
        chance = random.Random(7)
        whole = platform.deliver(("2002", "chào", "a", SECOND * 1000))
        for _ in range(500):
            body = bytearray(whole)
            for _ in range(chance.randint(1, 5)):
                body[chance.randrange(len(body))] = chance.randrange(256)
            with contextlib.suppress(NotUnderstood):
                platform.adapter.events(bytes(body[: chance.randrange(len(body) // 2, len(body) + 1)]))


class TestSend:
    RICH = Reply(
        text="Áp thẻ căn cước vào lưng điện thoại. " * 80,
        options=tuple(Option(label=f"Một lựa chọn khá là dài số {number}", tap=f"vneid/scan/c{number}") for number in range(20)),
        links=(LinkButton(label="Mở Cổng Dịch vụ công quốc gia", url="https://dichvucong.gov.vn"),),
        media=(Attachment(kind="image", url="/a.png", alt="hình"), Attachment(kind="audio", url="/a.mp3", alt="tiếng")),
    )

    async def test_whatever_was_fitted_is_taken(self, platform: Platform) -> None:
        pieces = fit(self.RICH, platform.adapter.capabilities, "https://danloi.example")
        ids = [await platform.adapter.send("2002", piece, str(number)) for number, piece in enumerate(pieces)]
        assert len(set(ids)) == len(pieces)
        assert [text for text in platform.texts() if text] == [piece.text for piece in pieces if piece.text]

    @pytest.mark.parametrize(
        ("fault", "failure", "ambiguous"),
        [
            ("busy", Failure.RETRY, False),
            ("busy, without a time", Failure.RETRY, False),
            ("down", Failure.RETRY, False),
            ("nonsense", Failure.RETRY, True),
            ("silent", Failure.RETRY, True),
            ("silent after taking it", Failure.RETRY, True),
            ("dropped", Failure.RETRY, True),
            ("dropped after taking it", Failure.RETRY, True),
            ("token", Failure.TOKEN, False),
            ("blocked", Failure.GONE, False),
            ("window", Failure.WINDOW, False),
        ],
    )
    async def test_each_fault_is_typed_and_told(self, platform: Platform, fault: str, failure: Failure, ambiguous: bool) -> None:
        assert (fault in platform.fail) is not (fault in platform.never)
        if fault in platform.never:
            return
        platform.fail[fault]()
        with pytest.raises(SendFailed) as caught:
            await platform.adapter.send("2002", Reply(text="Chào bà con."), "41")
        assert (caught.value.failure, caught.value.ambiguous) == (failure, ambiguous)
        assert caught.value.retry_after == (7 if fault == "busy" else None)
        assert caught.value.sentence.endswith(".")
        assert "Chào bà con" not in str(caught.value)

    async def test_typing_never_fails(self, platform: Platform) -> None:
        platform.kill()
        await platform.adapter.typing("2002")


class TestRegistry:
    async def test_a_channel_is_there_when_its_settings_are(self, session: aiohttp.ClientSession) -> None:
        assert registry.adapters(Settings(_env_file=None), session) == {}
        all_on = {"messenger": messenger_settings(), "telegram": telegram_settings(), "zalo_bot": zalo_bot_settings(), "zalo_oa": zalo_oa_settings()}
        on = registry.adapters(Settings(**all_on, _env_file=None), session)
        assert {name: one.name for name, one in on.items()} == {name: name for name in ("messenger", "telegram", "zalo-bot", "zalo-oa")}

    def test_a_server_without_telegram_does_not_load_its_library(self) -> None:
        asked = "import sys, bot.channels.registry; sys.exit('telegram' in sys.modules or 'httpx' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0

    def test_each_app_has_capabilities(self) -> None:
        for name in ("web", "messenger", "telegram", "zalo-bot", "zalo-oa"):
            assert isinstance(registry.capabilities(name), Capabilities)
        with pytest.raises(KeyError):
            registry.capabilities("icq")
