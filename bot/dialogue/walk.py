"""Moving inside guides: enter, go on until something waits, answer, go back, come back from a called guide.

Every move ends at a step that waits, at the end of the talk, or with a person; a guide that is broken in spite of the checks
brings in a person too, never an error.
"""

from __future__ import annotations

from msgspec.structs import replace

from bot.dialogue.payload import own_tap, step_tap
from bot.dialogue.replay import refresh, under_way
from bot.dialogue.reply import Option, Reply
from bot.dialogue.session import Frame, Json, Visit
from bot.dialogue.talk import WAITING, Talk
from bot.dialogue.way import GuideBroken, after, answered, around, compute, follow, stand_at
from bot.flows.expressions import ExpressionFailed
from bot.flows.guides import CompiledGuide
from bot.flows.model import AskStep, CallStep, EndStep, HandoffStep, LetStep, SayStep
from bot.flows.texts import fill

MAX_STEPS_A_TURN = 100


def enter(talk: Talk, guide_id: str, step: str = "", *, given: dict[str, Json] | None = None) -> None:
    """Begin a guide on top of whatever is under way, with its checklist, at `step` if it has such a one."""
    guide = talk.library.guides[guide_id]
    step = guide.model.moved.get(step, step)
    # A step that computes stands on answers that nobody has given yet: such a link opens the guide from its beginning.
    start = step if step in guide.model.steps and not isinstance(guide.step(step), LetStep) else ""
    slots = dict(talk.session.slots if given is None else given)
    frame = Frame(guide=guide_id, revision=guide.revision, at=start or guide.model.start, given=slots, slots=slots, start=start)
    talk.session = replace(talk.session, frames=(*talk.session.frames, frame), pending=None)
    talk.count("started", frame, step="")
    if not start:
        _introduce(talk, guide)
    run(talk)


def settle(talk: Talk) -> None:
    """Go on where a change of the guide has left somebody at a step that does not wait: a guide to call, a word to say."""
    frame = talk.session.frame
    if frame is not None and not isinstance(talk.guide_of(frame).step(frame.at), (*WAITING, HandoffStep)):
        run(talk)


def run(talk: Talk) -> None:
    """Go on from where the top frame stands until a step waits for the citizen."""
    for _ in range(MAX_STEPS_A_TURN):
        frame = talk.session.frame
        if frame is None:
            return
        try:
            if _pass(talk, frame):
                continue
        except (GuideBroken, ExpressionFailed, KeyError) as error:
            _trouble(talk, frame, type(error).__name__)
        return
    _trouble(talk, talk.session.frames[-1], "loop")


def _pass(talk: Talk, frame: Frame) -> bool:
    """Do what the step at hand does by itself; False where the talk waits or is over."""
    guide = talk.guide_of(frame)
    step = guide.step(frame.at)
    if step.valid is not None and not step.valid.holds(talk.today):
        _go(talk, around(talk, guide, step, frame))
        return True
    known = next((visit for visit in frame.known if visit.step == frame.at), None) if frame.known else None
    if known is not None and isinstance(step, (*WAITING, CallStep, HandoffStep)):
        return _answer_from_before(talk, frame, known)
    if isinstance(step, WAITING):
        talk.count("entered", frame)
        show(talk)
        return False
    match step:
        case SayStep():
            talk.replies.append(_reply(talk, guide, frame))
            _go(talk, after(talk, guide, frame, step.next))
        case LetStep():
            slots = compute(talk, guide, frame, step)
            _go(talk, after(talk, guide, frame, step.next, slots=slots), slots=slots)
        case CallStep():
            if frame.guide in talk.went:
                talk.count("called", frame)  # the way here would else be told by no fact
            called = talk.library.guides[step.call]
            inner = Frame(guide=called.id, revision=called.revision, at=called.model.start, given=frame.slots, slots=frame.slots)
            talk.session = replace(talk.session, frames=(*talk.session.frames, inner))
            talk.count("started", inner, step="")
            if len(talk.session.frames) > MAX_STEPS_A_TURN:
                raise GuideBroken
        case HandoffStep():
            talk.count("person", frame, detail=step.reason)
            talk.replies.append(_reply(talk, guide, frame, handoff=step.reason))
            return False
        case EndStep():
            return _finish(talk, guide, frame, step)
    return True


def show(talk: Talk) -> None:
    """The step where the top frame stands, as it is shown at first and again and again."""
    frame = talk.session.frame
    if frame is not None:
        talk.replies.append(_reply(talk, talk.guide_of(frame), frame))


def answer(talk: Talk, value: Json, *, to: str | None = None, slot_value: object = None, key: str = "") -> None:
    """Record the answer to the step at hand and go on; `to` where the answer has a way of its own.

    `value` is what the trail keeps (an option's key or a typed value), `slot_value` what the slot gets, `key` what is counted.
    """
    frame = talk.session.frames[-1]
    try:
        fresh = answered(talk, frame, value, to=to, slot_value=slot_value)
        talk.session = talk.session.with_frame(replace(fresh, known=tuple(one for one in fresh.known if one.step != frame.at)) if fresh.known else fresh)
    except (GuideBroken, ExpressionFailed, KeyError) as error:
        _trouble(talk, frame, type(error).__name__)
        return
    talk.moved(frame.guide, frame.at, fresh.at)
    talk.count("answered", frame, detail=key)
    run(talk)


