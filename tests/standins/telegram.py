"""Telegram's Bot API on loopback: a real HTTP server with its limits, its error texts and, on request, its bad days.

In a test: `async with Telegram() as telegram:` and give `telegram.url` as the API base. For another process:
`python -m tests.standins.telegram --port 9200 --record calls.jsonl`; `POST /_/update` makes it deliver an update.
"""

from __future__ import annotations

import html
import re
from typing import Any

import orjson

from tests.standins.bot_api import LOOPBACK, BotApi, Fault, Json, Received, Refused, answer, drop, hang, main, units
from tests.standins.telegram_events import BOT_ID, HEADER, STARTED_AT, TOKEN

__all__ = ["Fault", "Received", "Telegram", "answer", "drop", "error", "hang"]

FILES = {"sendPhoto": "photo", "sendAudio": "audio", "sendVoice": "voice", "sendVideo": "video"}
TAGS = re.compile(r"</?(?:b|strong|i|em|u|ins|s|strike|del|a|code|pre|blockquote|tg-spoiler)(?: [^<>]*)?>")


def error(code: int, description: str, **parameters: Any) -> Fault:
    """An error in Telegram's own words; `retry_after=7` goes into its parameters."""
    body: Json = {"ok": False, "error_code": code, "description": description}
    return answer(code, orjson.dumps(body | ({"parameters": parameters} if parameters else {})))


