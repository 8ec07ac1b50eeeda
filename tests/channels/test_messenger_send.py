"""What the Graph API gets from us, byte for byte, and what its answers mean."""

from __future__ import annotations

import aiohttp
import pytest

from bot.channels.base import Failure, SendFailed
from bot.channels.messenger import SUBSCRIBED_FIELDS, MessengerAdapter
from bot.dialogue.reply import Attachment, LinkButton, Option, Reply
from tests.channels.conftest import messenger_settings
from tests.standins.messenger import Graph, answer, drop, error, hang
from tests.standins.messenger_events import APP_ID, INBOX, PAGE_TOKEN

HELLO = Reply(text="Chào bà con.")
PICTURE = Reply(text="", media=(Attachment(kind="image", url="/media/vneid/scan-0a1b2c3d4e.png", alt="Màn hình quét thẻ"),))
PROOF = "92df2c7d06a0bea4fc2b80f86300143642d76252e572eb8556f74bdebb3b3c06"


async def failure(page: MessengerAdapter, reply: Reply = HELLO) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await page.send("2002", reply, "41")
    return caught.value


class TestBytes:
    async def test_text_goes_with_our_mark_token_and_proof(self, graph: Graph, page: MessengerAdapter) -> None:
        assert await page.send("2002", HELLO, "41") == "m_OUT1"
        (sent,) = graph.sends
        assert (sent.method, sent.path) == ("POST", "/v25.0/1001/messages")
        assert sent.query == {"access_token": PAGE_TOKEN, "appsecret_proof": PROOF}
        assert sent.headers["Content-Type"] == "application/json"
        assert sent.body == '{"recipient":{"id":"2002"},"messaging_type":"RESPONSE","message":{"text":"Chào bà con.","metadata":"danloi:41"}}'.encode()

    async def test_options_are_quick_replies(self, graph: Graph, page: MessengerAdapter) -> None:
        options = (Option(label="Xong rồi", tap="vneid/scan/done", icon="done", main=True), Option(label="Chưa được", tap="vneid/scan/stuck"))
        await page.send("2002", Reply(text="Áp thẻ.", options=options), "41")
        assert (
            graph.sends[0].body
            == (
                '{"recipient":{"id":"2002"},"messaging_type":"RESPONSE","message":{"text":"Áp thẻ.","metadata":"danloi:41","quick_replies":['
                '{"content_type":"text","title":"Xong rồi","payload":"vneid/scan/done"},'
                '{"content_type":"text","title":"Chưa được","payload":"vneid/scan/stuck"}]}}'
            ).encode()
        )

    async def test_links_are_a_button_template(self, graph: Graph, page: MessengerAdapter) -> None:
        reply = Reply(
            text="Mở trang này.", links=(LinkButton(label="Mở Cổng", url="https://dichvucong.gov.vn"),), options=(Option(label="Xong rồi", tap="done"),)
        )
        await page.send("2002", reply, "41")
        assert (
            graph.sends[0].body
            == (
                '{"recipient":{"id":"2002"},"messaging_type":"RESPONSE","message":{"attachment":{"type":"template","payload":{"template_type":"button",'
                '"text":"Mở trang này.","buttons":[{"type":"web_url","title":"Mở Cổng","url":"https://dichvucong.gov.vn"}]}},"metadata":"danloi:41",'
                '"quick_replies":[{"content_type":"text","title":"Xong rồi","payload":"done"}]}}'
            ).encode()
        )

    async def test_a_picture_is_fetched_once_and_then_sent_by_its_id(self, graph: Graph, page: MessengerAdapter) -> None:
        await page.send("2002", PICTURE, "41")
        await page.send("2003", PICTURE, "42")
        assert [one.body.decode() for one in graph.sends] == [
            '{"recipient":{"id":"2002"},"messaging_type":"RESPONSE","message":{"attachment":{"type":"image","payload":'
            '{"url":"https://danloi.example/media/vneid/scan-0a1b2c3d4e.png","is_reusable":true}},"metadata":"danloi:41"}}',
            '{"recipient":{"id":"2003"},"messaging_type":"RESPONSE","message":{"attachment":{"type":"image","payload":{"attachment_id":"9001"}},"metadata":"danloi:42"}}',
        ]

    async def test_a_handoff_passes_the_talk_to_the_page_inbox_in_the_same_call(self, graph: Graph, page: MessengerAdapter) -> None:
        await page.send("2002", Reply(text="Đã báo cán bộ xã.", handoff="nfc"), "41")
        assert (
            graph.sends[0].body
            == (
                '{"recipient":{"id":"2002"},"messaging_type":"RESPONSE","message":{"text":"Đã báo cán bộ xã.","metadata":"danloi:41"},'
                '"thread_control":{"control_type":"pass","app_id":"263902037430900"}}'
            ).encode()
        )
        assert graph.owners["2002"] == INBOX

    async def test_typing_is_a_sender_action_and_its_failure_does_not_matter(self, graph: Graph, page: MessengerAdapter) -> None:
        await page.typing("2002")
        assert graph.requests[0].body == b'{"recipient":{"id":"2002"},"sender_action":"typing_on"}'
        graph.blocked.add("2002")
        await page.typing("2002")


