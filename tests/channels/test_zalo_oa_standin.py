"""The stand-in is as strict as Zalo, and of use to another process."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from bot.channels.zalo_oa import ZaloOaAdapter
from bot.channels.zalo_oa_tokens import MemoryTokenStore, Tokens
from bot.dialogue.reply import Reply
from tests.channels.conftest import zalo_oa_settings
from tests.standins.zalo_oa import ZaloOa

ONE = {"title": "Xong rồi", "type": "oa.query.hide", "payload": "#dl:done"}
URL = {"title": "Mở", "type": "oa.open.url", "payload": {"url": "https://dichvucong.gov.vn"}}


def message(**inside: Any) -> dict[str, Any]:
    return {"recipient": {"user_id": "2468"}, "message": inside}


def buttons(*row: dict[str, Any], **more: Any) -> dict[str, Any]:
    return message(text="?", attachment={"type": "template", "payload": {"buttons": list(row), **more}})


def media(*elements: dict[str, Any]) -> dict[str, Any]:
    return message(attachment={"type": "template", "payload": {"template_type": "media", "elements": list(elements)}})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (message(text="a" * 2001), -210),
        (message(text="👍" * 1001), -210),
        (message(text=" "), -201),
        (message(), -201),
        (message(text="x", quick_replies=[]), -201),
        ({"recipient": {"user_id": 2468}, "message": {"text": "x"}}, -201),
        ({"message": {"text": "x"}}, -201),
        (buttons(*[ONE] * 6), -210),
        (buttons(), -210),
        (buttons(ONE | {"title": "t" * 101}), -210),
        (buttons(ONE | {"payload": "p" * 1001}), -210),
        (buttons(ONE | {"payload": {"content": "x"}}), -201),
        (buttons(ONE | {"payload": ""}), -201),
        (buttons(URL | {"payload": {"url": "/a"}}), -201),
        (buttons(URL | {"type": "oa.open.phone"}), -201),
        (buttons(ONE | {"type": "postback"}), -201),
        (buttons(ONE, template_type="list"), -201),
        (message(attachment={"type": "template", "payload": {"buttons": [ONE]}}), -201),
        (message(text="x", attachment={"type": "image", "payload": {"url": "https://a.vn/a.png"}}), -201),
        (media({"media_type": "image", "url": "/a.png"}), -201),
        (media({"media_type": "image", "url": "https://a.vn/a.png", "attachment_id": "att1"}), -201),
        (media(*[{"media_type": "image", "url": "https://a.vn/a.png"}] * 2), -201),
        (media({"media_type": "image", "attachment_id": "never"}), -100),
    ],
)
async def test_what_zalo_would_refuse_is_refused_with_200(zalo: ZaloOa, session: aiohttp.ClientSession, body: dict[str, Any], code: int) -> None:
    async with session.post(f"{zalo.url}/v3.0/oa/message/cs", headers={"access_token": "AT0"}, json=body) as response:
        assert response.status == 200
        assert (await response.json())["error"] == code
    assert zalo.accepted == []


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/v3.0/oa/message/cs", {}, -216),
        ("/v3.0/oa/message/cs", {"Authorization": "Bearer AT0"}, -216),
        ("/v3.0/oa/message/cs", {"access_token": "AT1"}, -216),
        ("/v2.0/oa/message", {"access_token": "AT0"}, -240),
        ("/v3.0/oa/message", {"access_token": "AT0"}, -404),
    ],
)
async def test_a_wrong_token_or_path_is_refused(zalo: ZaloOa, session: aiohttp.ClientSession, path: str, headers: dict[str, str], code: int) -> None:
    async with session.post(zalo.url + path, headers=headers, json=message(text="x")) as response:
        assert (await response.json())["error"] == code


async def test_a_used_refresh_token_breaks_the_chain_for_good(zalo: ZaloOa, session: aiohttp.ClientSession) -> None:
    async def renew(token: str) -> Any:
        form = {"refresh_token": token, "app_id": "1234500000000000001", "grant_type": "refresh_token"}
        async with session.post(f"{zalo.url}/v4/oa/access_token", headers={"secret_key": "test_app_secret"}, data=form) as response:
            return await response.json()

    assert await renew("RT0") == {"access_token": "AT1", "refresh_token": "RT1", "expires_in": "90000"}
    assert (await renew("RT0"))["error"] == -14014
    assert (await renew("RT1"))["error"] == -14014


async def test_another_process_can_be_it_and_leaves_a_record(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    record = tmp_path / "sends.jsonl"
    program = [sys.executable, "-m", "tests.standins.zalo_oa", "--delay-ms", "1", "--record", str(record)]
    process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert process.stdout
    url = (await process.stdout.readline()).decode().strip()
    its = zalo_oa_settings(api_base=url, oauth_base=url)
    oa = ZaloOaAdapter(its, session, Tokens(its, session, MemoryTokenStore()))
    ids = [await oa.send("2468", Reply(text=f"Bước {number}"), str(number)) for number in range(3)]
    process.terminate()
    assert await process.wait() == 0
    lines = [orjson.loads(line) for line in record.read_bytes().splitlines()]
    assert [(line["accepted"], line["message_id"], orjson.loads(line["body"])["message"]["text"]) for line in lines] == [
        (True, id, f"Bước {number}") for number, id in enumerate(ids)
    ]
