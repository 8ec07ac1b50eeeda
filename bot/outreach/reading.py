"""A whole guide in the order in which it is read: the usual way first, short branches where they leave it, other cases after it.

A branch that comes back soon stands right behind its question (“Nếu chọn “iPhone””), the usual answer's branch before it. What
leads elsewhere (“Quên mật khẩu”) is a case of its own at the end. Steps are numbered in the order of the page, and everything that
leads on says to which number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.flows.guides import CompiledGuide
from bot.flows.model import AskStep, CallStep, DoStep, EndStep, step_kind
from bot.flows.texts import PLACEHOLDER
from bot.outreach import conditions
from bot.outreach.ways import YES, Slots, Way, Ways

BLANK = "………"  # for what is computed in a talk; on paper it is filled in by hand
SHORT = 6  # waiting steps of a branch that stands where it leaves
SHORT_MAIN = 9  # of the usual answer's own branch
SHORT_AWAY = 2  # of a branch that comes back far away

Visit = tuple[str, Slots]
Tell = Callable[[str, str], str]  # (where a text stands, its Vietnamese) -> the text in the reader's language

WORDS = conditions.WORDS | {
    "and": "{one} và {other}",
    "if": "Nếu {words}",
    "if-at": "Nếu {words} (bước {step})",
    "chosen-and": "chọn “{value}” và {words}",
    "elsewhere": "hoặc bước khác chỉ đến đây",
    "met": "gặp trường hợp khác",
    "other": "không thế",
    "stuck-at": "bước {step} vướng “{value}”",
    "from": "làm xong bước {step}",
    "at": "{words} (bước {step})",
    "on": "{words} (tiếp)",
    "with": "{words} ({more})",
    "answer-at": "bước {step} {words}",
}
PLACE = "web.reading-"  # before the name of a word, in the catalogues


class Kind(StrEnum):
    WAY = "way"  # what everybody does
    BRANCH = "branch"
    CASE = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """Where an answer, a condition or a problem leads: to a step of the page, or to a last word."""

    words: str
    to: str = ""
    number: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A step as it is read; `number` 0 is something told."""

    id: str
    kind: str
    text: str  # the one thing to do or to answer
    more: str = ""  # what else is said about it
    number: int = 0
    choices: tuple[str, ...] = ()  # where all of them lead on alike
    answers: tuple[Exit, ...] = ()
    problems: tuple[Exit, ...] = ()
    called: str = ""  # another guide that is done here


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Steps that are done one after the other."""

    kind: Kind
    heading: str  # "" where it goes on after the branches before it
    when: str
    depth: int  # of branches in branches
    stops: tuple[Stop, ...]
    onward: Exit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A way that leads elsewhere, to be laid later."""

    at: str
    to: str
    slots: Slots


@dataclass(slots=True, kw_only=True)
class _Part:
    kind: Kind
    depth: int = 0
    reasons: list[tuple[str, Way]] = field(default_factory=list)
    continues: bool = False
    steps: list[str] = field(default_factory=list)
    onward: str = ""


def lay_out(guide: CompiledGuide, today: date, tell: Tell = lambda _where, text: text) -> tuple[Part, ...]:
    """The parts of the page."""
    layout = _Layout(Ways(guide, today))
    layout.lay()
    return _Written(layout, tell).parts()


