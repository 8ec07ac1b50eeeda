"""Pictures are drawn from words alone, small, and never with a sample number in a box."""

from __future__ import annotations

import re
from hashlib import sha256
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogue.drawings import PICTURE_ALT, drawing_note, screen_in
from bot.flows.guides import DRAWING
from bot.flows.loader import load
from bot.flows.model import DoStep, Screen
from bot.i18n.catalogue import Catalogues
from bot.outreach.illustrations import HEIGHT, MAX_PNG_BYTES, PICTURES, draw, gesture, inline_svg, png
from bot.outreach.lettering import TooLong, text_width
from bot.service.content import guide_files

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
START = Screen(app="VNeID", title="Đăng ký tài khoản mức 1", highlight="Bắt đầu")
TWO_FIELDS = Screen(
    app="VNeID", title="Kích hoạt tài khoản", fields=("Số định danh cá nhân", "Số điện thoại"), highlight="Gửi yêu cầu", hint="Tự gõ, rồi bấm “Gửi yêu cầu”"
)
PORTAL = Screen(app="dichvucong.gov.vn", title="Chọn cơ quan thực hiện", fields=("Tỉnh/Thành phố", "Phường/Xã"), highlight="Phường/Xã", hint="Bấm vào ô này")


@pytest.mark.parametrize("screen", [START, TWO_FIELDS, PORTAL], ids=["button", "fields", "address"])
def test_a_screen_shows_its_words_and_says_that_it_is_a_drawing(screen: Screen) -> None:
    words = " ".join(text.text or "" for text in ElementTree.fromstring(draw(screen)).iter(f"{SVG}text"))
    for part in (screen.app, *screen.title.split(), *screen.fields, *screen.highlight.split(), "Hình vẽ minh họa"):
        assert part in words
    assert len(png(draw(screen))) <= MAX_PNG_BYTES


def test_in_a_page_the_hint_and_the_ids_are_left_out() -> None:
    drawn = inline_svg(TWO_FIELDS)
    assert " id=" not in drawn
    assert "Tự gõ" not in drawn
    assert float(ElementTree.fromstring(drawn).attrib["viewBox"].split()[3]) <= HEIGHT


def test_words_that_cannot_fit_are_an_error() -> None:
    with pytest.raises(TooLong, match="Xác nhận"):
        draw(START.model_copy(update={"highlight": "Xác nhận thông tin đăng ký tài khoản định danh điện tử mức 2"}))


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        Screen,
        app=st.text("ABạđộ<&\"'. ", min_size=1, max_size=12).filter(str.strip),
        title=st.text("aớ <&", min_size=1, max_size=30).filter(str.strip),
        highlight=st.text('aằ>&"', min_size=1, max_size=12),
    )
)
def test_any_words_give_well_formed_drawings(screen: Screen) -> None:
    try:
        drawn = draw(screen)
    except TooLong:
        return
    ElementTree.fromstring(drawn)
    ElementTree.fromstring(inline_svg(screen))


def test_every_named_gesture_is_drawn_in_our_palette() -> None:
    assert {path.stem for path in PICTURES.glob("*.svg")} == set(PICTURE_ALT)
    for name in PICTURE_ALT:
        root = ElementTree.fromstring(gesture(name))
        assert root.attrib["viewBox"] == "0 0 640 800"
        assert not [one for one, part in product(("script", "image"), root.iter()) if part.tag == SVG + one]
        assert [part.text for part in root.iter(f"{SVG}text")] == ["Hình vẽ minh họa"]


@pytest.mark.parametrize("name", ["nope", "../illustrations", ""])
def test_no_other_file_is_read(name: str) -> None:
    with pytest.raises(KeyError):
        gesture(name)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("guide", ["vneid", "khai-sinh", "thanh-toan"])
def test_every_thing_to_do_has_a_picture_that_is_small_and_keeps_its_words_inside(guide: str, language: str) -> None:
    """Words are measured with the font's own widths: nothing runs over the edge of the phone."""
    compiled, words = load(guide_files(ROOT / "flows")).guides[guide], Catalogues.load(ROOT / "locales")
    for step_id, step in compiled.model.steps.items():
        assert not isinstance(step, DoStep) or step.screen or step.picture, step_id
        if screen := screen_in(words, language, compiled, step_id):
            drawn = draw(screen, drawing_note(words, language))
            assert len(png(drawn)) <= MAX_PNG_BYTES, step_id
            for text in ElementTree.fromstring(drawn).iter(f"{SVG}text"):
                wide = text_width(text.text or "", float(text.attrib["font-size"]), int(text.attrib["font-weight"]))
                x = float(text.attrib["x"]) - (wide / 2 if text.attrib["text-anchor"] == "middle" else 0)
                assert 16 <= x <= x + wide <= 640 - 16, (step_id, text.text)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_is_pointed_at_is_wholly_in_the_picture(language: str) -> None:
    """In every guide: the ring ends above the lower edge and below the boxes before it, the fingertip is on what is ringed, boxes stay boxes."""
    words = Catalogues.load(ROOT / "locales")
    for guide in load(guide_files(ROOT / "flows")).guides.values():
        for step_id, step in guide.model.steps.items():
            if step.screen:
                _points_well(draw(screen_in(words, language, guide, step_id) or step.screen, drawing_note(words, language)))


def test_the_fullest_screen_is_still_clear() -> None:
    """Two lines wherever there may be two, and three boxes."""
    full = Screen(
        app="VNeID",
        title="Đăng ký tài khoản định danh mức 1",
        fields=("Số định danh cá nhân", "Số điện thoại", "Ngày cấp thẻ"),
        highlight="Chuyển sang bước tiếp theo",
        hint="Tự gõ ba dòng này rồi bấm nút giống như “Chuyển”",
    )
    _points_well(draw(full))


def _points_well(svg: str) -> None:
    drawing = ElementTree.fromstring(svg)
    group = {one.attrib.get("id"): one for one in drawing.iter(f"{SVG}g")}
    *_, ring = group["highlight"].iter(f"{SVG}rect")
    top, height = float(ring.attrib["y"]) - 5, float(ring.attrib["height"]) + 10  # its stroke is 10 wide
    finger = float(re.findall(r"[-.0-9]+", group["hand"].attrib["transform"])[1])
    boxes = [(float(box.attrib["y"]), float(box.attrib["height"])) for box in group["fields"].iter(f"{SVG}rect") if box.attrib.get("stroke")]
    assert top + height <= HEIGHT
    assert top + 5 < finger < top + height - 5
    assert all(tall >= 24 for _, tall in boxes)
    assert all(y + tall < top or top < y for y, tall in boxes), "the ring runs through a box"


def test_another_way_of_drawing_gives_every_picture_a_new_address() -> None:
    """Pictures are kept for ever by their addresses, on phones and by the platforms."""
    drawn = sha256("".join([*(draw(one) for one in (START, TWO_FIELDS, PORTAL)), *map(gesture, PICTURE_ALT)]).encode()).hexdigest()[:12]
    assert (DRAWING, drawn) == ("2", "136150df8c48"), "drawings have changed: raise DRAWING in bot/flows/guides.py, and note the new digest here"
