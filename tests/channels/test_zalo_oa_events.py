"""Every shape that Zalo sends to an Official Account's webhook, and many that it should not."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings

from bot.channels.base import BadSignature, NotUnderstood
from bot.channels.zalo_oa import ZaloOaAdapter, unread
from bot.channels.zalo_oa_events import Reader
from bot.channels.zalo_oa_tokens import MemoryTokenStore, Tokens
from bot.dialogue.event import Event, Kind
from bot.dialogue.reply import Reply
from tests.channels.conftest import NOW, zalo_oa_settings
from tests.channels.wild import bodies, ten_thousand_bodies, with_any_json_in_one_place
from tests.standins import zalo_oa_events as z
from tests.standins.zalo_oa_events import OA_ID, STARTED_AT, delivery, signed

AT = datetime.fromtimestamp(STARTED_AT / 1000, UTC)
USER = "2468000000000000001"
# The digest was computed with sha256sum, not with our code.
VECTOR = b'{"app_id":"1234500000000000001","event_name":"user_send_text","message":{"text":"xin ch\\u00e0o"},"timestamp":"1757000000000"}'
VECTOR_MAC = "bccff52bf6d22b8a7597ed618dfffb1689d034bff90fcec8b648e41e4cf954c1"


def reader(**changes: Any) -> Reader:
    return Reader(**({"oa_id": OA_ID, "clock": lambda: NOW} | changes))


def read(item: z.Item, **changes: Any) -> list[Event]:
    return list(reader(**changes).read(delivery(item)).events)


def event(id: str, kind: Kind, **more: Any) -> Event:
    return Event(**({"id": id, "channel": "zalo-oa", "account": OA_ID, "contact": USER, "at": AT, "kind": kind} | more))


def only(events: list[Event]) -> Event:
    (one,) = events
    return one


class TestSignature:
    BODY = delivery(z.text(USER, "xin chào"))

    def test_a_vector_made_elsewhere(self, oa: ZaloOaAdapter) -> None:
        oa.verify({"X-ZEvent-Signature": f"mac={VECTOR_MAC}"}, VECTOR)

    @pytest.mark.parametrize("form", ["mac={}", "mac = {}", "{}", "  mac={}  "])
    def test_every_spelling_that_is_seen(self, oa: ZaloOaAdapter, form: str) -> None:
        headers = signed(self.BODY, form=form)
        oa.verify(headers, self.BODY)
        oa.verify({"x-zevent-signature": headers["X-ZEvent-Signature"].replace("mac", "MAC").upper()}, self.BODY)

    @pytest.mark.parametrize("given", ["", "mac=", "mac=" + "0" * 64, "mac=" + "0" * 63, "ZNS", "ạ" * 64, "sha256=" + "0" * 64])
    def test_everything_else_is_refused(self, oa: ZaloOaAdapter, given: str) -> None:
        with pytest.raises(BadSignature):
            oa.verify({"X-ZEvent-Signature": given}, self.BODY)
        with pytest.raises(BadSignature):
            oa.verify({}, self.BODY)

    def test_what_is_about_zns_is_to_be_left_unread(self) -> None:
        assert unread({"x-zevent-signature": "ZNS"})
        assert not any(unread(headers) for headers in ({}, signed(self.BODY), {"X-ZEvent-Signature": "mac=ZNS"}))

    def test_the_bytes_count_and_not_their_meaning(self, oa: ZaloOaAdapter) -> None:
        other = json.dumps(json.loads(self.BODY)).encode()
        assert json.loads(other) == json.loads(self.BODY)
        with pytest.raises(BadSignature):
            oa.verify(signed(self.BODY), other)

    @pytest.mark.parametrize("ours", ["plain", "hmac", "app-secret", "oa-id"])
    def test_forms_that_few_programs_have_are_a_setting(self, session: aiohttp.ClientSession, ours: str) -> None:
        """Only the form of the settings is accepted; where another one fits, the error names the setting."""
        settings = zalo_oa_settings(signature=ours)
        tokens = Tokens(settings, session, MemoryTokenStore(), timeout_seconds=2.0, clock=lambda: NOW)
        oa = ZaloOaAdapter(settings, session, tokens, base_url="https://danloi.example", timeout_seconds=2.0)
        moment = json.loads(self.BODY)["timestamp"].encode()
        macs = {
            "plain": sha256(z.APP_ID.encode() + self.BODY + moment + z.OA_SECRET.encode()),
            "hmac": hmac.new(z.OA_SECRET.encode(), self.BODY, sha256),
            "app-secret": sha256(z.APP_ID.encode() + self.BODY + moment + z.APP_SECRET.encode()),
            "oa-id": sha256(OA_ID.encode() + self.BODY + moment + z.OA_SECRET.encode()),
        }
        for form, mac in macs.items():
            headers = {"X-ZEvent-Signature": f"mac={mac.hexdigest()}"}
            if form == ours:
                oa.verify(headers, self.BODY)
            else:
                with pytest.raises(BadSignature, match=f"DANLOI_ZALO_OA__SIGNATURE={form}$"):
                    oa.verify(headers, self.BODY)

    def test_the_app_secret_is_another_one(self, oa: ZaloOaAdapter) -> None:
        with pytest.raises(BadSignature):
            oa.verify(signed(self.BODY, z.APP_SECRET), self.BODY)

    @pytest.mark.parametrize("app_id", ["999", None, 5, ["1234500000000000001"]])
    def test_the_app_must_be_ours(self, oa: ZaloOaAdapter, app_id: object) -> None:
        body = delivery(z.text(USER, "x") | {"app_id": app_id})
        with pytest.raises(BadSignature):
            oa.verify(signed(body), body)

    @pytest.mark.parametrize("stamp", [1_757_000_000_000, "1757000000000", "", "x"])
    def test_the_timestamp_is_taken_as_it_stands(self, oa: ZaloOaAdapter, stamp: object) -> None:
        """And may be hours old: repeats carry the first one."""
        body = delivery(z.text(USER, "x") | {"timestamp": stamp})
        oa.verify(signed(body), body)

    @pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"{}", b"[" * 100_000])
    def test_what_holds_no_app_cannot_be_signed(self, oa: ZaloOaAdapter, body: bytes) -> None:
        with pytest.raises(BadSignature):
            oa.verify(signed(body), body)


class TestWords:
    def test_text(self) -> None:
        assert read(z.text(USER, "lam khai sinh cho con o dau")) == [event("96d3cdf3af1504609091", Kind.TEXT, text="lam khai sinh cho con o dau")]
        assert read(z.text(USER, "?", quote_msg_id="96d3cdf3af1504600000")) == [event("96d3cdf3af1504609091", Kind.TEXT, text="?")]

    @pytest.mark.parametrize("payload", ["vneid/scan/done", "/menu", "khai-sinh", "không phải của ta"])
    def test_a_tapped_button_is_text_with_our_prefix(self, payload: str) -> None:
        """It cannot be told from typed text, so what it holds is for the engine to doubt."""
        assert read(z.tap(USER, f"#dl:{payload}")) == [event("t1", Kind.TAP, payload=payload)]

    @pytest.mark.parametrize("words", ["#VNEID", "#vneid TT7K", "#dl", "#dl:", "#dl: ", "dl:vneid", "1"])
    def test_what_only_looks_like_one_is_text(self, words: str) -> None:
        assert read(z.tap(USER, words)) == [event("t1", Kind.TEXT, text=words)]

    @pytest.mark.parametrize(
        ("name", "type", "kind"),
        [
            ("user_send_image", "image", "image"),
            ("user_send_image", "photo", "image"),
            ("user_send_gif", "gif", "image"),
            ("user_send_audio", "audio", "audio"),
            ("user_send_video", "video", "video"),
            ("user_send_sticker", "sticker", "sticker"),
            ("user_send_file", "file", "file"),
            ("user_send_link", "link", "link"),
            ("user_send_business_card", "link", "contact"),
        ],
    )
    def test_attachments_are_told_by_their_kinds_only(self, name: str, type: str, kind: str) -> None:
        one = {"type": type, "payload": {"url": "https://f6.photo.example.zdn.vn/1.jpg", "description": '{"phone":"84900000001"}', "size": "12"}}
        for words in (None, ""):
            assert read(z.attached(USER, name, one, words=words)) == [event("a1b2c3d4e5f607182930", Kind.MEDIA, media=(kind,))]
        assert read(z.attached(USER, name, one, words="đây")) == [event("a1b2c3d4e5f607182930", Kind.TEXT, text="đây", media=(kind,))]

    def test_several_pictures_are_one_kind(self) -> None:
        assert only(read(z.attached(USER, "user_send_image", *[{"type": "image"}] * 3))).media == ("image",)

    def test_an_event_without_its_attachment_is_told_by_its_name(self) -> None:
        assert only(read(z.said(USER, "user_send_sticker", msg_id="s1"))) == event("s1", Kind.MEDIA, media=("sticker",))

    @pytest.mark.parametrize("coordinates", [{"latitude": "22.39", "longitude": "103.45"}, {"latitude": 22.39, "longitude": 103.45}])
    def test_a_location(self, coordinates: dict[str, Any]) -> None:
        place = {"type": "location", "payload": {"coordinates": coordinates}}
        assert read(z.attached(USER, "user_send_location", place, words="")) == [event("a1b2c3d4e5f607182930", Kind.LOCATION, media=("location",))]

    def test_half_an_emoji_and_nul_do_no_harm(self) -> None:
        body = delivery(z.text(USER, "được XX")).replace(b"XX", rb"\ud83d\u0000!")
        assert [one.text for one in reader().read(body).events] == ["được �!"]

    def test_a_visitor_without_a_login_has_a_talk_of_its_own(self) -> None:
        one = only(read(z.anonymous("55", "chào", talk="c1")))
        assert (one.contact, one.kind, one.text, one.id) == ("anonymous:55:c1", Kind.TEXT, "chào", "n1")
        assert only(read(z.anonymous("55", "", event_name="anonymous_send_image"))).media == ("image",)


class TestWaysInAndOut:
    def test_following_opens_the_talk(self) -> None:
        one = only(read(z.follow(USER)))
        assert (one.kind, one.contact, one.source, one.payload) == (Kind.OPENED, USER, "oa_profile", "")

    def test_the_write_button_opens_the_talk(self) -> None:
        one = only(read(z.chatnow(USER)))
        assert (one.kind, one.contact, one.source) == (Kind.OPENED, USER, "user_click_chatnow")

    @pytest.mark.parametrize(
        ("url", "payload"),
        [
            ("https://danloi.example/go/vneid_scan_tt7k", "vneid_scan_tt7k"),
            ("https://xa.example/trang?ref=khai-sinh&utm=1", "khai-sinh"),
            ("https://xa.example/", ""),
            ("https://danloi.example/go/a/b", ""),
            ("https://[xa", ""),
            ("", ""),
        ],
    )
    def test_the_widget_of_a_website_is_the_one_true_referral(self, url: str, payload: str) -> None:
        one = only(read(z.widget(USER, url)))
        assert (one.kind, one.payload, one.contact, one.source) == (Kind.REFERRAL if payload else Kind.OPENED, payload, USER, "widget")

    def test_unfollowing_is_leaving(self) -> None:
        assert only(read(z.follow(USER, "unfollow"))).kind is Kind.LEFT

    def test_withdrawn_consent_erases(self) -> None:
        one = only(read(z.withdraw(USER)))
        assert (one.kind, one.contact) == (Kind.ERASE, USER)


class TestWhoSpeaks:
    def test_a_member_of_staff(self) -> None:
        assert read(z.echo(USER, "Chị ra xã nhé")) == [event("b0c1d2e3f4051627", Kind.PERSON_REPLIED, text="Chị ra xã nhé")]

    @pytest.mark.parametrize("name", ["image", "gif", "list", "file", "sticker", "template", "msg", "video", "link", "carousel"])
    def test_whatever_they_sent(self, name: str) -> None:
        assert only(read(z.echo(USER, "", event_name=f"oa_send_{name}"))).kind is Kind.PERSON_REPLIED

    def test_our_own_message_is_nothing(self) -> None:
        assert read(z.echo(USER, admin_id=None), sent={"b0c1d2e3f4051627"}) == []
        assert read(z.echo(USER), sent={"b0c1d2e3f4051627"}) == []

    async def test_what_this_process_sent_is_known_by_its_id(self, oa: ZaloOaAdapter) -> None:
        id = await oa.send(USER, Reply(text="Chào bà con."), "41")
        assert list(oa.events(delivery(z.echo(USER, msg_id=id)))) == []

    def test_a_stranger_silences_the_bot_only_where_that_is_wanted(self) -> None:
        assert read(z.echo(USER, admin_id=None)) == []
        assert only(read(z.echo(USER, admin_id=None), strangers_pause=True)).kind is Kind.PERSON_REPLIED

    def test_an_action_or_a_reaction_says_nothing(self) -> None:
        assert read(z.echo(USER, event_name="oa_send_action", msg_id=None)) == []
        assert read(z.echo(USER, event_name="oa_reacted_message")) == []

    def test_a_tag_can_hand_the_talk_over_and_back(self) -> None:
        for how, kind in (("add_user_to_tag", Kind.PERSON_REPLIED), ("remove_user_from_tag", Kind.GIVEN_BACK)):
            events = read(z.tag(how, "Cán bộ đang trả lời", USER, "2"), pause_tag="Cán bộ đang trả lời")
            assert [(one.kind, one.contact) for one in events] == [(kind, USER), (kind, "2")]
            assert len({one.id for one in events}) == 2
        assert read(z.tag("add_user_to_tag", "Khách quen", USER), pause_tag="Cán bộ đang trả lời") == []
        assert read(z.tag("add_user_to_tag", "", USER)) == []


class TestIds:
    """The id that is our OA's is the OA, the other one is the person, whatever the roles are called."""

    def test_swapped_roles(self) -> None:
        item = z.text(USER, "chào")
        item["sender"], item["recipient"] = item["recipient"], item["sender"]
        assert only(read(item)).contact == USER
        back = z.echo(USER)
        back["sender"], back["recipient"] = back["recipient"], back["sender"]
        assert only(read(back, strangers_pause=True)).contact == USER

    def test_numbers_are_ids_too(self) -> None:
        item = z.text(USER, "x") | {"sender": {"id": int(USER)}, "recipient": {"id": int(OA_ID)}}
        assert read(item) == [event("96d3cdf3af1504609091", Kind.TEXT, text="x")]

    @pytest.mark.parametrize(
        "item",
        [
            z.text(USER, "x") | {"recipient": {"id": "1"}},
            z.follow(USER) | {"oa_id": "1"},
            z.chatnow(USER) | {"oa_id": "1"},
            z.tag("add_user_to_tag", "t", USER) | {"oa_id": "1"},
            {"event_name": "user_received_message", "sender": "84900000001", "recipient": "1", "timestamp": "1"},
        ],
    )
    def test_another_oa_is_left_out_and_told(self, item: z.Item) -> None:
        found = reader(pause_tag="t").read(delivery(item))
        assert (list(found.events), [one.code for one in found.notices]) == ([], ["other-oa"])

    @pytest.mark.parametrize(
        "change",
        [{"sender": {"id": OA_ID}}, {"sender": {"id": ""}}, {"sender": None}, {"sender": {"id": "2" * 300}}, {"sender": {"id": []}}, {"sender": [USER]}],
    )
    def test_nobody_to_speak_of(self, change: dict[str, Any]) -> None:
        assert read(z.text(USER, "x") | change) == []


