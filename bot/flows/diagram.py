"""The picture of a guide: its steps as cards, every way as an arrow; as SVG, as Mermaid text, as a tree.

Pure: where the cards lie and how the arrows bend is worked out by Graphviz's `dot`, which is run elsewhere
(`outreach/diagrams.py`) on the text that `dot_source` gives; `svg` draws what came back. Cards know their sizes beforehand, so
that a row of a card (a choice, a condition, a problem) is where its arrow begins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap

from bot.flows.model import AskStep, Branch, CallStep, DoStep, EndStep, Guide, LetStep, Outcome, Step, step_kind

WIDTH = 300
HEAD, LINE, ROW, PAD = 30, 20, 26, 8
CHARS = 34  # of a line of text in a card
ROW_CHARS = 36
MAX_LINES = 3
MARGIN = 24
TOGETHER = "chung"  # behind a figure that several ways share

KIND_WORDS: Mapping[str, str] = {
    "say": "Nói", "do": "Làm", "ask": "Hỏi", "let": "Tính", "call": "Gọi hướng dẫn", "handoff": "Gặp người", "end": "Kết thúc",
}  # fmt: skip
OUTCOME_WORDS: Mapping[Outcome, str] = {Outcome.DONE: "xong", Outcome.REFERRED: "chuyển nơi khác", Outcome.GAVE_UP: "bỏ dở"}

# The dyes of the house (docs: tokens of the web pages): (head, words on it) by kind, for light and dark.
_LIGHT = {
    "say": ("#f1e9db", "#1b2333"), "do": ("#24407a", "#ffffff"), "ask": ("#f0a83a", "#1b2333"), "let": ("#f1e9db", "#474439"),
    "call": ("#e3e9f6", "#1b2333"), "handoff": ("#fdf0d5", "#6b3f00"), "end": ("#0a5243", "#ffffff"),
    "referred": ("#ddf0e9", "#0a5243"), "gave_up": ("#fbe7e0", "#8a2a14"),
}  # fmt: skip
_DARK = {
    "say": ("#2a303c", "#f6f0e4"), "do": ("#b4caf9", "#0e1a33"), "ask": ("#f4b95a", "#14171e"), "let": ("#2a303c", "#d3caba"),
    "call": ("#22305a", "#f6f0e4"), "handoff": ("#3a2e17", "#fad79a"), "end": ("#86d9bf", "#14171e"),
    "referred": ("#14362e", "#86d9bf"), "gave_up": ("#43201a", "#ffb8a3"),
}  # fmt: skip
_GROUND = {"paper": "#faf6ee", "surface": "#ffffff", "ink": "#1b2333", "ink-2": "#474439", "line": "#d8ccb6", "edge": "#766b57", "cham": "#24407a"}
_GROUND |= {"gach": "#8a2a14", "nghe-soft": "#fdf0d5"}
_GROUND_DARK = {"paper": "#14171e", "surface": "#1f242e", "ink": "#f6f0e4", "ink-2": "#d3caba", "line": "#3b4352", "edge": "#8e95a5", "cham": "#b4caf9"}
_GROUND_DARK |= {"gach": "#ffb8a3", "nghe-soft": "#3a2e17"}


_NOT_IN_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was counted, of talks and not of people: `ways` from one step to another; `steps`: how many came, how many went on from there."""

    ways: Mapping[tuple[str, str], int] = field(default_factory=dict)
    steps: Mapping[str, tuple[int, int]] = field(default_factory=dict)


