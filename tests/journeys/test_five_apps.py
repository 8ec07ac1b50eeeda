"""One conversation over all five apps: VNeID is set up, the card is not read, is it free?, on it goes, done. The same steps everywhere."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterator
from itertools import count

import orjson
import pytest
import requests

from tests.journeys.running import APPS, Place, running, wait_until
from tests.journeys.test_three_doors import Message, by_terminal
from tests.standins import messenger_events, telegram_events, zalo_bot_events, zalo_oa_events

ASIDES = ("máy không nhận thẻ", "cài vneid có mất tiền không")
numbers = count(1)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running(tmp_path_factory.mktemp("serve"), *APPS) as here:
        yield here


@pytest.fixture(scope="module")
def script(place: Place) -> list[tuple[str, list[Message]]]:
    """What is typed, and what the terminal answers: the labels of the first options, with two asides where the card is read."""
    moves, turns = by_terminal(place, "#VNEID", asides={"Áp": ASIDES})
    typed = [moves[1]["text"]]
    for move, before in zip(moves[2:], turns[1:], strict=False):
        labels = {choice["tap"]: choice["label"] for choice in before[-1]["choices"]}
        typed.append(move["text"] if "text" in move else labels[move["tap"]])
    return list(zip(typed, turns[1:], strict=True))


@pytest.mark.parametrize("app", ["web", *APPS])
def test_the_conversation_reaches_the_same_steps(place: Place, script: list[tuple[str, list[Message]]], app: str) -> None:
    assert all(aside in [said for said, _ in script] for aside in ASIDES)
    say, heard = DOORS[app](place)
    end = 0
    for said, messages in script:
        say(said)
        for message in messages:
            wanted = plain(message["text"])
            wait_until(lambda: wanted in plain(heard())[end:])  # noqa: B023  # used before the next round
            end = plain(heard()).index(wanted, end) + len(wanted)
    assert "có giúp được bà con không?" in plain(heard())


def plain(text: str) -> str:
    """Words alone: an app may break lines elsewhere and put numbers of a menu between."""
    return " ".join(text.split())


Door = tuple[Callable[[str], None], Callable[[], str]]


def by_web(place: Place) -> Door:
    browser = requests.Session()
    browser.get(place.url, timeout=10)
    said: list[str] = []

    def say(words: str) -> None:
        with browser.post(f"{place.url}/chat/events", json={"text": words}, timeout=10) as answer:
            said.extend(message["text"] for message in answer.json()["messages"])

    return say, lambda: "\n".join(said)


def by_messenger(place: Place) -> Door:
    def say(words: str) -> None:
        body = messenger_events.delivery(messenger_events.text("5001", words, mid=f"m_{next(numbers)}", at=now()))
        post(f"{place.url}/webhooks/messenger", body, messenger_events.signed(body))

    def heard() -> str:
        return "\n".join(one.get("text") or one.get("attachment", {}).get("payload", {}).get("text", "") for one in place.sent("5001"))

    return say, heard


def by_zalo_oa(place: Place) -> Door:
    def say(words: str) -> None:
        body = zalo_oa_events.delivery(zalo_oa_events.text("5002", words, msg_id=f"z{next(numbers)}", at=now()))
        post(f"{place.url}/webhooks/zalo-oa", body, zalo_oa_events.signed(body))

    def heard() -> str:
        bodies = [orjson.loads(call["body"]) for call in place.calls("zalo-oa") if call["path"].endswith("/message/cs")]
        return "\n".join(body["message"].get("text", "") for body in bodies)

    return say, heard


def by_zalo_bot(place: Place) -> Door:
    def say(words: str) -> None:
        update = zalo_bot_events.text("5003", words, id=f"b{next(numbers)}", at=now())
        post(f"{place.platforms['zalo-bot']}/_/update", orjson.dumps(update), {"Content-Type": "application/json"})

    return say, lambda: "\n".join(call["parameters"].get("text", "") for call in place.calls("zalo-bot"))


def by_telegram(place: Place) -> Door:
    def say(words: str) -> None:
        update = telegram_events.text(5004, words, id=10_000 + next(numbers), at=now() // 1000)
        post(f"{place.platforms['telegram']}/_/update", orjson.dumps(update), {"Content-Type": "application/json"})

    def heard() -> str:
        texts = [call["parameters"].get("text") or call["parameters"].get("caption") or "" for call in place.calls("telegram")]
        return html.unescape("\n".join(texts))

    return say, heard


DOORS: dict[str, Callable[[Place], Door]] = {"web": by_web, "messenger": by_messenger, "zalo-oa": by_zalo_oa, "zalo-bot": by_zalo_bot, "telegram": by_telegram}


def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    with requests.post(url, data=body, headers=headers, timeout=10) as answer:
        assert answer.status_code == 200, answer.text


def now() -> int:
    """Milliseconds, as platforms stamp their events."""
    return int(time.time() * 1000)
