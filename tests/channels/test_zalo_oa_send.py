"""What the OpenAPI gets from us, byte for byte, and what its answers lead to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.channels.base import Failure, SendFailed
from bot.channels.fit import fit, fit_turn
from bot.channels.zalo_oa import CAPABILITIES, ZaloOaAdapter
from bot.channels.zalo_oa_tokens import MemoryTokenStore, Tokens
from bot.dialogue.reply import Attachment, LinkButton, Option, Reply
from tests.channels.conftest import zalo_oa_settings
from tests.channels.test_fit import replies
from tests.standins.zalo_oa import SEND, ZaloOa, answer, drop, error, hang

HELLO = Reply(text="Chào bà con.")
STEP = Reply(text="Áp thẻ.", options=(Option(label="Xong rồi", tap="vneid/scan/done"), Option(label="Chưa được", tap="vneid/scan/stuck")))
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
JPG = b"\xff\xd8\xff\xe0" + b"\0" * 100


def an_oa(
    zalo: ZaloOa, session: aiohttp.ClientSession, *, base_url: str = "https://danloi.example", timeout_seconds: float = 2.0, **changes: Any
) -> ZaloOaAdapter:
    its = zalo_oa_settings(zalo, **changes)
    tokens = Tokens(its, session, MemoryTokenStore(), timeout_seconds=timeout_seconds)
    return ZaloOaAdapter(its, session, tokens, base_url=base_url, timeout_seconds=timeout_seconds)


async def failure(oa: ZaloOaAdapter, reply: Reply = HELLO) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await oa.send("2468", reply, "41")
    return caught.value


class TestBytes:
    async def test_text_goes_with_the_token_in_a_header_of_its_own(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        assert await oa.send("2468", HELLO, "41") == "out1"
        (sent,) = zalo.sends
        assert (sent.method, sent.path, sent.query) == ("POST", "/v3.0/oa/message/cs", {})
        assert (sent.headers["access_token"], sent.headers["Content-Type"]) == ("AT0", "application/json")
        assert "Authorization" not in sent.headers
        assert sent.body == '{"recipient":{"user_id":"2468"},"message":{"text":"Chào bà con."}}'.encode()

    async def test_options_and_links_are_buttons_of_a_template_without_a_type(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        links = (LinkButton(label="Mở Cổng", url="https://dichvucong.gov.vn"), LinkButton(label="Gọi xã", url="tel:0213 3881 234"))
        await oa.send("2468", Reply(text="Áp thẻ.", options=STEP.options, links=links), "41")
        assert (
            zalo.sends[0].body
            == (
                '{"recipient":{"user_id":"2468"},"message":{"text":"Áp thẻ.","attachment":{"type":"template","payload":{"buttons":['
                '{"title":"Xong rồi","type":"oa.query.hide","payload":"#dl:vneid/scan/done"},'
                '{"title":"Chưa được","type":"oa.query.hide","payload":"#dl:vneid/scan/stuck"},'
                '{"title":"Mở Cổng","type":"oa.open.url","payload":{"url":"https://dichvucong.gov.vn"}},'
                '{"title":"Gọi xã","type":"oa.open.phone","payload":{"phone_code":"842133881234"}}]}}}}'
            ).encode()
        )

    @pytest.mark.parametrize(("number", "code"), [("tel:+84 213 3881 234", "842133881234"), ("tel:18001096", "18001096"), ("tel:111", "111")])
    async def test_numbers_are_written_as_zalo_does(self, zalo: ZaloOa, oa: ZaloOaAdapter, number: str, code: str) -> None:
        await oa.send("2468", Reply(text="Gọi.", links=(LinkButton(label="Gọi", url=number),)), "41")
        assert zalo.accepted[0]["message"]["attachment"]["payload"]["buttons"][0]["payload"] == {"phone_code": code}

    async def test_the_type_of_the_template_is_a_setting(self, zalo: ZaloOa, session: aiohttp.ClientSession) -> None:
        await an_oa(zalo, session, template_type="button").send("2468", STEP, "41")
        assert b'"payload":{"template_type":"button","buttons":[{' in zalo.sends[0].body

    async def test_shown_taps_say_their_label_where_it_is_whole_and_alone(self, zalo: ZaloOa, session: aiohttp.ClientSession) -> None:
        labels = ("Xong rồi", "Giấy", "Giấy", "Sinh ở nhà…")
        options = tuple(Option(label=label, tap=f"t{number}") for number, label in enumerate(labels))
        await an_oa(zalo, session, buttons="show").send("2468", Reply(text="?", options=options), "41")
        buttons = zalo.accepted[0]["message"]["attachment"]["payload"]["buttons"]
        assert [(one["type"], one["payload"]) for one in buttons] == [
            ("oa.query.show", "Xong rồi"),
            ("oa.query.show", "#dl:t1"),
            ("oa.query.show", "#dl:t2"),
            ("oa.query.show", "#dl:t3"),
        ]

    async def test_a_visitor_without_a_login_gets_plain_words(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        await oa.send("anonymous:55:c1", STEP, "41")
        (sent,) = zalo.sends
        assert sent.path == "/v2.0/oa/message"
        assert sent.body == '{"recipient":{"anonymous_id":"55","conversation_id":"c1"},"message":{"text":"Áp thẻ.\\n1. Xong rồi\\n2. Chưa được"}}'.encode()

    async def test_there_is_no_typing_on_zalo(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        await oa.typing("2468")
        assert zalo.requests == []


class TestNumberedMenus:
    MENU = "Áp thẻ.\n1. Xong rồi\n2. Chưa được"

    def texts(self, zalo: ZaloOa) -> list[str]:
        return [one["message"]["text"] for one in zalo.accepted]

    @pytest.mark.parametrize("code", [-201, -210, -233])
    async def test_refused_buttons_become_a_menu_and_that_person_is_remembered(self, zalo: ZaloOa, oa: ZaloOaAdapter, code: int) -> None:
        zalo.no_buttons = code
        assert await oa.send("2468", STEP, "41") == "out1"
        assert await oa.send("2468", STEP, "42") == "out2"
        assert self.texts(zalo) == [self.MENU, self.MENU]
        assert len(zalo.sends) == 3

    async def test_the_next_day_buttons_are_tried_again(self, zalo: ZaloOa, session: aiohttp.ClientSession) -> None:
        hours = [0.0]
        its = zalo_oa_settings(zalo)
        oa = ZaloOaAdapter(its, session, Tokens(its, session, MemoryTokenStore()), seconds=lambda: hours[0] * 3600)
        zalo.no_buttons = -201
        await oa.send("2468", STEP, "41")
        zalo.no_buttons = None
        await oa.send("2468", STEP, "42")
        hours[0] = 25
        await oa.send("2468", STEP, "43")
        assert ["attachment" in one["message"] for one in zalo.accepted] == [False, False, True]

    async def test_another_reason_is_not_laid_to_the_buttons(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        zalo.script(error(-201), error(-201))
        assert (await failure(oa, STEP)).failure is Failure.PERMANENT
        await oa.send("2468", STEP, "42")
        assert "attachment" in zalo.accepted[0]["message"]

    async def test_other_people_keep_their_buttons(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        zalo.script(error(-201))
        await oa.send("2468", STEP, "41")
        await oa.send("9999", STEP, "42")
        assert ["attachment" in one["message"] for one in zalo.accepted] == [False, True]

    async def test_buttons_can_be_switched_off(self, zalo: ZaloOa, session: aiohttp.ClientSession) -> None:
        oa = an_oa(zalo, session, buttons="none")
        await oa.send("2468", Reply(text="Áp thẻ.", options=STEP.options, links=(LinkButton(label="Mở Cổng", url="https://dichvucong.gov.vn"),)), "41")
        assert self.texts(zalo) == ["Áp thẻ.\nMở Cổng: https://dichvucong.gov.vn\n1. Xong rồi\n2. Chưa được"]

    async def test_more_options_than_buttons_are_listed_once(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        """The numbers are places among all options, also when the buttons fall away."""
        reply = Reply(text="Tháng nào?", options=tuple(Option(label=f"Tháng {number}", tap=f"t{number}") for number in range(1, 13)))
        (piece,) = fit(reply, CAPABILITIES)
        await oa.send("2468", piece, "41")
        zalo.no_buttons = -210
        await oa.send("2468", piece, "42")
        with_buttons, without = zalo.accepted
        assert [one["title"] for one in with_buttons["message"]["attachment"]["payload"]["buttons"]] == [f"Tháng {number}" for number in range(1, 6)]
        assert with_buttons["message"]["text"] == without["message"]["text"]
        assert without["message"]["text"].splitlines() == ["Tháng nào?", *(f"{number}. Tháng {number}" for number in range(1, 13))]

    async def test_a_menu_that_makes_the_text_too_long_is_split(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        zalo.no_buttons = -233
        assert await oa.send("2468", Reply(text="Câu này dài vừa phải. " * 90, options=STEP.options), "41") == "out1"
        first, last = self.texts(zalo)
        assert f"{first}\n{last}".endswith("1. Xong rồi\n2. Chưa được")


class Media:
    """Our own server, as far as its pictures go."""

    def __init__(self) -> None:
        self.pictures = {"/media/scan.png": PNG, "/media/scan.jpg": JPG, "/media/large.png": PNG + b"\0" * 2**20, "/media/scan.svg": b"<svg/>"}
        self.fetched: list[str] = []
        self.url = ""

    async def get(self, request: web.Request) -> web.Response:
        self.fetched.append(request.path)
        return web.Response(body=self.pictures[request.path]) if request.path in self.pictures else web.Response(status=404)


@pytest.fixture
async def media() -> AsyncIterator[Media]:
    server, media = web.Application(), Media()
    server.router.add_get("/media/{name}", media.get)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    media.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield media
    await runner.cleanup()


def picture(path: str = "/media/scan.png", text: str = "") -> Reply:
    return Reply(text=text, media=(Attachment(kind="image", url=path, alt="Màn hình quét thẻ"),))


class TestPictures:
    @pytest.fixture
    def oa(self, zalo: ZaloOa, session: aiohttp.ClientSession, media: Media) -> ZaloOaAdapter:
        return an_oa(zalo, session, base_url=media.url)

    def elements(self, zalo: ZaloOa) -> list[Any]:
        return [one.json["message"]["attachment"]["payload"]["elements"][0] for one in zalo.sends]

    async def test_a_picture_is_uploaded_once_and_then_sent_by_its_id(self, zalo: ZaloOa, oa: ZaloOaAdapter, media: Media) -> None:
        await asyncio.gather(*(oa.send(f"24{number}", picture(), str(number)) for number in range(5)))
        await oa.send("2468", picture(text="Quét thẻ."), "41")
        assert (media.fetched, len(zalo.uploads)) == (["/media/scan.png"], 1)
        assert zalo.attachments == {"att1": PNG}
        assert zalo.uploads[0].headers["access_token"] == "AT0"
        assert (
            zalo.sends[-1].body
            == (
                '{"recipient":{"user_id":"2468"},"message":{"text":"Quét thẻ.","attachment":{"type":"template","payload":'
                '{"template_type":"media","elements":[{"media_type":"image","attachment_id":"att1"}]}}}}'
            ).encode()
        )
        assert b'"text"' not in zalo.sends[0].body

    async def test_a_jpeg_too(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        await oa.send("2468", picture("/media/scan.jpg"), "41")
        assert zalo.attachments == {"att1": JPG}

    async def test_an_expired_id_is_forgotten_and_the_picture_uploaded_again(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        await oa.send("2468", picture(), "41")
        zalo.attachments = {"other": b""}
        assert await oa.send("2468", picture(), "42") == "out2"
        assert [one.get("attachment_id") for one in self.elements(zalo)] == ["att1", "att1", "att2"]

    @pytest.mark.parametrize("path", ["/media/large.png", "/media/scan.svg", "/media/nothing.png"])
    async def test_what_cannot_be_uploaded_is_fetched_by_zalo(self, zalo: ZaloOa, oa: ZaloOaAdapter, media: Media, path: str) -> None:
        await oa.send("2468", picture(path), "41")
        await oa.send("2468", picture(path), "42")
        assert self.elements(zalo) == [{"media_type": "image", "url": media.url + path}] * 2
        assert (media.fetched, zalo.uploads) == ([path], [])

    async def test_somebody_elses_picture_is_never_fetched_by_us(self, zalo: ZaloOa, oa: ZaloOaAdapter, media: Media) -> None:
        for url in ("https://dichvucong.gov.vn/a.png", media.url + ".evil.example/a.png"):
            await oa.send("2468", picture(url), "41")
        assert [one["url"] for one in self.elements(zalo)] == ["https://dichvucong.gov.vn/a.png", media.url + ".evil.example/a.png"]
        assert media.fetched == []

    async def test_uploads_can_be_switched_off(self, zalo: ZaloOa, session: aiohttp.ClientSession, media: Media) -> None:
        await an_oa(zalo, session, base_url=media.url, pictures="url").send("2468", picture(), "41")
        assert self.elements(zalo) == [{"media_type": "image", "url": media.url + "/media/scan.png"}]

    async def test_a_bad_day_of_the_upload_does_not_keep_the_picture_back(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        zalo.upload_faults.extend([error(-211)])
        await oa.send("2468", picture(), "41")
        await oa.send("2468", picture(), "42")
        assert all("url" in one for one in self.elements(zalo))
        assert len(zalo.uploads) == 1

    async def test_a_token_that_ends_before_the_upload_is_renewed(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        zalo.expire()
        await oa.send("2468", picture(), "41")
        assert [one.headers["access_token"] for one in (*zalo.uploads, *zalo.sends)] == ["AT0", "AT1", "AT1"]

    async def test_a_picture_that_zalo_takes_neither_way_is_told_as_a_link(self, zalo: ZaloOa, oa: ZaloOaAdapter, media: Media) -> None:
        zalo.unfetchable.add(media.url + "/media/scan.svg")
        assert await oa.send("2468", picture("/media/scan.svg", "Quét thẻ."), "41") == "out1"
        assert zalo.accepted[0]["message"] == {"text": f"Quét thẻ.\nMàn hình quét thẻ: {media.url}/media/scan.svg"}

    async def test_a_closed_window_is_not_the_pictures_fault(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        zalo.closed.add("2468")
        assert (await failure(oa, picture())).failure is Failure.WINDOW
        assert len(zalo.sends) == 1


class TestPicturesWithButtons:
    """A step with its picture: two messages, or one as the operator chooses."""

    STEP = replace(STEP, media=picture().media)
    MENU = "Áp thẻ.\n1. Xong rồi\n2. Chưa được"

    @pytest.fixture
    def make(self, zalo: ZaloOa, session: aiohttp.ClientSession, media: Media) -> Callable[..., ZaloOaAdapter]:
        return lambda **changes: an_oa(zalo, session, base_url=media.url, **changes)

    async def tell(self, oa: ZaloOaAdapter, contact: str = "2468") -> None:
        for number, piece in enumerate(fit_turn((self.STEP,), oa.capabilities)):
            await oa.send(contact, piece, str(number))

    def messages(self, zalo: ZaloOa) -> list[Any]:
        return [one["message"] for one in zalo.accepted]

    async def test_apart_the_picture_comes_before_the_words_and_their_buttons(self, zalo: ZaloOa, make: Callable[..., ZaloOaAdapter]) -> None:
        """The default: of buttons below a text it is known that Zalo shows them."""
        await self.tell(make())
        shown, words = self.messages(zalo)
        assert "text" not in shown
        assert (words["text"], len(words["attachment"]["payload"]["buttons"])) == ("Áp thẻ.", 2)

    async def test_together_all_is_one_message(self, zalo: ZaloOa, make: Callable[..., ZaloOaAdapter]) -> None:
        zalo.buttons_beside_pictures = True
        await self.tell(make(picture_buttons="together"))
        assert (
            zalo.sends[0].body
            == (
                '{"recipient":{"user_id":"2468"},"message":{"text":"Áp thẻ.","attachment":{"type":"template","payload":'
                '{"template_type":"media","elements":[{"media_type":"image","attachment_id":"att1"}],"buttons":['
                '{"title":"Xong rồi","type":"oa.query.hide","payload":"#dl:vneid/scan/done"},'
                '{"title":"Chưa được","type":"oa.query.hide","payload":"#dl:vneid/scan/stuck"}]}}}}'
            ).encode()
        )
        assert len(zalo.sends) == 1

    async def test_where_zalo_refuses_that_it_is_one_message_with_numbers(self, zalo: ZaloOa, make: Callable[..., ZaloOaAdapter]) -> None:
        """It is a matter of the format and not of the person: nobody else is tried for a day. Words keep their buttons."""
        oa = make(picture_buttons="together")
        await self.tell(oa)
        await self.tell(oa, "3579")
        await oa.send("2468", STEP, "9")
        assert [(one["text"], one["attachment"]["payload"].get("template_type")) for one in self.messages(zalo)] == [
            (self.MENU, "media"),
            (self.MENU, "media"),
            ("Áp thẻ.", None),
        ]
        assert len(zalo.sends) == 4

    async def test_a_picture_that_cannot_be_shown_leaves_the_buttons(self, zalo: ZaloOa, make: Callable[..., ZaloOaAdapter], media: Media) -> None:
        """Zalo's code is the same for both; what is left without the picture says which it was."""
        zalo.buttons_beside_pictures = True
        zalo.unfetchable.add(media.url + "/media/scan.png")
        oa = make(picture_buttons="together", pictures="url")
        await self.tell(oa)
        [message] = self.messages(zalo)
        assert message["text"] == f"Áp thẻ.\nMàn hình quét thẻ: {media.url}/media/scan.png"
        assert len(message["attachment"]["payload"]["buttons"]) == 2
        zalo.unfetchable.clear()
        await self.tell(oa)
        assert self.messages(zalo)[-1]["attachment"]["payload"]["buttons"]

    @pytest.mark.parametrize("choice", [{"picture_buttons": "menu"}, {"buttons": "none"}])
    async def test_a_menu_stands_in_the_pictures_words(self, zalo: ZaloOa, make: Callable[..., ZaloOaAdapter], choice: dict[str, str]) -> None:
        await self.tell(make(**choice))
        [message] = self.messages(zalo)
        assert message["text"] == self.MENU
        assert message["attachment"]["payload"]["template_type"] == "media"

    async def test_a_menu_beside_a_picture_takes_no_buttons_from_other_messages(self, zalo: ZaloOa, make: Callable[..., ZaloOaAdapter]) -> None:
        oa = make(picture_buttons="menu")
        assert fit_turn((STEP,), oa.capabilities) == (STEP,)

    async def test_who_gets_menus_gets_them_beside_pictures_too(self, zalo: ZaloOa, make: Callable[..., ZaloOaAdapter]) -> None:
        zalo.no_buttons = -201
        oa = make(picture_buttons="together")
        await oa.send("2468", STEP, "1")
        zalo.requests.clear()
        await self.tell(oa)
        assert [one["text"] for one in self.messages(zalo)] == [self.MENU]
        assert len(zalo.sends) == 1