class _Layout:
    """Which step stands in which part. Every step that can be reached is in exactly one, but ends, which answers repeat in words."""

    def __init__(self, ways: Ways):
        self.ways, self.guide = ways, ways.guide
        self.parts: list[_Part] = []
        self.exits: dict[str, list[Way]] = {}
        self.coming: dict[str, list[tuple[str, Way]]] = defaultdict(list)
        self._taken: set[str] = set()  # laid, or about to be
        self._cases: list[_Case] = []
        self.menu = ""  # the question with which the guide begins

    def lay(self) -> None:
        first = self._usual(self.guide.model.start, {})
        self.menu = next((step_id for step_id, _ in first[0] if isinstance(self.guide.model.steps[step_id], AskStep)), "")
        self._walk(first, self._new(Kind.WAY))
        todo = sorted(self._cases, key=lambda case: case.at == self.menu)  # what leaves the usual way stands behind it
        while todo:
            case = todo.pop(0)
            if case.to in self._taken:
                continue
            self._cases = []
            self._walk(self._usual(case.to, case.slots), self._new(Kind.CASE))
            todo = self._cases + todo

    def _new(self, kind: Kind, reasons: Iterable[tuple[str, Way]] = (), *, depth: int = 0, continues: bool = False) -> _Part:
        part = _Part(kind=kind, depth=depth, reasons=list(reasons), continues=continues)
        self.parts.append(part)
        return part

    def _usual(self, step_id: str, slots: Slots) -> tuple[list[Visit], str]:
        """The usual way from a step until it ends or meets what is taken; and where it meets that."""
        visits: list[Visit] = []
        way: Way | None = Way(to=step_id, slots=slots)
        seen: set[str] = set()
        while way and way.to not in self._taken and way.to not in seen:
            visits.append((way.to, way.slots))
            seen.add(way.to)
            way = self.ways.usual(way.to, way.slots)
        return visits, way.to if way else ""

    def _walk(self, usual: tuple[list[Visit], str], part: _Part) -> None:
        """Lay these steps, with the short branches between them."""
        visits, meets = usual
        self._taken.update(step_id for step_id, _ in visits)
        at = 0
        while at < len(visits):
            step_id, slots = visits[at]
            part.steps.append(step_id)
            ahead = [*(one for one, _ in visits[at + 1 :]), meets]
            cases = len(self._cases)
            branches, back = self._branches(step_id, slots, ahead)
            if branches:
                self._fork(step_id, part.depth + 1, (visits[at + 1 : at + 1 + back], ahead[back]), branches)
            at += 1 + back
            if at >= len(visits):
                part.onward = "" if branches else meets
            elif step_id == self.menu and len(self._cases) - cases > 1:
                part = self._new(Kind.CASE, self._reasons(step_id, visits[at][0]))
            elif branches:
                part = self._new(part.kind, part.reasons, depth=part.depth, continues=True)

    def _reasons(self, step_id: str, to: str) -> list[tuple[str, Way]]:
        return [(step_id, way) for way in self.exits[step_id] if way.to == to]

    def _branches(self, step_id: str, slots: Slots, ahead: list[str]) -> tuple[list[Way], int]:
        """The short branches that leave here, and how many steps ahead the last of them comes back; longer ones become cases."""
        self.exits[step_id] = self.ways.out(step_id, slots)
        found: list[Way] = []
        back = 0
        for way in self.exits[step_id]:
            self.coming[way.to].append((step_id, way))
            if way.to == ahead[0] or way.to in self._taken or self._is_end(way.to) or any(way.to == one.to for one in found):
                continue
            visits, meets = self._usual(way.to, way.slots)
            place = ahead.index(meets) if meets in ahead and meets else None
            short = self._waits(one for one, _ in visits)
            if place is not None and short <= SHORT and self._waits(ahead[:place]) <= SHORT_MAIN:
                found.append(way)
                back = max(back, place)
            elif meets and short <= SHORT_AWAY and not isinstance(self.guide.model.steps[way.to], AskStep):
                found.append(way)
            else:
                self._cases.append(_Case(at=step_id, to=way.to, slots=way.slots))
        return found, back

    def _fork(self, step_id: str, depth: int, main: tuple[list[Visit], str], branches: list[Way]) -> None:
        """The usual answer's own steps, where it has any, and then the other answers'."""
        if main[0]:
            self._walk(main, self._new(Kind.BRANCH, self._reasons(step_id, main[0][0][0]), depth=depth))
        for way in branches:
            if way.to not in self._taken:  # one of the others may have led there
                self._walk(self._usual(way.to, way.slots), self._new(Kind.BRANCH, self._reasons(step_id, way.to), depth=depth))

    def _waits(self, steps: Iterable[str]) -> int:
        return sum(isinstance(self.guide.model.steps[one], DoStep | AskStep) for one in steps if one)

    def _is_end(self, step_id: str) -> bool:
        return not step_id or isinstance(self.guide.model.steps[step_id], EndStep)


