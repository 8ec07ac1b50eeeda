"""What the guides themselves know of how people talk: the words of their problems and choices, as examples for a Rasa server.

Inside a guide the step hears these words before any model is asked. Outside of one they are a way in: who writes what goes wrong at
a step wants that guide. So they become examples of the guide's intent, not intents of their own, which nobody would act on.

But "có người xin mã", a problem of a step, is a fraud when it is said out of the blue, and "mấy ngày thì xong" a question. What the
embedded classifier is sure of keeps that meaning; what it can make nothing of (“không thấy chữ này”) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.dialogue.event import Parse
from bot.flows.guides import CompiledGuide, Guides
from bot.flows.model import AskStep, DoStep
from bot.nlu.normalise import normalise
from bot.nlu.rasa_yaml import Example, TrainingData

FEWEST_WORDS = 3  # shorter ones ("sau 2016", "nhờ ai") mean something only where they are asked for


def with_guide_phrases(data: TrainingData, guides: Guides, parse: Callable[[str], Parse]) -> TrainingData:
    """The data with those phrases that it does not have yet; `parse` is the embedded classifier's, which learnt the data."""
    known = {normalise(example.text) for example in data.examples}
    added: list[Example] = []
    for guide in guides.values():
        for phrase in _phrases(guide):
            plain = normalise(phrase)
            intent = _meaning(parse(phrase), guide.model.intent or guide.id)
            if intent and len(plain.split()) >= FEWEST_WORDS and plain not in known:
                known.add(plain)
                added.append(Example(intent=intent, text=phrase, file=guide.file))
    return replace(data, examples=(*data.examples, *added))


def _meaning(parse: Parse, guide: str) -> str:
    return parse.intent or (guide if guide in parse.close else "")


def _phrases(guide: CompiledGuide) -> Iterator[str]:
    for step in guide.model.steps.values():
        if isinstance(step, DoStep | AskStep):
            for problem in step.stuck:
                yield from (problem.problem, *problem.says)
        if isinstance(step, AskStep):
            for choice in step.choices:
                yield from choice.says
