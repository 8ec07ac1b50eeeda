"""When a guide's structure has changed: walk the answers through the new rules, and stand where the citizen stood.

In order of preference: the same step, the step that `moved:` names for it, the last step that still holds. An answer that is
still asked for is never lost: those that lie beyond a new question are kept in `Frame.known` until their step comes.
"""

from __future__ import annotations

from msgspec.structs import replace

from bot.dialogue.session import Frame, Visit
from bot.dialogue.talk import Talk
from bot.dialogue.way import MAX_STEPS, follow, reach, silently
from bot.flows.guides import CompiledGuide
from bot.flows.model import AskStep, CallStep, DoStep, HandoffStep


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
        frames.append(fresh)
        is_last = index + 1 == len(session.frames)
        step = guides[fresh.guide].step(fresh.at)
        if not is_last and not (isinstance(step, CallStep) and step.call == session.frames[index + 1].guide):
            moved = True
            break
    talk.session = replace(session, frames=tuple(frames))
    return moved


def replay(talk: Talk, old: Frame) -> Frame:
    """The frame in the guide as it is now."""
    guide = talk.library.guides[old.guide]
    steps, renamed = guide.model.steps, guide.model.moved
    start = renamed.get(old.start, old.start)
    start = start if start in steps else ""
    target = old.at if old.at in steps else renamed.get(old.at, old.at)
    waiting = tuple(replace(visit, step=visit.step if visit.step in steps else renamed.get(visit.step, visit.step)) for visit in (*old.trail, *old.known))
    frame = Frame(guide=old.guide, revision=guide.revision, at=start or guide.model.start, given=old.given, slots=old.given, start=start, known=waiting)
    last_held = frame
    for _ in range(MAX_STEPS):
        step = steps.get(frame.at)
        visit = next((one for one in frame.known if one.step == frame.at), None)
        if frame.at == target and (visit is None or not _leads_back(guide, target, frame)):
            return frame
        onward = follow(talk, frame, visit) if visit else silently(talk, guide, frame)
        if onward is None and isinstance(step, DoStep) and target in guide.distance and target in reach(guide, frame.at):
            # A new thing to do on the way to where the citizen already is: they have passed it.
            onward = follow(talk, frame, Visit(step=frame.at, answer="done"))
        if onward is None:
            return frame if isinstance(step, (DoStep, AskStep, CallStep, HandoffStep)) else last_held
        if isinstance(step, (DoStep, AskStep)):
            last_held = frame
        frame = onward
    return last_held


def _leads_back(guide: CompiledGuide, target: str, frame: Frame) -> bool:
    """Whether answers remain that bring the walk to `target` once more (a guide with a loop)."""
    return len([one for one in frame.known if one.step == target]) > 0 and target in reach(guide, target)