class TestWhatLeadsToNothing:
    @pytest.mark.parametrize(
        "item",
        [
            z.received(USER),
            z.received(USER, swapped=True),
            z.seen(USER),
            z.seen(USER, swapped=True),
            z.said(USER, "user_reacted_message", msg_id="m1", react_icon="/-heart"),
            z.said(USER, "user_click_button", msg_id="m1"),
            z.said(USER, "brand_new_event", msg_id="m1"),
            z.said(USER, "user_send_text", msg_id="m1", text=" "),
            z.text(USER, "x") | {"event_name": None},
            {},
            {"event_name": "follow"},
            {"event_name": "user_send_text", "message": {"text": "x"}},
        ],
    )
    def test_receipts_reactions_and_the_unknown(self, item: z.Item) -> None:
        assert read(item) == []

    def test_a_persons_data_is_not_even_read(self) -> None:
        """We never ask for it; who does is somebody in OA Manager."""
        item = z.submit_info(USER, name="Lò Văn A", phone=84900000001, user_dob="01/01/1990", gender="", full_address="")
        assert read(item) == []


class TestTime:
    @pytest.mark.parametrize("stamp", [STARTED_AT, str(STARTED_AT), STARTED_AT // 1000, str(STARTED_AT // 1000)])
    def test_milliseconds_and_seconds_as_text_and_as_number(self, stamp: object) -> None:
        assert only(read(z.text(USER, "x") | {"timestamp": stamp})).at == AT

    @pytest.mark.parametrize("stamp", [None, 0, -5, 10**15, 1e99, "x", True, [], "9" * 30])
    def test_no_time_is_now(self, stamp: Any) -> None:
        assert only(read(z.text(USER, "x") | {"timestamp": stamp})).at == NOW

    def test_events_without_an_id_get_the_same_one_each_time_they_come(self) -> None:
        items = [
            z.follow(USER),
            z.follow(USER, "unfollow"),
            z.follow("2"),
            z.follow(USER, at=STARTED_AT + 1),
            z.chatnow(USER),
            z.withdraw(USER),
            z.widget(USER, "https://a.vn/go/vneid"),
            z.widget(USER, "https://a.vn/go/khai-sinh"),
            z.said(USER, "user_send_text", text="một"),
            z.said(USER, "user_send_text", text="hai"),
        ]
        first, again = [only(read(item)).id for item in items], [only(read(item)).id for item in items]
        assert first == again
        assert len(set(first)) == len(items)

    @pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'"x"', b"[" * 100_000])
    def test_what_is_not_a_delivery(self, body: bytes) -> None:
        with pytest.raises(NotUnderstood) as caught:
            reader().read(body)
        assert caught.value.status == 400


