"""One turn: what happened and where the contact stands go in; where they stand now and what to show come out.

Order of listening: the question that waits, the buttons of the last message, words that mean the same everywhere, a typed
code, the step at hand, and only then what the NLU found in the whole bot. Whatever is not understood keeps the place and
leaves a person one tap away.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from bot.dialogue import consent, walk
from bot.dialogue.codes import is_code_here
from bot.dialogue.commands import command_of
from bot.dialogue.event import Event, Kind
from bot.dialogue.library import Library
from bot.dialogue.orders import menu, offer_resume, open_entry, rested
from bot.dialogue.payload import own_tap, read_entry
from bot.dialogue.replay import refresh
from bot.dialogue.reply import Fact, Reply
from bot.dialogue.session import Owner, Session, Shown
from bot.dialogue.talk import Talk
from bot.dialogue.taps import tapped
from bot.dialogue.texts import said
from bot.dialogue.turn import Turn
from bot.i18n.catalogue import SOURCE_LANGUAGE
from bot.i18n.folding import fold

LONE_CODE = "otp"
CONSENT = own_tap("consent")
NUMBER_SECRETS = frozenset(("phone", "email"))


def turn(library: Library, session: Session, event: Event, now: datetime) -> Turn:
    """Apply one event. The same arguments always give the same turn; nothing is raised for anything a citizen can do."""
    talk = Talk(library, session, event, now)
    if event.kind in (Kind.PERSON_REPLIED, Kind.PERSON_ANSWERED):
        talk.session = replace(session, owner=Owner.PERSON, paused_until=now + library.takeover)
        talk.count("taken_over")
    elif event.kind is Kind.GIVEN_BACK:
        talk.session = replace(session, owner=Owner.BOT, paused_until=None)
        talk.count("given_back")
    elif event.kind is Kind.LEFT:
        talk.count("left", detail="blocked")
    elif event.kind is Kind.ERASE:
        talk.session, talk.erased = Session.new(), True
        talk.count("erased")
    elif _answers_consent(talk):
        tapped(talk, event.payload)
    elif _bot_speaks(talk):
        _listen(talk)
    closed = _close(talk)
    # A person's words go as they are: without a greeting, a question or a language of the bot's.
    return replace(closed, replies=(Reply(text=event.text, sender="person"),)) if event.kind is Kind.PERSON_ANSWERED else closed


def _bot_speaks(talk: Talk) -> bool:
    """Whether the bot may answer: not while a person has the talk, unless the citizen calls it back by a command or a button."""
    session = talk.session
    if session.owner is not Owner.PERSON:
        return True
    until = session.paused_until
    called = talk.event.kind in (Kind.TAP, Kind.OPENED, Kind.REFERRAL) or command_of(talk.event.text, fold(talk.event.text)) is not None
    if not called and until is not None and talk.now < until:
        return False
    talk.session = replace(session, owner=Owner.BOT, paused_until=None)
    talk.held = True
    return True


def _answers_consent(talk: Talk) -> bool:
    """A button of a question of consent: an answer to it alone. It does not take the talk back from a person."""
    payload = talk.event.payload
    return talk.event.kind is Kind.TAP and (payload == CONSENT or payload.startswith(f"{CONSENT}/"))


def _listen(talk: Talk) -> None:
    if refresh(talk):
        talk.say("guide-changed" if talk.session.frame else "guide-gone")
    walk.settle(talk)
    if talk.event.kind is Kind.TEXT and not talk.event.secret and is_code_here(talk):
        talk.event, talk.hides = replace(talk.event, text="", secret=LONE_CODE, parse=None), True
    event = talk.event
    if event.secret:
        _warn(talk)
    elif event.kind is Kind.TEXT:
        said(talk, event.text)
    elif event.kind is Kind.TAP:
        tapped(talk, event.payload)
    elif event.kind in (Kind.OPENED, Kind.REFERRAL):
        _on_open(talk)
    else:
        _on_other(talk)


def _close(talk: Talk) -> Turn:
    """The greeting before a first answer, the options that a number may mean next, the time."""
    if talk.fell_back and talk.replies:
        _tell_of_vietnamese(talk)
    consent.ask(talk)
    session, replies = talk.session, talk.replies
    if replies and not session.greeted:
        greeting = "\n".join(talk.phrase(name) for name in ("greeting", "scam", "privacy"))
        replies.insert(0, Reply(text=greeting, key="greeting"))
        session = replace(session, greeted=True)
    if replies and not talk.quiet and (talk.held or session.called):
        replies[0] = replace(replies[0], takes_back=True)
    if session.language != SOURCE_LANGUAGE:
        replies = [replace(reply, language=session.language) for reply in replies]
    called, pending, shown = session.called, session.pending, session.shown
    if replies and not talk.quiet:
        called = any(reply.handoff for reply in replies)
    options = next((reply.options for reply in reversed(replies) if reply.options), None)
    if options is not None:
        shown = tuple([Shown(label=one.label, tap=one.tap) for one in options])
        if pending is talk.began.pending:
            pending = None  # something else was asked since: a late “ok” must not answer the old question
    session = replace(session, called=called, pending=pending, shown=shown, seen=talk.now)
    return Turn(
        session=session,
        replies=tuple(replies),
        facts=_placed(talk.facts, session),
        erased=talk.erased,
        forgets=talk.forgets,
        ways=tuple(talk.ways),
        hides=talk.hides,
        gaps=tuple(talk.gaps),
        withdraws=talk.withdraws,
    )


def _tell_of_vietnamese(talk: Talk) -> None:
    """Say once in a guide, before it happens, that not all of it is translated; in a language that has words for that."""
    language = talk.language
    frames = talk.session.frames or talk.began.frames
    if (frames and frames[0].noted == language) or not talk.library.speaks(language, "untranslated-note"):
        return
    talk.replies.insert(0, Reply(text=talk.phrase("untranslated-note")))
    if talk.session.frames:
        bottom, *others = talk.session.frames
        talk.session = replace(talk.session, frames=(replace(bottom, noted=language), *others))


def _placed(facts: Sequence[Fact], session: Session) -> tuple[Fact, ...]:
    """Each fact with the commune whose link or poster brought the contact: a place is counted, never a person."""
    place = session.entry.get("place")
    return tuple(facts) if not place else tuple(replace(fact, data=fact.data | {"place": place}) for fact in facts)


def _on_open(talk: Talk) -> None:
    if talk.event.language in talk.library.words:
        talk.session = replace(talk.session, language=talk.event.language)
    entry = read_entry(talk.event.payload) if talk.event.payload else None
    if entry is not None and (entry.guide in talk.library.guides or talk.event.payload not in ("GET_STARTED", "")):
        open_entry(talk, entry)
    elif talk.session.frame is None:
        menu(talk)
    elif rested(talk):
        offer_resume(talk)
    else:
        walk.show(talk)


def _on_other(talk: Talk) -> None:
    """Photos may be ID cards and are never looked at; a location is not needed."""
    kinds = talk.event.media
    if talk.event.kind is Kind.LOCATION:
        talk.say("location")
    else:
        talk.say("photo" if "image" in kinds else "voice" if "audio" in kinds else "media")
    _again(talk)


def _warn(talk: Talk) -> None:
    """Something secret came in (and was masked before it got here): say so, and keep the place."""
    secrets = set(talk.event.secret.split(","))
    talk.count("secret", detail=talk.event.secret)
    talk.say("secret-number" if secrets <= NUMBER_SECRETS else "secret", talk.option("scam-what", "scam"), talk.person_option())
    _again(talk)


def _again(talk: Talk) -> None:
    """The step at hand once more, or the menu."""
    if talk.session.frame is None:
        menu(talk)
    else:
        walk.show(talk)
