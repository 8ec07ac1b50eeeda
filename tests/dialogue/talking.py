"""A talk for tests: every turn stores the session and reads it back, and a reply that nobody looked at fails the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from textwrap import dedent

from bot.dialogue.engine import turn
from bot.dialogue.event import Event, Kind, Parse
from bot.dialogue.library import Library
from bot.dialogue.reply import Fact, Reply
from bot.dialogue.session import Session
from bot.dialogue.turn import Turn
from bot.flows.loader import load
from bot.i18n.catalogue import Catalogues
from bot.i18n.folding import fold

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # noon in Viet Nam


def library(files: Mapping[str, str], words: Catalogues | None = None) -> Library:
    """Guides from YAML texts; a mistake in them fails the test."""
    loaded = load({name: dedent(text).encode() for name, text in files.items()})
    assert not [one for one in loaded.diagnostics if one.severity == "error"], [one.text() for one in loaded.diagnostics]
    return Library(loaded.guides, words or Catalogues())


class Chat:
    """One contact. `user`, `tap`, `open` send an event; `bot` looks at the next bubble."""

    def __init__(self, guides: Library, *, greeted: bool = True, intents: Mapping[str, str] | None = None):
        self.library, self.now = guides, NOON
        self.intents = {fold(text): intent for text, intent in (intents or {}).items()}
        self.facts: list[Fact] = []
        self.turns: list[Turn] = []
        self._unread: list[Reply] = []
        self._stored = b""
        self._number = 0
        self._labels: dict[str, str] = {}
        if greeted:
            self.open()
            self._unread.clear()

    @property
    def session(self) -> Session:
        return Session.from_json(self._stored)

    @property
    def at(self) -> str | None:
        """`guide/step` of where the contact stands."""
        frame = self.session.frame
        return f"{frame.guide}/{frame.at}" if frame else None

    def user(self, text: str) -> Chat:
        intent = self.intents.get(fold(text))
        return self._send(Kind.TEXT, text=text, parse=Parse(ranking=((intent, 0.99),), sure=True) if intent else Parse())

    def unclear(self, text: str, *close: str) -> Chat:
        """A text for which the NLU found several intents that are equally near."""
        return self._send(Kind.TEXT, text=text, parse=Parse(ranking=tuple((intent, 0.4) for intent in close), close=close))

    def tap(self, label_or_payload: str) -> Chat:
        """A button by its label (the newest of that name) or its payload."""
        return self._send(Kind.TAP, payload=self._labels.get(label_or_payload, label_or_payload))

    def open(self, payload: str = "", **more: str) -> Chat:
        return self._send(Kind.OPENED, payload=payload, **more)

    def event(self, kind: Kind, **fields: object) -> Chat:
        return self._send(kind, **fields)

    def later(self, **time: float) -> Chat:
        self.now += timedelta(**time)
        return self

    def bot(self, text: str, *, buttons: Sequence[str] | None = None) -> Reply:
        """The next bubble: it holds `text`, and if `buttons` are given exactly these."""
        assert self._unread, f"no bubble left; wanted {text!r}"
        reply = self._unread.pop(0)
        assert text in reply.text, f"{text!r} is not in {reply.text!r}"
        if buttons is not None:
            assert [option.label for option in reply.options] == list(buttons)
        return reply

    def rest(self) -> list[str]:
        """The texts of all bubbles not looked at yet."""
        texts = [reply.text for reply in self._unread]
        self._unread.clear()
        return texts

    def silent(self) -> None:
        assert not self._unread, [reply.text for reply in self._unread]

    def _send(self, kind: Kind, **fields: object) -> Chat:
        self.silent()
        self._number += 1
        event = Event(id=str(self._number), channel="web", account="test", contact="bà A", at=self.now, kind=kind, **fields)  # type: ignore[arg-type]
        result = turn(self.library, Session.from_json(self._stored), event, self.now)
        again = turn(self.library, Session.from_json(self._stored), event, self.now)
        assert result == again, "the same turn run twice gave two results"
        self._stored = result.session.to_json()
        assert Session.from_json(self._stored) == result.session, "the session lost something on its way to the store"
        self._unread = list(result.replies)
        self.facts += result.facts
        self.turns.append(result)
        for reply in result.replies:
            self._labels |= {option.label: option.tap for option in reply.options}
        return self
