"""The same guide through three doors: the terminal, the web chat and a signed Messenger webhook show the same steps."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import orjson
import pytest
import requests

from bot.channels.fit import fit
from bot.channels.registry import capabilities
from bot.dialogue.reply import Reply
from tests.journeys.running import ROOT, Place, running, wait_until
from tests.standins.messenger_events import delivery, postback, signed, tap, text

Message = dict[str, Any]
Move = dict[str, str]
GUIDES = {"vneid": "cài vneid", "khai-sinh": "lam khai sinh cho con o dau", "thanh-toan": "nộp lệ phí trên mạng thế nào"}
TYPED = {"ngày": "hôm qua", "xã": "Bum Nưa", "mấy": "1"}  # what is typed where a question has no buttons
MAX_TURNS = 80


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running(tmp_path_factory.mktemp("serve")) as here:
        yield here


@pytest.mark.parametrize(("guide", "said"), GUIDES.items())
def test_a_stranger_is_walked_to_the_end_through_each_door(place: Place, guide: str, said: str) -> None:
    moves, turns = by_terminal(place, said)
    assert any(message["key"].startswith(f"{guide}/") for message in turns[-1] if "key" in message)
    assert turns[-1][-1]["text"] == "Dẫn Lối có giúp được bà con không?"
    assert by_web(place, moves[1:]) == [[bare(message) for message in turn] for turn in turns[1:]]
    by_messenger(place, f"30{len(guide)}", moves, turns)


def by_terminal(place: Place, said: str, asides: Mapping[str, Sequence[str]] | None = None) -> tuple[list[Move], list[list[Message]]]:
    """Walk with `danloi chat --json`, always taking the first answer; the moves made and what came back.

    `asides` are said, each once, as soon as a step's text holds the word before them.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli.main", "chat", "--json"], cwd=ROOT, env=dict(place.environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    moves: list[Move] = [{"open": ""}, {"text": said}]
    turns: list[list[Message]] = []
    waiting = {word: list(many) for word, many in (asides or {}).items()}
    with process:
        for _ in range(MAX_TURNS):
            process.stdin.write(orjson.dumps(moves[len(turns)]) + b"\n")
            process.stdin.flush()
            turns.append(orjson.loads(process.stdout.readline())["messages"])
            last = turns[-1][-1]
            if any(choice["tap"].startswith("/thumb/") for choice in last["choices"]):
                return moves, turns
            aside = next((many.pop(0) for word, many in waiting.items() if many and word in last["text"]), None)
            if len(turns) > 1:
                moves.append({"text": aside} if aside else next_move(last))
    pytest.fail("no end in sight")


def next_move(message: Message) -> Move:
    taps = [choice["tap"] for choice in message["choices"] if not choice["tap"].startswith("/")]
    if taps:
        return {"tap": taps[0]}
    return {"text": next(said for word, said in TYPED.items() if word in message["text"].lower())}


def by_web(place: Place, moves: list[Move]) -> list[list[Message]]:
    with requests.Session() as browser:
        assert browser.get(place.url, timeout=10).status_code == 200  # the greeting comes with the page
        return [[bare(message) for message in browser.post(f"{place.url}/chat/events", json=move, timeout=10).json()["messages"]] for move in moves]


def bare(message: Message) -> Message:
    """What a step says and offers. The greeting came with the page; ids are the channel's own; a page knows its own address."""
    return {key: message[key] for key in ("text", "choices", "key") if key in message}


def by_messenger(place: Place, contact: str, moves: list[Move], turns: list[list[Message]]) -> None:
    numbers = count(1)
    expected: list[str] = []
    for move, messages in zip(moves, turns, strict=True):
        mid = f"m_{contact}_{next(numbers)}"
        body = delivery(item(contact, move, mid))
        answer = requests.post(f"{place.url}/webhooks/messenger", data=body, headers=signed(body), timeout=10)
        assert answer.status_code == 200
        expected += [piece.text for message in messages for piece in fit(Reply.from_message(message), capabilities("messenger"), place.url) if piece.text]
        wait_until(lambda: len(said_by_messenger(place, contact)) >= len(expected))  # noqa: B023  # used before the next round
    assert said_by_messenger(place, contact) == expected


def item(contact: str, move: Move, mid: str) -> dict[str, Any]:
    match move:
        case {"text": said}:
            return text(contact, said, mid=mid)
        case {"tap": payload}:
            return tap(contact, payload, mid=mid)
    return postback(contact, "GET_STARTED", mid=mid)


def said_by_messenger(place: Place, contact: str) -> list[str]:
    """The words of what was sent; pictures are sent by themselves."""
    texts = [message.get("text") or message.get("attachment", {}).get("payload", {}).get("text") for message in place.sent(contact)]
    return [one for one in texts if one]
