"""All chat apps in one place. A new one is its file and one line in each of these two tables."""

from __future__ import annotations

from typing import Any

import aiohttp

from bot.channels import messenger, telegram_limits, web, zalo_bot, zalo_oa
from bot.channels.base import Capabilities, ChannelAdapter
from bot.channels.messenger import MessengerAdapter
from bot.channels.short_keys import ShortKeys
from bot.channels.uploads import Uploads
from bot.channels.zalo_bot import ZaloBotAdapter
from bot.channels.zalo_oa import ZaloOaAdapter
from bot.channels.zalo_oa_tokens import TOKEN_FILE, FileTokenStore, Tokens, TokenStore
from bot.settings import Settings

CAPABILITIES = {
    "web": web.CAPABILITIES,
    "messenger": messenger.CAPABILITIES,
    "zalo-oa": zalo_oa.CAPABILITIES,
    "zalo-bot": zalo_bot.CAPABILITIES,
    "telegram": telegram_limits.CAPABILITIES,
}


def adapters(
    settings: Settings,
    session: aiohttp.ClientSession,
    *,
    zalo_tokens: TokenStore | None = None,
    uploads: Uploads | None = None,
    short_keys: ShortKeys | None = None,
) -> dict[str, ChannelAdapter]:
    """The adapters of the platforms whose settings are there, by name. The web chat has none: its page fetches.

    `zalo_tokens` keeps the OA's tokens for the whole cluster; without it a file in the data folder does, for one machine. `uploads`
    keeps for the cluster what platforms have of our pictures, `short_keys` what stands behind buttons; without them each adapter does, for
    one process.
    """
    made: dict[str, ChannelAdapter] = {}
    ours: Any = {"base_url": settings.base_url, "timeout_seconds": settings.send_timeout_seconds}
    if settings.messenger.on:
        made["messenger"] = MessengerAdapter(settings.messenger, session, uploads=uploads, **ours)
    if settings.zalo_oa.on:
        store = zalo_tokens or FileTokenStore(settings.data_dir / TOKEN_FILE)
        tokens = Tokens(settings.zalo_oa, session, store, timeout_seconds=settings.send_timeout_seconds)
        made["zalo-oa"] = ZaloOaAdapter(settings.zalo_oa, session, tokens, uploads=uploads, **ours)
    if settings.zalo_bot.on:
        made["zalo-bot"] = ZaloBotAdapter(settings.zalo_bot, session, **ours)
    if settings.telegram.on:
        from bot.channels.telegram import TelegramAdapter  # its library takes 30 MB and a quarter of a second, which only Telegram shall cost

        made["telegram"] = TelegramAdapter(settings.telegram, session, uploads=uploads, short_keys=short_keys, **ours)
    return made


def capabilities(name: str, settings: Settings | None = None) -> Capabilities:
    """What an app can show, as these settings have it; raises `KeyError` for a name that is not in the registry."""
    if settings is not None and name == "zalo-oa":
        return zalo_oa.capabilities_of(settings.zalo_oa)
    return CAPABILITIES[name]
