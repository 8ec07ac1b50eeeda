"""All chat apps in one place. A new one is its file and one line in each of these two tables."""

from __future__ import annotations

import aiohttp

from bot.channels import messenger, telegram_limits, web, zalo_bot
from bot.channels.base import Capabilities, ChannelAdapter
from bot.channels.messenger import MessengerAdapter
from bot.channels.zalo_bot import ZaloBotAdapter
from bot.settings import Settings

CAPABILITIES = {
    "web": web.CAPABILITIES,
    "messenger": messenger.CAPABILITIES,
    "zalo-bot": zalo_bot.CAPABILITIES,
    "telegram": telegram_limits.CAPABILITIES,
}


def adapters(settings: Settings, session: aiohttp.ClientSession) -> dict[str, ChannelAdapter]:
    """The adapters of the platforms whose settings are there, by name. The web chat has none: its page fetches."""
    made: dict[str, ChannelAdapter] = {}
    if settings.messenger.on:
        made["messenger"] = MessengerAdapter(settings.messenger, session, base_url=settings.base_url, timeout_seconds=settings.send_timeout_seconds)
    if settings.zalo_bot.on:
        made["zalo-bot"] = ZaloBotAdapter(settings.zalo_bot, session, base_url=settings.base_url, timeout_seconds=settings.send_timeout_seconds)
    if settings.telegram.on:
        from bot.channels.telegram import TelegramAdapter  # its library takes 30 MB and a quarter of a second, which only Telegram shall cost

        made["telegram"] = TelegramAdapter(
            settings.telegram,
            session,
            base_url=settings.base_url,
            timeout_seconds=settings.send_timeout_seconds,
            folder=settings.data_dir / "telegram",
        )
    return made


def capabilities(name: str) -> Capabilities:
    """What an app can show; raises `KeyError` for a name that is not in the registry."""
    return CAPABILITIES[name]
