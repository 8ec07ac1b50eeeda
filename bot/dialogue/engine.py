"""One turn: what happened and where the contact stands go in; where they stand now and what to show come out.

Order of listening: the question that waits, the buttons of the last message, words that mean the same everywhere, a typed
code, the step at hand, and only then what the NLU found in the whole bot. Whatever is not understood keeps the place and
leaves a person one tap away.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime

from msgspec.structs import replace

from bot.dialogue import walk
from bot.dialogue.commands import COMMANDS, INTENT_COMMANDS, command_of, number_of
from bot.dialogue.event import Event, Kind
from bot.dialogue.hear import Heard, hear, said_yes_or_no
from bot.dialogue.library import Library
from bot.dialogue.orders import carry_out, menu, offer_resume, open_entry, rested
from bot.dialogue.payload import Entry, OwnTap, StepTap, own_tap, read_code, read_entry, read_tap, step_tap
from bot.dialogue.replay import refresh
from bot.dialogue.reply import LinkButton, Option, Reply
from bot.dialogue.session import Frame, Owner, Session, Shown
from bot.dialogue.talk import WAITING, Talk
from bot.dialogue.turn import Turn
from bot.dialogue.way import resolve, stand_at
from bot.flows.model import Answer, AskStep, DoStep, HandoffStep
from bot.i18n.folding import fold

MISSES_BEFORE_A_PERSON = 3
NUMBER_SECRETS = frozenset(("phone", "email"))


def turn(library: Library, session: Session, event: Event, now: datetime) -> Turn:
    """Apply one event. The same arguments always give the same turn; nothing is raised for anything a citizen can do."""
    talk = Talk(library, session, event, now)
    if event.kind is Kind.PERSON_REPLIED:
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
    elif _bot_speaks(talk):
        _listen(talk)
    return _close(talk)


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


def _listen(talk: Talk) -> None:
    if refresh(talk):
        talk.say("guide-changed" if talk.session.frame else "guide-gone")
    event = talk.event
    if event.secret:
        _warn(talk)
    elif event.kind is Kind.TEXT:
        _on_text(talk, event.text)
    elif event.kind is Kind.TAP:
        _on_tap(talk, event.payload)
    elif event.kind in (Kind.OPENED, Kind.REFERRAL):
        _on_open(talk)
    else:
        _on_other(talk)


def _link(talk: Talk, answer: Answer) -> list[LinkButton]:
    if answer.link is None:
        return []
    return [LinkButton(label=talk.library.words.text(talk.language, f"answers.{answer.answer}.link", answer.link.label), url=answer.link.url)]


def _close(talk: Talk) -> Turn:
    """The greeting before a first answer, the options that a number may mean next, the time."""
    session, replies = talk.session, talk.replies
    if replies and not session.greeted:
        greeting = "\n".join(talk.phrase(name) for name in ("greeting", "scam", "privacy"))
        replies.insert(0, Reply(text=greeting, key="greeting"))
        session = replace(session, greeted=True)
    if replies and (talk.held or session.called):
        replies[0] = dataclasses.replace(replies[0], takes_back=True)
    called = any(reply.handoff for reply in replies)
    shown = next((reply.options for reply in reversed(replies) if reply.options), None)
    if replies:
        session = replace(session, called=called)
    if shown is not None:
        session = replace(session, shown=tuple(Shown(label=one.label, tap=one.tap) for one in shown), seen=talk.now)
    else:
        session = replace(session, seen=talk.now)
    return Turn(session=session, replies=tuple(replies), facts=tuple(talk.facts), erased=talk.erased, forgets=talk.forgets)


def _on_open(talk: Talk) -> None:
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
    talk.say("secret-number" if secrets <= NUMBER_SECRETS else "secret", talk.option("person", "person", icon="person"))
    _again(talk)


def _again(talk: Talk) -> None:
    """The step at hand once more, or the menu."""
    if talk.session.frame is None:
        menu(talk)
    else:
        walk.show(talk)


def _on_tap(talk: Talk, payload: str) -> None:
    match read_tap(payload):
        case StepTap() as tap:
            _on_step_tap(talk, tap)
        case OwnTap() as own:
            _own(talk, own)
        case Entry() as entry if entry.guide in talk.library.guides:
            open_entry(talk, entry)
        case Entry() as entry if entry.guide in ("done", "stuck", "listen", "on", "yes", "no") and talk.session.frame is not None:
            frame = talk.session.frame
            _on_step_tap(talk, StepTap(guide=frame.guide, step=frame.at, option=entry.guide))
        case Entry() as entry if entry.guide in COMMANDS:
            carry_out(talk, OwnTap(command=entry.guide))
        case _:
            talk.say("unknown-guide")
            menu(talk)


def _own(talk: Talk, own: OwnTap) -> None:
    if own.command == "answer" and own.about:
        answer = talk.library.guides.answers.get(own.about[0])
        if answer is not None:
            _give_answer(talk, answer)
            return
    carry_out(talk, own)


def _on_step_tap(talk: Talk, tap: StepTap) -> None:
    """An option of a step: of this one, of one that was answered before, or of a guide that is not under way."""
    frame = talk.session.frame
    if frame is not None and (frame.guide, frame.at) == (tap.guide, tap.step):
        _choose(talk, tap.option)
        return
    if tap.guide not in talk.library.guides:
        talk.say("unknown-guide")
        menu(talk)
        return
    if frame is None:
        open_entry(talk, Entry(guide=tap.guide, step=tap.step))
        return
    _on_old_tap(talk, tap)


def _on_old_tap(talk: Talk, tap: StepTap) -> None:
    """A button of an earlier message: another answer to an old question is a change of mind, the rest is explained."""
    frame = talk.session.frames[-1]
    index = next((index for index in range(len(frame.trail) - 1, -1, -1) if frame.guide == tap.guide and frame.trail[index].step == tap.step), None)
    if index is None:
        talk.say("old-button")
        walk.show(talk)
        return
    visit = frame.trail[index]
    step = talk.guide_of(frame).model.steps.get(visit.step)
    given = ("yes" if visit.answer else "no") if isinstance(visit.answer, bool) else visit.answer
    if tap.option in (given, "done") or not isinstance(step, WAITING):
        # Most often the same button tapped twice on a slow phone.
        talk.say("old-button")
        walk.show(talk)
        return
    talk.session = talk.session.with_frame(stand_at(talk, frame, index))
    talk.count("changed_mind", step=visit.step)
    if isinstance(step, AskStep):
        talk.say("changed-answer")
    _choose(talk, tap.option)


def _choose(talk: Talk, option: str) -> None:
    """An option of the step at hand."""
    frame = talk.session.frames[-1]
    guide = talk.guide_of(frame)
    step = guide.step(frame.at)
    if option == "stuck" and isinstance(step, (DoStep, AskStep)):
        _stuck(talk)
    elif option == "listen":
        _read_aloud(talk)
    elif option in guide.problem_keys.get(frame.at, ()) and isinstance(step, (DoStep, AskStep)):
        _try_problem(talk, option)
    elif option.startswith("="):
        _value(talk, option[1:])
    elif isinstance(step, AskStep) and not step.choices and option in ("yes", "no"):
        _answer(talk, option == "yes", key=option)
    elif isinstance(step, (DoStep, AskStep, HandoffStep)):
        _answer(talk, option, key=option)
    else:
        walk.show(talk)


def _answer(talk: Talk, value: object, *, key: str = "") -> None:
    """Take the answer if the step accepts it; ask again, politely, if not."""
    frame = talk.session.frames[-1]
    guide = talk.guide_of(frame)
    try:
        to, slot_value = resolve(talk, guide, frame.at, value)
    except ValueError:
        _reask(talk)
        return
    talk.session = replace(talk.session, misses=0, pending=None)
    step = guide.step(frame.at)
    counted = key or (str(value) if isinstance(step, AskStep) and step.keep.value == "count" else "")
    walk.answer(talk, value, to=to, slot_value=slot_value, key=counted)


def _value(talk: Talk, text: str) -> None:
    """A typed value that was offered as a button (a place)."""
    frame = talk.session.frames[-1]
    heard = hear(talk, frame, text, fold(text))
    places = talk.library.guides.places
    if places.get(text) is not None:
        _answer(talk, text)
    elif heard is not None and heard.value is not None:
        _answer(talk, heard.value)
    else:
        _reask(talk)


def _stuck(talk: Talk) -> None:
    """What went wrong? The step's own problems to choose from, or a person."""
    frame = talk.session.frames[-1]
    guide = talk.guide_of(frame)
    step = guide.step(frame.at)
    talk.count("stuck", frame)
    problems = zip(guide.problem_keys.get(frame.at, ()), getattr(step, "stuck", ()), strict=False)
    options = [
        Option(label=talk.library.problem_label(talk.language, guide, frame.at, key, problem), tap=step_tap(guide.id, frame.at, key))
        for key, problem in problems
    ]
    if options:
        other = Option(label=talk.phrase("stuck-other"), tap=own_tap("person"), icon="person")
        talk.at_step(talk.phrase("stuck-where"), (*options, other))
    else:
        talk.at_step(talk.phrase("stuck-none"), talk.library.shape(talk.language, guide, frame.at).options)


