"""What the Zalo Bot Platform gets from us, byte for byte, and what its answers mean."""

from __future__ import annotations

import aiohttp
import orjson
import pytest

from bot.channels.base import Failure, SendFailed
from bot.channels.fit import fit
from bot.channels.zalo_bot import CAPABILITIES, ZaloBotAdapter
from bot.channels.zalo_bot_errors import ERRORS, failed
from bot.dialogue.reply import Attachment, LinkButton, Option, Reply
from tests.channels.conftest import zalo_bot_settings
from tests.standins.zalo_bot import ZaloBot, answer, drop, error, hang
from tests.standins.zalo_bot_events import TOKEN

HELLO = Reply(text="Chào bà con.")
PICTURE = Reply(text="Áp thẻ.", media=(Attachment(kind="image", url="/media/vneid/scan-0a1b2c3d4e.png", alt="Màn hình quét thẻ"),))
ADDRESS = "https://danloi.example/media/vneid/scan-0a1b2c3d4e.png"
USER = "6ede9afa66b88fe60001"


@pytest.fixture
def bot(zalo_bot_adapter: ZaloBotAdapter) -> ZaloBotAdapter:
    return zalo_bot_adapter


async def failure(bot: ZaloBotAdapter, reply: Reply = HELLO) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await bot.send(USER, reply, "41")
    return caught.value


class TestBytes:
    async def test_text(self, zalo_bot: ZaloBot, bot: ZaloBotAdapter) -> None:
        assert await bot.send(USER, HELLO, "41") == "z000000000000001"
        (sent,) = zalo_bot.requests
        assert (sent.path, sent.headers["Content-Type"]) == (f"/bot{TOKEN}/sendMessage", "application/json")
        assert sent.body == f'{{"chat_id":"{USER}","text":"Chào bà con."}}'.encode()

    async def test_a_picture_with_its_words(self, zalo_bot: ZaloBot, bot: ZaloBotAdapter) -> None:
        await bot.send(USER, PICTURE, "41")
        await bot.send(USER, Reply(text="", media=PICTURE.media), "42")
        assert [one.body for one in zalo_bot.sends] == [
            f'{{"chat_id":"{USER}","photo":"{ADDRESS}","caption":"Áp thẻ."}}'.encode(),
            f'{{"chat_id":"{USER}","photo":"{ADDRESS}"}}'.encode(),
        ]

    async def test_options_and_links_are_a_numbered_menu_by_fit(self, zalo_bot: ZaloBot, bot: ZaloBotAdapter) -> None:
        reply = Reply(
            text="Áp thẻ.",
            options=(Option(label="Xong rồi", tap="done"), Option(label="Chưa được", tap="stuck")),
            links=(LinkButton(label="Mở Cổng", url="https://dichvucong.gov.vn"),),
        )
        for piece in fit(reply, CAPABILITIES):
            await bot.send(USER, piece, "41")
        assert [one.parameters["text"] for one in zalo_bot.accepted] == ["Áp thẻ.\nMở Cổng: https://dichvucong.gov.vn\n1. Xong rồi\n2. Chưa được"]

    async def test_a_picture_that_only_this_machine_has_is_told_in_words(self, zalo_bot: ZaloBot, session: aiohttp.ClientSession) -> None:
        bot = ZaloBotAdapter(zalo_bot_settings(api_base=zalo_bot.url), session, base_url="http://127.0.0.1:8000")
        await bot.send(USER, PICTURE, "41")
        assert [(one.method, one.parameters["text"]) for one in zalo_bot.accepted] == [("sendMessage", "Áp thẻ.\nMàn hình quét thẻ")]

    async def test_typing_and_its_failure_that_does_not_matter(self, zalo_bot: ZaloBot, bot: ZaloBotAdapter) -> None:
        await bot.typing(USER)
        assert zalo_bot.requests[0].body == f'{{"chat_id":"{USER}","action":"typing"}}'.encode()
        zalo_bot.dead_token = True
        await bot.typing(USER)


