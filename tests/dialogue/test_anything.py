"""Whatever somebody sends, in whatever order: an answer comes, nothing is raised, the session survives, a person stays in reach."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogue.commands import COMMAND_OF
from bot.dialogue.engine import turn
from bot.dialogue.event import Event, Kind, Parse
from bot.dialogue.session import Owner, Session
from tests.dialogue.talking import NOON
from tests.dialogue.test_walker import LIBRARY

TAPS = sorted(
    {
        f"{guide.id}/{step}/{key}"
        for guide in LIBRARY.guides.values()
        for table in (guide.option_keys, guide.problem_keys)
        for step, keys in table.items()
        for key in keys
    }
)
ENTRIES = [*LIBRARY.guides, "vneid_goal", "vneid__tt7k", "no-such", "", "GET_STARTED", "vneid_no-such-step"]
INTENTS = [
    *LIBRARY.guides,
    *(f"hoi/{one}" for one in list(LIBRARY.guides.answers)[:5]),
    "hoi/none",
    "menu",
    "affirm",
    "deny",
    "done",
    "stuck",
    "greet",
    "thanks",
    "scam_report",
]
OWN = [
    "/menu",
    "/back",
    "/redo",
    "/redo/yes",
    "/erase",
    "/erase/yes",
    "/erase/no",
    "/language",
    "/language/xx",
    "/leave/vneid",
    "/leave",
    "/leave/x",
    "/thumb/vneid/up",
    "/answer/x",
    "/",
]

parses = st.builds(Parse, ranking=st.lists(st.tuples(st.sampled_from(INTENTS), st.floats(0, 1)), max_size=3).map(tuple), sure=st.booleans())
texts = st.one_of(
    st.sampled_from(
        [*COMMAND_OF, "1", "2", "3", "9", "có", "không", "xong", "chưa được", "hôm qua", "5/3/2026", "Bum Nưa", "mường tè", "#VNEID TT7K", "khai sinh"]
    ),
    st.text(max_size=60),
)
moves = st.one_of(
    st.tuples(st.just(Kind.TEXT), texts),
    st.tuples(st.just(Kind.TAP), st.sampled_from([*TAPS, *OWN, "done", "stuck", "person", "x" * 70]) | st.text(max_size=30)),
    st.tuples(st.just(Kind.TAP), st.integers(0, 20)),  # one of the options that were shown
    st.tuples(st.sampled_from([Kind.OPENED, Kind.REFERRAL]), st.sampled_from(ENTRIES)),
    st.tuples(st.sampled_from([Kind.MEDIA, Kind.LOCATION, Kind.PERSON_REPLIED, Kind.PERSON_ANSWERED, Kind.GIVEN_BACK, Kind.LEFT, Kind.ERASE]), st.just("")),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(moves, st.sampled_from([0, 0, 0, 7, 30, 24 * 40]), parses), max_size=25))
def test_an_answer_comes_to_whatever_is_sent(script: list[tuple[tuple[Kind, str | int], int, Parse]]) -> None:
    session, now = Session.new(), NOON
    for (kind, value), hours, parse in script:
        now += timedelta(hours=hours)
        if isinstance(value, int):
            value = session.shown[value % len(session.shown)].tap if session.shown else "menu"
        told = {"text": value, "parse": parse} if kind is Kind.TEXT else {"payload": value}
        event = Event(id="1", channel="web", account="a", contact="c", at=now, kind=kind, **told)
        result = turn(LIBRARY, session, event, now)
        spoke_to_bot = kind in (Kind.TEXT, Kind.TAP, Kind.OPENED, Kind.REFERRAL, Kind.MEDIA, Kind.LOCATION)
        if spoke_to_bot and result.session.owner is Owner.BOT:
            assert result.replies
            assert any(option.tap in ("/person", "/menu") for reply in result.replies for option in reply.options)
        assert not [fact for fact in result.facts if fact.kind == "trouble" and fact.detail == "loop"]
        session = Session.from_json(result.session.to_json())
        assert session == result.session
        assert len(result.session.to_json()) < 64_000
