"""The Zalo Bot Platform on loopback: a real HTTP server with its limits, its error numbers and, on request, its bad days.

In a test: `async with ZaloBot() as zalo:` and give `zalo.url` as the API base. For another process:
`python -m tests.standins.zalo_bot --port 9300 --record calls.jsonl`; `POST /_/update` makes it deliver an update.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import orjson

from tests.standins.bot_api import LOOPBACK, BotApi, Fault, Json, Received, Refused, answer, drop, hang, main, units
from tests.standins.zalo_bot_events import BOT_ID, HEADER, STARTED_AT, TOKEN

__all__ = ["Fault", "Received", "ZaloBot", "answer", "drop", "error", "hang"]

TESTS_ALLOWED = 3


def error(code: int, *, status: int | None = None, **headers: str) -> Fault:
    """An error by its number; the HTTP status is the same, or 200 where told so."""
    return answer(status or code, orjson.dumps({"ok": False, "error_code": code, "description": "scripted"}), **headers)


class ZaloBot(BotApi):
    """The server. Set what should be different: `unfetchable`, `quota`, `errors_in_200`, `dead_token`, `faults`…"""

    token = TOKEN
    sends_are = frozenset({"sendMessage", "sendPhoto"})
    secret_header = HEADER
    program = "the Zalo Bot Platform"

    def __init__(self, **how: Any):
        super().__init__(**how)
        self.errors_in_200 = False
        self.unfetchable: set[str] = set()
        self.quota: int | None = None
        self.tested = 0

    def refusal(self, refused: Refused) -> tuple[int, Json]:
        status, body = super().refusal(refused)
        return (200 if self.errors_in_200 else status), body

    async def call(self, method: str, parameters: Json, files: Any) -> Any:
        own = getattr(self, f"_{method}", None)
        if own is None:
            raise Refused(404, "Not found")
        result = own(parameters)
        return await result if hasattr(result, "__await__") else result

    def _getMe(self, parameters: Json) -> Json:
        return {"id": BOT_ID, "account_name": "bot.DanLoi", "account_type": "BASIC", "can_join_groups": False}

    def _sendMessage(self, parameters: Json) -> Json:
        self._chat(parameters)
        words = parameters.get("text")
        self.require(isinstance(words, str) and units(words.strip()) >= 1 and units(words) <= 2000, "text must have 1 to 2000 characters")
        self.require(set(parameters) <= {"chat_id", "text", "parse_mode", "text_styles", "reply_to_message_id"}, "unknown parameter")
        return self._taken()

    def _sendPhoto(self, parameters: Json) -> Json:
        self._chat(parameters)
        url = parameters.get("photo", "")
        self.require(isinstance(url, str) and url.startswith(("https://", "http://")) and url not in self.unfetchable, "photo")
        self.require(units(parameters.get("caption", "")) <= 2000, "caption")
        return self._taken()

    def _sendChatAction(self, parameters: Json) -> Json:
        self._chat(parameters)
        self.require(parameters.get("action") == "typing", "action")
        return {}

    async def _getUpdates(self, parameters: Json) -> Json:
        """One update, which is then forgotten; none in time is an error of its own."""
        if self.webhook:
            raise Refused(400, "a webhook is set")
        await self.something_new(float(parameters.get("timeout", 30)))
        if not self.queue:
            raise Refused(408, "Request timeout")
        return self.queue.popleft()

    async def _setWebhook(self, parameters: Json) -> Json:
        """The address is kept even where the first call of it fails."""
        self.require(parameters.get("url", "").startswith(("https://", *LOOPBACK)), "url must be public https")
        self.require(8 <= len(parameters.get("secret_token", "")) <= 256, "secret_token must have 8 to 256 characters")
        self.webhook = parameters
        return {"url": parameters["url"], "updated_at": STARTED_AT, "verification": await self._probe()}

    def _deleteWebhook(self, parameters: Json) -> Json:
        if not self.webhook:
            raise Refused(404, "Webhook not found")
        self.webhook = {}
        return {"url": "", "updated_at": STARTED_AT}

    def _getWebhookInfo(self, parameters: Json) -> Json:
        if not self.webhook:
            raise Refused(404, "Webhook not found")
        return {"url": self.webhook["url"], "updated_at": STARTED_AT}

    async def _testWebhook(self, parameters: Json) -> Json:
        if not self.webhook:
            raise Refused(404, "Webhook not found")
        self.tested += 1
        if self.tested > TESTS_ALLOWED:
            raise Refused(426, "Too many tests")
        return await self._probe()

    def _chat(self, parameters: Json) -> None:
        self.require(isinstance(parameters.get("chat_id"), str) and bool(parameters["chat_id"]), "chat_id")

    def _taken(self) -> Json:
        if self.quota is not None and self._sent >= self.quota:
            raise Refused(429, "Quota exceeded")
        self._sent += 1
        return {"message_id": f"z{self._sent:015d}", "date": STARTED_AT}

    async def _probe(self) -> Json:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(self.webhook["url"], json={}, headers={HEADER: self.webhook["secret_token"]}, timeout=aiohttp.ClientTimeout(total=5)) as response,
            ):
                good = response.status < 300
                return {"ok": good, "outcome": "SUCCESS" if good else "HTTP_ERROR", "status_code": response.status, "hint": "" if good else "check the server"}
        except (aiohttp.ClientError, TimeoutError):
            return {"ok": False, "outcome": "UNREACHABLE", "status_code": 0, "hint": "the url is not reachable"}


if __name__ == "__main__":
    main(ZaloBot)