def _try_problem(talk: Talk, key: str) -> None:
    """Help with one problem: what to try, or the way around."""
    frame = talk.session.frames[-1]
    guide = talk.guide_of(frame)
    problem = dict(zip(guide.problem_keys[frame.at], getattr(guide.step(frame.at), "stuck", ()), strict=True))[key]
    talk.count("stuck", frame, detail=key)
    talk.session = replace(talk.session, misses=0)
    text = talk.library.words.text(talk.language, f"{guide.id}.{frame.at}.{key}.try", problem.try_) if problem.try_ else ""
    if problem.next is not None:
        if text:
            talk.bubble(text)
        _answer(talk, f"problem:{key}", key=key)
        return
    shape = talk.library.shape(talk.language, guide, frame.at)
    talk.at_step(text, shape.options)


def _read_aloud(talk: Talk) -> None:
    """An app that can read aloud does so by itself; where the tap arrives here, a recording goes out if there is one."""
    frame = talk.session.frames[-1]
    shape = talk.library.shape(talk.language, talk.guide_of(frame), frame.at)
    if not any(one.kind == "audio" for one in shape.media):
        talk.say("cannot-read")
    walk.show(talk)


def _reask(talk: Talk) -> None:
    """The answer was not one that this step takes."""
    frame = talk.session.frames[-1]
    guide = talk.guide_of(frame)
    step = guide.step(frame.at)
    talk.count("reasked", frame)
    talk.session = replace(talk.session, misses=talk.session.misses + 1)
    if talk.session.misses >= MISSES_BEFORE_A_PERSON:
        talk.say("many-misses", talk.person_option())
        walk.show(talk)
        return
    if isinstance(step, AskStep) and step.reask:
        text = talk.library.words.text(talk.language, f"{guide.id}.{frame.at}.reask", step.reask)
    elif isinstance(step, AskStep):
        text = talk.phrase(f"reask-{step.answer.value}" if step.answer and step.answer.value != "yes_no" else "reask-choice")
    else:
        text = talk.phrase("not-understood-step")
    talk.at_step(text, talk.library.shape(talk.language, guide, frame.at).options)


