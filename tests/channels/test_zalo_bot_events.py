"""Every shape that the Zalo Bot Platform sends, and many that it should not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from bot.channels.base import BadSignature, NotUnderstood
from bot.channels.zalo_bot import ZaloBotAdapter
from bot.channels.zalo_bot_events import Reader
from bot.dialogue.event import Event, Kind
from tests.channels.conftest import NOW, zalo_bot_settings
from tests.channels.wild import bodies, ten_thousand_bodies, with_any_json_in_one_place
from tests.standins import zalo_bot_events as zalo
from tests.standins.zalo_bot_events import BOT_ID, STARTED_AT, delivery, wrapped

AT = datetime.fromtimestamp(STARTED_AT / 1000, UTC)
USER, MID = "6ede9afa66b88fe60001", "2d758cb5e222177a0001"


def reader() -> Reader:
    return Reader(account=BOT_ID, clock=lambda: NOW)


def read(body: dict[str, Any]) -> list[Event]:
    return list(reader().read(delivery(body)))


def event(kind: Kind, *, id: str = MID, at: datetime = AT, **more: Any) -> Event:
    return Event(id=id, channel="zalo-bot", account=BOT_ID, contact=USER, at=at, kind=kind, **more)


class TestTheWord:
    def test_whoever_knows_it_is_zalo(self, zalo_bot_adapter: ZaloBotAdapter) -> None:
        zalo_bot_adapter.verify({zalo.HEADER: zalo.SECRET}, b"{}")
        zalo_bot_adapter.verify({zalo.HEADER.lower(): zalo.SECRET}, b"{}")

    @pytest.mark.parametrize("given", [None, "", "x", zalo.SECRET[:-1], zalo.SECRET + "x", "ạ" * 17])
    def test_nobody_else_is(self, zalo_bot_adapter: ZaloBotAdapter, given: str | None) -> None:
        with pytest.raises(BadSignature):
            zalo_bot_adapter.verify({zalo.HEADER: given} if given is not None else {}, b"{}")

    def test_without_one_it_is_made_from_the_token(self) -> None:
        made = zalo_bot_settings(webhook_secret="")
        assert len(made.secret()) == 64
        assert made.secret() == zalo_bot_settings(webhook_secret="").secret() != zalo_bot_settings(webhook_secret="", token="1:b").secret()


class TestWords:
    @pytest.mark.parametrize("shape", [lambda one: one, wrapped, lambda one: {"ok": True, "result": [one]}], ids=["bare", "wrapped", "list"])
    def test_text_in_all_its_wrappings(self, shape: Any) -> None:
        assert read(shape(zalo.text(USER, "xin chao"))) == [event(Kind.TEXT, text="xin chao")]

    @pytest.mark.parametrize("name", ["photo", "photo_url"])
    def test_a_picture_under_either_name(self, name: str) -> None:
        address = {name: "https://f.zdn.vn/1.jpg"}
        assert read(zalo.update(USER, "message.image.received", **address)) == [event(Kind.MEDIA, media=("image",))]
        assert read(zalo.update(USER, "message.image.received", caption="giấy này à", **address)) == [event(Kind.TEXT, text="giấy này à", media=("image",))]

    @pytest.mark.parametrize(
        ("event_name", "more", "kind"),
        [
            ("message.sticker.received", {"sticker": "0b", "url": "https://x"}, "sticker"),
            ("message.voice.received", {"voice_url": "https://x.aac"}, "audio"),
            ("message.unsupported.received", {}, "unsupported"),
            ("message.link.received", {"link": "https://x"}, "link"),
        ],
    )
    def test_other_messages_are_told_by_their_kind_only(self, event_name: str, more: dict[str, str], kind: str) -> None:
        assert read(zalo.update(USER, event_name, **more)) == [event(Kind.MEDIA, media=(kind,))]

    def test_who_follows_opens_the_talk_and_who_unfollows_has_left(self) -> None:
        """Third parties tell of these; the documentation does not."""
        for name, kind in (("user.follow", Kind.OPENED), ("user.unfollow", Kind.LEFT)):
            (one,) = read({"event_name": name, "message": {"from": {"id": USER}, "date": STARTED_AT}})
            assert (one.kind, one.contact) == (kind, USER)

    def test_seconds_text_and_no_time_at_all(self) -> None:
        for stamp, at in ((STARTED_AT // 1000, AT), (str(STARTED_AT), AT), (None, NOW), (-1, NOW), ("soon", NOW)):
            assert [one.at for one in read(zalo.text(USER, "x", at=stamp))] == [at]

    def test_without_an_id_a_repeat_has_the_same_one(self) -> None:
        update = zalo.update(USER, "message.text.received", id=None, text="x")
        assert read(update) == read(update)
        assert read(update)[0].id != read(zalo.update(USER, "message.text.received", id=None, text="y"))[0].id

    def test_half_an_emoji_and_nul_do_no_harm(self) -> None:
        body = delivery(zalo.text(USER, "được XX")).replace(b"XX", rb"\ud83d\u0000!")
        assert [one.text for one in reader().read(body)] == ["được \ufffd!"]


class TestWhatLeadsToNothing:
    @pytest.mark.parametrize(
        "update",
        [
            zalo.text(USER, "@bot x", chat="GROUP"),
            zalo.update(USER, "message.reaction.received"),
            zalo.update(USER, "message.brand_new.received", text="x"),
            zalo.text(USER, "") | {"message": {}},
            zalo.text("", "x"),
            zalo.text("x" * 300, "x"),
            zalo.update(USER, "message.text.received", text="x", **{"from": {"id": USER, "is_bot": True}}),
            zalo.update(USER, "message.text.received"),
            {},
            {"ok": True},
            {"ok": True, "result": None},
            {"ok": True, "result": [None, 7]},
        ],
    )
    def test_groups_bots_and_the_unknown(self, update: dict[str, Any]) -> None:
        assert read(update) == []

    def test_an_empty_body_is_taken_for_a_probe(self) -> None:
        assert list(reader().read(b"")) == []

    @pytest.mark.parametrize("body", [b"null", b"[]", b"7", b"{", b"\xff", b"[" * 100_000])
    def test_what_is_no_update(self, body: bytes) -> None:
        with pytest.raises(NotUnderstood) as caught:
            reader().read(body)
        assert caught.value.status == 400


SHAPES = [
    zalo.text(USER, "được 👍"),
    wrapped(zalo.text(USER, "một"), zalo.text(USER, "hai")),
    zalo.update(USER, "message.image.received", photo_url="https://x", caption="x"),
    zalo.update(USER, "message.voice.received", voice_url="https://x"),
    {"event_name": "user.follow", "message": {"from": {"id": USER}}},
]


def understood_or_not(body: bytes) -> None:
    """The only two ways in which a delivery may end."""
    try:
        events = reader().read(body)
    except NotUnderstood:
        return
    for one in events:
        assert one.id
        assert one.contact
        assert len(one.id) <= 300
        assert "\0" not in one.text + one.id + one.contact
        (one.text + one.id + one.contact + "".join(one.media)).encode()


def test_ten_thousand_mutated_bodies_end_in_events_or_are_not_understood() -> None:
    for body in ten_thousand_bodies(*SHAPES, junk=[{"id": USER}]):
        understood_or_not(body)


@settings(max_examples=150, deadline=None)
@given(with_any_json_in_one_place(SHAPES))
def test_any_json_in_any_place(item: dict[str, Any]) -> None:
    understood_or_not(delivery(item))


@settings(max_examples=150, deadline=None)
@given(bodies)
def test_any_bytes_at_all(body: bytes) -> None:
    understood_or_not(body)
