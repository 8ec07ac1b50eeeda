"""When a guide's structure has changed: walk the answers through the new rules, and stand where the citizen stood.

In order of preference: the same step, the step that `moved:` names for it, the last step that still holds. An answer that is
still asked for is never lost: those that lie beyond a new question are kept in `Frame.known` until their step comes.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from bot.dialogue.session import Frame, Visit
from bot.dialogue.talk import Talk
from bot.dialogue.way import MAX_STEPS, follow, reach, silently
from bot.flows.guides import CompiledGuide
from bot.flows.model import AskStep, CallStep, DoStep, HandoffStep

STANDING = (DoStep, AskStep, CallStep, HandoffStep)


def refresh(talk: Talk) -> bool:
    """Bring all frames up to the guides as they are now; True if someone stands elsewhere than before."""
    session = talk.session
    guides = talk.library.guides
    if all(frame.guide in guides and frame.revision == guides[frame.guide].revision for frame in session.frames):
        return False
    frames: list[Frame] = []
    moved = False
    for index, frame in enumerate(session.frames):
        if frame.guide not in guides:
            moved = True
            break
        fresh = frame if frame.revision == guides[frame.guide].revision else replay(talk, frame)
        moved = moved or fresh.at != frame.at
        inner = session.frames[index + 1 :]
        step = guides[fresh.guide].step(fresh.at)
        if inner and not (isinstance(step, CallStep) and step.call == inner[0].guide):
            moved = True
            frames.append(_set_aside(talk, fresh, _renamed(guides[fresh.guide], frame.at), inner))
            break
        frames.append(fresh)
    talk.session = replace(session, frames=tuple(frames))
    return moved


def under_way(visit: Visit) -> tuple[Frame, ...]:
    """The frames of a called guide that were set aside half way; none where it is another visit."""
    found = visit.answer.get("under_way") if isinstance(visit.answer, dict) else None
    return msgspec.convert(found, tuple[Frame, ...]) if found else ()


def _set_aside(talk: Talk, frame: Frame, call_step: str, inner: tuple[Frame, ...]) -> Frame:
    """Keep the called guide as it stands until its call is reached again: a new question may have come before it."""
    step = talk.guide_of(frame).model.steps.get(call_step)
    if not isinstance(step, CallStep) or step.call != inner[0].guide:
        return frame
    return replace(frame, known=(*frame.known, Visit(step=call_step, answer={"under_way": msgspec.json.decode(msgspec.json.encode(inner))})))


def _renamed(guide: CompiledGuide, step: str) -> str:
    return step if step in guide.model.steps else guide.model.moved.get(step, step)


def replay(talk: Talk, old: Frame) -> Frame:
    """The frame in the guide as it is now."""
    guide = talk.library.guides[old.guide]
    steps, renamed = guide.model.steps, guide.model.moved
    start = renamed.get(old.start, old.start)
    start = start if start in steps else ""
    target = _renamed(guide, old.at)
    waiting = tuple(replace(visit, step=_renamed(guide, visit.step)) for visit in (*old.trail, *old.known))
    frame = Frame(guide=old.guide, revision=guide.revision, at=start or guide.model.start, given=old.given, slots=old.given, start=start, known=waiting)
    last_held = frame
    for _ in range(MAX_STEPS):
        step = steps.get(frame.at)
        visit = next((one for one in frame.known if one.step == frame.at), None)
        # A step that has become one that only tells is passed like any other.
        if frame.at == target and isinstance(step, STANDING) and (visit is None or not _leads_back(guide, target, frame)):
            return frame
        onward = follow(talk, frame, visit) if visit else silently(talk, guide, frame)
        if onward is None and isinstance(step, DoStep) and target in guide.distance and target in reach(guide, frame.at):
            # A new thing to do on the way to where the citizen already is: they have passed it.
            onward = follow(talk, frame, Visit(step=frame.at, answer="done"))
        if onward is None:
            return frame if isinstance(step, STANDING) else last_held
        if isinstance(step, (DoStep, AskStep)):
            last_held = frame
        frame = onward
    return last_held


def _leads_back(guide: CompiledGuide, target: str, frame: Frame) -> bool:
    """Whether answers remain that bring the walk to `target` once more (a guide with a loop)."""
    return len([one for one in frame.known if one.step == target]) > 0 and target in reach(guide, target)
