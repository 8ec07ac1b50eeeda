"""What the Bot API gets from us, byte for byte, and what its answers mean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web

from bot.channels.base import Failure, SendFailed
from bot.channels.short_keys import key_of
from bot.channels.telegram import TelegramAdapter
from bot.channels.telegram_pace import Pace
from bot.dialogue.reply import Attachment, LinkButton, Option, Reply
from tests.channels.conftest import at_once, telegram_settings
from tests.standins import telegram_events as tg
from tests.standins.telegram import Telegram, answer, drop, error, hang
from tests.standins.telegram_events import TOKEN, delivery

HELLO = Reply(text="Chào bà con.")
PICTURE = Reply(text="Áp thẻ.", media=(Attachment(kind="image", url="/media/vneid/scan-0a1b2c3d4e.png", alt="Màn hình quét thẻ"),))
ADDRESS = "https://danloi.example/media/vneid/scan-0a1b2c3d4e.png"


async def failure(bot: TelegramAdapter, reply: Reply = HELLO, contact: str = "2002") -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await bot.send(contact, reply, "41")
    return caught.value


class TestBytes:
    async def test_text_is_a_form_with_escaped_html_and_no_preview(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        assert await bot.send("2002", Reply(text="Nếu a < b & c > d:\n“đúng”."), "41") == "1"
        (sent,) = telegram.requests
        assert sent.path == f"/bot{TOKEN}/sendMessage"
        assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert parse_qsl(sent.body.decode()) == [
            ("chat_id", "2002"),
            ("text", "Nếu a &lt; b &amp; c &gt; d:\n“đúng”."),
            ("link_preview_options", '{"is_disabled": true}'),
            ("parse_mode", "HTML"),
        ]

    async def test_options_and_links_are_one_keyboard_short_options_side_by_side(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        options = (
            Option(label="Xong rồi", tap="vneid/scan/done", icon="done", main=True),
            Option(label="Chưa được", tap="vneid/scan/stuck"),
            Option(label="Gặp người hỗ trợ", tap="/person"),
        )
        await bot.send("2002", Reply(text="Áp thẻ.", options=options, links=(LinkButton(label="Mở Cổng", url="https://dichvucong.gov.vn"),)), "41")
        assert telegram.sends[0].parameters["reply_markup"] == {
            "inline_keyboard": [
                [{"text": "Xong rồi", "callback_data": "vneid/scan/done"}, {"text": "Chưa được", "callback_data": "vneid/scan/stuck"}],
                [{"text": "Gặp người hỗ trợ", "callback_data": "/person"}],
                [{"text": "Mở Cổng", "url": "https://dichvucong.gov.vn"}],
            ]
        }

    async def test_an_address_that_would_spoil_the_message_stands_in_the_words(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        links = tuple(LinkButton(label="Mở", url=url) for url in ("http://localhost:8000/a", "https://a.vn/b c", "https://dichvucong.gov.vn", "http://["))
        await bot.send("2002", Reply(text="Xem.", links=links), "41")
        (sent,) = telegram.accepted
        assert sent.parameters["text"] == "Xem.\nMở: http://localhost:8000/a\nMở: https://a.vn/b c\nMở: http://["
        assert sent.parameters["reply_markup"] == {"inline_keyboard": [[{"text": "Mở", "url": "https://dichvucong.gov.vn"}]]}

    async def test_a_long_payload_goes_as_a_short_key(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        tap = "vneid/scan/=" + "một giá trị dài " * 5
        await bot.send("2002", Reply(text="Chọn.", options=(Option(label="Vậy", tap=tap), Option(label="Khác", tap="a" * 64))), "41")
        [[first, second]] = telegram.accepted[0].parameters["reply_markup"]["inline_keyboard"]
        assert second["callback_data"] == "a" * 64
        assert first["callback_data"] == key_of(tap)
        (one,) = bot.events(delivery(tg.tap(2002, first["callback_data"])))
        assert one.payload == key_of(tap)

    async def test_typing(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        await bot.typing("2002")
        assert telegram.requests[0].parameters == {"chat_id": "2002", "action": "typing"}
        telegram.blocked.add("2002")
        await bot.typing("2002")

    async def test_nothing_that_is_said_gets_into_the_log(self, bot: TelegramAdapter, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        await bot.send("2002", HELLO, "41")
        bot.events(delivery(tg.text(2002, "chào")))
        assert "Chào" not in caplog.text
        assert TOKEN not in caplog.text


class TestTapsAreAcknowledged:
    async def test_each_tap_once_and_nothing_else(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        events = bot.events(delivery([tg.tap(2002, "a", query="71"), tg.text(2002, "x"), tg.tap(2003, "b", id=902, query="72")]))
        await bot.acknowledge(events)
        assert sorted(telegram.acknowledged) == ["71", "72"]
        assert [one.method for one in telegram.requests] == ["answerCallbackQuery"] * 2

    async def test_too_late_or_a_dead_platform_does_not_matter(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        telegram.old_queries.add("71")
        await bot.acknowledge(bot.events(delivery(tg.tap(2002, "a", query="71"))))
        telegram.dead_token = True
        await bot.acknowledge(bot.events(delivery(tg.tap(2002, "a", query="72"))))
        assert telegram.acknowledged == []


class TestMedia:
    async def test_a_picture_is_fetched_once_and_then_sent_by_its_id(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        await bot.send("2002", PICTURE, "41")
        await bot.send("2003", PICTURE, "42")
        assert [one.parameters for one in telegram.sends] == [
            {"chat_id": "2002", "photo": ADDRESS, "caption": "Áp thẻ.", "parse_mode": "HTML"},
            {"chat_id": "2003", "photo": "photo-000001-file-id", "caption": "Áp thẻ.", "parse_mode": "HTML"},
        ]

    @pytest.mark.parametrize(
        ("kind", "url", "method", "more"),
        [
            ("audio", "/a.mp3", "sendAudio", {"audio": "https://danloi.example/a.mp3", "title": "Nghe"}),
            ("audio", "/a.ogg", "sendVoice", {"voice": "https://danloi.example/a.ogg"}),
            ("video", "/a.mp4", "sendVideo", {"video": "https://danloi.example/a.mp4", "supports_streaming": "true"}),
        ],
    )
    async def test_recordings_and_films(self, telegram: Telegram, bot: TelegramAdapter, kind: str, url: str, method: str, more: dict[str, str]) -> None:
        reply = Reply(text="", media=(Attachment(kind=kind, url=url, alt="Nghe"),))  # type: ignore[arg-type]  # from the table
        for _ in range(2):
            await bot.send("2002", reply, "41")
        first, second = telegram.accepted
        assert (first.method, first.parameters) == (method, {"chat_id": "2002", "parse_mode": "HTML"} | more)
        assert second.parameters[method[4:].lower()].endswith("-file-id")

    async def test_an_id_that_telegram_forgot_is_dropped_and_the_picture_sent_again(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        await bot.send("2002", PICTURE, "41")
        telegram.files.clear()
        await bot.send("2002", PICTURE, "42")
        assert [one.parameters["photo"] for one in telegram.sends] == [ADDRESS, "photo-000001-file-id", ADDRESS]
        assert len(telegram.accepted) == 2

    async def test_a_picture_that_telegram_cannot_fetch_is_a_failure_of_the_picture(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        telegram.unfetchable.add(ADDRESS)
        assert (await failure(bot, PICTURE)).failure is Failure.MEDIA

    async def test_another_refusal_is_not_blamed_on_the_picture(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        telegram.blocked.add("2002")
        assert (await failure(bot, PICTURE)).failure is Failure.GONE
        assert len(telegram.requests) == 1

    async def test_an_address_that_names_a_file_here_is_still_an_address(
        self, telegram: Telegram, bot: TelegramAdapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The library opens and uploads any text that is the path of a file, and `https:/…` can be one."""
        monkeypatch.chdir(tmp_path)
        secret = tmp_path / "https:/danloi.example/media/vneid/scan-0a1b2c3d4e.png"
        secret.parent.mkdir(parents=True)
        secret.write_text("a secret of this machine")
        (tmp_path / "photo-000001-file-id").write_text("another one")
        for number in range(2):
            await bot.send("2002", PICTURE, str(number))
        assert [(one.parameters.get("photo"), one.files) for one in telegram.accepted] == [(ADDRESS, {}), ("photo-000001-file-id", {})]


