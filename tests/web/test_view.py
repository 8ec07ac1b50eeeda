"""What the page makes of a talk's messages, without a server."""

from __future__ import annotations

from typing import Any

from bot.i18n.catalogue import Catalogues
from bot.web.view import ChatView, chat_view
from bot.web.words import PageWords
from tests.web.standin import StandIn

WORDS = PageWords(Catalogues())
FOUR = [{"label": "Xong rồi", "tap": "done", "icon": "check", "main": True}, {"label": "Chưa được", "tap": "stuck", "icon": "stuck"}]


def view(*messages: dict[str, Any]) -> ChatView:
    return chat_view(
        [{"id": number, "from": "bot", "choices": [], "links": [], "media": []} | one for number, one in enumerate(messages, 1)],
        StandIn().content.guides,
        Catalogues(),
    )


def step(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "choices": FOUR, "key": "vneid/start", "progress": {"title": "Cài VNeID", "at": 2, "of": 3}} | more


def test_the_one_thing_to_do_is_large_and_the_rest_is_not() -> None:
    [bubble] = view(step("Bấm nút “Bắt đầu” rồi đợi.\n\nMáy có thể hỏi thêm.")).bubbles
    assert (bubble.lead, bubble.paragraphs) == ("Bấm nút “Bắt đầu” rồi đợi.", ("Máy có thể hỏi thêm.",))


def test_a_long_step_is_large_only_in_its_first_sentences() -> None:
    words = "Mở VNeID. Bấm nút có tên giống như “Đăng ký”. Tự gõ số định danh và số điện thoại của mình vào hai ô trên màn hình."
    [bubble] = view(step(words)).bubbles
    assert bubble.lead == "Mở VNeID. Bấm nút có tên giống như “Đăng ký”."
    assert f"{bubble.lead} {bubble.paragraphs[0]}" == words


def test_buttons_are_those_of_the_newest_turn() -> None:
    """A person's message after the step leaves its buttons; the citizen's own words take them away."""
    assert [one.label for one in view(step("Bấm."), {"text": "Tôi là Mai.", "from": "person"}).answers] == ["Xong rồi", "Chưa được"]
    assert view(step("Bấm."), {"text": "xong", "from": "me"}).answers == ()


def test_progress_and_guide_are_those_of_the_newest_turn() -> None:
    here = view(step("Bấm."))
    assert here.title(WORDS) == "Cài VNeID, bước 2/3 · Dẫn Lối"
    assert here.guide is not None
    gone = view(step("Bấm."), {"text": "menu", "from": "me"}, {"text": "Bà con cần gì?"})
    assert (gone.title(WORDS), gone.progress, gone.guide) == ("Dẫn Lối", None, None)


def test_only_new_pictures_are_drawn_into_the_page() -> None:
    url = StandIn().content.guides["vneid"].screen_url("start")
    picture = {"media": [{"kind": "image", "url": url, "alt": "Hình vẽ"}]}
    bubbles = view(*(step("Bấm.", **picture) for _ in range(5))).bubbles
    assert [bool(one.pictures[0].svg) for one in bubbles] == [False, False, True, True, True]


def test_a_strange_icon_is_left_out() -> None:
    [answer] = view({"text": "?", "choices": [{"label": "A", "tap": "a", "icon": "<svg>"}]}).answers
    assert answer.icon == ""