def _on_text(talk: Talk, text: str) -> None:
    folded = fold(text)
    if _by_question(talk, text, folded) or _by_shown(talk, folded) or _by_command(talk, text, folded) or _by_code(talk, text):
        return
    frame = talk.session.frame
    if frame is not None:
        heard = hear(talk, frame, text, folded)
        if heard is not None and not _asks_something_else(talk, frame, heard):
            _heard(talk, heard)
            return
    if not _by_intent(talk, folded):
        _not_understood(talk)


def _by_question(talk: Talk, text: str, folded: str) -> bool:
    """A typed yes or no to the bot's own question."""
    pending = talk.session.pending
    if pending is None:
        return False
    said = said_yes_or_no(talk, text, folded)
    if said is None:
        return False
    talk.session = replace(talk.session, pending=None)
    _on_tap(talk, pending.yes if said else pending.no)
    return True


def _by_shown(talk: Talk, folded: str) -> bool:
    """A number or a label of the last message's options, unless the step at hand waits for a number of its own."""
    shown = talk.session.shown
    frame = talk.session.frame
    step = talk.guide_of(frame).step(frame.at) if frame else None
    wants_value = isinstance(step, AskStep) and not step.choices and step.answer is not None and step.answer.value in ("number", "date")
    number = number_of(folded)
    if number is not None and not (wants_value and frame is not None and all(one.tap.startswith(("/", f"{frame.guide}/{frame.at}/")) for one in shown)):
        if 1 <= number <= len(shown):
            _on_tap(talk, shown[number - 1].tap)
            return True
        return False
    tap = next((one.tap for one in shown if folded and fold(one.label) == folded), None)
    if tap is None:
        return False
    _on_tap(talk, tap)
    return True


def _by_command(talk: Talk, text: str, folded: str) -> bool:
    command = command_of(text, folded)
    if command is None:
        return False
    carry_out(talk, OwnTap(command=command))
    return True


def _by_code(talk: Talk, text: str) -> bool:
    """`#VNEID`, `khai sinh` standing alone, with a volunteer's code behind it."""
    code, volunteer = read_code(text)
    guide = talk.library.guides.by_code(code)
    if guide is None and volunteer:
        guide, volunteer = talk.library.guides.by_code(code + volunteer), ""
    if guide is None:
        return False
    open_entry(talk, Entry(guide=guide, volunteer=volunteer))
    return True


def _asks_something_else(talk: Talk, frame: Frame, heard: Heard) -> bool:
    """Whether a free text answer is really a question or a wish: `answer: text` would swallow everything."""
    step = talk.guide_of(frame).step(frame.at)
    if not isinstance(step, AskStep) or step.answer is None or step.answer.value != "text" or heard.value is None:
        return False
    intent = talk.event.parse.intent if talk.event.parse else None
    return intent is not None and (intent in INTENT_COMMANDS or intent.startswith("hoi/") or intent == "scam_report")


