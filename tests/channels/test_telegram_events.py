"""Every shape that Telegram sends, and many that it should not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from bot.channels.base import BadSignature, NotUnderstood
from bot.channels.short_keys import key_of
from bot.channels.telegram import TelegramAdapter
from bot.channels.telegram_events import Reader, query_of
from bot.channels.telegram_limits import COMMANDS
from bot.dialogue.event import Event, Kind
from bot.dialogue.orders import ACTIONS
from tests.channels.conftest import NOW
from tests.channels.wild import bodies, ten_thousand_bodies, with_any_json_in_one_place
from tests.standins import telegram_events as tg
from tests.standins.telegram_events import BOT_ID, STARTED_AT, delivery

AT = datetime.fromtimestamp(STARTED_AT, UTC)


def reader() -> Reader:
    return Reader(account=BOT_ID, clock=lambda: NOW)


def read(*updates: Any) -> list[Event]:
    return list(reader().read(delivery(updates[0] if len(updates) == 1 else list(updates))))


def event(id: str, kind: Kind, *, at: datetime = AT, **more: Any) -> Event:
    return Event(id=id, channel="telegram", account=BOT_ID, contact="555", at=at, kind=kind, **more)


class TestTheWord:
    def test_whoever_knows_it_is_telegram(self, bot: TelegramAdapter) -> None:
        bot.verify({tg.HEADER: tg.SECRET}, b"{}")
        bot.verify({tg.HEADER.lower(): tg.SECRET}, b"{}")

    @pytest.mark.parametrize("given", [None, "", "x", tg.SECRET[:-1], tg.SECRET + "x", tg.SECRET.upper(), "ạ" * 17])
    def test_nobody_else_is(self, bot: TelegramAdapter, given: str | None) -> None:
        with pytest.raises(BadSignature):
            bot.verify({tg.HEADER: given} if given is not None else {}, b"{}")


class TestWords:
    def test_text(self) -> None:
        assert read(tg.text(555, "lam khai sinh o dau")) == [event("900", Kind.TEXT, text="lam khai sinh o dau")]

    def test_ids_beyond_32_bits_are_kept_whole(self) -> None:
        assert [one.contact for one in read(tg.text(2**52 - 1, "x"))] == ["4503599627370495"]

    def test_a_photo_is_told_by_its_kind_and_its_words(self) -> None:
        assert read(tg.message(555, photo=tg.PHOTO)) == [event("900", Kind.MEDIA, media=("image",))]
        assert read(tg.message(555, photo=tg.PHOTO, caption="giấy này phải không")) == [event("900", Kind.TEXT, text="giấy này phải không", media=("image",))]

    @pytest.mark.parametrize(
        ("inside", "kind"),
        [
            ({"voice": tg.VOICE}, "audio"),
            ({"audio": tg.VOICE}, "audio"),
            ({"video": {"file_id": "v", "file_unique_id": "v", "width": 1, "height": 1, "duration": 1}}, "video"),
            ({"video_note": {"file_id": "v", "file_unique_id": "v", "length": 1, "duration": 1}}, "video"),
            ({"document": {"file_id": "d", "file_unique_id": "d"}}, "file"),
            ({"contact": {"phone_number": "84900000001", "first_name": "A"}}, "contact"),
            ({"dice": {"value": 3, "emoji": "🎲"}}, "sticker"),
            (
                {
                    "animation": {"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1, "duration": 1},
                    "document": {"file_id": "a", "file_unique_id": "a"},
                },
                "image",
            ),
        ],
    )
    def test_everything_else_that_is_sent_is_told_by_its_kind_only(self, inside: dict[str, Any], kind: str) -> None:
        assert read(tg.message(555, **inside)) == [event("900", Kind.MEDIA, media=(kind,))]

    def test_a_thumb_is_a_yes_and_another_sticker_is_none(self) -> None:
        sticker = {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        assert read(tg.message(555, sticker=sticker | {"emoji": "👍"})) == [event("900", Kind.TEXT, text="👍")]
        assert read(tg.message(555, sticker=sticker | {"emoji": "😀"})) == [event("900", Kind.MEDIA, media=("sticker",))]

    def test_a_location_and_a_venue(self) -> None:
        place = {"latitude": 22.39, "longitude": 103.45}
        venue = {"location": place, "title": "UBND xã", "address": "Bum Nưa"}
        for inside in ({"location": place}, {"venue": venue, "location": place}):
            assert read(tg.message(555, **inside)) == [event("900", Kind.LOCATION, media=("location",))]

    def test_half_an_emoji_and_nul_do_no_harm(self) -> None:
        body = delivery(tg.text(555, "được XX")).replace(b"XX", rb"\ud83d\u0000!")
        assert [one.text for one in reader().read(body)] == ["được \ufffd!"]


class TestCommands:
    @pytest.mark.parametrize(
        ("words", "payload"),
        [
            ("/start", ""),
            ("/start vneid_scan_tt7k", "vneid_scan_tt7k"),
            ("/start@laichau_bot f-vneid_qr07", "f-vneid_qr07"),
            ("/START  vneid", "vneid"),
            ("/start " + "a" * 64, "a" * 64),
            ("/start " + "a" * 65, ""),
            ("/start hai tu", ""),
            ("/start ạ", ""),
        ],
    )
    def test_start_opens_the_talk_and_carries_the_links_payload(self, words: str, payload: str) -> None:
        assert read(tg.text(555, words)) == [event("900", Kind.OPENED, payload=payload)]

    @pytest.mark.parametrize(("name", "command"), [(name, command) for name, command, _ in COMMANDS])
    def test_the_menus_commands_are_the_bots_own(self, name: str, command: str) -> None:
        assert command in ACTIONS
        for words in (f"/{name}", f"/{name}@laichau_bot", f"/{name.upper()}"):
            (one,) = read(tg.text(555, words))
            assert (one.kind, one.payload) == (Kind.TAP, f"/{command}")

    @pytest.mark.parametrize(("words", "text"), [("/khaisinh", "/khaisinh"), ("/khaisinh@laichau_bot tt7k", "/khaisinh tt7k"), ("/", "/"), ("/ạ ơi", "/ạ ơi")])
    def test_other_commands_are_words(self, words: str, text: str) -> None:
        assert read(tg.text(555, words)) == [event("900", Kind.TEXT, text=text)]


class TestTaps:
    def test_a_tap_carries_payload_label_and_the_query_to_acknowledge(self) -> None:
        (one,) = read(tg.tap(555, "vneid/scan/done", query="4711"))
        assert one == event("901/4711", Kind.TAP, at=NOW, text="Xong rồi", payload="vneid/scan/done")
        assert query_of(one) == "4711"
        assert [query_of(other) for other in read(tg.text(555, "x"))] == [""]

    def test_a_tap_on_a_message_too_old_to_be_shown(self) -> None:
        update = tg.tap(555, "vneid/scan/done")
        update["callback_query"]["message"] = {"chat": {"id": 555, "type": "private"}, "message_id": 7, "date": 0}
        assert read(update) == [event("901/99", Kind.TAP, at=NOW, payload="vneid/scan/done")]
        del update["callback_query"]["message"]
        assert read(update) == [event("901/99", Kind.TAP, at=NOW, payload="vneid/scan/done")]

    def test_a_long_payloads_key_is_handed_on_with_the_label(self) -> None:
        """What it stands for is told by whoever has the database."""
        (one,) = read(tg.tap(555, key_of("a" * 65), label="Sinh ở nhà"))
        assert (one.kind, one.text, one.payload) == (Kind.TAP, "Sinh ở nhà", key_of("a" * 65))

    @pytest.mark.parametrize("data", ["~", "~0f" + "3" * 30, "~../../etc/passwd", key_of("a") + "b"])
    def test_of_a_key_in_another_form_the_label_chooses(self, data: str) -> None:
        """Buttons that an earlier version sent."""
        (one,) = read(tg.tap(555, data, label="Sinh ở nhà"))
        assert (one.kind, one.text, one.payload) == (Kind.TEXT, "Sinh ở nhà", "")


class TestWhatLeadsToNothing:
    @pytest.mark.parametrize(
        "update",
        [
            {"update_id": 1, "edited_message": tg.text(555, "sua lai")["message"]},
            {"update_id": 1, "channel_post": tg.text(555, "x")["message"]},
            {"update_id": 1, "something_new": {"x": 1}},
            {"update_id": 1},
            {"x": 1},
            tg.text(555, "x", chat="group"),
            tg.text(555, "x", chat="supergroup"),
            tg.tap(555, "x", chat="group"),
            tg.text(555, "x", **{"from": {"id": 555, "is_bot": True, "first_name": "B"}}),
            tg.message(555, delete_chat_photo=True),
            tg.member(555, "member"),
            {"update_id": 1, "message": {"message_id": 1}},
            {"update_id": 1, "message": "x"},
            {"update_id": None, "message": tg.text(555, "x")["message"]},
        ],
    )
    def test_edits_groups_bots_and_the_unknown(self, update: dict[str, Any]) -> None:
        assert read(update) == []

    def test_who_blocks_the_bot_has_left(self) -> None:
        assert read(tg.member(555, "kicked")) == [event("905", Kind.LEFT)]

    @pytest.mark.parametrize("body", [b"", b"null", b"7", b'"x"', b"{", b"\xff", b"[" * 100_000])
    def test_what_is_no_update(self, body: bytes) -> None:
        with pytest.raises(NotUnderstood) as caught:
            reader().read(body)
        assert caught.value.status == 400


SHAPES = [
    tg.text(555, "được 👍"),
    tg.text(555, "/start vneid"),
    tg.tap(555, "vneid/scan/done"),
    tg.message(555, photo=tg.PHOTO, caption="x"),
    tg.message(555, voice=tg.VOICE),
    tg.message(555, location={"latitude": 22.39, "longitude": 103.45}),
    tg.member(555, "kicked"),
    {"update_id": 1, "edited_message": tg.text(555, "x")["message"]},
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
        assert len(one.id) <= 600
        assert "\0" not in one.text + one.payload + one.id + one.contact
        assert one.at.tzinfo is not None
        (one.text + one.payload + one.id + one.contact + one.source + "".join(one.media)).encode()


def test_ten_thousand_mutated_bodies_end_in_events_or_are_not_understood() -> None:
    for body in ten_thousand_bodies(*SHAPES, junk=[{"id": 555}]):
        understood_or_not(body)


@settings(max_examples=150, deadline=None)
@given(with_any_json_in_one_place(SHAPES))
def test_any_json_in_any_place(item: dict[str, Any]) -> None:
    understood_or_not(delivery(item))


@settings(max_examples=150, deadline=None)
@given(bodies)
def test_any_bytes_at_all(body: bytes) -> None:
    understood_or_not(body)
