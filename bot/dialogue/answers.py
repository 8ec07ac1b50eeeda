"""Short answers to questions, with their source; they never lose the place."""

from __future__ import annotations

from collections.abc import Iterable

from bot.dialogue import walk
from bot.dialogue.payload import own_tap
from bot.dialogue.reply import LinkButton, Option
from bot.dialogue.talk import Talk
from bot.flows.model import Answer


def give_answer(talk: Talk, answer: Answer) -> None:
    """A short answer with its source; then the step again, or the guide it belongs to."""
    language = talk.language
    talk.count("question", detail=answer.answer)
    source = talk.phrase("answer-source" if answer.source.checked else "answer-source-unchecked", source=answer.source.title)
    text = f"{talk.text(f'answers.{answer.answer}.text', answer.text)}\n{source}"
    links = tuple(_link(talk, answer))
    if talk.session.frame is not None:
        talk.bubble(text, links=links)
        back_to_step(talk)
        return
    options = []
    if answer.guide and answer.guide in talk.library.guides:
        guide = talk.library.guides[answer.guide]
        options.append(Option(label=talk.phrase("open-guide", title=talk.library.title(language, guide)), tap=guide.id, main=True))
    talk.bubble(text, (*options, talk.person_option(), talk.menu_option()), links=links)


def _link(talk: Talk, answer: Answer) -> list[LinkButton]:
    if answer.link is None:
        return []
    return [LinkButton(label=talk.text(f"answers.{answer.answer}.link", answer.link.label), url=answer.link.url)]


def back_to_step(talk: Talk) -> None:
    if talk.session.frame is not None:
        talk.say("back-to-step")
        walk.show(talk)


def nearest(talk: Talk) -> list[Option]:
    """The three guides or answers nearest to what was said, filled up with guides in their order."""
    intents = [intent for intent, _ in talk.event.parse.ranking] if talk.event.parse else []
    options = offers(talk, intents, most=3)
    taken = {option.tap for option in options}
    others = [guide for guide in talk.library.guides.values() if guide.id not in taken]
    return options + [Option(label=talk.library.title(talk.language, guide), tap=guide.id) for guide in others[: 3 - len(options)]]


def offers(talk: Talk, intents: Iterable[str], *, most: int) -> list[Option]:
    """The guides and answers that these intents are about, as options."""
    library, language = talk.library, talk.language
    by_intent = {guide.model.intent or guide.id: guide for guide in library.guides.values()}
    options: list[Option] = []
    for intent in intents:
        guide = by_intent.get(intent)
        answer = library.guides.answers.get(intent.removeprefix("hoi/")) if intent.startswith("hoi/") else None
        if guide is not None:
            options.append(Option(label=library.title(language, guide), tap=guide.id))
        elif answer is not None:
            question = library.words.text(language, f"answers.{answer.answer}.question", answer.question)
            options.append(Option(label=question, tap=own_tap("answer", answer.answer)))
    return options[:most]
