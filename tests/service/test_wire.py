"""The log of deliveries: which calls a message took and what came back, in shapes and codes, without words, ids and tokens."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import orjson
import pytest

from bot.channels.base import SendFailed
from bot.channels.calling import listening
from bot.channels.zalo_oa_tokens import MemoryTokenStore
from bot.dialogue.reply import Option, Reply
from bot.service.wire import redacted
from tests.journeys.running import OWN
from tests.service.apps import APPS, App, adapters_of

STEP = Reply(text="Áp thẻ căn cước.", options=(Option(label="Xong rồi", tap="vneid/scan/done"),))
CONTACT = "24680000012345"


async def told(app: App, standin: Any) -> tuple[list[dict[str, Any]], str]:
    """What the log keeps of sending `STEP`, as it is read and as it is written."""
    async with adapters_of({app.name: standin}, tokens=MemoryTokenStore()) as made:
        with listening() as calls, suppress(SendFailed):
            await made[app.name].send(CONTACT, STEP, "41")
    written = redacted(calls)
    return orjson.loads(written), written


@pytest.mark.parametrize("app", APPS.values(), ids=list(APPS))
async def test_a_message_is_told_without_a_word_of_it(app: App) -> None:
    async with app.start() as standin:
        [call], written = await told(app, standin)
    assert call["call"].startswith("POST /")
    assert call["status"] == 200
    assert isinstance(call["said"], dict)
    assert isinstance(call["answered"], dict)
    secrets = [str(value) for name, value in OWN[app.name].items() if name != "PAGE_ID"]  # which is in the address, and on the Page
    assert not [secret for secret in (*secrets, CONTACT, "Áp thẻ", "Xong rồi", "vneid") if secret in written]


@pytest.mark.parametrize("app", APPS.values(), ids=list(APPS))
async def test_what_went_wrong_is_told_in_the_platforms_own_code(app: App) -> None:
    async with app.start() as standin:
        standin.script(app.busy(7), app.drop(), app.nonsense())
        [busy], _ = await told(app, standin)
        [dropped], _ = await told(app, standin)
        [nonsense], _ = await told(app, standin)
    assert busy["status"] == 429 or busy["answered"]["error"] == -32
    assert dropped["broke"] == "disconnected"
    assert "status" not in dropped
    assert nonsense["answered"].endswith("byte")


async def test_every_call_of_a_message_is_told_in_order() -> None:
    """A dead token: refused, renewed, sent again. The new token is not told."""
    async with APPS["zalo-oa"].start() as zalo:
        zalo.expire()
        calls, written = await told(APPS["zalo-oa"], zalo)
    assert [call["call"] for call in calls] == ["POST /v3.0/oa/message/cs", "POST /v4/oa/access_token", "POST /v3.0/oa/message/cs"]
    assert calls[0]["answered"]["error"] == -216
    assert calls[1]["said"]["grant_type"] == "refresh_token"
    assert not [token for token in ("AT0", "RT0", "AT1", "RT1") if token in written]


async def test_words_of_another_task_are_not_heard() -> None:
    """Each message has its own list, and nobody listens outside."""
    async with APPS["messenger"].start() as graph, adapters_of({"messenger": graph}) as made:
        with listening() as outer:
            with listening() as inner:
                await made["messenger"].send(CONTACT, STEP, "1")
            assert (len(inner), len(outer)) == (1, 0)
        await made["messenger"].send(CONTACT, STEP, "2")
        assert (len(inner), len(outer)) == (1, 0)
