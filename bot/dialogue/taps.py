"""What a button means: an option of the step at hand, of a step that was answered before, or an order of the bot's own."""

from __future__ import annotations

from msgspec.structs import replace

from bot.dialogue import walk
from bot.dialogue.answers import give_answer
from bot.dialogue.commands import COMMANDS
from bot.dialogue.hear import hear
from bot.dialogue.orders import carry_out, menu, open_entry, take_up
from bot.dialogue.payload import Entry, OwnTap, StepTap, own_tap, read_tap, step_tap
from bot.dialogue.replay import refresh
from bot.dialogue.reply import Option
from bot.dialogue.talk import WAITING, Talk
from bot.dialogue.way import resolve, stand_at
from bot.flows.model import AskStep, DoStep, HandoffStep
from bot.i18n.folding import fold

MISSES_BEFORE_A_PERSON = 3


def tapped(talk: Talk, payload: str) -> None:
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
            give_answer(talk, answer)
            return
    carry_out(talk, own)


def _on_step_tap(talk: Talk, tap: StepTap) -> None:
    """An option of a step: of this one, of one that was answered before, or of a guide that is not under way."""
    frame = talk.session.frame
    if frame is not None and (frame.guide, frame.at) == (tap.guide, tap.step):
        choose(talk, tap.option)
        return
    if tap.guide not in talk.library.guides:
        talk.say("unknown-guide")
        menu(talk)
        return
    if frame is not None:
        _on_old_tap(talk, tap)
    elif take_up(talk, tap.guide):
        refresh(talk)
        walk.settle(talk)
        _on_step_tap(talk, tap)
    else:
        open_entry(talk, Entry(guide=tap.guide, step=tap.step))


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
    choose(talk, tap.option)


def choose(talk: Talk, option: str) -> None:
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
        take_answer(talk, option == "yes", key=option)
    elif isinstance(step, (DoStep, AskStep, HandoffStep)):
        take_answer(talk, option, key=option)
    else:
        walk.show(talk)


def take_answer(talk: Talk, value: object, *, key: str = "") -> None:
    """Take the answer if the step accepts it; ask again, politely, if not."""
    frame = talk.session.frames[-1]
    guide = talk.guide_of(frame)
    try:
        to, slot_value = resolve(talk, guide, frame.at, value)
    except ValueError:
        ask_again(talk)
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
        take_answer(talk, text)
    elif heard is not None and heard.value is not None:
        take_answer(talk, heard.value)
    else:
        ask_again(talk)


def _stuck(talk: Talk) -> None:
    """What went wrong? The step's own problems to choose from, or a person."""
    frame = talk.session.frames[-1]
    guide = talk.guide_of(frame)
    step = guide.step(frame.at)
    talk.count("stuck", frame)
    problems = zip(guide.problem_keys.get(frame.at, ()), getattr(step, "stuck", ()), strict=False)
    options = [
        Option(label=talk.text(f"{guide.id}.{frame.at}.{key}.problem", problem.problem), tap=step_tap(guide.id, frame.at, key)) for key, problem in problems
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
    text = talk.text(f"{guide.id}.{frame.at}.{key}.try", problem.try_) if problem.try_ else ""
    if problem.next is not None:
        if text:
            talk.bubble(text)
        take_answer(talk, f"problem:{key}", key=key)
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


def ask_again(talk: Talk) -> None:
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
        text = talk.text(f"{guide.id}.{frame.at}.reask", step.reask)
    elif isinstance(step, AskStep):
        text = talk.phrase(f"reask-{step.answer.value}" if step.answer and step.answer.value != "yes_no" else "reask-choice")
    else:
        text = talk.phrase("not-understood-step")
    talk.at_step(text, talk.library.shape(talk.language, guide, frame.at).options)
