"""The bot's own commands, the same everywhere and at any time: menu, back, redo, repeat, stop, language, a person, another
person to help, erase, my data; and opening a guide from a link, a code or a wish.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from msgspec.structs import replace

from bot.dialogue import consent, walk
from bot.dialogue.payload import Entry, OwnTap, entry_payload, own_tap
from bot.dialogue.replay import refresh
from bot.dialogue.reply import Fact, Option
from bot.dialogue.session import Frame, Owner, Session
from bot.dialogue.talk import VIET_NAM, Talk
from bot.i18n.catalogue import Language

RESTED = timedelta(hours=6)  # after such a pause the bot asks before it goes on
MAX_PARKED = 3


def carry_out(talk: Talk, order: OwnTap) -> None:
    """Do what a command says; one that is not known (an old button) shows the menu."""
    action = ACTIONS.get(order.command)
    if action is None:
        menu(talk)
        return
    talk.session = replace(talk.session, pending=None, misses=0)
    action(talk, order.about)


def menu(talk: Talk, about: tuple[str, ...] = ()) -> None:
    """All guides, the way back into the one under way, and a person."""
    library, session = talk.library, talk.session
    going = session.frames or (session.parked[-1] if session.parked else ())
    under_way = going[0].guide if going and going[0].guide in library.guides else None
    others = [guide for guide in library.guides.values() if guide.id != under_way and _holds(talk, guide.id)]
    options = [Option(label=library.title(talk.language, guide), tap=guide.id) for guide in others]
    if under_way:
        title = library.title(talk.language, library.guides[under_way])
        options.insert(0, talk.option("menu-continue", "continue", title=title, icon="again", main=True))
    if session.frame is not None and any(frame.trail for frame in session.frames):
        options.append(talk.option("menu-back", "back", icon="again"))
    options.append(talk.person_option())
    if len(library.words.languages) > 1:
        options.append(talk.option("menu-language", "language"))
    talk.say("menu", *options)


def rested(talk: Talk) -> bool:
    """Whether the contact comes back after a long pause."""
    seen = talk.session.seen
    return seen is not None and talk.now - seen >= RESTED


def offer_resume(talk: Talk) -> None:
    """“Hôm kia bà con đang làm …, đến bước 3/9. Mình làm tiếp nhé?”"""
    frame = talk.session.frames[-1]
    seen = talk.session.seen or talk.now
    days = (talk.today - seen.astimezone(VIET_NAM).date()).days
    when = talk.phrase(("today", "yesterday", "two-days")[days]) if days < 3 else talk.phrase("days", count=days)
    yes = talk.option("resume-yes", "continue", icon="check", main=True)
    other = talk.option("resume-other", "menu", icon="list")
    talk.say("resume", yes, talk.option("resume-redo", "redo", "yes", icon="again"), other, talk.person_option(), when=when, **talk.where(frame))
    talk.confirm(yes, other)


def open_entry(talk: Talk, entry: Entry) -> None:
    """Open a guide from a link, a code, a button or a wish; asks before it leaves another one."""
    session, guides = talk.session, talk.library.guides
    talk.session = session = replace(session, entry=_entry_record(talk, entry), pending=None, misses=0)
    talk.facts.append(_opened(talk, entry))
    if entry.guide not in guides or not _holds(talk, entry.guide):
        talk.say("unknown-guide")
        menu(talk)
        return
    frames = session.frames
    if not frames:
        _start(talk, entry)
    elif any(frame.guide == entry.guide for frame in frames):
        _reopen(talk, entry)
    else:
        title = talk.library.title(talk.language, guides[entry.guide])
        yes = Option(label=talk.phrase("leave-yes"), tap=own_tap("leave", entry_payload(entry.guide, entry.step)), main=True)
        no = talk.option("leave-no", "continue")
        talk.say("leave", yes, no, talk.person_option(), other=title, **talk.where(frames[-1]))
        talk.confirm(yes, no)


def _start(talk: Talk, entry: Entry) -> None:
    """A guide that was left half way goes on where it was; another begins."""
    if take_up(talk, entry.guide):
        if not entry.step:
            _go_on(talk)
            return
        talk.session = replace(talk.session, frames=())
    walk.enter(talk, entry.guide, entry.step)


def _reopen(talk: Talk, entry: Entry) -> None:
    """The guide that is under way already: stay, or stand at the step that the link names."""
    frame = talk.session.frames[-1]
    guide = talk.library.guides[entry.guide]
    step = guide.model.moved.get(entry.step, entry.step)
    if step in guide.model.steps and (frame.guide, frame.at) != (entry.guide, step):
        talk.session = replace(talk.session, frames=())
        walk.enter(talk, entry.guide, step, given=frame.slots)
    elif rested(talk):
        offer_resume(talk)
    else:
        walk.show(talk)


def _entry_record(talk: Talk, entry: Entry) -> dict[str, str]:
    event = talk.event
    record = {"channel": event.channel, "payload": event.payload, "source": event.source}
    record |= {"guide": entry.guide, "step": entry.step, "volunteer": entry.volunteer, "place": entry.place}
    return {key: value for key, value in record.items() if value}


def _opened(talk: Talk, entry: Entry) -> Fact:
    data = {key: value for key, value in (("volunteer", entry.volunteer), ("place", entry.place), ("source", talk.event.source)) if value}
    return Fact(kind="opened", guide=entry.guide, step=entry.step, data=data)


def _holds(talk: Talk, guide_id: str) -> bool:
    valid = talk.library.guides[guide_id].model.valid
    return valid is None or valid.holds(talk.today)


def _put_aside(talk: Talk) -> None:
    """The guide under way waits until it is called: nothing else comes back to it by itself."""
    session = talk.session
    talk.session = replace(session, frames=(), parked=(*session.parked, session.frames)[-MAX_PARKED:])


def take_up(talk: Talk, guide: str) -> bool:
    """The guide that was put aside is under way again, where it stood."""
    parked = talk.session.parked
    index = next((index for index, stack in enumerate(parked) if stack[0].guide == guide), None)
    if index is None:
        return False
    talk.session = replace(talk.session, frames=parked[index], parked=(*parked[:index], *parked[index + 1 :]))
    return True


def _leave(talk: Talk, about: tuple[str, ...]) -> None:
    """The citizen said yes to another guide; this one is kept aside."""
    guide, step = (*(about[0] if about else "").split("_"), "")[:2]
    if guide not in talk.library.guides:
        menu(talk)
        return
    session = talk.session
    if session.frames:
        talk.count("left", detail="another")
        _put_aside(talk)
    _start(talk, Entry(guide=guide, step=step))


def _continue(talk: Talk, about: tuple[str, ...]) -> None:
    session = talk.session
    if not session.frames and session.parked:
        talk.session = replace(session, frames=session.parked[-1], parked=session.parked[:-1])
    _go_on(talk)


def _go_on(talk: Talk) -> None:
    """Where it stood, brought up to the guides as they are now."""
    moved = refresh(talk)
    if talk.session.frame is None:
        talk.say("guide-gone" if moved else "nothing-to-repeat")
        menu(talk)
        return
    talk.say("guide-changed" if moved else "going-on")
    walk.settle(talk)
    walk.show(talk)


def _back(talk: Talk, about: tuple[str, ...]) -> None:
    frame = talk.session.frame
    if frame is None:
        _nothing(talk)
        return
    if walk.back(talk):
        talk.count("back", frame)
    else:
        talk.say("first-step")
        walk.show(talk)


def _redo(talk: Talk, about: tuple[str, ...]) -> None:
    frames = talk.session.frames
    if not frames:
        _nothing(talk)
    elif about == ("yes",):
        talk.count("restarted")
        walk.restart(talk)
    else:
        yes, no = talk.option("redo-yes", "redo", "yes", icon="again"), talk.option("redo-no", "continue", main=True)
        talk.say("redo", no, yes, talk.person_option(), title=talk.library.title(talk.language, talk.guide_of(frames[0])))
        talk.confirm(yes, no)


def _repeat(talk: Talk, about: tuple[str, ...]) -> None:
    if talk.session.frame is None:
        _nothing(talk)
    else:
        walk.show(talk)


def _nothing(talk: Talk) -> None:
    talk.say("nothing-to-repeat")
    menu(talk)


def _stop(talk: Talk, about: tuple[str, ...]) -> None:
    frame = talk.session.frame
    if frame is None:
        talk.say("stopped-idle", talk.menu_option())
        return
    talk.count("left", frame, detail="stopped")
    _put_aside(talk)
    talk.say("stopped", talk.option("continue", "continue", main=True), talk.menu_option(), talk.person_option(), **talk.where(frame))


def _language(talk: Talk, about: tuple[str, ...]) -> None:
    languages: tuple[Language, ...] = talk.library.words.languages
    if about and any(one.code == about[0] for one in languages):
        talk.session = replace(talk.session, language=about[0])
        talk.count("language", detail=about[0])
        talk.say("language-set")
        if talk.session.frame is not None:
            walk.show(talk)
        else:
            menu(talk)
        return
    talk.say("language", *(Option(label=one.name, tap=own_tap("language", one.code)) for one in languages), talk.person_option())


def _person(talk: Talk, about: tuple[str, ...]) -> None:
    """A person is wanted; the place is kept, and the way back to it is the first button."""
    talk.count("person", detail="asked")
    options = [talk.option("handoff-on", "continue", main=True)] if talk.session.frame is not None else []
    talk.bubble(talk.phrase("handoff"), (*options, talk.menu_option()), handoff="asked")


def warn_of_fraud(talk: Talk) -> None:
    """What to do when somebody wants a code or money."""
    talk.count("scam")
    talk.say("scam-report", *(() if talk.session.frame else (talk.person_option(), talk.menu_option())))


def _scam(talk: Talk, about: tuple[str, ...]) -> None:
    warn_of_fraud(talk)
    if talk.session.frame is not None:
        walk.show(talk)


def _help_other(talk: Talk, about: tuple[str, ...]) -> None:
    """A volunteer's next person: what the one before answered is gone."""
    talk.count("next_person")
    talk.session = Session(language=talk.session.language, greeted=True, helper=True, entry=talk.session.entry)
    talk.forgets = True
    talk.say("next-person")
    menu(talk)


