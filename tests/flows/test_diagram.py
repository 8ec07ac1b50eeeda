"""Pictures of guides: nothing is left out, nothing overlaps, and a guide with mistakes is drawn as well."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.flows.diagram import WIDTH, Branching, Figures, diagram, dot_source, mermaid, read_layout, svg, tree
from bot.flows.guides import ways
from bot.flows.loader import load
from bot.flows.model import Guide
from bot.outreach.diagrams import _run, guide_svg
from bot.service.content import guide_files
from tests.cli.running import ROOT

GUIDES = {guide.id: guide.model for guide in load(guide_files(ROOT / "flows")).guides.values()}
EVERY_GUIDE = pytest.mark.parametrize("model", GUIDES.values(), ids=GUIDES.keys())
SVG = "{http://www.w3.org/2000/svg}"


def drawn_steps(root: ET.Element) -> list[str]:
    return [one.attrib["data-step"] for one in root.iter(f"{SVG}g") if "data-step" in one.attrib]


def drawn_ways(root: ET.Element) -> set[tuple[str, str]]:
    return {(one.attrib["data-from"], one.attrib["data-to"]) for one in root.iter(f"{SVG}path") if "data-from" in one.attrib}


@EVERY_GUIDE
def test_every_step_and_every_way_is_drawn(model: Guide) -> None:
    root = ET.fromstring(guide_svg(model))
    assert drawn_steps(root) == list(model.steps)
    assert drawn_ways(root) == {(step_id, target) for step_id, step in model.steps.items() for target in ways(step)}


@EVERY_GUIDE
def test_cards_do_not_overlap_and_arrows_end_at_them(model: Guide) -> None:
    drawn = diagram(model)
    layout = read_layout(drawn, _run(dot_source(drawn)))
    cards = {card.id: card for card in drawn.cards}
    boxes = [(*layout.places[card.id], card.height) for card in drawn.cards]
    for index, (x, y, height) in enumerate(boxes):
        assert 0 <= x <= layout.width - WIDTH + 1
        for other_x, other_y, other_height in boxes[:index]:
            assert abs(x - other_x) >= WIDTH or y + height <= other_y or other_y + other_height <= y
    for (step_id, number), points in layout.arrows.items():
        target = cards[step_id].rows[number].target if number >= 0 else cards[step_id].onward
        left, top = layout.places[target]
        assert left <= points[-1][0] <= left + WIDTH
        assert abs(points[-1][1] - top) < 2


@EVERY_GUIDE
def test_words_stay_in_their_cards(model: Guide) -> None:
    """34 letters of 14 px are narrower than a card."""
    for card in diagram(model).cards:
        assert max(map(len, (*card.lines, *card.notes))) <= 36
        assert len(card.id) <= 32


def test_figures_stand_on_the_arrows_and_in_the_cards() -> None:
    """Ways of one card that lead to one step share their figure, and say so."""
    model = GUIDES["vneid"]
    figures = Figures(ways={("goal", "card"): 120, ("goal", "approved"): 7, ("phone", "store-android"): 3}, steps={"goal": (140, 127), "card": (120, 120)})
    root = ET.fromstring(guide_svg(model, figures))
    texts = {name: [one.text for one in root.iter(f"{SVG}text") if one.attrib.get("class") == name] for name in ("figure", "ink counted")}
    assert texts == {"figure": ["120", "7", "3"], "ink counted": ["140 lượt đến, 13 dừng ở đây", "120 lượt đến", "3 lượt đến", "7 lượt đến"]}
    assert "style" not in next(one for one in root.iter(f"{SVG}path") if one.attrib.get("data-to") == "child-age").attrib
    drawn = diagram(model, figures)
    assert '-->|"Làm mới cho tôi · 120"|' in mermaid(drawn)
    (goal,) = (card for card in drawn.cards if card.id == "goal")
    shared = diagram(model, Figures(ways={(goal.id, goal.rows[0].target): 9}))
    alike = [number for number, row in enumerate(goal.rows) if row.target == goal.rows[0].target]
    assert {shared.told(goal, number) for number in alike} == ({"9"} if len(alike) == 1 else {"9 chung"})


def test_rules_are_told_in_words_where_they_can_be() -> None:
    card = next(card for card in diagram(GUIDES["vneid"]).cards if card.id == "phone")
    assert [(row.label, row.target) for row in card.rows] == [("Không biết", "which-phone"), ("iPhone", "store-ios"), ("còn lại", "store-android")]
    assert card.notes == ("Android · iPhone",)


@EVERY_GUIDE
def test_mermaid_names_every_step_and_way(model: Guide) -> None:
    lines = mermaid(diagram(model)).splitlines()
    assert lines[3] == "flowchart TD"
    assert sum(":::" in line for line in lines) == len(model.steps)
    assert sum("-->" in line or "-.->" in line for line in lines) == sum(len(_ways(model, step_id)) for step_id in model.steps)


def _ways(model: Guide, step_id: str) -> list[tuple[int, str]]:
    card = next(card for card in diagram(model).cards if card.id == step_id)
    return [(number, row.target) for number, row in enumerate(card.rows)] + ([(-1, card.onward)] if card.onward else [])


@EVERY_GUIDE
def test_the_tree_tells_each_step_once(model: Guide) -> None:
    root = tree(diagram(model))
    assert root is not None
    told: list[str] = []
    todo: list[Branching] = [root]
    while todo:
        branching = todo.pop()
        told += [] if branching.seen else [branching.card.id]
        todo += branching.onward
    assert sorted(told) == sorted(model.steps)


NAMES = st.sampled_from(["a", "b", "c", "khong-co"])
TEXTS = st.text(min_size=1, max_size=200).filter(str.strip)
STEPS = st.one_of(
    st.builds(lambda text, onward: {"say": text, "next": onward}, TEXTS, NAMES),
    st.builds(lambda text, onward, more: {"do": text, "next": onward, "stuck": [{"problem": text, "next": more}]}, TEXTS, NAMES, NAMES),
    st.builds(lambda text, onward: {"ask": text, "choices": [{"label": text[:20] or "x", "next": onward}, {"label": "y"}], "next": onward}, TEXTS, NAMES),
    st.builds(lambda text: {"end": text}, TEXTS),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), STEPS, min_size=1), TEXTS)
def test_whatever_stands_in_a_guide_is_drawn(steps: dict[str, object], title: str) -> None:
    """Steps that are not there, loops, `<&>"`, control characters."""
    model = Guide.model_validate({"guide": "thu", "title": title, "start": "a", "steps": steps})
    drawn = diagram(model)
    assert drawn_steps(ET.fromstring(svg(drawn, read_layout(drawn, _run(dot_source(drawn)))))) == list(model.steps)
    assert mermaid(drawn)
    assert (tree(drawn) is None) == ("a" not in steps)


def test_a_very_long_guide_does_not_exhaust_the_stack() -> None:
    steps = {f"s{number}": {"say": "Chào.", "next": f"s{number + 1}"} for number in range(3000)} | {"s3000": {"end": "Hết."}}
    assert tree(diagram(Guide.model_validate({"guide": "thu", "title": "x", "start": "s0", "steps": steps})))
