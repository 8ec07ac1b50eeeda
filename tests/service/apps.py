"""The four platforms behind one face: each one's stand-in, what it was made to say, and what it took, told alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.channels.base import ChannelAdapter
from bot.channels.registry import adapters
from bot.channels.zalo_oa_tokens import TokenStore
from bot.settings import Settings, load_settings
from tests.journeys.running import OWN
from tests.standins import messenger, telegram, zalo_bot, zalo_oa
from tests.standins.messenger import Graph
from tests.standins.telegram import Telegram
from tests.standins.zalo_bot import ZaloBot
from tests.standins.zalo_oa import ZaloOa

Standin = Any  # Graph, ZaloOa, ZaloBot or Telegram: alike in `script`, `faults`, `sends`, `accepted`, `blocked`, `wait_for_sends`


@dataclass(frozen=True, kw_only=True)
class App:
    """How to make one platform have its bad days."""

    name: str
    start: Callable[..., Standin]
    busy: Callable[[float | None], Any]  # 429, with and without a waiting time
    broken: Callable[[], Any]  # 5xx
    nonsense: Callable[[], Any]
    hang: Callable[..., Any]
    drop: Callable[..., Any]
    block: Callable[[Standin, str], None]
    words: Callable[[Any], tuple[str, str]]  # (contact, text) of an accepted message


def _block(standin: Standin, contact: str) -> None:
    standin.blocked.add(contact)


APPS = {
    "messenger": App(
        name="messenger",
        start=Graph,
        busy=lambda wait: messenger.error(613, status=429, **({} if wait is None else {"Retry_After": f"{wait:.0f}"})),
        broken=lambda: messenger.error(2, status=500),
        nonsense=lambda: messenger.answer(200, b"<html>Sorry, something went wrong.</html>"),
        hang=messenger.hang,
        drop=messenger.drop,
        block=_block,
        words=lambda body: (body["recipient"]["id"], body["message"]["text"]),
    ),
    "zalo-oa": App(
        name="zalo-oa",
        start=ZaloOa,
        busy=lambda wait: zalo_oa.error(-32, **({} if wait is None else {"Retry_After": f"{wait:.0f}"})),
        broken=lambda: zalo_oa.answer(503, b"upstream"),
        nonsense=lambda: zalo_oa.answer(200, b"<html>bao tri</html>"),
        hang=zalo_oa.hang,
        drop=zalo_oa.drop,
        block=_block,
        words=lambda body: (body["recipient"]["user_id"], body["message"]["text"]),
    ),
    "zalo-bot": App(
        name="zalo-bot",
        start=ZaloBot,
        busy=lambda wait: zalo_bot.error(429, **({} if wait is None else {"Retry_After": f"{wait:.0f}"})),
        broken=lambda: zalo_bot.answer(500, b"oops"),
        nonsense=lambda: zalo_bot.answer(200, b"<html>bao tri</html>"),
        hang=zalo_bot.hang,
        drop=zalo_bot.drop,
        block=lambda standin, contact: None,  # no error is documented for it
        words=lambda call: (call.parameters["chat_id"], call.parameters["text"]),
    ),
    "telegram": App(
        name="telegram",
        start=Telegram,
        busy=lambda wait: telegram.error(429, "Too Many Requests", **({} if wait is None else {"retry_after": wait})),
        broken=lambda: telegram.answer(502, b'{"ok":false,"error_code":502,"description":"Bad Gateway"}'),
        nonsense=lambda: telegram.answer(200, b"<html>blocked by the provider</html>"),
        hang=telegram.hang,
        drop=telegram.drop,
        block=_block,
        words=lambda call: (str(call.parameters["chat_id"]), call.parameters["text"]),
    ),
}


def settings_for(standins: Mapping[str, Standin], *, choices: Mapping[str, Any] | None = None, **more: Any) -> Settings:
    """Settings in which these platforms are on, each at its stand-in; `choices` are the operator's, of the first platform."""
    channels = {}
    for name, standin in standins.items():
        own: dict[str, Any] = {key.lower(): value for key, value in OWN[name].items()} | {"api_base": standin.url}
        channels[name.replace("-", "_")] = own | ({"oauth_base": standin.url} if name == "zalo-oa" else {}) | (dict(choices or {}) if not channels else {})
    return load_settings(**channels, **more)


@asynccontextmanager
async def adapters_of(standins: Mapping[str, Standin], *, tokens: TokenStore | None = None, **more: Any) -> AsyncIterator[dict[str, ChannelAdapter]]:
    """The real adapters of these platforms."""
    async with aiohttp.ClientSession() as session:
        made = adapters(settings_for(standins, **more), session, zalo_tokens=tokens)
        yield made
        for adapter in made.values():
            await adapter.close()


def took(app: App, standin: Standin) -> dict[str, list[str]]:
    """The words that a platform took, for each contact in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in standin.accepted:
        contact, text = app.words(one)
        found[contact].append(text)
    return dict(found)
