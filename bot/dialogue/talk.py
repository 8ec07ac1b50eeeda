"""One turn under way: the session as it becomes, what has been said, what was counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone

from msgspec.structs import replace

from bot.dialogue.event import Event
from bot.dialogue.library import Library
from bot.dialogue.payload import own_tap
from bot.dialogue.reply import Fact, Option, Progress, Reply
from bot.dialogue.session import Frame, Pending, Session
from bot.dialogue.turn import Gap, Way
from bot.flows.guides import CompiledGuide
from bot.flows.model import AskStep, DoStep

VIET_NAM = timezone(timedelta(hours=7))
WAITING = (DoStep, AskStep)


class Talk:
    """Mutable only while its turn lasts; nothing of it is kept."""

    __slots__ = (
        "began",
        "erased",
        "event",
        "facts",
        "fell_back",
        "forgets",
        "gaps",
        "held",
        "hides",
        "library",
        "now",
        "quiet",
        "replies",
        "session",
        "ways",
        "went",
        "withdraws",
    )

    def __init__(self, library: Library, session: Session, event: Event, now: datetime):
        self.library, self.session, self.event, self.now = library, session, event, now
        self.began = session
        self.fell_back = False  # something of a guide or an answer was said in Vietnamese, because it is not translated
        self.replies: list[Reply] = []
        self.facts: list[Fact] = []
        self.ways: list[Way] = []
        self.went: dict[str, list[str]] = {}  # by guide, the moves of this turn that no fact tells of yet: “open>scan”
        self.erased = False
        self.forgets = False
        self.held = False  # a person had the talk until now
        self.hides = False  # what was said is a secret, though the filter let it pass
        self.gaps: list[Gap] = []
        self.withdraws = False
        self.quiet = False  # what is said now does not take the talk back from a person who may hold it

    @property
    def today(self) -> date:
        return self.now.astimezone(VIET_NAM).date()

    @property
    def zone(self) -> timezone:
        return VIET_NAM

    @property
    def language(self) -> str:
        return self.session.language

    def phrase(self, name: str, **values: object) -> str:
        text = self.library.phrase(self.session.language, name)
        return text.format_map(values) if values else text

    def text(self, place: str, source: str) -> str:
        """A text of a guide or an answer, in the citizen's language where it is translated."""
        words = self.library.words
        self.fell_back = self.fell_back or not words.speaks(self.language, place, source)
        return words.text(self.language, place, source)

    def say(self, name: str, *options: Option, **values: object) -> None:
        """A bubble of the bot's own."""
        self.bubble(self.phrase(name, **values), options)

    def bubble(self, text: str, options: Iterable[Option] = (), **more: object) -> None:
        self.replies.append(Reply(text=text, options=tuple(options), **more))  # type: ignore[arg-type]  # fields of Reply

    def at_step(self, text: str, options: Iterable[Option]) -> None:
        """A bubble that belongs to the step at hand, though it is not the step's own text."""
        frame = self.session.frames[-1]
        self.replies.append(Reply(text=text, options=tuple(options), key=f"{frame.guide}/{frame.at}", progress=self.progress(frame)))

    def option(self, phrase: str, *command: str, icon: str = "", main: bool = False, **values: object) -> Option:
        """An option that is a command of the bot's own."""
        return Option(label=self.phrase(phrase, **values), tap=own_tap(*command), icon=icon, main=main)

    def person_option(self) -> Option:
        return self.option("person", "person", icon="person")

    def menu_option(self) -> Option:
        return self.option("to-menu", "menu", icon="menu")

    def confirm(self, yes: Option, no: Option) -> None:
        """Let a typed yes or no choose between two options of the question just asked."""
        self.session = replace(self.session, pending=Pending(yes=yes.tap, no=no.tap))

    def count(self, kind: str, frame: Frame | None = None, *, step: str | None = None, detail: str = "", **data: str) -> None:
        frame = frame or self.session.frame
        guide = frame.guide if frame else ""
        if step is None:
            step = frame.at if frame else ""
        if went := self.went.pop(guide, None):
            data["ways"] = " ".join(went)
        self.facts.append(Fact(kind=kind, guide=guide, step=step, detail=detail, data=data))

    def moved(self, guide: str, step: str, to: str) -> None:
        """Somebody went on from a step to another: the next fact of this guide says so."""
        self.went.setdefault(guide, []).append(f"{step}>{to}")

    def guide_of(self, frame: Frame) -> CompiledGuide:
        return self.library.guides.by_id[frame.guide]

    def progress(self, frame: Frame) -> Progress:
        return self.library.progress(self.language, frame)

    def where(self, frame: Frame) -> dict[str, object]:
        """The values of phrases that tell where someone stands."""
        progress = self.progress(frame)
        return {"title": progress.title, "at": progress.at, "of": progress.of}