def back(talk: Talk) -> bool:
    """One waiting step back, through the end of a called guide if need be; False where there is none."""
    session = talk.session
    if session.frame is None:
        return False
    frames = session.frames
    while frames and not frames[-1].trail:
        frames = frames[:-1]
    if not frames:
        return False
    top = frames[-1]
    guide = talk.guide_of(top)
    trail = top.trail
    while trail and isinstance(guide.model.steps.get(trail[-1].step), CallStep):
        trail = trail[:-1]
    if not trail:
        return False
    talk.session = replace(session, frames=(*frames[:-1], stand_at(talk, top, len(trail) - 1)))
    show(talk)
    return True


def restart(talk: Talk) -> None:
    """The guide at the bottom of the stack from its beginning, with nothing answered."""
    bottom = talk.session.frames[0]
    talk.session = replace(talk.session, frames=())
    enter(talk, bottom.guide)


def _go(talk: Talk, step: str, *, slots: dict[str, Json] | None = None) -> None:
    frame = talk.session.frames[-1]
    talk.moved(frame.guide, frame.at, step)
    talk.session = talk.session.with_frame(replace(frame, at=step) if slots is None else replace(frame, at=step, slots=slots))


def _answer_from_before(talk: Talk, frame: Frame, known: Visit) -> bool:
    """Use an answer given before the guide's structure changed, if it still holds."""
    inner = under_way(known)
    step = talk.guide_of(frame).step(frame.at)
    if inner and isinstance(step, CallStep) and step.call == inner[0].guide:
        frame = replace(frame, known=tuple(one for one in frame.known if one is not known))
        talk.session = replace(talk.session, frames=(*talk.session.frames[:-1], frame, *inner))
        refresh(talk)
        return True
    moved = follow(talk, frame, known)
    talk.session = talk.session.with_frame(moved or replace(frame, known=tuple(one for one in frame.known if one is not known)))
    return True


def _finish(talk: Talk, guide: CompiledGuide, frame: Frame, step: EndStep) -> bool:
    """Say the end; go on in the guide that called, or ask whether it helped. True: the talk goes on by itself."""
    talk.count("finished", frame, detail=step.outcome.value)
    ending = _reply(talk, guide, frame)
    frames = talk.session.frames[:-1]
    if not frames:
        talk.replies.append(ending)
        talk.session = replace(talk.session, frames=(), pending=None)
        _ask_for_thumb(talk, guide)
        return False
    caller = frames[-1]
    outer = talk.guide_of(caller)
    call = outer.step(caller.at)
    if not isinstance(call, CallStep):
        raise GuideBroken
    talk.replies.append(ending)
    filled = {name: value for name, value in frame.slots.items() if frame.given.get(name) != value}
    came_back = {"outcome": step.outcome.value, "slots": filled}
    slots = caller.slots | filled
    talk.session = replace(talk.session, frames=frames)
    at = after(talk, outer, caller, call.next, slots=slots)
    talk.moved(outer.id, caller.at, at)
    talk.session = talk.session.with_frame(replace(caller, at=at, slots=slots, trail=(*caller.trail, Visit(step=caller.at, answer=came_back))))
    return True


def _ask_for_thumb(talk: Talk, guide: CompiledGuide) -> None:
    options = [talk.option("thumb-up", "thumb", guide.id, "up", main=True), talk.option("thumb-down", "thumb", guide.id, "down")]
    if talk.session.parked:
        first = talk.session.parked[-1][0]
        if first.guide in talk.library.guides:
            options.append(talk.option("menu-continue", "continue", title=talk.library.title(talk.language, talk.library.guides[first.guide])))
    if talk.session.helper:
        options.append(Option(label=talk.phrase("help-other"), tap=own_tap("help-other")))
    talk.say("thumb", *options, talk.menu_option())


def _introduce(talk: Talk, guide: CompiledGuide) -> None:
    """Title, minutes and the checklist."""
    title = talk.library.title(talk.language, guide)
    minutes = guide.model.minutes
    lines = [talk.phrase("intro-minutes", title=title, minutes=minutes) if minutes else talk.phrase("intro", title=title)]
    if guide.model.prepare:
        lines.append(talk.phrase("prepare"))
        lines += [f"• {talk.text(f'{guide.id}.prepare.{n}', one)}" for n, one in enumerate(guide.model.prepare, 1)]
    talk.bubble("\n".join(lines), key=guide.id)


def _reply(talk: Talk, guide: CompiledGuide, frame: Frame, handoff: str = "") -> Reply:
    shape = talk.library.shape(talk.language, guide, frame.at)
    talk.fell_back = talk.fell_back or not shape.translated
    text = fill(shape.text, guide.native(frame.slots), talk.language) if shape.names else shape.text
    options = shape.options
    step = guide.step(frame.at)
    if isinstance(step, AskStep) and any(choice.valid is not None for choice in step.choices):
        keyed = zip(guide.option_keys[frame.at], step.choices, strict=True)
        gone = {step_tap(guide.id, frame.at, key) for key, choice in keyed if choice.valid is not None and not choice.valid.holds(talk.today)}
        options = tuple(one for one in options if one.tap not in gone)
    progress = talk.progress(frame) if isinstance(step, WAITING) else None
    return Reply(text=text, options=options, links=shape.links, media=shape.media, progress=progress, key=f"{guide.id}/{frame.at}", handoff=handoff)


def _trouble(talk: Talk, frame: Frame, what: str) -> None:
    """The guide is broken here: say so kindly and bring in a person; the place is kept."""
    talk.count("trouble", frame, detail=what)
    talk.bubble(talk.phrase("trouble"), (talk.person_option(), talk.menu_option()), handoff="trouble")