class TestPictures:
    async def test_an_expired_id_is_forgotten_and_the_picture_sent_again(self, graph: Graph, page: MessengerAdapter) -> None:
        await page.send("2002", PICTURE, "41")
        graph.attachments.clear()
        assert await page.send("2002", PICTURE, "42") == "m_OUT2"
        assert [one.json["message"]["attachment"]["payload"].get("attachment_id") for one in graph.sends] == [None, "9001", None]

    async def test_a_picture_that_meta_cannot_fetch_is_tried_twice_and_then_told_as_a_link(self, graph: Graph, page: MessengerAdapter) -> None:
        graph.unfetchable.add("https://danloi.example/media/vneid/scan-0a1b2c3d4e.png")
        assert await page.send("2002", PICTURE, "41") == "m_OUT1"
        assert len(graph.sends) == 3
        assert graph.accepted[0]["message"] == {"text": "Màn hình quét thẻ: https://danloi.example/media/vneid/scan-0a1b2c3d4e.png", "metadata": "danloi:41"}

    async def test_a_picture_that_is_too_large_is_not_tried_again(self, graph: Graph, page: MessengerAdapter) -> None:
        graph.too_large.add("https://danloi.example/media/vneid/scan-0a1b2c3d4e.png")
        await page.send("2002", PICTURE, "41")
        assert len(graph.sends) == 2


class TestWhoHoldsTheTalk:
    async def test_the_bot_does_not_speak_over_a_person(self, graph: Graph, page: MessengerAdapter) -> None:
        graph.owners["2002"] = INBOX
        assert (await failure(page)).failure is Failure.HUMAN
        assert len(graph.requests) == 1

    @pytest.mark.parametrize(
        "reply", [Reply(text="Mình làm tiếp nhé.", takes_back=True), Reply(text="Chị Mai đây.", sender="person")], ids=["menu", "volunteer"]
    )
    async def test_what_the_citizen_called_for_takes_the_talk_back(self, graph: Graph, page: MessengerAdapter, reply: Reply) -> None:
        graph.owners["2002"] = INBOX
        assert await page.send("2002", reply, "41") == "m_OUT1"
        assert [one.path for one in graph.requests] == ["/v25.0/1001/messages", "/v25.0/1001/take_thread_control", "/v25.0/1001/messages"]
        assert graph.requests[1].body == b'{"recipient":{"id":"2002"},"metadata":"danloi:take"}'
        assert graph.owners["2002"] == APP_ID

    async def test_where_taking_is_refused_the_operator_is_told(self, graph: Graph, page: MessengerAdapter) -> None:
        graph.owners["2002"], graph.take_refused = INBOX, True
        assert (await failure(page, Reply(text="Mình làm tiếp nhé.", takes_back=True))).failure is Failure.HUMAN