class TestWithoutAPublicAddress:
    @pytest.fixture
    async def server(self) -> AsyncIterator[str]:
        """Our own web server, as a laptop has it."""

        async def picture(request: web.Request) -> web.Response:
            return web.Response(body=b"\x89PNG and so on") if request.path.endswith(".png") else web.Response(status=404)

        app = web.Application()
        app.router.add_get("/{tail:.*}", picture)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()

    async def test_our_own_picture_is_uploaded_and_then_known(self, telegram: Telegram, session: aiohttp.ClientSession, server: str) -> None:
        bot = TelegramAdapter(telegram_settings(api_base=telegram.url), session, base_url=server)
        for number in range(2):
            await bot.send("2002", PICTURE, str(number))
        first, second = telegram.accepted
        assert first.files == {"photo": ("scan-0a1b2c3d4e.png", b"\x89PNG and so on", "image/png")}
        assert first.parameters == {"chat_id": "2002", "caption": "Áp thẻ.", "parse_mode": "HTML"}
        assert (second.files, second.parameters["photo"]) == ({}, "photo-000001-file-id")

    async def test_what_is_not_there_or_not_ours_is_a_failure_of_the_picture(self, telegram: Telegram, session: aiohttp.ClientSession, server: str) -> None:
        bot = TelegramAdapter(telegram_settings(api_base=telegram.url), session, base_url=server)
        for url in ("/gone.jpg", "http://127.0.0.1:1/x.png", "file:///etc/passwd", "/etc/../../../etc/passwd"):
            assert (await failure(bot, Reply(text="", media=(Attachment(kind="image", url=url, alt="x"),)))).failure is Failure.MEDIA
        assert telegram.requests == []