class TestFaults:
    @pytest.mark.parametrize("status", [None, 200], ids=["in the status", "in the body"])
    @pytest.mark.parametrize(
        ("code", "failure_is"),
        [
            (400, Failure.PERMANENT),
            (401, Failure.TOKEN),
            (403, Failure.RETRY),
            (404, Failure.PERMANENT),
            (408, Failure.RETRY),
            (426, Failure.RETRY),
            (429, Failure.RETRY),
            (500, Failure.RETRY),
            (777, Failure.RETRY),
        ],
    )
    async def test_each_number_is_typed_and_told(self, zalo_bot: ZaloBot, bot: ZaloBotAdapter, code: int, status: int | None, failure_is: Failure) -> None:
        zalo_bot.script(error(code, status=status))
        told = await failure(bot)
        assert (told.failure, told.code, told.ambiguous) == (failure_is, str(code), False)
        assert told.sentence.endswith(".")

    async def test_a_used_up_plan_is_said_in_words(self, zalo_bot: ZaloBot, bot: ZaloBotAdapter) -> None:
        zalo_bot.quota = 0
        assert "3.000 tin" in (await failure(bot)).sentence

    async def test_a_picture_that_is_refused_is_a_failure_of_the_picture(self, zalo_bot: ZaloBot, bot: ZaloBotAdapter) -> None:
        zalo_bot.unfetchable.add(ADDRESS)
        assert (await failure(bot, PICTURE)).failure is Failure.MEDIA
        zalo_bot.script(error(401))
        assert (await failure(bot, PICTURE)).failure is Failure.TOKEN

    @pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b"{}", b'{"ok":true}', b'{"ok":true,"result":{}}', b'{"ok":true,"result":{"message_id":true}}'])
    async def test_a_success_that_cannot_be_read_may_have_been_one(self, zalo_bot: ZaloBot, bot: ZaloBotAdapter, body: bytes) -> None:
        zalo_bot.script(answer(200, body))
        told = await failure(bot)
        assert (told.failure, told.ambiguous) == (Failure.RETRY, True)

    async def test_waiting_times(self, zalo_bot: ZaloBot, bot: ZaloBotAdapter) -> None:
        for fault, wait in ((error(429, Retry_After="7"), 7), (answer(503, b"", Retry_After="9"), 9), (error(429, Retry_After="soon"), None)):
            zalo_bot.script(fault)
            assert (await failure(bot)).retry_after == wait

    async def test_no_token_in_any_failure(self, zalo_bot: ZaloBot, bot: ZaloBotAdapter, session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
        away = ZaloBotAdapter(zalo_bot_settings(api_base=f"http://127.0.0.1:{unused_tcp_port}"), session)
        zalo_bot.script(drop(), answer(400, orjson.dumps({"ok": False, "error_code": 400, "description": TOKEN})))
        told = [await failure(away), await failure(bot), await failure(bot)]
        assert TOKEN not in "".join(str(one) + one.code for one in told)
        assert [one.code for one in told] == ["connect", "disconnected", "400"]

    async def test_silence_is_ambiguous(self, zalo_bot: ZaloBot, session: aiohttp.ClientSession) -> None:
        bot = ZaloBotAdapter(zalo_bot_settings(api_base=zalo_bot.url), session, timeout_seconds=0.2)
        zalo_bot.script(hang())
        assert (await failure(bot)).ambiguous

    def test_every_row_tells_the_operator_something(self) -> None:
        for row in ERRORS.values():
            assert row.sentence.endswith(".")
            assert 20 < len(row.sentence) < 300

    @pytest.mark.parametrize("code", ["x", [], True, {}, None])
    def test_a_number_of_the_wrong_type(self, code: object) -> None:
        assert failed(200, {}, orjson.dumps({"ok": False, "error_code": code})).ambiguous
        assert failed(401, {}, orjson.dumps({"ok": False, "error_code": code})).failure is Failure.TOKEN
        assert failed(200, {}, b'{"ok":false,"error_code":"401"}').failure is Failure.TOKEN
