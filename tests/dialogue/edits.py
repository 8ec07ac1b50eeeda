"""Random guides, and what maintainers do to them: rename, remove, insert, rewire, change choices; as the dictionaries that YAML gives."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import yaml

from bot.dialogue.library import Library
from bot.flows.loader import load
from bot.i18n.catalogue import Catalogues

Guide = dict[str, Any]
Files = dict[str, Guide]
VALUES = ["x", "y", "z"]


def library(files: Files) -> Library:
    """What is served of these guides: one with an error is left out."""
    return Library(
        load({f"{name}.yaml": yaml.safe_dump(guide, allow_unicode=True, sort_keys=False).encode() for name, guide in files.items()}).guides, Catalogues()
    )


def house(chance: Random) -> Files:
    """Two guides, of which the first may call the second."""
    return {"mot": _guide(chance, "mot", calls=True), "hai": _guide(chance, "hai", calls=False)}


def _guide(chance: Random, name: str, *, calls: bool) -> Guide:
    """A guide that goes forwards, with a way back here and there from steps that wait."""
    names = [f"s{number}" for number in range(chance.randint(2, 7))]
    steps: dict[str, Any] = {}
    for number, step_id in enumerate(names):
        onward = [*names[number + 1 :], "e"]
        steps[step_id] = _step(chance, f"{name}_{step_id}", onward, names[: number + 1], calls=calls)
    steps["e"] = {"end": "Xong."}
    return {
        "guide": name,
        "title": f"Hướng dẫn {name}",
        "sources": [{"id": "cong", "title": "Cổng", "url": "https://dichvucong.gov.vn"}],
        "start": "s0",
        "steps": steps,
    }


def _step(chance: Random, slot: str, onward: list[str], earlier: list[str], *, calls: bool) -> dict[str, Any]:
    def ahead() -> str:
        return chance.choice(onward[:2])

    def anywhere() -> str:
        return chance.choice(onward + earlier) if chance.random() < 0.1 else ahead()

    keep = {"keep": chance.choice(["session", "count", "never"])}
    match chance.choice(["ask", "ask", "ask", "do", "do", "yes", "number", "say", "let", "handoff", *(["call", "call"] if calls else [])]):
        case "ask":
            values = chance.sample(VALUES, chance.randint(1, 3))
            choices = [{"label": f"Chọn {value}", "value": value} | ({"next": anywhere()} if chance.random() < 0.5 else {}) for value in values]
            branches = [{"if": f'slots.{slot} == "{values[0]}"', "then": ahead()}, {"else": ahead()}]
            return {"ask": f"Hỏi {slot}?", "slot": slot, **keep, "choices": choices, "next": ahead() if chance.random() < 0.5 else branches}
        case "yes":
            branches = [{"if": f"slots.{slot} == true", "then": anywhere()}, {"else": ahead()}]
            return {"ask": f"Có {slot} không?", "slot": slot, **keep, "answer": "yes_no", "next": branches}
        case "number":
            return {"ask": f"Mấy {slot}?", "slot": slot, **keep, "answer": "number", "accept": f"answer >= {chance.randint(0, 2)}", "next": ahead()}
        case "do":
            return {"do": f"Làm {slot}.", "next": ahead(), "stuck": [{"problem": f"Hỏng {slot}", "next": anywhere()}, {"problem": "Khác", "try": "Thử."}]}
        case "let":
            return {"let": {f"l_{slot}": "1 + 1"}, "next": ahead()}
        case "handoff":
            return {"handoff": "Nhờ người.", "reason": "khó", "next": ahead()}
        case "call":
            return {"call": "hai", "next": ahead()}
    return {"say": f"Nói {slot}.", "next": ahead()}


def edited(chance: Random, files: Files) -> Files:
    """The same house after a maintainer's day."""
    files = copy.deepcopy(files)
    for _ in range(chance.randint(1, 4)):
        guide = files.get(chance.choice(["mot", "mot", "hai"]))
        if guide is not None:
            chance.choice(EDITS)(chance, guide, files)
    return files


