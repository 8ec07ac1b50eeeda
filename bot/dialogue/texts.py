"""What a text means, from the narrow to the wide: the question that waits, the buttons of the last message, words that mean the
same everywhere, a typed code, the step at hand, and only then what the NLU found in the whole bot.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from bot.dialogue import walk
from bot.dialogue.answers import back_to_step, fitting, give_answer, holds, nearest, offers
from bot.dialogue.commands import INTENT_COMMANDS, LANGUAGE_OF, command_of, number_of
from bot.dialogue.consent import note_unheard
from bot.dialogue.guess import guess_language
from bot.dialogue.hear import Heard, hear, said_yes_or_no
from bot.dialogue.orders import carry_out, menu, offer_resume, open_entry, rested, warn_of_fraud
from bot.dialogue.payload import Entry, OwnTap, is_volunteer, own_tap, read_code, read_marks, step_tap
from bot.dialogue.reply import Option
from bot.dialogue.session import Frame
from bot.dialogue.talk import Talk
from bot.dialogue.taps import MISSES_BEFORE_A_PERSON, ask_again, choose, take_answer, tapped
from bot.flows.guides import Guides
from bot.flows.model import AskStep, DoStep
from bot.i18n.folding import fold

CERTAINLY_ELSEWHERE = 0.8  # so sure the NLU must be that a wish is none of ours to say so
ENOUGH = 0.5  # a choice whose words are so much of what was said needs nothing else to be believed


def said(talk: Talk, text: str) -> None:
    folded = fold(text)
    if _by_question(talk, text, folded) or _by_shown(talk, folded) or _by_command(talk, text, folded) or _by_code(talk, text):
        return
    frame = talk.session.frame
    if frame is not None:
        heard = hear(talk, frame, text, folded)
        if heard is not None and not _asks_something_else(talk, frame, heard):
            _heard(talk, heard)
            return
    if not _by_intent(talk, folded) and not _by_topic(talk, folded):
        _not_understood(talk)


def _by_question(talk: Talk, text: str, folded: str) -> bool:
    """A typed yes or no to the bot's own question."""
    pending = talk.session.pending
    if pending is None:
        return False
    said = said_yes_or_no(talk, text, folded)
    if said is None:
        return False
    talk.session = replace(talk.session, pending=None)
    tapped(talk, pending.yes if said else pending.no)
    return True


def _by_shown(talk: Talk, folded: str) -> bool:
    """A number or a label of the last message's options, unless the step at hand waits for a number of its own."""
    shown = talk.session.shown
    frame = talk.session.frame
    step = talk.guide_of(frame).step(frame.at) if frame else None
    wants_value = isinstance(step, AskStep) and not step.choices and step.answer is not None and step.answer.value in ("number", "date")
    number = number_of(folded)
    if number is not None and not (wants_value and frame is not None and all(one.tap.startswith(("/", f"{frame.guide}/{frame.at}/")) for one in shown)):
        if 1 <= number <= len(shown):
            tapped(talk, shown[number - 1].tap)
            return True
        return False
    tap = next((one.tap for one in shown if folded and fold(one.label) == folded), None)
    if tap is None:
        return False
    tapped(talk, tap)
    return True


def _by_command(talk: Talk, text: str, folded: str) -> bool:
    command = command_of(text, folded)
    if command is None:
        return False
    language = LANGUAGE_OF.get(folded)
    carry_out(talk, OwnTap(command=command, about=(language,) if language else ()))
    return True


def _by_code(talk: Talk, text: str) -> bool:
    """`#VNEID`, `khai sinh` standing alone; behind it may stand a step, a volunteer's code, a commune's."""
    entry = _coded(talk.library.guides, text)
    if entry is None:
        return False
    open_entry(talk, entry)
    return True


def _coded(guides: Guides, text: str) -> Entry | None:
    code, volunteer = read_code(text)
    guide = guides.by_code(code)
    if guide is not None:
        return _marked(guides, guide, (volunteer,) if volunteer else ())
    guide = guides.by_code(code + volunteer) if volunteer else None
    if guide is not None:
        return Entry(guide=guide)
    code, marks = read_marks(text)
    guide = guides.by_code(code) if marks else None
    return _marked(guides, guide, marks) if guide is not None else None


def _marked(guides: Guides, guide: str, marks: tuple[str, ...]) -> Entry | None:
    """What the words behind a guide's code say; None where one of them is nothing of ours."""
    steps = {step.replace("-", ""): step for step in guides[guide].model.steps} if marks else {}
    found: dict[str, str] = {}
    for mark in marks:
        if mark in steps:
            found["step"] = steps[mark]
        elif guides.places.get(mark) is not None:
            found["place"] = mark
        elif is_volunteer(mark):
            found["volunteer"] = mark
        else:
            return None
    return Entry(guide=guide, **found)


def _asks_something_else(talk: Talk, frame: Frame, heard: Heard) -> bool:
    """Whether what the step heard is really a question or a wish: `answer: text` would swallow everything, and a long sentence may hold
    the words of a choice by chance. A problem of the step is more to the point than a question like it."""
    intent = talk.event.parse.intent if talk.event.parse else None
    guide = talk.guide_of(frame)
    if intent is None or heard.option in guide.problem_keys.get(frame.at, ()):
        return False
    if intent == "scam_report" and heard.share < 1:
        return True
    step = guide.step(frame.at)
    swallows = isinstance(step, AskStep) and step.answer is not None and step.answer.value == "text" and heard.value is not None
    return (swallows or heard.share < ENOUGH) and (intent in INTENT_COMMANDS or intent.startswith("hoi/") or intent == "scam_report")