class Telegram(BotApi):
    """The server. Set what should be different: `blocked`, `unknown`, `unfetchable`, `dead_token`, `faults`…"""

    token = TOKEN
    sends_are = frozenset({"sendMessage", *FILES})
    secret_header = HEADER
    program = "Telegram's Bot API"

    def __init__(self, **how: Any):
        super().__init__(**how)
        self.unknown: set[str] = set()
        self.unfetchable: set[str] = set()
        self.files: dict[str, str] = {}  # file id to the parameter's name
        self.commands: dict[str, list[Json]] = {}
        self.texts: dict[str, Json] = {"setMyDescription": {}, "setMyShortDescription": {}}
        self.menu_button: Json = {}
        self.acknowledged: list[str] = []
        self.old_queries: set[str] = set()
        self.last_error: Json = {}

    async def call(self, method: str, parameters: Json, files: Any) -> Any:
        if method in self.sends_are:
            return self._send(method, parameters, files)
        own = getattr(self, f"_{method}", None)
        if own is None:
            raise Refused(404, "Not Found")
        result = own(parameters)
        return await result if hasattr(result, "__await__") else result

    def _send(self, method: str, parameters: Json, files: Any) -> Json:
        chat = self._chat(parameters)
        _check_keyboard(self, parameters.get("reply_markup"))
        taken: Json = {}
        if method in FILES:
            self._check_text(parameters, "caption", 0, 1024)
            taken = self._file(FILES[method], parameters, files)
        else:
            self._check_text(parameters, "text", 1, 4096)
        self._sent += 1
        words = parameters.get("text", "")
        return {"message_id": self._sent, "date": STARTED_AT, "chat": {"id": int(chat), "type": "private"}, "text": words} | taken

    def _chat(self, parameters: Json) -> str:
        chat = str(parameters.get("chat_id", ""))
        self.require(chat.lstrip("-").isdecimal() and chat not in self.unknown, "chat not found")
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return chat

    def _check_text(self, parameters: Json, name: str, least: int, most: int) -> None:
        words = parameters.get(name, "")
        if parameters.get("parse_mode") == "HTML":
            self.require("<" not in TAGS.sub("", words), "can't parse entities: unsupported start tag")
            words = html.unescape(TAGS.sub("", words))
        self.require(units(words.strip()) >= least, "message text is empty")
        self.require(units(words) <= most, "message is too long" if name == "text" else "message caption is too long")

    def _file(self, name: str, parameters: Json, files: Any) -> Json:
        given = parameters.get(name, "")
        if name in files:
            if len(files[name][1]) > (10 if name == "photo" else 50) * 2**20:
                raise Refused(413, "Request Entity Too Large")
            self.require(bool(files[name][1]), "file must be non-empty")
        elif given.startswith(("https://", "http://")):
            self.require(given not in self.unfetchable, "wrong file identifier/HTTP URL specified")
        else:
            self.require(self.files.get(given) == name, "wrong remote file identifier specified: Wrong string length")
        id = given if given in self.files else f"{name}-{len(self.files) + 1:06d}-file-id"
        self.files[id] = name
        about: Json = {"file_id": id, "file_unique_id": f"u{id}"}
        if name == "photo":
            return {"photo": [about | {"file_id": f"small-{id}", "width": 90, "height": 90}, about | {"width": 800, "height": 800}]}
        return {name: about | {"duration": 3} | ({"width": 640, "height": 360} if name == "video" else {})}

    def _getMe(self, parameters: Json) -> Json:
        return {"id": int(BOT_ID), "is_bot": True, "first_name": "Dẫn Lối", "username": "laichau_bot"}

    def _sendChatAction(self, parameters: Json) -> bool:
        self._chat(parameters)
        self.require(parameters.get("action") == "typing", "wrong parameter action in request")
        return True

    def _answerCallbackQuery(self, parameters: Json) -> bool:
        id = parameters.get("callback_query_id", "")
        self.require(id not in self.old_queries and id != "", "query is too old and response timeout expired or query ID is invalid")
        self.acknowledged.append(id)
        return True

    def _setWebhook(self, parameters: Json) -> bool:
        self.require(parameters.get("url", "").startswith(("https://", *LOOPBACK)), "bad webhook: An HTTPS URL must be provided for webhook")
        self.require(bool(re.fullmatch(r"[A-Za-z0-9_-]{1,256}", parameters.get("secret_token", ""))), "secret token contains unallowed characters")
        self.webhook = parameters
        return True

    def _deleteWebhook(self, parameters: Json) -> bool:
        self.webhook = {}
        return True

    def _getWebhookInfo(self, parameters: Json) -> Json:
        held = {"allowed_updates": self.webhook["allowed_updates"]} if "allowed_updates" in self.webhook else {}
        return {"url": self.webhook.get("url", ""), "has_custom_certificate": False, "pending_update_count": len(self.queue)} | held | self.last_error

    async def _getUpdates(self, parameters: Json) -> list[Json]:
        """An offset acknowledges, and forgets, all before it."""
        if self.webhook:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
        offset = int(parameters.get("offset") or 0)
        while self.queue and self.queue[0].get("update_id", 0) < offset:
            self.queue.popleft()
        await self.something_new(float(parameters.get("timeout") or 0))
        return list(self.queue)[:100]

    def _setMyCommands(self, parameters: Json) -> bool:
        commands = parameters["commands"]
        self.require(1 <= len(commands) <= 100, "BOT_COMMANDS_TOO_MUCH")
        for one in commands:
            self.require(bool(re.fullmatch(r"[a-z0-9_]{1,32}", one["command"])), "BOT_COMMAND_INVALID")
            self.require(1 <= units(one["description"]) <= 256, "BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[parameters.get("language_code", "")] = commands
        return True

    def _getMyCommands(self, parameters: Json) -> list[Json]:
        return self.commands.get(parameters.get("language_code", ""), [])

    def _setMyDescription(self, parameters: Json) -> bool:
        self.require(units(parameters["description"]) <= 512, "description is too long")
        self.texts["setMyDescription"][parameters.get("language_code", "")] = parameters["description"]
        return True

    def _setMyShortDescription(self, parameters: Json) -> bool:
        self.require(units(parameters["short_description"]) <= 120, "short description is too long")
        self.texts["setMyShortDescription"][parameters.get("language_code", "")] = parameters["short_description"]
        return True

    def _setChatMenuButton(self, parameters: Json) -> bool:
        self.menu_button = parameters["menu_button"]
        return True


def _check_keyboard(api: Telegram, markup: Any) -> None:
    if markup is None:
        return
    rows = markup.get("inline_keyboard")
    api.require(isinstance(rows, list) and all(isinstance(row, list) and 1 <= len(row) <= 8 for row in rows), "object expected as reply markup")
    buttons = [button for row in rows for button in row]
    api.require(len(buttons) <= 100, "reply markup is too long")
    for button in buttons:
        api.require(bool(button.get("text", "").strip()), "text buttons are unallowed in the inline keyboard")
        api.require(("callback_data" in button) != ("url" in button), "BUTTON_TYPE_INVALID")
        if "callback_data" in button:
            api.require(1 <= len(button["callback_data"].encode()) <= 64, "BUTTON_DATA_INVALID")
        else:
            api.require(bool(re.fullmatch(r"https?://[^\s/.]+\.[^\s]+", button["url"])), "BUTTON_URL_INVALID")


if __name__ == "__main__":
    main(Telegram)