class TestTokens:
    """The rest is in test_zalo_oa_tokens.py."""

    @pytest.mark.parametrize("code", [-216, -220, -124])
    async def test_a_refused_token_is_renewed_once_and_the_message_sent_again(self, zalo: ZaloOa, oa: ZaloOaAdapter, code: int) -> None:
        zalo.script(error(code))
        assert await oa.send("2468", HELLO, "41") == "out1"
        assert [one.headers["access_token"] for one in zalo.sends] == ["AT0", "AT1"]
        assert zalo.refreshes == 1

    async def test_a_new_token_that_is_refused_too_is_told(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        zalo.script(error(-216), error(-216))
        assert (await failure(oa)).failure is Failure.TOKEN
        assert (len(zalo.sends), zalo.refreshes) == (2, 1)

    async def test_a_burst_with_a_dead_token_renews_once(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        zalo.expire()
        ids = await asyncio.gather(*(oa.send(f"24{number}", HELLO, str(number)) for number in range(30)))
        assert len(set(ids)) == 30
        assert zalo.refreshes == 1

    async def test_a_burnt_chain_says_what_to_do(self, zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
        zalo.burn()
        for _ in range(3):
            failed = await failure(oa)
            assert failed.failure is Failure.TOKEN
            assert "DANLOI_ZALO_OA__REFRESH_TOKEN" in failed.sentence
        assert len(zalo.renewals) == 1


class TestFaults:
    @pytest.mark.parametrize(("who", "expected"), [("blocked", Failure.GONE), ("unfollowed", Failure.GONE), ("closed", Failure.WINDOW)])
    async def test_a_person_who_cannot_be_reached(self, zalo: ZaloOa, oa: ZaloOaAdapter, who: str, expected: Failure) -> None:
        getattr(zalo, who).add("2468")
        for reply in (HELLO, STEP):
            assert (await failure(oa, reply)).failure is expected
        assert zalo.accepted == []

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    async def test_a_server_error_is_tried_again(self, zalo: ZaloOa, oa: ZaloOaAdapter, status: int) -> None:
        zalo.script(answer(status, b"<html>busy</html>", Retry_After="3"))
        failed = await failure(oa)
        assert (failed.failure, failed.retry_after, failed.ambiguous) == (Failure.RETRY, 3.0, status in (502, 504))

    @pytest.mark.parametrize("body", [b"", b"OK", b"[]", b"null", b"{}", b'{"error":0}', b'{"error":0,"data":{"message_id":null}}', b"\xff\xfe"])
    async def test_nonsense_after_a_yes_may_have_been_taken(self, zalo: ZaloOa, oa: ZaloOaAdapter, body: bytes) -> None:
        zalo.script(answer(200, body, accepted=True))
        failed = await failure(oa)
        assert (failed.failure, failed.ambiguous) == (Failure.RETRY, True)
        assert len(zalo.accepted) == 1

    @pytest.mark.parametrize("accepted", [False, True])
    async def test_no_answer_leaves_it_open_whether_the_message_came(self, zalo: ZaloOa, session: aiohttp.ClientSession, accepted: bool) -> None:
        oa = an_oa(zalo, session, timeout_seconds=0.2)
        zalo.script(hang(accepted=accepted), drop(accepted=accepted))
        for code in ("time-out", "disconnected"):
            failed = await failure(oa)
            assert (failed.failure, failed.ambiguous, failed.code) == (Failure.RETRY, True, code)
        assert len(zalo.accepted) == (2 if accepted else 0)

    async def test_an_unreachable_platform_took_nothing(self, zalo: ZaloOa, session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
        failed = await failure(an_oa(zalo, session, api_base=f"http://127.0.0.1:{unused_tcp_port}"))
        assert (failed.failure, failed.ambiguous, failed.code) == (Failure.RETRY, False, "connect")

    async def test_no_failure_tells_a_token_a_secret_or_the_words(self, zalo: ZaloOa, session: aiohttp.ClientSession) -> None:
        oa = an_oa(zalo, session, timeout_seconds=0.2)
        body = '{"error":-201,"message":"bad Chào bà con AT0"}'.encode()
        zalo.script(drop(), hang(), answer(400, body), answer(200, b"AT0"), answer(302, b"", Location="https://example.org/?access_token=AT0"))
        zalo.oauth_faults.append(drop())
        failures = [await failure(oa) for _ in range(5)]
        zalo.expire()
        failures.append(await failure(oa))
        zalo.burn()
        failures.append(await failure(oa))
        for failed in failures:
            told = f"{failed!r} {failed} {failed.__cause__} {vars(failed)}"
            assert not any(secret in told for secret in ("AT0", "AT1", "RT0", "RT1", "test_app_secret", "Chào bà con"))

    async def test_a_reply_without_content_is_our_mistake(self, oa: ZaloOaAdapter) -> None:
        assert (await failure(oa, Reply(text=" "))).failure is Failure.PERMANENT


@settings(max_examples=60, deadline=None)
@given(st.lists(replies, min_size=1, max_size=3), st.sampled_from(["hide", "show", "none"]), st.sampled_from(["apart", "together", "menu"]))
def test_zalo_takes_whatever_fits(turn: list[Reply], buttons: str, picture_buttons: str) -> None:
    """Each piece passes every limit that Zalo has, and so does its menu where Zalo refuses buttons."""

    async def sent() -> None:
        async with ZaloOa() as zalo, aiohttp.ClientSession() as session:
            oa = an_oa(zalo, session, buttons=buttons, picture_buttons=picture_buttons, pictures="url")
            zalo.buttons_beside_pictures = True
            pieces = fit_turn(turn, oa.capabilities, "https://danloi.example")
            for refused in (None, -210):
                zalo.no_buttons = refused
                for number, piece in enumerate(pieces):
                    await oa.send("2468", piece, str(number))
            assert len([one for one in zalo.sends if one.accepted]) >= 2 * len(pieces)

    asyncio.run(sent())


async def test_whatever_fits_is_taken(zalo: ZaloOa, oa: ZaloOaAdapter) -> None:
    options = tuple(Option(label=f"Một lựa chọn khá là dài số {number}", tap=f"vneid/scan/c{number}") for number in range(20))
    link = LinkButton(label="Mở Cổng Dịch vụ công quốc gia", url="https://dichvucong.gov.vn")
    turn = (Reply(text="Tốt rồi."), Reply(text="Áp thẻ. " * 400, options=options, links=(link,)), picture("https://a.vn/a.png", "Hình"))
    for number, piece in enumerate(fit_turn(turn, oa.capabilities)):
        await oa.send("2468", piece, str(number))
    assert all(one.accepted and one.path == SEND for one in zalo.sends)


def test_a_turn_is_one_bubble_where_it_can_be() -> None:
    turn = (Reply(text="Tốt rồi."), Reply(text="Bước sau đây."), Reply(text="Mở VNeID.", options=STEP.options, links=(LinkButton(label="Gọi", url="tel:111"),)))
    assert fit_turn(turn, CAPABILITIES) == (
        Reply(text="Tốt rồi.\n\nBước sau đây.\n\nMở VNeID.", options=STEP.options, links=(LinkButton(label="Gọi", url="tel:111"),)),
    )


def test_the_windows_are_known() -> None:
    assert (CAPABILITIES.window_hours, CAPABILITIES.free_hours) == (168, 48)
