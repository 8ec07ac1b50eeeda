"""Asks a Rasa 3.6 server what a text means, over its HTTP API, and reads the answer as our own `Parse`.

Rasa's model takes the place of the embedded one; what stands around a model stays. A certain phrase of fraud still raises a report,
two words still are no question, and nothing is believed below a cut. Who answers while Rasa is slow or away is the caller's business.

Source: https://rasa.com/docs/rasa/pages/http-api (read 2026-11-24), and a server of version 3.6.21.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Literal

import aiohttp
import orjson

from bot.dialogue.event import Parse
from bot.nlu.classifier import CERTAIN, MAX_CHARS, OUT_OF_SCOPE, QUESTION_WORDS, RANKED, SCAM_REPORT
from bot.nlu.normalise import normalise
from bot.nlu.scam import tells_of_fraud

FALLBACK = "nlu_fallback"  # what Rasa's FallbackClassifier puts before its real guesses
# Of DIET's confidences as nlu_data/rasa/config.yml makes them, which say more than they know. docs/rasa.md has the figures.
ACCEPT, ASK = 0.40, 0.10
MAX_NAME_CHARS, MAX_VALUE_CHARS, MAX_ENTITIES = 100, 200, 20
# The server closes a connection that was idle for 5 s; a request sent at that moment would fail.
KEEPALIVE_SECONDS = 3.0
CONNECTIONS = 32

Why = Literal["timeout", "unreachable", "status", "answer"]
Ranking = list[tuple[str, float]]


class RasaFailed(Exception):
    """Rasa gave no answer that can be used. `why`: too slow, not there, an HTTP error, or an answer of another shape."""

    def __init__(self, why: Why):
        self.why = why
        super().__init__(why)


class RasaClient:
    """One Rasa server. Made and closed inside a running loop."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self._url = f"{url.rstrip('/')}/model/parse"
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEEPALIVE_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=timeout_seconds))

    async def parse(self, text: str) -> Parse:
        """What Rasa makes of a text, which has passed the privacy filter; raises `RasaFailed`.

        A text without a word is nothing to Rasa but a riddle that it answers all the same ("affirm", 0.80), so it is not asked.
        """
        text = unicodedata.normalize("NFC", text[:MAX_CHARS])
        if not normalise(text):
            return Parse()
        try:
            async with self._session.post(self._url, data=orjson.dumps({"text": text}), headers={"Content-Type": "application/json"}) as response:
                if response.status != 200:
                    raise RasaFailed("status")
                answer = orjson.loads(await response.read())
            return read(answer, text)
        except TimeoutError as error:
            raise RasaFailed("timeout") from error
        except aiohttp.ClientError as error:
            raise RasaFailed("unreachable") from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise RasaFailed("answer") from error

    async def close(self) -> None:
        await self._session.close()


def read(answer: Any, text: str) -> Parse:
    """The answer to `text` as we use it. Raises `AttributeError`, `KeyError`, `TypeError` or `ValueError` where it has another shape."""
    plain = normalise(text)
    ranking = _ranking(answer)
    unsure = answer["intent"]["name"] == FALLBACK
    entities = tuple(dict.fromkeys((_name(one["entity"]), str(one["value"])[:MAX_VALUE_CHARS]) for one in answer.get("entities") or ()))[:MAX_ENTITIES]
    if tells_of_fraud(plain) and (not ranking or ranking[0][0] != SCAM_REPORT):
        others = [(intent, confidence * (1 - CERTAIN)) for intent, confidence in ranking if intent != SCAM_REPORT]
        return Parse(ranking=((SCAM_REPORT, CERTAIN), *others)[:RANKED], entities=entities, sure=True)
    return Parse(
        ranking=tuple(ranking[:RANKED]),
        entities=entities,
        sure=bool(ranking) and not unsure and _believed(*ranking[0], plain),
        close=tuple(intent for intent, confidence in ranking[:3] if confidence >= ASK and intent != OUT_OF_SCOPE),
    )


def _believed(intent: str, confidence: float, plain: str) -> bool:
    if intent.startswith("hoi/") and len(plain.split()) < QUESTION_WORDS:
        return False
    return intent != OUT_OF_SCOPE and confidence >= ACCEPT


def _ranking(answer: Any) -> Ranking:
    """Intents best first. The classifier of Rasa knows only that something is a question (`hoi`), its response selector which one."""
    questions: dict[str, Ranking] = {}
    for name, selected in (answer.get("response_selector") or {}).items():
        if name == "all_retrieval_intents":
            continue
        for one in selected["ranking"]:
            intent, _, rest = (key := _name(one["intent_response_key"])).partition("/")
            if rest:
                questions.setdefault(intent, []).append((key, _share(one["confidence"])))
    ranking: Ranking = []
    for one in answer["intent_ranking"]:
        intent, confidence = _name(one["name"]), _share(one["confidence"])
        if intent in questions:
            ranking += [(key, confidence * share) for key, share in questions[intent]]
        elif intent != FALLBACK:
            ranking.append((intent, confidence))
    return sorted(ranking, key=lambda one: -one[1])


def _name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_NAME_CHARS:
        raise ValueError("a name is no text, or too long")
    return value


def _share(value: Any) -> float:
    share = float(value)
    if not 0.0 <= share <= 1.01:  # Rasa rounds
        raise ValueError("a confidence is no share")
    return min(share, 1.0)