NO_FIGURES = Figures()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A way out of a card: what it says, where it leads, whether somebody is in trouble there."""

    label: str
    target: str
    trouble: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A step as it is drawn. `onward` is where it leads without a condition; `notes` tell what is not a way of its own, `counted` who came."""

    id: str
    kind: str
    colour: str
    words: str
    lines: tuple[str, ...]
    rows: tuple[Row, ...]
    onward: str = ""
    notes: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()

    @property
    def head_height(self) -> int:
        return HEAD + PAD + LINE * (len(self.lines) + len(self.notes) + len(self.counted)) + PAD

    @property
    def height(self) -> int:
        return self.head_height + ROW * len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """All of a guide that is drawn, in the order of its file."""

    id: str
    title: str
    start: str
    cards: tuple[Card, ...]
    figures: Figures = NO_FIGURES

    def told(self, card: Card, number: int) -> str:
        """How many went this way out of a card (-1: onward); nothing where nobody was counted.

        Where several ways of a card lead to one step, all of them together are known: each says so.
        """
        targets = [target for _, target in _ways(card)]
        target = card.rows[number].target if number >= 0 else card.onward
        count = self.figures.ways.get((card.id, target), 0)
        return "" if not count else f"{count}" if targets.count(target) == 1 else f"{count} {TOGETHER}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where `dot` put everything, in points from the upper left corner: cards by id, arrows by (card, row; -1: onward)."""

    width: float
    height: float
    places: Mapping[str, tuple[float, float]]
    arrows: Mapping[tuple[str, int], tuple[tuple[float, float], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branching:
    """A step in the terminal's tree, with the label of the way that leads to it; `seen`: it is told further up."""

    label: str
    card: Card
    seen: bool
    onward: tuple[Branching, ...] = ()


def diagram(guide: Guide, figures: Figures = NO_FIGURES) -> Diagram:
    """What is drawn of a guide. A step that is named and not there is left out: `danloi check` tells of it."""
    cards = tuple(_card(step_id, step, guide.steps, figures) for step_id, step in guide.steps.items())
    return Diagram(id=guide.guide, title=guide.title, start=guide.start, cards=cards, figures=figures)


def dot_source(drawn: Diagram, first: Layout | None = None) -> str:
    """The text for `dot -Tjson`: cards as tables whose cells are as large as they will be drawn.

    With the layout of a `first` run, the arrow of a row leaves on the side on which its target lies.
    """
    lines = ["digraph {", "rankdir=TB; ranksep=0.6; nodesep=0.35; node [shape=plain]; edge [arrowsize=0.8];"]
    names = {card.id: f"n{number}" for number, card in enumerate(drawn.cards)}
    for card in drawn.cards:
        cells = _cell("h", card.head_height) + "".join(_cell(f"r{number}", ROW) for number in range(len(card.rows)))
        lines.append(f'{names[card.id]} [label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{cells}</TABLE>>];')
    for card in drawn.cards:
        for number, target in _ways(card):
            leftwards = first is not None and first.places[target][0] < first.places[card.id][0]
            begin = ":s" if number < 0 else f":r{number}:{'w' if leftwards else 'e'}"
            weight = 3 if number < 0 else 1
            lines.append(f'{names[card.id]}{begin} -> {names[target]}:h:n [weight={weight}, comment="{names[card.id]} {number}"];')
    return "\n".join([*lines, "}"])


def read_layout(drawn: Diagram, text: str | bytes) -> Layout:
    """What `dot -Tjson` answered. Its y grows upwards, ours downwards."""
    found = json.loads(text)
    width, height = (float(one) for one in found["bb"].split(",")[2:])
    names = {f"n{number}": card for number, card in enumerate(drawn.cards)}
    places: dict[str, tuple[float, float]] = {}
    for node in found.get("objects", ()):
        card = names[node["name"]]
        x, y = (float(one) for one in node["pos"].split(","))
        places[card.id] = (x - WIDTH / 2, height - y - card.height / 2)
    arrows: dict[tuple[str, int], tuple[tuple[float, float], ...]] = {}
    for edge in found.get("edges", ()):
        name, number = edge["comment"].split()
        arrows[names[name].id, int(number)] = _curve(edge["pos"], height)
    return Layout(width=width, height=height, places=places, arrows=arrows)


def svg(drawn: Diagram, layout: Layout) -> str:
    """The whole picture. Every card is `<g class="step" data-step="ID">`; the more went a way, the thicker it is."""
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN + 44
    by_id = {card.id: card for card in drawn.cards}
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img"'
        f' aria-label="{_xml(drawn.title)}" font-family="Be Vietnam Pro, Noto Sans, Roboto, sans-serif" font-size="14">',
        f"<style>{_style()}</style>",
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>',
        f'<text class="title" x="{MARGIN}" y="{MARGIN + 18}">{_xml(drawn.title)}</text>',
        f"<defs>{_tip('head', '')}{_tip('trouble-head', ' trouble')}</defs>",
        f'<g transform="translate({MARGIN} {MARGIN + 44})">',
    ]
    for (step_id, number), points in layout.arrows.items():
        body += _arrow_svg(drawn, by_id[step_id], number, points)
    for card in drawn.cards:
        x, y = layout.places[card.id]
        body += _card_svg(card, x, y, is_start=card.id == drawn.start)
    for (step_id, number), points in layout.arrows.items():  # above all arrows, so that none runs through a figure
        body += _figure_svg(drawn, by_id[step_id], number, points)
    return "\n".join([*body, "</g>", "</svg>", ""])


def mermaid(drawn: Diagram) -> str:
    """The picture as Mermaid text, for pages that draw it themselves."""
    names = {card.id: f"s{number}" for number, card in enumerate(drawn.cards)}
    lines = ["---", f"title: {json.dumps(drawn.title, ensure_ascii=False)}", "---", "flowchart TD"]
    for card in drawn.cards:
        opened, closed = {"ask": ("{{", "}}"), "end": ("([", "])"), "say": ("(", ")"), "call": ("[[", "]]"), "let": ("[/", "/]")}.get(card.kind, ("[", "]"))
        lines.append(f'  {names[card.id]}{opened}"{_quoted(card.id)}: {_quoted(" ".join((*card.lines, *card.counted)))}"{closed}:::{card.colour}')
    for card in drawn.cards:
        for number, target in _ways(card):
            words = " · ".join(filter(None, (card.rows[number].label if number >= 0 else "", drawn.told(card, number))))
            label = f'|"{_quoted(words)}"|' if words else ""
            lines.append(f"  {names[card.id]} {'-.->' if number >= 0 and card.rows[number].trouble else '-->'}{label} {names[target]}")
    lines += [f"  classDef {name} fill:{fill},color:{ink},stroke:{_GROUND['edge']}" for name, (fill, ink) in _LIGHT.items()]
    return "\n".join([*lines, ""])


def tree(drawn: Diagram) -> Branching | None:
    """The steps as they follow from the first, each told once, however deep the guide is."""
    by_id = {card.id: card for card in drawn.cards}
    if drawn.start not in by_id:
        return None
    told: set[str] = set()
    # Without recursion: a guide may be thousands of steps long.
    order: list[tuple[str, str, bool]] = []
    children: dict[int, list[int]] = {}
    todo: list[tuple[str, str, int]] = [("", drawn.start, -1)]
    while todo:
        label, step_id, parent = todo.pop()
        number, seen = len(order), step_id in told
        order.append((label, step_id, seen))
        children.setdefault(parent, []).append(number)
        if not seen:
            told.add(step_id)
            card = by_id[step_id]
            todo += [(_way_label(drawn, card, way), target, number) for way, target in reversed(_ways(card))]
    built: dict[int, Branching] = {}
    for number in range(len(order) - 1, -1, -1):
        label, step_id, seen = order[number]
        built[number] = Branching(label=label, card=by_id[step_id], seen=seen, onward=tuple(built[child] for child in children.get(number, ())))
    return built[0]


def _way_label(drawn: Diagram, card: Card, number: int) -> str:
    """A way's words with its figure; nothing where the guide just goes on."""
    label, told = card.rows[number].label if number >= 0 else "", drawn.told(card, number)
    return f"{label} ({told})" if label and told else label


def _card(step_id: str, step: Step, steps: Mapping[str, Step], figures: Figures) -> Card:
    kind = step_kind(step) or ""
    onward = getattr(step, "next", None)
    return Card(
        id=step_id,
        kind=kind,
        colour=step.outcome.value if isinstance(step, EndStep) and step.outcome is not Outcome.DONE else kind,
        words=KIND_WORDS[kind] + (f": {OUTCOME_WORDS[step.outcome]}" if isinstance(step, EndStep) else ""),
        lines=_lines(_text(step)),
        rows=tuple(row for row in _rows(step) if row.target in steps),
        onward=onward if isinstance(onward, str) and onward in steps else "",
        notes=tuple(_notes(step)),
        counted=tuple(_counted(step_id, step, figures)),
    )


def _counted(step_id: str, step: Step, figures: Figures) -> Iterator[str]:
    """How many came here, and how many of them stayed away from then on."""
    arrived = sum(count for (_, target), count in figures.ways.items() if target == step_id)
    came, went = figures.steps.get(step_id, (arrived, arrived))
    if came:
        stopped = came - went if isinstance(step, DoStep | AskStep) else 0
        yield f"{came} lượt đến" + (f", {stopped} dừng ở đây" if stopped > 0 else "")


def _notes(step: Step) -> Iterator[str]:
    """The choices that go the common way, and how many problems are tried on the spot."""
    if isinstance(step, AskStep):
        common = [choice.label for choice in step.choices if not choice.next]
        shown = {row.label for row in _rows(step)}
        if set(map(_short, common)) - shown:
            yield _short(" · ".join(common))
    tried = sum(problem.next is None for problem in step.stuck) if isinstance(step, DoStep | AskStep) else 0
    if tried:
        yield f"{tried} lỗi hay gặp, có cách thử"


def _text(step: Step) -> str:
    if isinstance(step, LetStep):
        return "; ".join(f"{name} = {source}" for name, source in step.let.items())
    if isinstance(step, CallStep):
        return step.call
    text: str = getattr(step, step_kind(step) or "")
    return text


def _rows(step: Step) -> Iterator[Row]:
    if isinstance(step, AskStep):
        yield from (Row(label=_short(choice.label), target=choice.next) for choice in step.choices if choice.next)
    onward = getattr(step, "next", None)
    if isinstance(onward, tuple):
        yield from (Row(label=_short(_condition(branch, step)), target=branch.then or branch.else_ or "") for branch in onward)
    if isinstance(step, DoStep | AskStep):
        yield from (Row(label=_short(problem.problem), target=problem.next, trouble=True) for problem in step.stuck if problem.next)


def _condition(branch: Branch, step: Step) -> str:
    """A rule in words where it compares the answer just given, else as it is written, without `slots.`"""
    if branch.if_ is None:
        return "còn lại"
    if isinstance(step, AskStep):
        for choice in step.choices:
            if branch.if_ == f"slots.{step.slot} == {json.dumps(choice.value, ensure_ascii=False)}":
                return choice.label
        if step.answer is not None and branch.if_ in (f"slots.{step.slot} == true", f"slots.{step.slot}"):
            return "Có"
    return branch.if_.replace("slots.", "")


def _ways(card: Card) -> list[tuple[int, str]]:
    """Each way out of a card: the number of its row (-1: onward), and where it leads."""
    onward = [(-1, card.onward)] if card.onward else []
    return onward + [(number, row.target) for number, row in enumerate(card.rows)]


def _lines(text: str) -> tuple[str, ...]:
    lines = wrap(" ".join(text.split()), CHARS, break_long_words=True) or ["…"]
    return tuple(lines) if len(lines) <= MAX_LINES else (*lines[: MAX_LINES - 1], _short(lines[MAX_LINES - 1] + "…", CHARS))


def _short(text: str, limit: int = ROW_CHARS) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip(" .…") + "…"


def _cell(port: str, height: int) -> str:
    return f'<TR><TD PORT="{port}" FIXEDSIZE="TRUE" WIDTH="{WIDTH}" HEIGHT="{height}"></TD></TR>'


def _curve(pos: str, height: float) -> tuple[tuple[float, float], ...]:
    """The control points of an arrow, its tip last. `dot` writes the tip first, marked with an e."""
    tips = [part[2:] for part in pos.split() if part.startswith("e,")]
    points = [part for part in pos.split() if not part.startswith(("e,", "s,"))] + tips
    pairs = (tuple(float(one) for one in part.split(",")) for part in points)
    return tuple((x, height - y) for x, y in pairs)


def _arrow_svg(drawn: Diagram, card: Card, number: int, points: Sequence[tuple[float, float]]) -> Iterator[str]:
    trouble = number >= 0 and card.rows[number].trouble
    target = card.rows[number].target if number >= 0 else card.onward
    ways = drawn.figures.ways
    count, most = ways.get((card.id, target), 0), max(ways.values(), default=0)
    path = f"M{_point(points[0])}C{' '.join(map(_point, points[1:-1]))}L{_point(points[-1])}"
    width = f' style="stroke-width:{1.5 + 4 * count / most:.1f}"' if count and most else ""
    ends = f'data-from="{_xml(card.id)}" data-to="{_xml(target)}" marker-end="url(#{"trouble-head" if trouble else "head"})"'
    yield f'<path class="way{" trouble" if trouble else ""}" {ends} d="{path}"{width}/>'


def _figure_svg(drawn: Diagram, card: Card, number: int, points: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Beside the beginning of the arrow, outside of its card."""
    told = drawn.told(card, number)
    if told:
        (x, y), leftwards = points[0], points[1][0] < points[0][0]
        x, y, anchor = (x + 6, y + 16, "start") if number < 0 else (x - 6, y - 5, "end") if leftwards else (x + 6, y - 5, "start")
        yield f'<text class="figure" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{told}</text>'


def _tip(name: str, trouble: str) -> str:
    path = f'<path class="tip{trouble}" d="M0 0L8 4L0 8z"/>'
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="13" markerHeight="13" orient="auto">{path}</marker>'
    )


def _point(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


def _card_svg(card: Card, x: float, y: float, *, is_start: bool) -> Iterator[str]:
    full = f"{card.id}, {card.words}: {' '.join(card.lines)}"
    yield f'<g class="step{" start" if is_start else ""}" data-step="{_xml(card.id)}" transform="translate({x:.1f} {y:.1f})"><title>{_xml(full)}</title>'
    yield f'<rect class="card" width="{WIDTH}" height="{card.height}" rx="8"/>'
    yield f'<path class="{card.colour}" d="M0 {HEAD}V8Q0 0 8 0H{WIDTH - 8}Q{WIDTH} 0 {WIDTH} 8V{HEAD}z"/>'
    yield f'<text class="{card.colour}-ink id" x="10" y="20">{_xml(card.id)}</text>'
    yield f'<text class="{card.colour}-ink" x="{WIDTH - 10}" y="20" text-anchor="end">{_xml(card.words)}</text>'
    top = HEAD + PAD + 14
    for number, line in enumerate(card.lines):
        yield f'<text class="ink" x="10" y="{top + LINE * number}">{_xml(line)}</text>'
    for number, note in enumerate(card.notes, len(card.lines)):
        yield f'<text class="ink-2" x="10" y="{top + LINE * number}">{_xml(note)}</text>'
    for number, line in enumerate(card.counted, len(card.lines) + len(card.notes)):
        yield f'<text class="ink counted" x="10" y="{top + LINE * number}">{_xml(line)}</text>'
    for number, row in enumerate(card.rows):
        base = card.head_height + ROW * number
        yield f'<path class="rule" d="M0 {base}H{WIDTH}"/>'
        yield f'<text class="{"trouble-ink" if row.trouble else "ink"}" x="10" y="{base + 18}">{"⚠ " if row.trouble else ""}{_xml(row.label)}</text>'
    yield f'<rect class="frame" width="{WIDTH}" height="{card.height}" rx="8"/></g>'


def _style() -> str:
    """Both themes; an element of the page decides by `data-theme`, else the reader's system."""
    shapes = (
        ".title{font-size:22px;font-weight:700;fill:var(--g-ink)}.paper{fill:var(--g-paper)}.card{fill:var(--g-surface)}"
        ".frame{fill:none;stroke:var(--g-edge);stroke-width:1.5}.start .frame{stroke:var(--g-cham);stroke-width:4}"
        ".rule{stroke:var(--g-line)}.way{fill:none;stroke:var(--g-edge);stroke-width:1.5}.tip{fill:var(--g-edge)}"
        ".way.trouble{stroke:var(--g-gach);stroke-dasharray:6 4}.tip.trouble,.trouble-ink{fill:var(--g-gach)}"
        ".ink{fill:var(--g-ink)}.ink-2{fill:var(--g-ink-2)}.id{font-weight:700}.figure,.counted{font-weight:700}.figure{fill:var(--g-ink);paint-order:stroke;stroke:var(--g-paper);stroke-width:4}"
    )
    shapes += "".join(f".{name}{{fill:var(--g-{name})}}.{name}-ink{{fill:var(--g-{name}-ink)}}" for name in _LIGHT)
    light, dark = _values(_GROUND, _LIGHT), _values(_GROUND_DARK, _DARK)
    return f"svg{{{light}}}@media (prefers-color-scheme:dark){{:root:not([data-theme=light]) svg,svg:root{{{dark}}}}}[data-theme=dark] svg{{{dark}}}{shapes}"


def _values(ground: Mapping[str, str], kinds: Mapping[str, tuple[str, str]]) -> str:
    return "".join(f"--g-{name}:{value};" for name, value in ground.items()) + "".join(
        f"--g-{name}:{fill};--g-{name}-ink:{ink};" for name, (fill, ink) in kinds.items()
    )


def _quoted(text: str) -> str:
    return re.sub(r"[\"<>&]", lambda found: {'"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;"}[found[0]], text)


def _xml(text: str) -> str:
    """`text` as XML takes it: no control characters, no halves of pairs."""
    return escape(_NOT_IN_XML.sub("", text))
