"""What guides know of how people talk becomes examples, where it can only mean one guide."""

from __future__ import annotations

from bot.dialogue.event import Parse
from bot.flows.loader import load
from bot.nlu.guide_phrases import with_guide_phrases
from bot.nlu.rasa_yaml import Example, TrainingData

GUIDE = """
guide: {id}
title: Hướng dẫn
summary: Làm một việc.
minutes: 5
sources: [{{id: a, title: Nghị định, url: "https://chinhphu.vn", checked: 2026-11-24}}]
start: one
steps:
  one:
    ask: Bà con có thẻ chưa?
    slot: card
    choices:
      - {{label: Có, value: "yes", says: [có, {choice}]}}
      - {{label: Chưa, value: "no"}}
    stuck:
      - {{problem: Máy không nhận thẻ của tôi, says: [{problem}], try: Thử lại.}}
    next: two
  two: {{end: Xong.}}
"""


def guide(id: str, *, choice: str, problem: str) -> bytes:
    return GUIDE.format(id=id, choice=choice, problem=problem).encode()


def parse(text: str) -> Parse:
    """Sure that who calls is a fraud, unsure of thẻ, and without an idea otherwise."""
    if "gọi" in text:
        return Parse(ranking=(("scam_report", 0.9),), sure=True, close=("scam_report",))
    return Parse(ranking=(("a", 0.3), ("b", 0.2)), close=("a", "b")) if "thẻ" in text else Parse(ranking=(("a", 0.05),))


def test_words_of_guides_are_added_with_what_they_mean_out_of_the_blue() -> None:
    loaded = load(
        {
            "a.yaml": guide("a", choice="tôi có thẻ gắn chip", problem="có người gọi hỏi mã"),
            "b.yaml": guide("b", choice="tôi mới làm thẻ xong", problem="không thấy chữ này"),
        }
    )
    assert not loaded.diagnostics
    data = TrainingData(examples=(Example(intent="hoi/the", text="toi moi lam the xong"),))
    added = with_guide_phrases(data, loaded.guides, parse).examples[1:]

    assert [(one.intent, one.text) for one in added] == [
        ("a", "Máy không nhận thẻ của tôi"),
        ("scam_report", "có người gọi hỏi mã"),
        ("a", "tôi có thẻ gắn chip"),
    ]
