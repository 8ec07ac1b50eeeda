"""How fast Telegram may be spoken to: about one message a second in a chat, short bursts allowed, about 30 a second in all.

The library's own limiter does not pace private chats at all. Each process keeps its own pace.

Source: https://core.telegram.org/bots/faq (2026). The real limits are unpublished: what a 429 says always counts more.
"""

from __future__ import annotations


class Pace:
    """Times are seconds of any steady clock, handed in."""

    def __init__(self, *, chat_seconds: float = 1.0, chat_burst: int = 3, per_second: float = 30.0):
        self._chat_seconds, self._chat_burst, self._per_second = chat_seconds, chat_burst, per_second
        self._chats: dict[str, float] = {}  # when each chat's past messages are paid for, the oldest first
        self._all = 0.0
        self._told: dict[str, float] = {}
        self._held = 0.0

    def chat(self, chat: str, now: float) -> float:
        """Seconds until this chat may have one more message; it is counted."""
        paid = max(self._chats.pop(chat, now), now)
        start = max(now, paid - (self._chat_burst - 1) * self._chat_seconds)
        self._chats[chat] = paid + self._chat_seconds
        while self._chats[oldest := next(iter(self._chats))] <= now:
            del self._chats[oldest]
        return start - now

    def whole(self, now: float) -> float:
        """Seconds until the bot may send one more message to anybody; it is counted."""
        paid = max(self._all, now)
        self._all = paid + 1 / self._per_second
        return max(0.0, paid - 1.0 - now)

    def throttled(self, chat: str, seconds: float, now: float) -> None:
        """Telegram told us to wait. One chat's waiting is that chat's affair; where a second one is told too, the bot as a whole waits."""
        self._told = {other: until for other, until in self._told.items() if until > now}
        self._told[chat] = now + seconds
        if len(self._told) > 1:
            self._held = max(self._held, now + seconds)

    def held(self, now: float) -> float:
        """Seconds for which nothing may be sent to anybody."""
        return max(0.0, self._held - now)