def _erase(talk: Talk, about: tuple[str, ...]) -> None:
    if about == ("yes",):
        talk.count("erased")
        text = "\n".join([talk.phrase("erased"), *_remembered(talk), "• " + talk.phrase("my-data-messages"), talk.phrase("erased-end")])
        talk.session, talk.erased = Session(language=talk.session.language, greeted=True), True
        talk.bubble(text, (talk.menu_option(),))
    elif about == ("no",):
        talk.say("kept", *(() if talk.session.frame else (talk.menu_option(),)))
        if talk.session.frame is not None:
            walk.show(talk)
    else:
        no, yes = talk.option("erase-no", "erase", "no", main=True), talk.option("erase-yes", "erase", "yes")
        talk.say("erase", no, yes, talk.person_option())
        talk.confirm(yes, no)


def _my_data(talk: Talk, about: tuple[str, ...]) -> None:
    kept = [*_remembered(talk), "• " + talk.phrase("my-data-messages-kept", days=talk.library.keeps_days if consent.agreed(talk.session, consent.TALK) else 1)]
    back = [Option(label=talk.phrase("consent-withdraw"), tap=own_tap("consent", "withdraw"))] if consent.lines(talk) else []
    text = "\n".join([talk.phrase("my-data"), *kept, talk.phrase("my-data-end")])
    talk.bubble(text, (talk.option("erase-yes", "erase"), *back, talk.menu_option()))


