"""The stand-ins of the token bots: as strict as the platforms, reached by whatever `fit` makes, and of use to another process."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from hypothesis import given, settings

from bot.channels.base import ChannelAdapter
from bot.channels.fit import fit
from bot.channels.telegram import TelegramAdapter
from bot.channels.zalo_bot import ZaloBotAdapter
from bot.dialogue.reply import Reply
from tests.channels.conftest import at_once, telegram_settings, zalo_bot_settings
from tests.channels.test_fit import replies
from tests.standins import telegram_events, zalo_bot_events
from tests.standins.telegram import Telegram
from tests.standins.zalo_bot import ZaloBot

BASE = "https://danloi.example"


def keyboard(*rows: list[dict[str, str]]) -> dict[str, Any]:
    return {"chat_id": "2002", "text": "x", "reply_markup": {"inline_keyboard": list(rows)}}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"chat_id": "2002", "text": "a" * 4097}, "message is too long"),
        ({"chat_id": "2002", "text": " "}, "message text is empty"),
        ({"chat_id": "x", "text": "x"}, "chat not found"),
        ({"chat_id": "2002", "text": "a < b", "parse_mode": "HTML"}, "can't parse entities"),
        ({"chat_id": "2002", "text": "<br>", "parse_mode": "HTML"}, "can't parse entities"),
        (keyboard([{"text": "x", "callback_data": "ạ" * 22}]), "BUTTON_DATA_INVALID"),
        (keyboard([{"text": "x", "callback_data": ""}]), "BUTTON_DATA_INVALID"),
        (keyboard([{"text": "x"}]), "BUTTON_TYPE_INVALID"),
        (keyboard([{"text": "x", "url": "https://a b"}]), "BUTTON_URL_INVALID"),
        (keyboard([{"text": "x", "url": "http://localhost/"}]), "BUTTON_URL_INVALID"),
        (keyboard([{"text": "x", "callback_data": "a"}] * 9), "object expected"),
        (keyboard(*[[{"text": "x", "callback_data": "a"}]] * 101), "reply markup is too long"),
    ],
)
async def test_what_telegram_would_refuse_is_refused(telegram: Telegram, session: aiohttp.ClientSession, body: dict[str, Any], why: str) -> None:
    async with session.post(f"{telegram.url}/bot{telegram_events.TOKEN}/sendMessage", json=body) as response:
        assert response.status == 400
        assert why in (await response.json())["description"]
    assert telegram.accepted == []


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("sendMessage", {"chat_id": "u1", "text": "a" * 2001}),
        ("sendMessage", {"chat_id": "u1", "text": "👍" * 1001}),
        ("sendMessage", {"chat_id": "u1", "text": ""}),
        ("sendMessage", {"chat_id": "u1", "text": "x", "reply_markup": {}}),
        ("sendMessage", {"text": "x"}),
        ("sendPhoto", {"chat_id": "u1", "photo": "/a.png"}),
        ("sendPhoto", {"chat_id": "u1", "photo": "https://a.vn/a.png", "caption": "a" * 2001}),
    ],
)
async def test_what_zalo_would_refuse_is_refused(zalo_bot: ZaloBot, session: aiohttp.ClientSession, method: str, body: dict[str, Any]) -> None:
    async with session.post(f"{zalo_bot.url}/bot{zalo_bot_events.TOKEN}/{method}", json=body) as response:
        assert (response.status, (await response.json())["error_code"]) == (400, 400)
    assert zalo_bot.accepted == []


async def test_a_wrong_token_and_an_unknown_method(telegram: Telegram, zalo_bot: ZaloBot, session: aiohttp.ClientSession) -> None:
    for server, token in ((telegram, telegram_events.TOKEN), (zalo_bot, zalo_bot_events.TOKEN)):
        for path, status in ((f"bot{token}x/getMe", 401), (f"bot{token}/getYou", 404)):
            async with session.get(f"{server.url}/{path}") as response:
                assert response.status == status


async def _all_taken(server: Telegram | ZaloBot, adapter: ChannelAdapter, reply: Reply) -> None:
    pieces = fit(reply, adapter.capabilities, BASE)
    for number, piece in enumerate(pieces):
        await adapter.send("2002", piece, str(number))
    assert len(server.accepted) == len(server.sends) == len(pieces)


@settings(max_examples=60, deadline=None)
@given(replies)
def test_telegram_takes_whatever_was_fitted(reply: Reply) -> None:
    async def run() -> None:
        async with Telegram() as server, aiohttp.ClientSession() as session:
            await _all_taken(server, TelegramAdapter(telegram_settings(api_base=server.url), session, base_url=BASE, sleep=at_once), reply)

    asyncio.run(run())


@settings(max_examples=60, deadline=None)
@given(replies)
def test_zalo_takes_whatever_was_fitted(reply: Reply) -> None:
    async def run() -> None:
        async with ZaloBot() as server, aiohttp.ClientSession() as session:
            await _all_taken(server, ZaloBotAdapter(zalo_bot_settings(api_base=server.url), session, base_url=BASE), reply)

    asyncio.run(run())


@pytest.mark.parametrize("name", ["telegram", "zalo_bot"])
async def test_another_process_can_be_it_leaves_a_record_and_delivers(session: aiohttp.ClientSession, tmp_path: Path, name: str) -> None:
    record = tmp_path / "calls.jsonl"
    program = [sys.executable, "-m", f"tests.standins.{name}", "--delay-ms", "1", "--record", str(record)]
    process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert process.stdout
    url = (await process.stdout.readline()).decode().strip()
    adapter: TelegramAdapter | ZaloBotAdapter
    if name == "telegram":
        adapter, update = TelegramAdapter(telegram_settings(api_base=url), session), telegram_events.text(2002, "chào")
    else:
        adapter, update = ZaloBotAdapter(zalo_bot_settings(api_base=url), session), zalo_bot_events.text("2002", "chào")
    ids = [await adapter.send("2002", Reply(text=f"Bước {number}"), str(number)) for number in range(3)]
    async with session.post(f"{url}/_/update", json=update) as response:
        assert await response.json() == {"status": None}
    assert [one.text for one in (await adapter.fetch(None, 5)).events] == ["chào"]
    process.terminate()
    assert await process.wait() == 0
    lines = [orjson.loads(line) for line in record.read_bytes().splitlines()]
    sent = [line for line in lines if line["method"] == "sendMessage"]
    assert [(line["accepted"], line["message_id"], line["parameters"]["text"]) for line in sent] == [
        (True, id, f"Bước {number}") for number, id in enumerate(ids)
    ]