async def test_another_oas_events_are_told_to_the_operator_once_each(oa: ZaloOaAdapter) -> None:
    assert [one.code for one in oa.read(delivery(z.follow(USER) | {"oa_id": "1"})).notices] == ["other-oa"]
    assert list(oa.events(delivery(z.follow(USER) | {"oa_id": "1"}))) == []


async def test_settings_reach_the_reader(session: aiohttp.ClientSession) -> None:
    settings = zalo_oa_settings(pause_tag="t", strangers_pause=True)
    oa = ZaloOaAdapter(settings, session, Tokens(settings, session, MemoryTokenStore()), sent={"of-another-process"})
    assert len(oa.events(delivery(z.tag("add_user_to_tag", "t", USER)))) == 1
    assert len(oa.events(delivery(z.echo(USER, admin_id=None)))) == 1
    assert list(oa.events(delivery(z.echo(USER, admin_id=None, msg_id="of-another-process")))) == []


SHAPES = [
    z.text(USER, "được 👍", quote_msg_id="1"),
    z.tap(USER, "#dl:vneid/scan/done"),
    z.attached(USER, "user_send_image", {"type": "image", "payload": {"url": "https://a.vn/1.jpg"}}, words="đây"),
    z.attached(USER, "user_send_location", {"type": "location", "payload": {"coordinates": {"latitude": "22", "longitude": 103}}}),
    z.attached(USER, "user_send_business_card", {"type": "link", "payload": {"description": "{}"}}),
    z.echo(USER),
    z.echo(USER, admin_id=None),
    z.follow(USER),
    z.follow(USER, "unfollow"),
    z.chatnow(USER),
    z.submit_info(USER, name="Lò Văn A", phone=84900000001),
    z.received(USER),
    z.seen(USER, swapped=True),
    z.withdraw(USER),
    z.widget(USER, "https://danloi.example/go/vneid?ref=khai-sinh"),
    z.tag("add_user_to_tag", "t", USER, "2"),
    z.anonymous("55", "chào"),
]


