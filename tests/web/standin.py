"""A service in memory with one scripted guide: for what the pages do when the real one refuses, waits or is slow."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry

from bot.dialogue.event import Event, Kind
from bot.flows.guides import Guides, compile_guide
from bot.flows.model import Guide
from bot.i18n.catalogue import Catalogues
from bot.service.errors import Unavailable
from bot.settings import Settings

GUIDE = Guide.model_validate(
    {
        "guide": "vneid",
        "title": "Cài VNeID",
        "summary": "Làm xong, bà con có tài khoản VNeID.",
        "minutes": 15,
        "prepare": ["Thẻ căn cước gắn chip còn hạn", "SIM đứng tên mình", "Điện thoại còn pin, có mạng"],
        "sources": [{"id": "muc-1", "title": "Thủ tục 1.011410, Cổng Dịch vụ công quốc gia", "url": "https://dichvucong.gov.vn", "checked": "2026-11-24"}],
        "start": "phone",
        "steps": {
            "phone": {
                "ask": "Điện thoại của bà con là loại nào?",
                "choices": [{"label": "Android", "next": "start"}, {"label": "iPhone", "next": "start"}, {"label": "Không biết", "next": "start"}],
            },
            "start": {
                "do": "Bấm nút “Bắt đầu”.",
                "screen": {"app": "VNeID", "title": "Đăng ký tài khoản mức 1", "highlight": "Bắt đầu"},
                "stuck": [{"problem": "Không thấy nút", "try": "Kéo màn hình xuống dưới."}],
                "next": "card",
            },
            "card": {"do": "Áp thẻ căn cước vào lưng điện thoại, giữ yên.", "picture": "ap-the", "next": "done"},
            "done": {"end": "Xong rồi, giỏi quá!"},
        },
    }
)
FOUR = (("Xong rồi", "done", "check"), ("Chưa được", "stuck", "stuck"), ("Nghe", "listen", "sound"), ("Gặp người hỗ trợ", "person", "person"))
GREETING = "Chào bà con. Mình làm từng bước một nhé.\n\nDẫn Lối không hỏi mã OTP, mật khẩu hay số căn cước. Ai hỏi là lừa đảo."


@dataclass
class Taken:
    messages: list[dict[str, Any]]
    duplicate: bool = False


@dataclass
class Health:
    ready: bool = True
    degraded: list[str] = field(default_factory=list)
    database: bool = True
    guides: int = 1
    worker_seconds: float | None = None


@dataclass
class Content:
    guides: Guides
    words: Catalogues = field(default_factory=Catalogues)
    words: Catalogues = field(default_factory=Catalogues)

    @property
    def library(self) -> Content:
        return self


class StandIn:
    """Implements `bot.web.ports.Service`. `fails` is raised by `take`; while it is `away`, events wait and nothing can be read."""

    def __init__(self) -> None:
        self.content = Content(Guides(by_id={"vneid": compile_guide(GUIDE, "vneid.yaml", {}, {})}))
        self.adapters: dict[str, Any] = {}
        self.metrics = CollectorRegistry()
        self.fails: Exception | None = None
        self.away = False
        self.waiting: list[Event] = []
        self.state = Health()
        self.events: list[Event] = []
        self.talks: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self.keys: dict[str, int] = {}
        self.seen: set[str] = set()
        self.changed = asyncio.Condition()
        self.refused: list[tuple[str, str]] = []

    @property
    def turns(self) -> StandIn:
        return self

    @property
    def store(self) -> StandIn:
        return self

    def unsigned(self, channel: str, why: str) -> None:
        self.refused.append((channel, why))

    async def health(self) -> Health:
        return self.state

    async def take(self, events: Sequence[Event]) -> list[Taken]:
        if self.fails:
            raise self.fails
        if self.away:
            self.waiting.extend(events)
            return [Taken([]) for _ in events]
        return [await self.one(event) for event in events]

    async def comes_back(self) -> None:
        self.away = False
        for event in self.waiting:
            await self.one(event)

    async def one(self, event: Event) -> Taken:
        if event.id in self.seen:
            return Taken([], duplicate=True)
        self.seen.add(event.id)
        self.events.append(event)
        self.at = datetime.now(UTC).isoformat()
        key = self.keys.setdefault(event.contact, len(self.keys) + 1)
        if event.kind is not Kind.OPENED:
            self.tell(key, {"text": event.text or self.label(key, event.payload), "from": "me"})
        taken = Taken([self.tell(key, reply) for reply in self.replies(event)])
        await self.ring()
        return taken

    def replies(self, event: Event) -> list[dict[str, Any]]:
        said = event.payload or event.text.lower()
        if said in ("vneid", "cài vneid"):
            return [
                self.step("phone", "Điện thoại của bà con là loại nào?", [(one, f"vneid/phone/{one}", "") for one in ("Android", "iPhone", "Không biết")], 1)
            ]
        if said.startswith("vneid/phone"):
            picture = {"kind": "image", "url": self.content.guides["vneid"].screen_url("start"), "alt": "Hình vẽ: VNeID, màn hình Đăng ký tài khoản mức 1."}
            return [self.step("start", "Bấm nút “Bắt đầu”.", [(label, f"vneid/start/{tap}", icon) for label, tap, icon in FOUR], 2, media=[picture])]
        if said == "vneid/start/done":
            picture = {"kind": "image", "url": "/media/picture/ap-the.png", "alt": "Hình vẽ: áp thẻ vào lưng máy."}
            words = "Áp thẻ căn cước vào lưng điện thoại, giữ yên."
            return [self.step("card", words, [(label, f"vneid/card/{tap}", icon) for label, tap, icon in FOUR], 3, media=[picture])]
        if said == "vneid/card/done":
            return [{"text": "Xong rồi, giỏi quá!", "choices": [], "links": [], "media": [], "from": "bot", "key": "vneid/done"}]
        choices = [{"label": "Cài VNeID", "tap": "vneid"}, {"label": "Khai sinh cho con", "tap": "khai-sinh"}]
        return [{"text": GREETING, "choices": choices, "links": [], "media": [], "from": "bot"}]

    def step(self, step: str, text: str, choices: Sequence[tuple[str, str, str]], at: int, **more: Any) -> dict[str, Any]:
        shown = [{"label": label, "tap": tap} | ({"icon": icon} if icon else {}) | ({"main": True} if icon == "check" else {}) for label, tap, icon in choices]
        progress = {"title": "Cài VNeID", "at": at, "of": 3}
        return {"text": text, "choices": shown, "links": [], "media": [], "from": "bot", "key": f"vneid/{step}", "progress": progress} | more

    def label(self, key: int, tap: str) -> str:
        shown = [one for message in self.talks[key] for one in message.get("choices", ())]
        return next((one["label"] for one in reversed(shown) if one["tap"] == tap), tap)

    def tell(self, key: int, message: dict[str, Any]) -> dict[str, Any]:
        own = {"id": sum(map(len, self.talks.values())) + 1, "at": self.at}
        message = {"choices": [], "links": [], "media": []} | message | own
        self.talks[key].append(message)
        return message

    async def person_says(self, contact: str, text: str) -> None:
        self.at = datetime.now(UTC).isoformat()
        self.tell(self.keys[contact], {"text": text, "from": "person"})
        await self.ring()

    async def ring(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def contact(self, channel: str, account: str, contact: str) -> int | None:
        if self.away:
            raise Unavailable
        return self.keys.get(contact)

    def connection(self) -> Any:
        raise Unavailable

    async def messages(self, contact_key: int, after: int = 0, limit: int = 60) -> list[dict[str, Any]]:
        return [one for one in self.talks[contact_key] if one["id"] > after][-limit:]

    async def listen(self, contact_key: int) -> AsyncIterator[None]:
        yield None
        while True:
            async with self.changed:
                await self.changed.wait()
            yield None

    @asynccontextmanager
    async def start(self, settings: Settings, roles: Collection[str]) -> AsyncIterator[StandIn]:
        yield self