def _heard(talk: Talk, heard: Heard) -> None:
    if heard.places:
        frame = talk.session.frames[-1]
        places = [place for code in heard.places if (place := talk.library.guides.places.get(code)) is not None]
        options = [Option(label=place.name, tap=step_tap(frame.guide, frame.at, f"={place.code}")) for place in places]
        talk.at_step(talk.phrase("which-place"), (*options, talk.person_option()))
    elif heard.option:
        choose(talk, heard.option)
    else:
        take_answer(talk, heard.value)


def _by_intent(talk: Talk, folded: str) -> bool:
    """What the NLU is sure of, in the whole bot."""
    intent = talk.event.parse.intent if talk.event.parse else None
    if intent is None:
        return False
    library = talk.library
    if intent.startswith("hoi/"):
        answer = library.guides.answers.get(intent.removeprefix("hoi/"))
        if answer is None or not holds(talk, answer):
            return False
        meant = fitting(talk, [answer], folded)
        if len(meant) == 1:
            give_answer(talk, meant[0])
        else:
            _ask_between(talk, offers(talk, [f"hoi/{one.answer}" for one in meant], most=3))
    elif intent in INTENT_COMMANDS:
        carry_out(talk, OwnTap(command=INTENT_COMMANDS[intent]))
    elif intent == "scam_report":
        warn_of_fraud(talk)
        back_to_step(talk)
    elif intent in ("greet", "thanks"):
        _be_polite(talk, intent)
    elif intent == "affirm" and talk.session.frame is not None:
        talk.say("take-time")
        walk.show(talk)
    else:
        guide = next((guide.id for guide in library.guides.values() if (guide.model.intent or guide.id) == intent), None)
        if guide is None:
            return False
        open_entry(talk, Entry(guide=guide))
    talk.session = replace(talk.session, misses=0)
    return True


def _by_topic(talk: Talk, folded: str) -> bool:
    """The NLU hesitates between answers of one topic: the guide in hand may tell which was meant."""
    close = talk.event.parse.close if talk.event.parse else ()
    answers = [talk.library.guides.answers.get(intent.removeprefix("hoi/")) for intent in close if intent.startswith("hoi/")]
    found = [answer for answer in answers if answer is not None and holds(talk, answer)]
    meant = fitting(talk, found, folded) if found and len(found) == len(close) else ()
    if len(meant) != 1:
        return False
    give_answer(talk, meant[0])
    talk.session = replace(talk.session, misses=0)
    return True


def _ask_between(talk: Talk, near: Sequence[Option]) -> None:
    talk.say("between", *near, talk.option("resume-other", "menu", icon="list"), talk.person_option())


def _be_polite(talk: Talk, intent: str) -> None:
    if intent == "thanks":
        talk.say("thanks", *(() if talk.session.frame else (talk.menu_option(), talk.person_option())))
        if talk.session.frame is not None:
            walk.show(talk)
        return
    if talk.session.frame is None:
        if talk.session.greeted:
            talk.say("greet-again")
        menu(talk)
    elif rested(talk):
        offer_resume(talk)
    else:
        talk.say("greet-again")
        walk.show(talk)


def _offer_language(talk: Talk) -> bool:
    """Ask, in their language, whether someone who clearly writes another one would rather read that; nothing is changed unasked."""
    guessed = guess_language(talk.event.text)
    language = next((one for one in talk.library.words.languages if one.code == guessed), None)
    if language is None or language.code == talk.language:
        return False
    yes = Option(label=language.name, tap=own_tap("language", language.code), main=True)
    no = talk.option("continue", "repeat") if talk.session.frame else talk.menu_option()
    talk.bubble(talk.library.phrase(language.code, "offer-language"), (yes, no, talk.person_option()))
    talk.confirm(yes, no)
    return True


def _not_understood(talk: Talk) -> None:
    """Never a guess: the step again, or the three nearest things and a person."""
    frame = talk.session.frame
    talk.count("not_understood")
    note_unheard(talk)
    if _offer_language(talk):
        return
    parse = talk.event.parse
    near = offers(talk, parse.close, most=3) if parse else []
    if len(near) > 1:
        _ask_between(talk, near)
        return
    if frame is not None:
        if rested(talk):
            offer_resume(talk)
            return
        ask_again(talk)
        if talk.session.misses == 1 and isinstance(talk.guide_of(frame).step(frame.at), DoStep):
            walk.show(talk)
        return
    talk.session = replace(talk.session, misses=talk.session.misses + 1)
    says_much = " " in talk.event.text.strip()  # one strange word may be a slip of the thumb
    elsewhere = says_much and parse is not None and parse.ranking[:1] and parse.ranking[0][0] == "out_of_scope" and parse.ranking[0][1] >= CERTAINLY_ELSEWHERE
    name = "many-misses" if talk.session.misses >= MISSES_BEFORE_A_PERSON else "out-of-scope" if elsewhere else "not-understood"
    talk.say(name, *nearest(talk), talk.person_option())
