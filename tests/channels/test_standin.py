"""The stand-in itself: as strict as Meta, and of use to another process."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from bot.channels.messenger import MessengerAdapter
from bot.dialogue.reply import Reply
from tests.channels.conftest import messenger_settings
from tests.standins.messenger import Graph
from tests.standins.messenger_events import PAGE_TOKEN

PROOF = "92df2c7d06a0bea4fc2b80f86300143642d76252e572eb8556f74bdebb3b3c06"
AUTH = {"access_token": PAGE_TOKEN, "appsecret_proof": PROOF}
ONE = {"content_type": "text", "title": "Xong rồi", "payload": "done"}


def message(**inside: Any) -> dict[str, Any]:
    return {"recipient": {"id": "2002"}, "messaging_type": "RESPONSE", "message": inside}


def buttons(text: str, count: int, title: str = "Mở") -> dict[str, Any]:
    row = [{"type": "web_url", "title": title, "url": "https://dichvucong.gov.vn"}] * count
    return message(attachment={"type": "template", "payload": {"template_type": "button", "text": text, "buttons": row}})


@pytest.mark.parametrize(
    "body",
    [
        message(text="a" * 2000),
        message(text=""),
        message(text="👍" * 1000),
        message(text="x", metadata="m" * 1000),
        message(text="x", quick_replies=[ONE] * 14),
        message(text="x", quick_replies=[]),
        message(text="x", quick_replies=[ONE | {"title": "t" * 21}]),
        message(text="x", quick_replies=[ONE | {"payload": "p" * 1001}]),
        message(text="x", attachment={"type": "image", "payload": {"url": "https://a.vn/a.png"}}),
        message(attachment={"type": "image", "payload": {"url": "/a.png"}}),
        buttons("t" * 641, 1),
        buttons("t", 4),
        buttons("t", 0),
        buttons("t", 1, title="t" * 21),
        message(text="x") | {"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"},
        message(text="x") | {"sender_action": "typing_on"},
        {"messaging_type": "RESPONSE", "message": {"text": "x"}},
    ],
)
async def test_what_meta_would_refuse_is_refused(graph: Graph, session: aiohttp.ClientSession, body: dict[str, Any]) -> None:
    async with session.post(f"{graph.url}/v25.0/1001/messages", params=AUTH, json=body) as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == 100
    assert graph.accepted == []


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/v25.0/1001/messages", {}, 190),
        ("/v25.0/1001/messages", AUTH | {"access_token": "other"}, 190),
        ("/v25.0/1001/messages", AUTH | {"appsecret_proof": "0" * 64}, 100),
        ("/v24.0/1001/messages", AUTH, 2500),
        ("/v25.0/1002/messages", AUTH, 100),
        ("/v25.0/1001/messages/x", AUTH, 2500),
    ],
)
async def test_a_wrong_token_proof_or_path_is_refused(graph: Graph, session: aiohttp.ClientSession, path: str, query: dict[str, str], code: int) -> None:
    async with session.post(graph.url + path, params=query, json=message(text="x")) as response:
        assert (await response.json())["error"]["code"] == code


async def test_another_process_can_be_it_and_leaves_a_record(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    record = tmp_path / "sends.jsonl"
    program = [sys.executable, "-m", "tests.standins.messenger", "--delay-ms", "1", "--record", str(record)]
    process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert process.stdout
    url = (await process.stdout.readline()).decode().strip()
    page = MessengerAdapter(messenger_settings(api_base=url), session)
    ids = [await page.send("2002", Reply(text=f"Bước {number}"), str(number)) for number in range(3)]
    process.terminate()
    assert await process.wait() == 0
    lines = [orjson.loads(line) for line in record.read_bytes().splitlines()]
    assert [(line["accepted"], line["message_id"], orjson.loads(line["body"])["message"]["metadata"]) for line in lines] == [
        (True, id, f"danloi:{number}") for number, id in enumerate(ids)
    ]
