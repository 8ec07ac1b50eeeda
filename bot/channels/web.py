"""What our own web chat can show: everything a reply holds. The page fetches its messages, so nothing is sent to it."""

from __future__ import annotations

from bot.channels.base import Capabilities

CHANNEL = "web"
CAPABILITIES = Capabilities(
    max_text_chars=20_000,
    max_quick_replies=100,
    max_title_chars=400,
    max_payload_bytes=1000,
    max_link_buttons=20,
    max_text_chars_with_buttons=20_000,
    quick_replies_with_links=True,
    images=True,
    audio=True,
    video=True,
    text_with_media=True,
    max_media=10,
    relative_urls=True,
)