def _heard(talk: Talk, heard: Heard) -> None:
    if heard.places:
        frame = talk.session.frames[-1]
        places = [place for code in heard.places if (place := talk.library.guides.places.get(code)) is not None]
        options = [Option(label=place.name, tap=step_tap(frame.guide, frame.at, f"={place.code}")) for place in places]
        talk.at_step(talk.phrase("which-place"), (*options, talk.person_option()))
    elif heard.option:
        _choose(talk, heard.option)
    else:
        _answer(talk, heard.value)


def _by_intent(talk: Talk, folded: str) -> bool:
    """What the NLU is sure of, in the whole bot."""
    intent = talk.event.parse.intent if talk.event.parse else None
    if intent is None:
        return False
    library = talk.library
    if intent.startswith("hoi/"):
        answer = library.guides.answers.get(intent.removeprefix("hoi/"))
        if answer is None or (answer.valid is not None and not answer.valid.holds(talk.today)):
            return False
        _give_answer(talk, answer)
    elif intent in INTENT_COMMANDS:
        carry_out(talk, OwnTap(command=INTENT_COMMANDS[intent]))
    elif intent == "scam_report":
        talk.count("scam")
        talk.say("scam-report", *(() if talk.session.frame else (talk.person_option(), talk.menu_option())))
        _back_to_step(talk)
    elif intent in ("greet", "thanks"):
        _be_polite(talk, intent)
    elif intent == "affirm" and talk.session.frame is not None:
        talk.say("take-time")
        walk.show(talk)
    else:
        guide = next((guide.id for guide in library.guides.values() if (guide.model.intent or guide.id) == intent), None)
        if guide is None:
            return False
        open_entry(talk, Entry(guide=guide))
    talk.session = replace(talk.session, misses=0)
    return True


def _be_polite(talk: Talk, intent: str) -> None:
    if intent == "thanks":
        talk.say("thanks")
        if talk.session.frame is not None:
            walk.show(talk)
        return
    if talk.session.frame is None:
        if talk.session.greeted:
            talk.say("greet-again")
        menu(talk)
    elif rested(talk):
        offer_resume(talk)
    else:
        talk.say("greet-again")
        walk.show(talk)


def _give_answer(talk: Talk, answer: Answer) -> None:
    """A short answer with its source; then the step again, or the guide it belongs to."""
    language, words = talk.language, talk.library.words
    talk.count("question", detail=answer.answer)
    source = talk.phrase("answer-source" if answer.source.checked else "answer-source-unchecked", source=answer.source.title)
    text = f"{words.text(language, f'answers.{answer.answer}.text', answer.text)}\n{source}"
    links = tuple(_link(talk, answer))
    if talk.session.frame is not None:
        talk.bubble(text, links=links)
        _back_to_step(talk)
        return
    options = []
    if answer.guide and answer.guide in talk.library.guides:
        guide = talk.library.guides[answer.guide]
        options.append(Option(label=talk.phrase("open-guide", title=talk.library.title(language, guide)), tap=guide.id, main=True))
    talk.bubble(text, (*options, talk.person_option(), talk.menu_option()), links=links)


def _back_to_step(talk: Talk) -> None:
    if talk.session.frame is not None:
        talk.say("back-to-step")
        walk.show(talk)


def _not_understood(talk: Talk) -> None:
    """Never a guess: the step again, or the three nearest things and a person."""
    frame = talk.session.frame
    talk.count("not_understood")
    if frame is not None:
        if rested(talk):
            offer_resume(talk)
            return
        _reask(talk)
        if talk.session.misses == 1 and isinstance(talk.guide_of(frame).step(frame.at), DoStep):
            walk.show(talk)
        return
    talk.session = replace(talk.session, misses=talk.session.misses + 1)
    name = "many-misses" if talk.session.misses >= MISSES_BEFORE_A_PERSON else "not-understood"
    talk.say(name, *_nearest(talk), talk.person_option())


def _nearest(talk: Talk) -> list[Option]:
    """The three guides or answers nearest to what was said, filled up with guides in their order."""
    library, language = talk.library, talk.language
    by_intent = {guide.model.intent or guide.id: guide for guide in library.guides.values()}
    options: dict[str, Option] = {}
    for intent, _ in talk.event.parse.ranking if talk.event.parse else ():
        guide = by_intent.get(intent)
        answer = library.guides.answers.get(intent.removeprefix("hoi/")) if intent.startswith("hoi/") else None
        if guide is not None:
            options[guide.id] = Option(label=library.title(language, guide), tap=guide.id)
        elif answer is not None:
            question = library.words.text(language, f"answers.{answer.answer}.question", answer.question)
            options[intent] = Option(label=question, tap=own_tap("answer", answer.answer))
        if len(options) == 3:
            break
    for guide in library.guides.values():
        if len(options) >= 3:
            break
        options.setdefault(guide.id, Option(label=library.title(language, guide), tap=guide.id))
    return list(options.values())
