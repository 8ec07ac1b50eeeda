"""What was not understood stands together by likeness, with YAML that can be pasted."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.dialogue.event import Parse
from bot.nlu.gaps import cluster, snippet
from tests.cli.running import danloi

SAID = [
    ("xin giấy xác nhận độc thân", "khai-sinh/what"),
    ("xin giay xac nhan doc than", ""),
    ("giấy xác nhận độc thân xin ở đâu", "khai-sinh/what"),
    ("Xin giấy xác nhận độc thân", ""),
    ("làm hộ chiếu cho bé", ""),
    ("lam ho chieu cho be", "vneid/kind"),
    ("làm hộ chiếu ở đâu", ""),
    ("con trâu nhà em bị ốm", ""),
    ("...", ""),
]


def thinks(text: str) -> Parse:
    intent = "hoi/ho-chieu" if "chieu" in text or "chiếu" in text else "khai-sinh"
    return Parse(ranking=((intent, 0.4), ("out_of_scope", 0.3), ("vneid", 0.1)))


def test_sentences_that_are_alike_stand_together() -> None:
    """With and without marks; the largest group first, with where it was said and what it may be about."""
    single, passport, buffalo = cluster(SAID, thinks)
    assert (single.count, passport.count, buffalo.count) == (4, 3, 1)
    assert {text.lower() for text in single.texts} == {"xin giấy xác nhận độc thân", "giấy xác nhận độc thân xin ở đâu"}
    assert single.where == ("khai-sinh/what",)
    assert passport.near == ("hoi/ho-chieu", "vneid")


def test_the_snippet_is_training_data() -> None:
    """It parses as Rasa's YAML; what was masked and what would mark an entity is gone."""
    (found,) = cluster([("mã [số đã ẩn] là (gì)\nthế", "")], thinks)
    data = yaml.safe_load(snippet(found))
    assert data[0]["intent"] == "khai-sinh"
    assert data[0]["examples"] == "- mã … là gì thế"


def test_nothing_and_one_are_no_trouble() -> None:
    assert cluster([]) == []
    assert [one.near for one in cluster([("một câu", "")])] == [()]


def test_the_command_reads_a_file(tmp_path: Path) -> None:
    """The same for sentences that were collected elsewhere."""
    file = tmp_path / "said.txt"
    file.write_text("\n".join(text for text, _ in SAID))
    code, said = danloi("nlu", "gaps", "--file", str(file), "--smallest", "2")
    assert code == 0
    assert "# 4 câu" in said
    assert "con trâu" not in said