def _some_step(chance: Random, guide: Guide) -> str:
    return chance.choice(sorted(guide["steps"]))


def _lead(guide: Guide, old: str, new: str, *, but: str = "") -> None:
    """Whoever led to `old` leads to `new`."""
    if guide["start"] == old:
        guide["start"] = new
    for step_id, step in guide["steps"].items():
        if step_id == but:
            continue
        if step.get("next") == old:
            step["next"] = new
        for branch in step["next"] if isinstance(step.get("next"), list) else ():
            branch.update({key: new for key in ("then", "else") if branch.get(key) == old})
        for one in (*step.get("choices", ()), *step.get("stuck", ())):
            if one.get("next") == old:
                one["next"] = new


def _rename(chance: Random, guide: Guide, files: Files) -> None:
    old = _some_step(chance, guide)
    new = f"r{len(guide['steps'])}-{old}"[:32].rstrip("-")
    if new in guide["steps"]:
        return
    guide["steps"] = {new if step_id == old else step_id: step for step_id, step in guide["steps"].items()}
    _lead(guide, old, new)
    if chance.random() < 0.5:
        guide["moved"] = {key: new if value == old else value for key, value in guide.get("moved", {}).items()} | {old: new}


def _remove(chance: Random, guide: Guide, files: Files) -> None:
    old = _some_step(chance, guide)
    onward = guide["steps"][old].get("next", "e")
    if not isinstance(onward, str) or onward == old or old == "e":
        return
    del guide["steps"][old]
    _lead(guide, old, onward)
    guide["moved"] = {key: value for key, value in guide.get("moved", {}).items() if value != old}
    if chance.random() < 0.5:
        guide["moved"][old] = onward


def _insert(chance: Random, guide: Guide, files: Files) -> None:
    before = _some_step(chance, guide)
    new = f"n{len(guide['steps'])}"
    if new in guide["steps"]:
        return
    _lead(guide, before, new)
    kinds = [{"ask": "Câu mới?", "slot": f"m_{new}", "answer": "yes_no"}, {"do": "Việc mới.", "stuck": [{"problem": "x", "try": "y"}]}, {"say": "Lời mới."}]
    guide["steps"][new] = copy.deepcopy(chance.choice(kinds)) | {"next": before}


def _rewire(chance: Random, guide: Guide, files: Files) -> None:
    step = guide["steps"][_some_step(chance, guide)]
    if "next" in step:
        step["next"] = _some_step(chance, guide)


def _rechoose(chance: Random, guide: Guide, files: Files) -> None:
    choices = guide["steps"][_some_step(chance, guide)].get("choices")
    if not choices:
        return
    if chance.random() < 0.5:
        choices.pop(chance.randrange(len(choices)))
    else:
        choices.insert(chance.randint(0, len(choices)), {"label": "Chọn mới", "value": "moi", "next": "e"})


def _other_kind(chance: Random, guide: Guide, files: Files) -> None:
    step_id = _some_step(chance, guide)
    onward = guide["steps"][step_id].get("next")
    if onward is not None:
        kinds = [{"do": "Nay là việc."}, {"say": "Nay là lời."}, {"ask": "Nay là câu hỏi?", "answer": "yes_no"}]
        kinds += [{"call": "hai"}] if guide["guide"] == "mot" else []
        guide["steps"][step_id] = chance.choice(kinds) | {"next": onward if isinstance(onward, str) else onward[-1]["else"]}


def _reword(chance: Random, guide: Guide, files: Files) -> None:
    step = guide["steps"][_some_step(chance, guide)]
    for key in ("ask", "do", "say", "end", "handoff"):
        if key in step:
            step[key] += " Lời hay hơn."


def _drop_guide(chance: Random, guide: Guide, files: Files) -> None:
    if chance.random() < 0.25:
        files.pop(guide["guide"], None)


def _move_start(chance: Random, guide: Guide, files: Files) -> None:
    guide["start"] = _some_step(chance, guide)


EDITS = [_rename, _remove, _insert, _insert, _insert, _rewire, _rechoose, _other_kind, _reword, _drop_guide, _move_start]
