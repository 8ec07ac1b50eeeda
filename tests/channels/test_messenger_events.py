"""Every shape that Messenger sends, and many that it should not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings

from bot.channels.base import BadSignature, NotUnderstood
from bot.channels.messenger import MessengerAdapter
from bot.channels.messenger_events import Reader
from bot.dialogue.event import Event, Kind
from bot.dialogue.reply import Reply
from tests.channels.conftest import NOW
from tests.channels.wild import bodies, ten_thousand_bodies, with_any_json_in_one_place
from tests.standins import messenger_events as meta
from tests.standins.messenger_events import INBOX, STARTED_AT, delivery

VECTOR = (
    rb'{"object":"page","entry":[{"id":"1001","time":1700000000000,"messaging":[{"sender":{"id":"2002"},"recipient":{"id":"1001"},'
    rb'"timestamp":1700000000000,"message":{"mid":"m_demo1","text":"Xin ch\u00e0o"}}]}]}'
)
VECTOR_SIGNATURE = "sha256=c5fbaa0b65ed6b72b7cd25e5e5a6fe4e4a51d1e7f04ee05365a18905f25f88e8"
AT = datetime.fromtimestamp(STARTED_AT / 1000, UTC)


def reader(**changes: Any) -> Reader:
    return Reader(**({"page_id": "1001", "app_id": "7777", "clock": lambda: NOW} | changes))


def read(*items: dict[str, Any], **how: Any) -> list[Event]:
    return list(reader().read(delivery(*items, **how)).events)


def event(id: str, kind: Kind, **more: Any) -> Event:
    return Event(id=id, channel="messenger", account="1001", contact="2002", at=AT, kind=kind, **more)


class TestSignature:
    def test_the_documented_vector(self, page: MessengerAdapter) -> None:
        page.verify({"X-Hub-Signature-256": VECTOR_SIGNATURE}, VECTOR)
        page.verify({"x-hub-signature-256": VECTOR_SIGNATURE}, VECTOR)
        assert [one.text for one in page.events(VECTOR)] == ["Xin chào"]

    @pytest.mark.parametrize(
        "given",
        [
            None,
            "",
            VECTOR_SIGNATURE[:-1],
            VECTOR_SIGNATURE + "0",
            "sha256=" + "0" * 64,
            VECTOR_SIGNATURE.upper(),
            "ạ" * 71,
            "sha1=" + VECTOR_SIGNATURE[7:] + "00",
        ],
    )
    def test_everything_else_is_refused(self, page: MessengerAdapter, given: str | None) -> None:
        with pytest.raises(BadSignature):
            page.verify({"X-Hub-Signature-256": given} if given is not None else {}, VECTOR)

    def test_other_bytes_of_the_same_json_are_refused(self, page: MessengerAdapter) -> None:
        with pytest.raises(BadSignature):
            page.verify({"X-Hub-Signature-256": VECTOR_SIGNATURE}, VECTOR.replace(rb"\u00e0", "à".encode()))


class TestChallenge:
    RIGHT: ClassVar = {"hub.mode": "subscribe", "hub.verify_token": meta.VERIFY_TOKEN, "hub.challenge": "1158201444"}

    def test_the_challenge_comes_back_as_it_is(self, page: MessengerAdapter) -> None:
        assert page.challenge(self.RIGHT) == "1158201444"

    @pytest.mark.parametrize("change", [{"hub.mode": "unsubscribe"}, {"hub.verify_token": "ạ"}, {"hub.verify_token": ""}, {"hub.challenge": ""}])
    def test_a_stranger_gets_nothing(self, page: MessengerAdapter, change: dict[str, str]) -> None:
        with pytest.raises(BadSignature):
            page.challenge(self.RIGHT | change)
        with pytest.raises(BadSignature):
            page.challenge({})


class TestWords:
    def test_text(self) -> None:
        assert read(meta.text("2002", "lam khai sinh cho con o dau")) == [event("m_A1", Kind.TEXT, text="lam khai sinh cho con o dau")]

    def test_a_quick_reply_is_told_by_its_payload(self) -> None:
        assert read(meta.tap("2002", "vneid/scan/done")) == [event("m_A2", Kind.TAP, text="Xong rồi", payload="vneid/scan/done")]

    def test_an_answer_to_a_message_is_text(self) -> None:
        assert read(meta.text("2002", "?", reply_to={"mid": "m_B7", "is_self_reply": False})) == [event("m_A1", Kind.TEXT, text="?")]

    def test_a_link_with_words_is_text(self) -> None:
        fallback = {"type": "fallback", "payload": {"url": "https://ex.vn", "title": "T"}}
        assert read(meta.attached("2002", fallback, text="link")) == [event("m_A4", Kind.TEXT, text="link", media=("link",))]
        assert read(meta.attached("2002", {"type": "fallback"})) == [event("m_A4", Kind.MEDIA, media=("link",))]

    @pytest.mark.parametrize("sticker", [369239263222822, "369239263222822"])
    def test_the_thumb_is_a_yes(self, sticker: object) -> None:
        """Until August 2026 it came as a sticker and as a picture at once."""
        both = [{"type": kind, "payload": {"url": "https://cdn.example/s.png", "sticker_id": sticker}} for kind in ("sticker", "image")]
        assert read(meta.attached("2002", *both)) == [event("m_A4", Kind.TEXT, text="👍")]
        assert read(meta.attached("2002", both[0])) == [event("m_A4", Kind.TEXT, text="👍")]

    def test_other_attachments_are_told_by_their_kinds_only(self) -> None:
        for kind in ("image", "audio", "video", "file", "reel"):
            assert read(meta.attached("2002", {"type": kind, "payload": {"url": "https://cdn.example/x"}})) == [event("m_A4", Kind.MEDIA, media=(kind,))]
        assert read(meta.attached("2002", {"type": "sticker", "payload": {"sticker_id": 1}})) == [event("m_A4", Kind.MEDIA, media=("sticker",))]

    def test_a_location(self) -> None:
        place = {"type": "location", "payload": {"coordinates": {"lat": 22.39, "long": 103.45}}}
        assert read(meta.attached("2002", place)) == [event("m_A4", Kind.LOCATION, media=("location",))]

    def test_a_deleted_message_is_nothing(self) -> None:
        assert read(meta.text("2002", "", is_deleted=True)) == []

    def test_half_an_emoji_and_nul_do_no_harm(self) -> None:
        body = delivery(meta.text("2002", "được XX")).replace(b"XX", rb"\ud83d\u0000!")
        assert [one.text for one in reader().read(body).events] == ["được �!"]


class TestWaysIn:
    def test_get_started(self) -> None:
        assert read(meta.postback("2002", "GET_STARTED")) == [event("m_P1", Kind.OPENED)]

    def test_a_link_of_someone_new_comes_with_get_started(self) -> None:
        item = meta.postback("2002", "GET_STARTED", referral=meta.link("vneid_scan_tt7k"))
        assert read(item) == [event("m_P1", Kind.OPENED, payload="vneid_scan_tt7k", source="SHORTLINK")]

    def test_a_link_of_someone_known_is_a_referral(self) -> None:
        (one,) = read(meta.referral("2002", "vneid"))
        assert (one.kind, one.payload, one.source) == (Kind.REFERRAL, "vneid", "SHORTLINK")

    def test_a_link_with_the_first_words_comes_before_them(self) -> None:
        assert read(meta.text("2002", "chào", referral={"ref": "vneid", "source": "ADS"})) == [
            event("m_A1:referral", Kind.REFERRAL, payload="vneid", source="ADS"),
            event("m_A1", Kind.TEXT, text="chào"),
        ]

    def test_a_plugin_is_a_referral_too(self) -> None:
        (one,) = read(meta.other("2002", optin={"ref": "khai-sinh"}))
        assert (one.kind, one.payload, one.source) == (Kind.REFERRAL, "khai-sinh", "OPTIN")
        assert read(meta.other("2002", optin={"type": "notification_messages", "payload": "p", "notification_messages_token": "tok", "title": "T"})) == []

    def test_a_tap_with_a_link_is_both(self) -> None:
        assert read(meta.postback("2002", "khai-sinh", title="Khai sinh", referral=meta.link("vneid"))) == [
            event("m_P1", Kind.OPENED, payload="vneid", source="SHORTLINK"),
            event("m_P1:tap", Kind.TAP, text="Khai sinh", payload="khai-sinh"),
        ]

    def test_a_menu_item_is_a_tap(self) -> None:
        assert read(meta.postback("2002", "/menu", title="Menu")) == [event("m_P1", Kind.TAP, text="Menu", payload="/menu")]


class TestOwners:
    @pytest.mark.parametrize(
        ("app_id", "metadata", "mid"),
        [(7777, "danloi:1", "m_OUT1"), ("7777", None, "m_OUT1"), (None, "danloi:1", "m_OUT1"), (None, None, "m_SENT"), (263902037430900, "danloi:1", "m_OUT1")],
    )
    def test_our_own_echo_is_nothing(self, app_id: Any, metadata: str | None, mid: str) -> None:
        body = delivery(meta.echo("2002", app_id=app_id, metadata=metadata, mid=mid))
        assert list(reader(sent={"m_SENT"}).read(body).events) == []

    @pytest.mark.parametrize("app_id", [263902037430900, "26390203743090", 8888, None])
    @pytest.mark.parametrize("metadata", [None, "", "kbot:1"])
    def test_any_other_echo_is_a_person(self, app_id: Any, metadata: str | None) -> None:
        assert read(meta.echo("2002", app_id=app_id, metadata=metadata, words="Cháu ra xã nhé")) == [
            event("m_OUT1", Kind.PERSON_REPLIED, text="Cháu ra xã nhé")
        ]

    async def test_what_this_process_sent_is_known_by_its_id(self, page: MessengerAdapter) -> None:
        mid = await page.send("2002", Reply(text="Chào bà con."), "41")
        assert list(page.events(delivery(meta.echo("2002", mid=mid, app_id=None, metadata=None)))) == []

    @pytest.mark.parametrize("how", ["pass", "take"])
    @pytest.mark.parametrize(("new_owner", "kind"), [("7777", Kind.GIVEN_BACK), (INBOX, Kind.PERSON_REPLIED), ("8888", Kind.PERSON_REPLIED)])
    def test_the_talk_changes_hands(self, how: str, new_owner: str, kind: Kind) -> None:
        found = read(meta.thread_control("2002", how, new_owner=new_owner, previous_owner="9999"))
        if how == "take" and kind is Kind.GIVEN_BACK:
            assert found == [], "we took it ourselves, perhaps to send a volunteer's words: nobody has given the talk to the bot"
            return
        (one,) = found
        assert (one.kind, one.contact, one.id[:5]) == (kind, "2002", f"{how}:")

    def test_our_own_handoff_is_no_answer_of_a_person(self) -> None:
        assert read(meta.thread_control("2002", "pass", new_owner=INBOX, previous_owner="7777")) == []

    def test_without_an_app_id_the_inbox_is_known(self) -> None:
        for owner, kind in ((INBOX, Kind.PERSON_REPLIED), ("7777", Kind.GIVEN_BACK)):
            (one,) = reader(app_id="").read(delivery(meta.thread_control("2002", "pass", new_owner=owner))).events
            assert one.kind is kind

    def test_standby_is_heard(self) -> None:
        assert read(meta.text("2002", "menu"), box="standby") == [event("m_A1", Kind.TEXT, text="menu")]
        assert read(meta.echo("2002", app_id=263902037430900, metadata=None), box="standby")[0].kind is Kind.PERSON_REPLIED
        assert read(meta.postback("2002", None, title="Xong rồi"), box="standby") == [event("m_P1", Kind.TEXT, text="Xong rồi")]


class TestWhatLeadsToNothing:
    @pytest.mark.parametrize(
        "what",
        [
            {"delivery": {"mids": ["m_OUT1"], "watermark": STARTED_AT}},
            {"delivery": {"watermark": STARTED_AT}},
            {"read": {"watermark": STARTED_AT}},
            {"message_edit": {"mid": "m_A1", "text": "sua lai", "num_edit": 1}},
            {"reaction": {"reaction": "love", "emoji": "❤️", "action": "react", "mid": "m_OUT1"}},
            {"request_thread_control": {"requested_owner_app_id": "8888", "metadata": "x"}},
            {"referral": {"source": "ADS", "ad_id": "6"}},
            {"account_linking": {"status": "linked"}},
            {"something_new": {"x": 1}},
        ],
    )
    def test_receipts_edits_reactions_and_the_unknown(self, what: dict[str, Any]) -> None:
        assert read(meta.other("2002", **what)) == []

    @pytest.mark.parametrize(
        "change",
        [
            {"sender": {"id": "1001"}},
            {"sender": {"user_ref": "u"}},
            {"sender": None},
            {"recipient": {"id": "1002"}},
            {"sender": {"id": ""}},
            {"sender": {"id": "2" * 300}},
        ],
    )
    def test_wrong_ids(self, change: dict[str, Any]) -> None:
        assert read(meta.text("2002", "x") | change) == []

    def test_another_page_is_left_out_and_told(self) -> None:
        found = reader().read(delivery(meta.text("2002", "x"), page_id="1002"))
        assert (list(found.events), [one.code for one in found.notices]) == ([], ["other-page"])

    @pytest.mark.parametrize(("action", "level"), [("block", "error"), ("warning", "warning"), ("unblock", "info")])
    def test_a_policy_measure_is_told_to_the_operator(self, page: MessengerAdapter, action: str, level: str) -> None:
        body = delivery({"recipient": {"id": "1001"}, "timestamp": 1, "policy_enforcement": {"action": action, "reason": "…"}})
        found = page.read(body)
        assert [(one.code, one.level) for one in found.notices] == [(f"policy-{action}", level)]
        assert list(page.events(body)) == []


class TestDeliveries:
    def test_several_people_and_entries_are_put_in_order_of_time(self) -> None:
        items = [
            meta.text("2003", "ba", mid="c", at=STARTED_AT + 3),
            meta.text("2002", "một", mid="a", at=STARTED_AT + 1),
            meta.text("2002", "hai", mid="b", at=STARTED_AT + 2),
        ]
        for apart in (True, False):
            assert [(one.contact, one.text) for one in read(*items, apart=apart)] == [("2002", "một"), ("2002", "hai"), ("2003", "ba")]

    def test_seconds_are_understood(self) -> None:
        assert read(meta.text("2002", "x", at=STARTED_AT // 1000))[0].at == AT

    @pytest.mark.parametrize("stamp", [None, 0, -5, 10**15, 1e99, "x", True, [], 1.5])
    def test_no_time_is_now(self, stamp: Any) -> None:
        assert read(meta.text("2002", "x") | {"timestamp": stamp})[0].at == NOW

    def test_events_without_an_id_get_the_same_one_each_time_they_come(self) -> None:
        items = [
            meta.postback("2002", "/menu", mid=None),
            meta.referral("2002", "vneid"),
            meta.thread_control("2002", "pass", new_owner="7777"),
            meta.thread_control("2002", "take", new_owner=INBOX),
            meta.postback("2002", "/person", mid=None),
            meta.referral("2002", "khai-sinh"),
            meta.postback("2002", "/menu", mid=None, at=STARTED_AT + 1),
            meta.postback("2003", "/menu", mid=None),
        ]
        first, again = read(*items), read(*items, apart=True)
        assert [one.id for one in first] == [one.id for one in again]
        assert len({one.id for one in first}) == len(items)

    def test_numbers_are_ids_too(self) -> None:
        item = meta.text("2002", "x") | {"sender": {"id": 2002}, "recipient": {"id": 1001}}
        assert read(item) == [event("m_A1", Kind.TEXT, text="x")]

    @pytest.mark.parametrize(
        ("body", "status"),
        [(b"", 400), (b"[]", 400), (b"null", 400), (b"{", 400), (b"\xff", 400), (b"{}", 404), (b'{"object":"instagram"}', 404), (b"[" * 100_000, 400)],
    )
    def test_what_is_not_a_delivery(self, body: bytes, status: int) -> None:
        with pytest.raises(NotUnderstood) as caught:
            reader().read(body)
        assert caught.value.status == status

    def test_an_empty_delivery_is_no_event(self) -> None:
        for body in (b'{"object":"page"}', b'{"object":"page","entry":[]}', b'{"object":"page","entry":[null,{"id":"1001","messaging":{}}]}'):
            assert list(reader().read(body).events) == []


SHAPES = [
    meta.text("2002", "được 👍"),
    meta.tap("2002", "vneid/scan/done"),
    meta.attached("2002", {"type": "image", "payload": {"sticker_id": 369239263222822}}),
    meta.postback("2002", "GET_STARTED", referral=meta.link("vneid")),
    meta.referral("2002", "vneid"),
    meta.text("2002", "chào", referral=meta.link("vneid")),
    meta.other("2002", optin={"ref": "vneid"}),
    meta.echo("2002", app_id=8888, metadata=None),
    meta.thread_control("2002", "pass", new_owner="7777"),
    meta.other("2002", policy_enforcement={"action": "block"}),
]


def understood_or_not(body: bytes) -> None:
    """The only two ways in which a delivery may end."""
    try:
        events = reader().read(body).events
    except NotUnderstood:
        return
    for one in events:
        assert one.id
        assert one.contact
        assert len(one.id) <= 300
        assert "\0" not in one.text + one.payload + one.id + one.contact
        (one.text + one.payload + one.id + one.contact + one.source + "".join(one.media)).encode()


def test_ten_thousand_mutated_bodies_end_in_events_or_are_not_understood() -> None:
    for body in ten_thousand_bodies(json.loads(delivery(*SHAPES, apart=True)), junk=[{"id": "2002"}]):
        understood_or_not(body)


@settings(max_examples=150, deadline=None)
@given(with_any_json_in_one_place(SHAPES))
def test_any_json_in_any_place(item: dict[str, Any]) -> None:
    understood_or_not(delivery(item))


@settings(max_examples=150, deadline=None)
@given(bodies)
def test_any_bytes_at_all(body: bytes) -> None:
    understood_or_not(body)