class TestFaults:
    @pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80006])
    async def test_a_rate_limit_waits_as_long_as_it_is_told(self, graph: Graph, page: MessengerAdapter, code: int) -> None:
        usage = '{"1001":[{"type":"messenger","call_count":100,"estimated_time_to_regain_access":2}]}'
        graph.script(error(code, status=400), error(code, status=429, Retry_After="7"), error(code, X_Business_Use_Case_Usage=usage, Retry_After="7"))
        waits = [(await failure(page)).retry_after for _ in range(3)]
        assert waits == [None, 7.0, 120.0]

    async def test_the_body_decides_and_not_the_status(self, graph: Graph, page: MessengerAdapter) -> None:
        graph.script(error(190, 463, status=200), error(551, status=500))
        assert (await failure(page)).failure is Failure.TOKEN
        assert (await failure(page)).failure is Failure.GONE

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    async def test_a_server_error_is_tried_again(self, graph: Graph, page: MessengerAdapter, status: int) -> None:
        graph.script(answer(status, b"<html>busy</html>", Retry_After="3"))
        failed = await failure(page)
        assert (failed.failure, failed.retry_after, failed.ambiguous) == (Failure.RETRY, 3.0, status in (502, 504))

    @pytest.mark.parametrize("body", [b"", b"OK", b"[]", b"null", b"{}", b'{"message_id":7}', b"\xff\xfe", b'{"error":"down"}'])
    async def test_nonsense_after_a_yes_may_have_been_taken(self, graph: Graph, page: MessengerAdapter, body: bytes) -> None:
        graph.script(answer(200, body, accepted=True))
        failed = await failure(page)
        assert (failed.failure, failed.ambiguous) == (Failure.RETRY, True)
        assert len(graph.accepted) == 1

    @pytest.mark.parametrize("accepted", [False, True])
    async def test_no_answer_leaves_it_open_whether_the_message_came(self, graph: Graph, session: aiohttp.ClientSession, accepted: bool) -> None:
        page = MessengerAdapter(messenger_settings(api_base=graph.url), session, timeout_seconds=0.2)
        graph.script(hang(accepted=accepted), drop(accepted=accepted))
        for code in ("time-out", "disconnected"):
            failed = await failure(page)
            assert (failed.failure, failed.ambiguous, failed.code) == (Failure.RETRY, True, code)
        assert len(graph.accepted) == (2 if accepted else 0)

    async def test_an_unreachable_platform_took_nothing(self, session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
        page = MessengerAdapter(messenger_settings(api_base=f"http://127.0.0.1:{unused_tcp_port}"), session)
        failed = await failure(page)
        assert (failed.failure, failed.ambiguous, failed.code) == (Failure.RETRY, False, "connect")

    async def test_no_failure_tells_the_token_or_the_words(self, graph: Graph, session: aiohttp.ClientSession) -> None:
        """Errors end up in logs: the token is in the address, the citizen's words may be in Meta's message."""
        page = MessengerAdapter(messenger_settings(api_base=graph.url), session, timeout_seconds=0.2)
        body = b'{"error":{"message":"bad Ch\\u00e0o b\\u00e0 con TEST_PAGE_TOKEN","code":100}}'
        graph.script(drop(), hang(), answer(400, body), answer(200, b"Chao"), answer(302, b"", Location=f"https://example.org/?access_token={PAGE_TOKEN}"))
        for _ in range(5):
            failed = await failure(page)
            told = f"{failed!r} {failed} {failed.__cause__} {vars(failed)}"
            assert PAGE_TOKEN not in told
            assert "Chào bà con" not in told


class TestWatchdog:
    async def test_lost_fields_are_subscribed_again(self, graph: Graph, page: MessengerAdapter) -> None:
        assert await page.watchdog() == SUBSCRIBED_FIELDS
        assert graph.subscribed == {APP_ID: list(SUBSCRIBED_FIELDS)}
        assert await page.watchdog() == ()
        graph.subscribed[APP_ID].remove("standby")
        graph.subscribed["8888"] = ["standby"]
        assert await page.watchdog() == ("standby",)
        assert graph.subscribed[APP_ID] == list(SUBSCRIBED_FIELDS)

    async def test_a_dead_token_is_told(self, graph: Graph, page: MessengerAdapter) -> None:
        graph.dead_token = 460
        with pytest.raises(SendFailed) as caught:
            await page.watchdog()
        assert caught.value.failure is Failure.TOKEN
