"""What every adapter promises, on every platform. A new platform is one more `Platform` here."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.channels import registry
from bot.channels.base import BadSignature, Capabilities, ChannelAdapter, Failure, NotUnderstood, SendFailed
from bot.channels.fit import fit
from bot.channels.messenger import MessengerAdapter
from bot.dialogue.event import Kind
from bot.dialogue.reply import Attachment, LinkButton, Option, Reply
from bot.settings import Settings
from tests.channels.conftest import messenger_settings
from tests.standins import messenger, messenger_events
from tests.standins.messenger import Graph

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


@pytest.fixture(params=["messenger"])
def platform(request: pytest.FixtureRequest, graph: Graph, session: aiohttp.ClientSession) -> Platform:
    return {"messenger": on_messenger}[request.param](graph, session)


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
        texts=lambda: [body["message"].get("text", "") for body in graph.accepted],
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
    )


class TestVerify:
    def test_its_own_signature_holds(self, platform: Platform) -> None:
        body = platform.deliver(("2002", "chào", "a", SECOND * 1000))
        platform.adapter.verify(platform.sign(body), body)

    def test_unsigned_and_changed_bodies_are_refused(self, platform: Platform) -> None:
        body = platform.deliver(("2002", "chào", "a", SECOND * 1000))
        for headers, changed in (({}, body), (platform.sign(body), body + b" "), (platform.sign(body + b" "), body)):
            with pytest.raises(BadSignature):
                platform.adapter.verify(headers, changed)


class TestEvents:
    def test_several_people_in_one_are_put_in_order_of_time(self, platform: Platform) -> None:
        body = platform.deliver(("2003", "sau", "b", SECOND * 1000 + 5), ("2002", "trước", "a", SECOND * 1000))
        events = platform.adapter.events(body)
        assert [(one.contact, one.text, one.kind) for one in events] == [("2002", "trước", Kind.TEXT), ("2003", "sau", Kind.TEXT)]
        assert {(one.channel, one.account) for one in events} == {(platform.adapter.name, platform.adapter.account)}

    def test_a_repeat_has_the_same_ids(self, platform: Platform) -> None:
        body = platform.deliver(("2002", "một", "a", SECOND * 1000), ("2002", "hai", "b", SECOND * 1000))
        first, again = platform.adapter.events(body), platform.adapter.events(body)
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
        assert [text for text in platform.texts() if text] == [piece.text for piece in pieces if piece.text and not piece.links]

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
        platform.fail[fault]()
        with pytest.raises(SendFailed) as caught:
            await platform.adapter.send("2002", Reply(text="Chào bà con."), "41")
        assert (caught.value.failure, caught.value.ambiguous) == (failure, ambiguous)
        assert caught.value.retry_after == (7 if fault == "busy" else None)
        assert caught.value.sentence.endswith(".")
        assert "Chào bà con" not in str(caught.value)

    async def test_typing_never_fails(self, platform: Platform) -> None:
        platform.fail["blocked"]()
        await platform.adapter.typing("2002")


class TestRegistry:
    async def test_a_channel_is_there_when_its_settings_are(self, session: aiohttp.ClientSession) -> None:
        assert registry.adapters(Settings(_env_file=None), session) == {}
        on = registry.adapters(Settings(messenger=messenger_settings(), _env_file=None), session)
        assert {name: one.name for name, one in on.items()} == {"messenger": "messenger"}

    def test_each_app_has_capabilities(self) -> None:
        for name in ("web", "messenger"):
            assert isinstance(registry.capabilities(name), Capabilities)
        with pytest.raises(KeyError):
            registry.capabilities("icq")
