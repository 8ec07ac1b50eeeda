"""Short answers to questions, with their source; they never lose the place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.dialogue import walk
from bot.dialogue.payload import own_tap
from bot.dialogue.reply import LinkButton, Option
from bot.dialogue.talk import Talk
from bot.flows.guides import CompiledGuide
from bot.flows.model import Answer
from bot.i18n.folding import fold


def fitting(talk: Talk, answers: Sequence[Answer], folded: str) -> tuple[Answer, ...]:
    """Which of the answers that were found may be meant: one is given, between several the bot asks.

    “Có mất tiền không?” is the same question at every guide. Where all that was found is of one topic and the words name no guide,
    the guide in hand, or put aside last, decides; where there is none, or it has no answer of that topic, nobody knows which was meant.
    """
    topics = {answer.topic for answer in answers}
    if len(topics) != 1 or None in topics:
        return tuple(answers)
    guides = talk.library.guides
    twins = [one for one in guides.answers.values() if one.topic in topics and holds(talk, one)]
    named = [one for one in twins if one.guide and (guide := guides.get(one.guide)) and is_named(guide, folded)]
    if named:
        return tuple(one for one in answers if one in named) or tuple(named)
    frames = (*reversed(talk.session.frames), *(talk.session.parked[-1] if talk.session.parked else ()))
    in_hand = [one for frame in frames for one in twins if one.guide == frame.guide]
    return tuple(in_hand[:1] or twins)


def holds(talk: Talk, answer: Answer) -> bool:
    return answer.valid is None or answer.valid.holds(talk.today)


def is_named(guide: CompiledGuide, folded: str) -> bool:
    """Whether the words say which service they are about."""
    return any(f" {fold(name)} " in f" {folded} " for name in guide.model.names)


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
    """The guide that was put aside, what is nearest to the words, and guides in their order: three in all."""
    library, parked = talk.library, talk.session.parked
    intents = [intent for intent, _ in talk.event.parse.ranking] if talk.event.parse else []
    aside = library.guides.get(parked[-1][0].guide) if parked else None
    options = []
    if aside is not None:
        options.append(talk.option("menu-continue", "continue", title=library.title(talk.language, aside), icon="again", main=True))
    taken = {aside.id} if aside else set()
    for option in (*offers(talk, intents, most=3), *(Option(label=library.title(talk.language, guide), tap=guide.id) for guide in library.guides.values())):
        if option.tap not in taken:
            taken.add(option.tap)
            options.append(option)
    return options[:3]


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
