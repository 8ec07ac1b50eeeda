"""What may be kept beyond the talk, and only from who agreed to it by a button or its words.

Two purposes, asked apart and each once: `learn` (sentences that were not understood, to mend the bot) and `talk` (the talk itself, for
the person of the office who helps). Nobody is asked before they are helped: the question stands below an answer, and its buttons come
last. Silence is no consent, and “không” changes nothing in the help.
"""

from __future__ import annotations

from msgspec.structs import replace

from bot.dialogue.payload import own_tap
from bot.dialogue.reply import Option, Reply
from bot.dialogue.session import Consent, Session, Unheard
from bot.dialogue.talk import Talk
from bot.dialogue.turn import Gap
from bot.i18n.dates import format_date

VERSION = "1"  # of the words of the questions; who agreed to others is asked anew
LEARN, TALK = "learn", "talk"
PURPOSES = (LEARN, TALK)
MAX_UNHEARD = 3
MAX_CHARS = 300
FEW_OPTIONS = 3  # below a longer list a question would only be in the way


def agreed(session: Session, purpose: str) -> bool:
    """Whether the contact agreed, to the question as it is asked now."""
    given = session.consents.get(purpose)
    return given is not None and given.given and given.version == VERSION


def note_unheard(talk: Talk) -> None:
    """Something was not understood: keep it to learn from, or within the session until the contact has said yes or no."""
    frame, session = talk.session.frame, talk.session
    text = talk.event.text.strip()[:MAX_CHARS]
    if not text or talk.hides:
        return
    unheard = Unheard(text=text, guide=frame.guide if frame else "", step=frame.at if frame else "")
    if agreed(session, LEARN):
        talk.gaps.append(_gap(session, unheard))
    elif session.consents.get(LEARN) is None:
        talk.session = replace(session, unheard=(*session.unheard, unheard)[-MAX_UNHEARD:])


def ask(talk: Talk) -> None:
    """Put the question that is due below the last bubble, if it is time for it; changes nothing else."""
    if not talk.replies or talk.erased or talk.forgets:
        return
    last = talk.replies[-1]
    purpose = _due(talk, last)
    if not purpose:
        return
    options = [
        Option(label=talk.phrase("consent-yes"), tap=own_tap("consent", purpose, "yes", VERSION)),
        Option(label=talk.phrase("consent-no"), tap=own_tap("consent", purpose, "no", VERSION)),
    ]
    talk.replies[-1] = replace(last, text=f"{last.text}\n\n{_question(talk, purpose)}", options=(*last.options, *options))
    talk.session = replace(talk.session, asked=talk.session.asked | {purpose: VERSION})
    talk.count("consent", step="", detail=f"{purpose}-asked")


def _due(talk: Talk, last: Reply) -> str:
    """The purpose that is to be asked for now; empty where none is."""
    session, library = talk.session, talk.library
    if last.handoff:
        return TALK if library.keeps_days > 1 and _open(session, TALK) else ""
    if not session.unheard:
        return ""
    outside = talk.began.frame is None and session.frame is None and session.pending is None
    helped = not any(fact.kind in ("not_understood", "consent") for fact in talk.facts)
    few = 0 < len(last.options) <= FEW_OPTIONS
    return LEARN if outside and helped and few and _open(session, LEARN) else ""


def _open(session: Session, purpose: str) -> bool:
    """Whether it was neither asked nor answered."""
    return session.asked.get(purpose) != VERSION and (purpose not in session.consents or session.consents[purpose].version != VERSION)


def _question(talk: Talk, purpose: str) -> str:
    office = talk.phrase("consent-office", office=talk.library.office) if talk.library.office else ""
    question = talk.phrase(f"consent-{purpose}", days=talk.library.keeps_days)
    return " ".join(part for part in (question, office, talk.phrase("consent-back")) if part)


def answer(talk: Talk, about: tuple[str, ...]) -> bool:
    """Write down what a button of the question says; False where it is no such button (or one of an older question)."""
    if about == ("withdraw",):
        _withdraw(talk, PURPOSES)
        return True
    purpose, said, version = (*about, "", "", "")[:3]
    if purpose not in PURPOSES or said not in ("yes", "no") or version != VERSION:
        return False
    session = talk.session
    if said == "no":
        _withdraw(talk, (purpose,))
    else:
        consent = Consent(given=True, version=VERSION, at=talk.now)
        talk.session = session = replace(session, consents=session.consents | {purpose: consent})
        if purpose == LEARN:
            talk.gaps += [_gap(session, one) for one in session.unheard]
            talk.session = replace(session, unheard=())
    talk.count("consent", step="", detail=f"{purpose}-{said}")
    return True


def _withdraw(talk: Talk, purposes: tuple[str, ...]) -> None:
    """No is written down like yes; whatever a former yes had kept goes."""
    session = talk.session
    said_no = {purpose: Consent(given=False, version=VERSION, at=talk.now) for purpose in purposes}
    if LEARN in purposes:
        talk.withdraws = True
        talk.gaps.clear()
    talk.session = replace(session, consents=session.consents | said_no, unheard=() if LEARN in purposes else session.unheard)


def lines(talk: Talk) -> list[str]:
    """What was agreed to and when, for who asks what is kept."""
    session = talk.session
    given = [(purpose, session.consents[purpose]) for purpose in PURPOSES if agreed(session, purpose)]
    return [talk.phrase(f"my-data-{purpose}", day=format_date(consent.at.astimezone(talk.zone).date(), talk.language)) for purpose, consent in given]


def _gap(session: Session, unheard: Unheard) -> Gap:
    consent = session.consents[LEARN]
    return Gap(text=unheard.text, guide=unheard.guide, step=unheard.step, language=session.language, consent=f"{consent.version} {consent.at:%Y-%m-%d %H:%M%z}")
