"""What the chat page shows, worked out from the messages of a talk. Pure: the templates only lay it out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from bot.dialogue.drawings import drawing_note, drawing_url
from bot.flows.guides import CompiledGuide, Guides
from bot.i18n.catalogue import SOURCE_LANGUAGE, Catalogues
from bot.outreach.illustrations import inline_svg
from bot.web.ports import Message
from bot.web.words import PageWords

ICONS = frozenset(("again", "back", "chat", "check", "clock", "copy", "globe", "list", "menu", "person", "phone", "print", "send", "shield", "sound", "stuck"))
LEAD_CHARS = 100  # what is longer is no longer read as one thing
INLINED = 3  # so many of the newest pictures stand in the page itself; older ones are fetched when they are scrolled to
_SENTENCE_END = re.compile(r"(?<=[.?!…])\s+")
_OWN_PICTURE = re.compile(r"/media/(?P<guide>[a-z0-9-]+)/(?P<step>[a-z0-9-]+)-(?P<hash>[0-9a-f]{10})(?:\.(?P<language>[A-Za-z0-9-]+))?\.png\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image of a bubble: drawn into the page (`svg`) or fetched (`url`)."""

    alt: str
    url: str
    svg: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message as it is shown: a short first line in large letters where it is a step, the rest below it."""

    id: int
    sender: str
    lead: str
    paragraphs: tuple[str, ...]
    step: dict[str, Any] | None  # where it stands in its guide
    pictures: tuple[Picture, ...]
    sounds: tuple[dict[str, str], ...]
    links: tuple[dict[str, str], ...]
    language: str  # of the bot's words; "" of a person's, which may be any
    turn: str  # what was said in one turn has the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A button under the talk; `number` is what can be typed instead."""

    label: str
    tap: str
    number: int
    icon: str
    main: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatView:
    """The moving parts of the chat page."""

    bubbles: tuple[Bubble, ...]
    answers: tuple[Answer, ...]
    with_icons: bool  # the four answers of a step, side by side; otherwise a numbered column
    progress: dict[str, Any] | None
    guide: CompiledGuide | None
    last: int
    language: str  # of what the bot said last

    def title(self, words: PageWords) -> str:
        """Of the page: what is under way, and how far."""
        return f"{words('title-step', **self.progress)} · Dẫn Lối" if self.progress else "Dẫn Lối"


def chat_view(messages: Sequence[Message], guides: Guides, words: Catalogues) -> ChatView:
    """The page after these messages, oldest first."""
    turn = _newest_turn(messages)
    shown = next((one for one in turn if one.get("choices")), None)
    answers = tuple(_answer(number, choice) for number, choice in enumerate(shown["choices"], 1)) if shown else ()
    guide = next((guides[name] for one in turn if (name := str(one.get("key", "")).partition("/")[0]) and name in guides), None)
    return ChatView(
        bubbles=tuple(_bubble(one, guides, words, inline=index >= len(messages) - INLINED) for index, one in enumerate(messages)),
        answers=answers,
        with_icons=bool(answers) and all(one.icon for one in answers),
        progress=next((one["progress"] for one in turn if one.get("progress")), None),
        guide=guide,
        last=max((int(one["id"]) for one in messages), default=0),
        language=next((one.get("language", SOURCE_LANGUAGE) for one in reversed(messages) if one.get("from") == "bot"), SOURCE_LANGUAGE),
    )


def _newest_turn(messages: Sequence[Message]) -> list[Message]:
    """What came after the person's last words, newest first: older buttons are no longer on the screen."""
    return list(takewhile(lambda one: one.get("from") != "me", reversed(messages)))


def _answer(number: int, choice: dict[str, Any]) -> Answer:
    icon = choice.get("icon", "")
    return Answer(label=choice["label"], tap=choice["tap"], number=number, icon=icon if icon in ICONS else "", main=bool(choice.get("main")))


def _bubble(message: Message, guides: Guides, words: Catalogues, *, inline: bool) -> Bubble:
    media = message.get("media") or ()
    progress = message.get("progress")
    lead, paragraphs = _split(message.get("text", ""), lead=bool(progress and message.get("choices")))
    return Bubble(
        id=int(message["id"]),
        sender=message.get("from", "bot"),
        lead=lead,
        paragraphs=paragraphs,
        step=progress if lead else None,
        pictures=tuple(_picture(one, guides, words, inline=inline) for one in media if one["kind"] == "image"),
        sounds=tuple(one for one in media if one["kind"] in ("audio", "video")),
        links=tuple(message.get("links") or ()),
        language=message.get("language", SOURCE_LANGUAGE) if message.get("from", "bot") == "bot" else "",
        turn=message.get("at", ""),
    )


def _split(text: str, *, lead: bool) -> tuple[str, tuple[str, ...]]:
    """The one thing to do, and what is said about it."""
    paragraphs = [one.strip() for one in re.split(r"\n\s*\n", text) if one.strip()]
    if not lead or not paragraphs:
        return "", tuple(paragraphs)
    first, *rest = paragraphs
    shown, *more = _SENTENCE_END.split(first)
    while more and len(shown) + 1 + len(more[0]) <= LEAD_CHARS:
        shown = f"{shown} {more.pop(0)}"
    return shown, tuple([" ".join(more), *rest] if more else rest)


def _picture(media: dict[str, str], guides: Guides, words: Catalogues, *, inline: bool) -> Picture:
    """Our own screens are a kilobyte of SVG when they stand in the page, and use its font there."""
    url, alt = media["url"], media["alt"]
    own = _OWN_PICTURE.match(url)
    if not own or own["guide"] not in guides:
        return Picture(alt=alt, url=url)
    guide = guides[own["guide"]]
    language = own["language"] or SOURCE_LANGUAGE
    if own["step"] not in guide.model.steps or drawing_url(words, language, guide, own["step"]) != url:
        return Picture(alt=alt, url=url)
    screen = guide.model.steps[own["step"]].screen
    return Picture(alt=alt, url=url, svg=inline_svg(screen, drawing_note(words, language)) if inline and screen else "")
