"""Every text that a talk can show, in Vietnamese, with its place: what translators translate.

The places are those that `library`, `walk`, `taps` and `answers` look texts up by; a test walks the guides in a language that
marks each of its texts, and so finds a place that is looked up and not listed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.dialogue.drawings import PICTURE_ALT
from bot.flows.guides import CompiledGuide, Guides, ways
from bot.flows.model import Answer, AskStep, DoStep, Step, step_kind
from bot.i18n.phrases import FEW_WORDS, PHRASES
from bot.i18n.sources import SourceText

KINDS = {"say": "lời kể", "do": "một việc phải làm", "ask": "câu hỏi", "handoff": "lời khi nhờ người hỗ trợ", "end": "lời kết thúc"}
BUTTON = "chữ trên nút, càng ngắn càng tốt"
SPOKEN_BEFORE = 160  # so much of the text before is enough to know what is spoken of


def sources(guides: Guides) -> Iterator[SourceText]:
    """All of them, in the order of the files."""
    yield from phrases()
    for guide in guides.values():
        yield from of_guide(guide)
    for answer in guides.answers.values():
        yield from of_answer(answer)


def phrases() -> Iterator[SourceText]:
    """What the bot says of itself."""
    file = "bot/i18n/phrases.py"
    for name, text in PHRASES.items():
        few = ("một trong vài chữ cần trước nhất",) if name in FEW_WORDS else ()
        yield SourceText(context=f"bot.{name}", text=text, notes=("Lời của Dẫn Lối", *few), file=file)
    for name, text in PICTURE_ALT.items():
        yield SourceText(context=f"bot.picture.{name}", text=text, notes=("Lời tả hình, cho người không nhìn được",), file="bot/dialogue/drawings.py")


def of_guide(guide: CompiledGuide) -> Iterator[SourceText]:
    model, place, file = guide.model, guide.id, f"flows/{guide.file}"
    yield SourceText(context=f"{place}.title", text=model.title, notes=("Tên của hướng dẫn; cũng là chữ trên nút",), file=file, path=("title",))
    if model.summary:
        notes = (model.title, "làm xong thì được gì")
        yield SourceText(context=f"{place}.summary", text=model.summary, notes=notes, file=file, path=("summary",))
    for number, thing in enumerate(model.prepare):
        notes = (model.title, "thứ cần có bên mình")
        yield SourceText(context=f"{place}.prepare.{number + 1}", text=thing, notes=notes, file=file, path=("prepare", number))
    before = _before(guide)
    for step_id in model.steps:
        for one in _of_step(guide, step_id, before.get(step_id, "")):
            yield replace(one, file=file, path=("steps", step_id, *one.path))


def of_answer(answer: Answer) -> Iterator[SourceText]:
    """`path` begins at the answer itself: which number it has in its file, only the file knows."""
    place, file = f"answers.{answer.answer}", "flows/answers"
    notes: tuple[str, ...] = ("Câu bà con hay hỏi; cũng là chữ trên nút",)
    yield SourceText(context=f"{place}.question", text=answer.question, notes=notes, file=file, path=("question",))
    notes = (f"Trả lời câu: “{answer.question}”", f"Nguồn: {answer.source.title}")
    yield SourceText(context=f"{place}.text", text=answer.text, notes=notes, file=file, path=("text",))
    if answer.link:
        notes = (BUTTON, f"mở {answer.link.url}")
        yield SourceText(context=f"{place}.link", text=answer.link.label, notes=notes, file=file, path=("link", "label"))


def _of_step(guide: CompiledGuide, step_id: str, before: str) -> Iterator[SourceText]:
    step, place, title = guide.step(step_id), f"{guide.id}.{step_id}", guide.model.title
    kind = step_kind(step) or ""
    text = _text(step)
    if text:
        said_before = (f"Trước đó: “{before}”",) if before else ()
        yield SourceText(context=f"{place}.{kind}", text=text, notes=(f"{title} · {KINDS[kind]}", *said_before), path=(kind,))
    notes: tuple[str, ...]
    where: tuple[str | int, ...]
    about = f"Ở bước: “{_short(text)}”"
    if isinstance(step, AskStep):
        for number, (key, choice) in enumerate(zip(guide.option_keys.get(step_id, ()), step.choices, strict=False)):
            notes = (f"{title} · câu trả lời, {BUTTON}", about)
            yield SourceText(context=f"{place}.choice.{key}", text=choice.label, notes=notes, path=("choices", number, "label"))
        if step.reask:
            yield SourceText(context=f"{place}.reask", text=step.reask, notes=(f"{title} · lời hỏi lại", about), path=("reask",))
    if isinstance(step, DoStep | AskStep):
        for number, (key, problem) in enumerate(zip(guide.problem_keys.get(step_id, ()), step.stuck, strict=True)):
            notes = (f"{title} · chỗ vướng, {BUTTON}", about)
            yield SourceText(context=f"{place}.{key}.problem", text=problem.problem, notes=notes, path=("stuck", number, "problem"))
            if problem.try_:
                notes = (f"{title} · cách gỡ", about, f"Khi: “{problem.problem}”")
                yield SourceText(context=f"{place}.{key}.try", text=problem.try_, notes=notes, path=("stuck", number, "try"))
    for number, link in enumerate(step.links, 1):
        where = ("link", number - 1, "label") if isinstance(step.link, tuple) else ("link", "label")
        yield SourceText(context=f"{place}.link.{number}", text=link.label, notes=(f"{title} · {BUTTON}", f"mở {link.url}"), path=where)
    if step.screen and step.screen.hint:
        notes = (f"{title} · lời trên hình vẽ, tối đa hai dòng ngắn", about)
        yield SourceText(context=f"{place}.hint", text=step.screen.hint, notes=notes, path=("screen", "hint"))
    for number, one in enumerate(step.media, 1):
        notes = (f"{title} · lời tả, cho người không xem được", about)
        yield SourceText(context=f"{place}.media.{number}", text=one.alt, notes=notes, path=("media", number - 1, "alt"))


def _text(step: Step) -> str:
    source = getattr(step, step_kind(step) or "", "")
    return source if isinstance(source, str) and step_kind(step) in KINDS else ""


def _before(guide: CompiledGuide) -> dict[str, str]:
    """What was said just before each step, on the first way to it."""
    steps = guide.model.steps
    before: dict[str, str] = {}
    todo = [guide.model.start]
    while todo:
        step_id = todo.pop(0)
        said = _short(_text(steps[step_id])) or before.get(step_id, "")
        for target in ways(steps[step_id]):
            if target not in before and target != guide.model.start and target in steps:
                before[target] = said
                todo.append(target)
    return before


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SPOKEN_BEFORE else line[:SPOKEN_BEFORE].rsplit(" ", 1)[0] + " …"