class TestFaults:
    @pytest.mark.parametrize(
        ("code", "description", "failure_is"),
        [
            (403, "Forbidden: bot was blocked by the user", Failure.GONE),
            (403, "Forbidden: user is deactivated", Failure.GONE),
            (401, "Unauthorized", Failure.TOKEN),
            (409, "Conflict: terminated by other getUpdates request", Failure.RETRY),
            (400, "Bad Request: chat not found", Failure.GONE),
            (400, "Bad Request: BUTTON_DATA_INVALID", Failure.PERMANENT),
            (400, "Bad Request: message is too long", Failure.PERMANENT),
            (400, "Bad Request: something new", Failure.PERMANENT),
            (413, "Request Entity Too Large", Failure.MEDIA),
            (500, "Internal Server Error", Failure.RETRY),
            (502, "Bad Gateway", Failure.RETRY),
            (418, "I'm a teapot", Failure.RETRY),
        ],
    )
    async def test_each_error_is_typed_and_told(self, telegram: Telegram, bot: TelegramAdapter, code: int, description: str, failure_is: Failure) -> None:
        telegram.script(error(code, description))
        failed = await failure(bot)
        assert failed.failure is failure_is
        assert failed.sentence.endswith(".")
        assert "Chào bà con" not in str(failed)

    async def test_a_supergroup_is_nobody_of_ours(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        telegram.script(error(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100))
        assert (await failure(bot)).failure is Failure.GONE

    async def test_html_that_telegram_cannot_read_is_sent_again_as_plain_words(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        telegram.script(error(400, "Bad Request: can't parse entities: unexpected end tag"))
        assert await bot.send("2002", Reply(text="a < b"), "41") == "1"
        assert [(one.parameters.get("parse_mode"), one.parameters["text"]) for one in telegram.sends] == [("HTML", "a &lt; b"), (None, "a < b")]

    async def test_a_proxys_404_is_not_blamed_on_the_token(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        telegram.script(answer(404, b""))
        assert (await failure(bot)).failure is Failure.RETRY
        telegram.script(answer(404, b""))
        telegram.dead_token = True
        assert (await failure(bot)).failure is Failure.TOKEN

    @pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"ok":true}', b'{"ok":true,"result":7}', b'{"ok":true,"result":{"message_id":"x"}}'])
    async def test_a_success_that_cannot_be_read_may_have_been_one(self, telegram: Telegram, bot: TelegramAdapter, body: bytes) -> None:
        telegram.script(answer(200, body))
        failed = await failure(bot)
        assert (failed.failure, failed.ambiguous) == (Failure.RETRY, True)

    async def test_waiting_times_in_the_answer_and_in_the_headers(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        for fault, wait in (
            (error(429, "Too Many Requests: retry after 7", retry_after=7), 7),
            (answer(429, b"", Retry_After="9"), 9),
            (answer(503, b"", Retry_After="11"), 11),
            (answer(429, b'{"parameters":{"retry_after":"x"}}'), None),
        ):
            telegram.script(fault)
            assert (await failure(bot)).retry_after == wait

    async def test_no_token_in_any_failure(self, telegram: Telegram, bot: TelegramAdapter, session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
        away = TelegramAdapter(telegram_settings(api_base=f"http://127.0.0.1:{unused_tcp_port}"), session)
        failed = await failure(away)
        assert (failed.failure, failed.ambiguous, failed.code) == (Failure.RETRY, False, "connect")
        telegram.script(drop(), answer(400, f'{{"ok":false,"description":"Bad Request: {TOKEN}"}}'.encode()))
        assert TOKEN not in "".join(str(one) + one.sentence + one.code for one in (failed, await failure(bot), await failure(bot)))
        assert failed.__cause__ is None

    async def test_silence_is_ambiguous(self, telegram: Telegram, session: aiohttp.ClientSession) -> None:
        bot = TelegramAdapter(telegram_settings(api_base=telegram.url), session, timeout_seconds=0.2)
        telegram.script(hang())
        assert (await failure(bot)).ambiguous


class TestPace:
    def test_a_short_burst_and_then_one_a_second(self) -> None:
        pace = Pace()
        assert [pace.chat("a", 0.0) for _ in range(5)] == [0.0, 0.0, 0.0, 1.0, 2.0]
        assert pace.chat("b", 0.0) == 0.0
        assert pace.chat("a", 100.0) == 0.0

    def test_thirty_a_second_to_all(self) -> None:
        pace = Pace()
        waits = [pace.whole(0.0) for _ in range(61)]
        assert max(waits[:30]) == 0.0
        assert waits[60] == pytest.approx(1.0)
        assert pace.whole(10.0) == 0.0

    def test_chats_that_are_quiet_are_forgotten(self) -> None:
        pace = Pace()
        for number in range(1000):
            pace.chat(str(number), float(number * 10))
        assert len(pace._chats) == 1

    def test_one_chat_that_is_throttled_waits_alone_two_make_the_bot_wait(self) -> None:
        pace = Pace()
        pace.throttled("a", 30.0, 0.0)
        assert pace.held(0.0) == 0.0
        pace.throttled("b", 10.0, 5.0)
        assert pace.held(5.0) == 10.0
        assert pace.held(15.0) == 0.0
        pace.throttled("b", 10.0, 40.0)
        assert pace.held(40.0) == 0.0

    async def test_the_adapter_waits_before_it_sends(self, telegram: Telegram, session: aiohttp.ClientSession) -> None:
        waited: list[float] = []

        async def sleep(seconds: float) -> None:
            waited.append(seconds)

        bot = TelegramAdapter(telegram_settings(api_base=telegram.url), session, sleep=sleep)
        for number in range(4):
            await bot.send("2002", HELLO, str(number))
        assert len(waited) == 1
        assert 0.0 < waited[0] <= 1.0

    async def test_while_the_bot_must_wait_nothing_is_sent(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        telegram.script(*[error(429, "Too Many Requests", retry_after=60)] * 2)
        for contact in ("2002", "2003"):
            await failure(bot, contact=contact)
        failed = await failure(bot, contact="2004")
        assert (failed.failure, failed.code) == (Failure.RETRY, "held")
        assert 50 < (failed.retry_after or 0) <= 60
        assert len(telegram.sends) == 2

    async def test_many_chats_at_once(self, telegram: Telegram, session: aiohttp.ClientSession) -> None:
        bot = TelegramAdapter(telegram_settings(api_base=telegram.url), session, sleep=at_once)
        ids = await asyncio.gather(*(bot.send(str(2000 + number), HELLO, str(number)) for number in range(50)))
        assert len(set(ids)) == len(telegram.accepted) == 50