def _remembered(talk: Talk) -> list[str]:
    """What the session holds, a line each."""
    session = talk.session
    stacks: tuple[tuple[Frame, ...], ...] = (session.frames, *session.parked)
    frames = [stack[-1] for stack in stacks if stack and stack[-1].guide in talk.library.guides and stack[-1].at in talk.guide_of(stack[-1]).model.steps]
    name = next((one.name for one in talk.library.words.languages if one.code == session.language), session.language)
    lines = [talk.phrase("my-data-language", language=name)]
    lines += [talk.phrase("my-data-guide", **talk.where(frame)) for frame in frames]
    count = sum(len(frame.trail) for stack in stacks for frame in stack)
    lines += [talk.phrase("my-data-answers", count=count)] if count else []
    lines += [talk.phrase("my-data-entry")] if session.entry else []
    return [f"• {line}" for line in (*lines, *consent.lines(talk))]


def _consent(talk: Talk, about: tuple[str, ...]) -> None:
    """Yes or no to a question of consent. A person who holds the talk goes on holding it, and the bot says nothing then."""
    known = consent.answer(talk, about)
    if talk.session.owner is Owner.PERSON:
        return
    if not known:
        menu(talk)
        return
    talk.quiet = True
    options = [talk.option("continue", "continue", main=True)] if talk.session.frame is not None else []
    talk.say("consent-thanks" if about[1:2] == ("yes",) else "consent-none", *options, talk.menu_option())


def _withdraw(talk: Talk, about: tuple[str, ...]) -> None:
    _consent(talk, ("withdraw",))


def _listen(talk: Talk, about: tuple[str, ...]) -> None:
    if talk.session.frame is None:
        _nothing(talk)
        return
    talk.say("cannot-read")
    walk.show(talk)


def _thumb(talk: Talk, about: tuple[str, ...]) -> None:
    guide, up = (*about, "", "")[:2]
    if guide in talk.library.guides:
        talk.facts.append(Fact(kind="thumb", guide=guide, detail="up" if up == "up" else "down"))
    if up == "up":
        talk.say("thumb-up-thanks", *_after_thumb(talk), talk.menu_option())
    else:
        talk.say("thumb-down-thanks", talk.person_option(), *_after_thumb(talk), talk.menu_option())


def _after_thumb(talk: Talk) -> list[Option]:
    """The guide that was left for the one just ended is offered again."""
    parked = talk.session.parked
    if talk.session.frames or not parked or parked[-1][0].guide not in talk.library.guides:
        return []
    title = talk.library.title(talk.language, talk.library.guides[parked[-1][0].guide])
    return [talk.option("menu-continue", "continue", title=title, main=True)]


ACTIONS: Mapping[str, Callable[[Talk, tuple[str, ...]], None]] = {
    "menu": menu,
    "back": _back,
    "redo": _redo,
    "repeat": _repeat,
    "stop": _stop,
    "continue": _continue,
    "language": _language,
    "person": _person,
    "scam": _scam,
    "help-other": _help_other,
    "erase": _erase,
    "my-data": _my_data,
    "listen": _listen,
    "leave": _leave,
    "thumb": _thumb,
    "consent": _consent,
    "withdraw": _withdraw,
}