class _Written:
    """The layout in words."""

    def __init__(self, layout: _Layout, tell: Tell):
        self._layout, self._guide, self._tell = layout, layout.guide, tell
        self._steps = self._guide.model.steps
        order = [step_id for part in layout.parts for step_id in part.steps]
        waiting = [step_id for step_id in order if isinstance(self._steps[step_id], DoStep | AskStep | CallStep)]
        self._numbers = {step_id: number for number, step_id in enumerate(waiting, 1)}
        self._next_numbers = dict(self._ahead())

    def parts(self) -> tuple[Part, ...]:
        return tuple(self._part(part) for part in self._layout.parts if not self._repeated(part))

    def _repeated(self, part: _Part) -> bool:
        """Only last words, which all that leads here has told already."""
        return part.continues and all(isinstance(self._steps[step_id], EndStep) for step_id in part.steps)

    def _ahead(self) -> Iterator[tuple[str, int]]:
        """For each step the number at which one goes on when one is sent to it."""
        for part in self._layout.parts:
            number = self._numbers.get(part.onward, 0)
            for step_id in reversed(part.steps):
                number = self._numbers.get(step_id, number)
                yield step_id, number

    def _part(self, part: _Part) -> Part:
        reasons = part.reasons or self._layout.coming[part.steps[0]]
        heading, when = ("", "") if part.kind is Kind.WAY else self._heading(reasons)
        if part.continues:
            heading, when = (self._say("on", words=heading) if part.kind is Kind.BRANCH else ""), ""
        onward = self._exit("", part.onward) if part.onward else None
        return Part(kind=part.kind, heading=heading, when=when, depth=part.depth, stops=tuple(self._stop(one) for one in part.steps), onward=onward)

    def _heading(self, reasons: Sequence[tuple[str, Way]]) -> tuple[str, str]:
        """What must be so, and what else leads here."""
        step_id, way = reasons[0]
        elsewhere = list(dict.fromkeys(words for at, one in reasons if at != step_id and (words := self._reason(at, one))))
        when = "; ".join([*elsewhere[:3], *([self._say("elsewhere")] if len(elsewhere) > 3 else [])])
        number = self._numbers.get(step_id)
        if way.label and step_id == self._layout.menu:
            return self._label(step_id, way), when
        if way.problem:
            problem = self._problem(step_id, way)
            return self._say("at", words=problem, step=number) if number else problem, when
        told = self._conditions("", way)
        if not way.label and way.conditions and told and all(one.step != step_id for one in way.conditions):
            return self._say("if", words=told), when
        words = self._joined("or", list(dict.fromkeys(self._words(step_id, one) for at, one in reasons if at == step_id)))
        return self._say("if-at", words=words, step=number) if number else self._say("if", words=words), when

    def _reason(self, step_id: str, way: Way) -> str:
        """What sends one here from another place."""
        number = self._numbers.get(step_id)
        if way.label:
            return self._say("answer-at", step=number, words=self._words(step_id, way)) if number else self._words(step_id, way)
        if way.problem:
            return self._say("stuck-at", step=number, value=self._problem(step_id, way)) if number else self._problem(step_id, way)
        return self._conditions("", way) or (self._say("from", step=number) if number else "")

    def _words(self, step_id: str, way: Way) -> str:
        told = self._conditions(step_id, way)
        if not way.label:
            return told or self._say("other")
        label = self._label(step_id, way)
        return self._say("chosen-and", value=label, words=told) if told else self._say("here-chosen", value=label)

    def _conditions(self, here: str, way: Way) -> str:
        told = [words for one in way.conditions if (words := one.told(self._numbers, here, self._say, self._choice))]
        if told:
            return self._joined("and", told)
        return self._say("met") if way.conditions or way.otherwise else ""

    def _joined(self, name: str, words: Sequence[str]) -> str:
        joined = words[0]
        for other in words[1:]:
            joined = self._say(name, one=joined, other=other)
        return joined

    def _say(self, name: str, **values: object) -> str:
        text = self._tell(PLACE + name, WORDS[name])
        return text.format_map(values) if values else text

    def _choice(self, step_id: str, key: str, label: str) -> str:
        return self._tell(f"{self._guide.id}.{step_id}.choice.{key}", label) if key else label

    def _problem(self, step_id: str, way: Way) -> str:
        step = self._steps[step_id]
        stuck = step.stuck if isinstance(step, DoStep | AskStep) else ()
        number = next((number for number, one in enumerate(stuck, 1) if one.problem == way.problem), 0)
        return self._tell(f"{self._guide.id}.{step_id}.p{number}.problem", way.problem).rstrip("?")

    def _exit(self, words: str, to: str) -> Exit:
        number = self._next_numbers.get(to, 0)
        return Exit(words=words, to=to, number=number) if number else Exit(words=words, to=to, text=self._text(to))

    def _stop(self, step_id: str) -> Stop:
        step = self._steps[step_id]
        ways = self._layout.exits.get(step_id, [])
        answers = [way for way in ways if not way.problem]
        alike = len({(self._next_numbers.get(way.to, 0), "" if self._next_numbers.get(way.to) else way.to) for way in answers}) < 2
        number = self._numbers.get(step_id, 0)
        text = self._text(step_id)
        lead, more = _split(text) if number else (text, "")
        return Stop(
            id=step_id,
            kind=step_kind(step) or "",
            text=lead,
            more=more,
            number=number,
            choices=tuple(dict.fromkeys(self._label(step_id, way) for way in answers if way.label)) if alike else (),
            answers=() if alike else tuple(self._exit(self._answer(step_id, way), way.to) for way in answers),
            problems=tuple(self._problems(step_id)),
            called=step.call if isinstance(step, CallStep) else "",
        )

    def _answer(self, step_id: str, way: Way) -> str:
        told = self._conditions(step_id, way)
        if way.label:
            label = self._label(step_id, way)
            return self._say("with", words=label, more=told) if told else label
        return told[:1].upper() + told[1:]

    def _label(self, step_id: str, way: Way) -> str:
        step = self._steps[step_id]
        if not isinstance(step, AskStep) or not step.choices:
            return self._say("yes" if way.label == YES else "no")
        keys = zip(self._guide.option_keys.get(step_id, ()), step.choices, strict=False)
        return self._choice(step_id, next((key for key, choice in keys if choice.label == way.label), ""), way.label)

    def _problems(self, step_id: str) -> Iterator[Exit]:
        step = self._steps[step_id]
        for number, problem in enumerate(step.stuck if isinstance(step, DoStep | AskStep) else (), 1):
            place = f"{self._guide.id}.{step_id}.p{number}"
            words = self._tell(f"{place}.problem", problem.problem).rstrip("?")
            if problem.next:
                yield self._exit(words, problem.next)
            else:
                yield Exit(words=words, text=self._tell(f"{place}.try", problem.try_ or ""))

    def _text(self, step_id: str) -> str:
        step = self._steps[step_id]
        kind = step_kind(step) or ""
        if isinstance(step, CallStep):
            return ""
        text = getattr(step, kind)
        return PLACEHOLDER.sub(BLANK, self._tell(f"{self._guide.id}.{step_id}.{kind}", text)) if isinstance(text, str) else ""


def _split(text: str) -> tuple[str, str]:
    """The first line, where that is a sentence, and what is said about it."""
    lead, _, more = text.partition("\n")
    return (lead, more) if lead.endswith((".", "?", "!", "…")) else (text, "")