def understood_or_not(body: bytes) -> None:
    """The only two ways in which a delivery may end."""
    try:
        events = reader(pause_tag="t", strangers_pause=True).read(body).events
    except NotUnderstood:
        return
    for one in events:
        assert one.id
        assert one.contact
        assert len(one.id) <= 300
        assert len(one.contact) <= 255
        assert "\0" not in one.text + one.payload + one.id + one.contact + one.source
        (one.text + one.payload + one.id + one.contact + one.source + "".join(one.media)).encode()


async def test_ten_thousand_mutated_bodies_end_in_events_or_are_not_understood(oa: ZaloOaAdapter) -> None:
    """Neither does the signature's check break on any of them."""
    for body in ten_thousand_bodies(*SHAPES, junk=[OA_ID, USER, {"id": USER}]):
        understood_or_not(body)
        with pytest.raises(BadSignature):
            oa.verify({"X-ZEvent-Signature": "mac=" + "0" * 64}, body)


@settings(max_examples=150, deadline=None)
@given(with_any_json_in_one_place(SHAPES))
def test_any_json_in_any_place(item: dict[str, Any]) -> None:
    understood_or_not(json.dumps(item).encode())


@settings(max_examples=150, deadline=None)
@given(bodies)
def test_any_bytes_at_all(body: bytes) -> None:
    understood_or_not(body)
