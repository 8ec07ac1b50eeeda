"""Rasa's NLU server on loopback: a real HTTP server that answers what a test tells it to, on request late, wrongly, or not at all.

In a test: `async with Rasa() as rasa:` and give `rasa.url` as `DANLOI_RASA_URL`. The shapes of its answers were taken from Rasa 3.6.21.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Self

import orjson
from aiohttp import web

LOOPBACK = "127.0.0.1"
LIKELY = {"vneid": 0.93, "khai-sinh": 0.04, "menu": 0.02}


def parsed(
    text: str,
    ranking: Mapping[str, float],
    *,
    questions: Mapping[str, float] | None = None,
    entities: Sequence[Mapping[str, Any]] = (),
    fallback: bool = False,
) -> dict[str, Any]:
    """An answer of `/model/parse`. `questions`: what the response selector says of `hoi`; `fallback`: the FallbackClassifier stepped in."""
    ranked = [{"name": name, "confidence": confidence} for name, confidence in ranking.items()]
    if fallback:
        ranked.insert(0, {"name": "nlu_fallback", "confidence": 0.4})
    selected = [{"confidence": confidence, "intent_response_key": key} for key, confidence in (questions or {}).items()]
    best: dict[str, Any] = {"responses": [], "confidence": 0.0, "intent_response_key": None, "utter_action": "utter_None"}
    return {
        "text": text,
        "intent": ranked[0] if ranked else {"name": None, "confidence": 0.0},
        "entities": list(entities),
        "text_tokens": [[0, len(text)]],
        "intent_ranking": ranked,
        "response_selector": {"all_retrieval_intents": ["hoi"], "hoi": {"response": best, "ranking": selected}},
    }


class Rasa:
    """The server. Set what should be different: `ranking`, `answer` (raw bytes), `status`, `slow` (answers only when it is set)."""

    def __init__(self) -> None:
        self.asked: list[Any] = []  # the decoded bodies
        self.ranking: Mapping[str, float] = LIKELY
        self.answer: bytes | None = None
        self.status = 200
        self.slow: asyncio.Event | None = None
        self.slow_texts: frozenset[str] | None = None  # all where None
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; again on the same port after a stop."""
        app = web.Application()
        app.router.add_post("/model/parse", self._parse)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _parse(self, request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        self.asked.append(body)
        if self.slow is not None and (self.slow_texts is None or body["text"] in self.slow_texts):
            await self.slow.wait()
        answer = self.answer if self.answer is not None else orjson.dumps(parsed(body["text"], self.ranking))
        return web.Response(status=self.status, body=answer, content_type="application/json")
