"""Whatever a reply holds and whatever an app can show: nothing is lost, no limit is passed, everything stays choosable."""

from __future__ import annotations

import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.channels import messenger, web, zalo_oa
from bot.channels.base import Capabilities
from bot.channels.fit import as_link, cut, fit, fit_turn, split
from bot.dialogue.reply import Attachment, LinkButton, Option, Progress, Reply

ZALO = zalo_oa.CAPABILITIES
ZALO_BOT = Capabilities(max_text_chars=2000, utf16=True, images=True, text_with_media=True)
TELEGRAM = Capabilities(
    max_text_chars=4096,
    utf16=True,
    max_quick_replies=100,
    max_title_chars=60,
    max_payload_bytes=64,
    max_link_buttons=100,
    quick_replies_with_links=True,
    images=True,
    audio=True,
    video=True,
    text_with_media=True,
    max_caption_chars=1024,
)
SMS = Capabilities(max_text_chars=160)


def options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(label=label, tap=f"vneid/phone/c{number}") for number, label in enumerate(labels, 1))


def picture(url: str = "https://danloi.example/media/scan.png") -> Attachment:
    return Attachment(kind="image", url=url, alt="Màn hình quét thẻ")


class TestOptions:
    def test_short_options_stay_as_they_are(self) -> None:
        reply = Reply(text="Điện thoại loại nào?", options=options("Android", "iPhone"))
        assert fit(reply, messenger.CAPABILITIES) == (reply,)

    def test_an_app_without_buttons_gets_a_numbered_menu(self) -> None:
        reply = Reply(text="Điện thoại loại nào?", options=options("Android", "iPhone"))
        assert fit(reply, SMS) == (Reply(text="Điện thoại loại nào?\n1. Android\n2. iPhone"),)

    def test_of_too_many_options_all_are_numbered_and_the_first_are_buttons_too(self) -> None:
        """The number is the place among all of them, so that a typed number means the same everywhere."""
        reply = Reply(text="Chọn tháng", options=options(*(f"Tháng {number}" for number in range(1, 16))))
        (piece,) = fit(reply, messenger.CAPABILITIES)
        assert [option.label for option in piece.options] == [f"Tháng {number}" for number in range(1, 14)]
        assert piece.text.splitlines()[-2:] == ["14. Tháng 14", "15. Tháng 15"]

    def test_a_person_is_one_tap_away_also_where_there_are_too_many_options(self) -> None:
        person = Option(label="Gặp người hỗ trợ", tap="/person", icon="person")
        reply = Reply(text="Việc gì?", options=(*options("a", "b", "c", "d", "e"), person, *options("g")))
        (piece,) = fit(reply, ZALO)
        assert [option.label for option in piece.options] == ["a", "b", "c", "d", "Gặp người hỗ trợ"]
        assert piece.text.splitlines()[1:] == ["1. a", "2. b", "3. c", "4. d", "5. e", "6. Gặp người hỗ trợ", "7. g"]

    def test_a_long_label_is_cut_at_a_word_and_stands_whole_in_the_text(self) -> None:
        reply = Reply(text="Cháu sinh ở đâu?", options=options("Sinh ở nhà, không có giấy chứng sinh", "Ở bệnh viện"))
        (piece,) = fit(reply, messenger.CAPABILITIES)
        assert piece.text == "Cháu sinh ở đâu?\n1. Sinh ở nhà, không có giấy chứng sinh\n2. Ở bệnh viện"
        assert [(option.label, option.tap) for option in piece.options] == [("Sinh ở nhà, không…", "vneid/phone/c1"), ("Ở bệnh viện", "vneid/phone/c2")]

    def test_labels_that_would_look_alike_after_the_cut_get_their_numbers(self) -> None:
        reply = Reply(text="Giấy nào?", options=options("Giấy khai sinh của người con", "Giấy khai sinh của người mẹ"))
        (piece,) = fit(reply, messenger.CAPABILITIES)
        assert [option.label for option in piece.options] == ["1. Giấy khai sinh…", "2. Giấy khai sinh…"]

    def test_an_option_whose_payload_is_too_long_is_chosen_by_its_number(self) -> None:
        reply = Reply(text="Xã nào?", options=(Option(label="Bum Nưa", tap="bum-nua"), Option(label="Mường Tè", tap="ạ" * 22)))
        (piece,) = fit(reply, TELEGRAM)
        assert [option.label for option in piece.options] == ["Bum Nưa"]
        assert piece.text == "Xã nào?\n1. Bum Nưa\n2. Mường Tè"


class TestLinksAndPictures:
    def test_messenger_shows_links_as_buttons_beside_the_options(self) -> None:
        link = LinkButton(label="Mở Cổng", url="https://dichvucong.gov.vn")
        reply = Reply(text="Mở trang này.", links=(link,), options=options("Xong rồi"))
        assert fit(reply, messenger.CAPABILITIES) == (reply,)

    def test_a_long_text_with_a_link_keeps_the_button_on_a_last_short_piece(self) -> None:
        reply = Reply(text="Câu này dài vừa phải. " * 60, links=(LinkButton(label="Mở Cổng", url="https://dichvucong.gov.vn"),), options=options("Xong rồi"))
        first, *middle, last = fit(reply, messenger.CAPABILITIES)
        assert not first.links
        assert not any(piece.links or piece.options for piece in middle)
        assert last.links == reply.links
        assert last.options == reply.options
        assert len(last.text) <= 640

    def test_where_there_are_no_link_buttons_the_address_stands_in_the_text(self) -> None:
        reply = Reply(text="Mở trang này.", links=(LinkButton(label="Mở Cổng", url="https://dichvucong.gov.vn"),))
        assert fit(reply, SMS) == (Reply(text="Mở trang này.\nMở Cổng: https://dichvucong.gov.vn"),)

    def test_one_row_of_buttons_for_both_leaves_the_options_first(self) -> None:
        link = LinkButton(label="Mở Cổng", url="https://dichvucong.gov.vn")
        (piece,) = fit(Reply(text="Mở.", links=(link,), options=options("a", "b", "c", "d")), ZALO)
        assert piece.links == (link,)
        (piece,) = fit(Reply(text="Mở.", links=(link,), options=options("a", "b", "c", "d", "e")), ZALO)
        assert (piece.links, piece.text) == ((), "Mở.\nMở Cổng: https://dichvucong.gov.vn")

    def test_a_telephone_number_is_a_button_where_the_app_dials(self) -> None:
        reply = Reply(text="Hỏi xã.", links=(LinkButton(label="Gọi xã", url="tel:02133881234"),))
        assert fit(reply, ZALO) == (reply,)
        assert fit(reply, messenger.CAPABILITIES) == (Reply(text="Hỏi xã.\nGọi xã: 02133881234"),)

    def test_a_picture_goes_before_the_words_where_they_do_not_share_a_bubble(self) -> None:
        reply = Reply(text="Áp thẻ vào lưng máy.", media=(picture(),), options=options("Xong rồi"), handoff="nfc")
        assert fit(reply, messenger.CAPABILITIES) == (
            Reply(text="", media=(picture(),)),
            Reply(text="Áp thẻ vào lưng máy.", options=options("Xong rồi"), handoff="nfc"),
        )

    def test_a_picture_shares_the_bubble_where_it_may(self) -> None:
        reply = Reply(text="Áp thẻ.", media=(picture(),))
        assert fit(reply, ZALO) == (reply,)
        assert len(fit(Reply(text="Áp thẻ.", media=(picture(),), options=options("Xong rồi")), ZALO)) == 2

    def test_a_menu_beside_a_picture_saves_a_bubble_or_the_buttons_stay(self) -> None:
        can = replace(ZALO, menu_with_media=True, max_caption_chars=40)
        reply = Reply(text="Áp thẻ.", media=(picture(),), options=options("Xong rồi", "Chưa được"))
        assert fit(reply, can) == (Reply(text="Áp thẻ.\n1. Xong rồi\n2. Chưa được", media=(picture(),)),)
        long = replace(reply, text="Áp thẻ căn cước vào lưng máy.")
        assert fit(long, can) == (replace(long, text="", options=()), replace(long, media=()))

    def test_words_too_long_for_a_caption_follow_the_picture(self) -> None:
        reply = Reply(text="Áp thẻ vào lưng máy. " * 60, media=(picture(),))
        alone, words = fit(reply, TELEGRAM)
        assert (alone.text, alone.media, words.media) == ("", (picture(),), ())

    def test_a_recording_that_cannot_be_sent_becomes_a_link(self) -> None:
        reply = Reply(text="Nghe nhé.", media=(Attachment(kind="audio", url="/media/vneid/scan.mp3", alt="Đọc bước này"),))
        assert fit(reply, ZALO, "https://danloi.example") == (Reply(text="Nghe nhé.\nĐọc bước này: https://danloi.example/media/vneid/scan.mp3"),)
        assert as_link(reply, "https://danloi.example") == Reply(text="Nghe nhé.\nĐọc bước này: https://danloi.example/media/vneid/scan.mp3")

    def test_the_web_chat_shows_everything_as_it_is(self) -> None:
        reply = Reply(
            text="Áp thẻ.",
            media=(picture(), Attachment(kind="audio", url="/a.mp3", alt="Nghe")),
            links=(LinkButton(label="Mở", url="https://dichvucong.gov.vn"),),
            options=options("Sinh ở nhà, không có giấy chứng sinh của bệnh viện"),
            progress=Progress(title="VNeID", at=3, of=9),
            key="vneid/scan",
        )
        assert fit(reply, web.CAPABILITIES, "https://danloi.example") == (reply,)

    def test_a_reply_without_content_is_no_bubble(self) -> None:
        assert fit(Reply(text=" \n"), messenger.CAPABILITIES) == ()


class TestSplitting:
    def test_between_sentences_rather_than_words(self) -> None:
        assert split("Mở CH Play ra nào. Bấm vào ô tìm. Gõ VNeID.", 30) == ["Mở CH Play ra nào.", "Bấm vào ô tìm. Gõ VNeID."]

    def test_between_words_rather_than_letters(self) -> None:
        assert split("một hai ba bốn năm", 9) == ["một hai", "ba bốn", "năm"]

    def test_never_between_a_letter_and_its_marks_or_inside_an_emoji(self) -> None:
        family = "👨‍👩‍👧"
        assert split("e\u0301" * 5, 3) == ["e\u0301"] * 5
        assert split(family * 2, len(family) + 1) == [family] * 2

    def test_a_number_keeps_its_option(self) -> None:
        assert split("Chọn việc. Các việc là đây\n1. Cài VNeID\n2. Khai sinh", 40) == ["Chọn việc. Các việc là đây\n1. Cài VNeID", "2. Khai sinh"]

    def test_an_emoji_counts_two_where_the_platform_counts_utf16(self) -> None:
        (reply,) = fit(Reply(text="👍" * 80), SMS)
        assert len(reply.text) == 80
        assert len(fit(Reply(text="👍" * 1001), ZALO)) == 2


class TestWholeTurns:
    def test_words_are_joined_where_the_platform_counts_messages(self) -> None:
        turn = (Reply(text="Tốt rồi."), Reply(text="Mở VNeID.", options=options("Xong rồi"), key="vneid/open"))
        assert fit_turn(turn, ZALO) == (Reply(text="Tốt rồi.\n\nMở VNeID.", options=options("Xong rồi"), key="vneid/open"),)
        assert fit_turn(turn, messenger.CAPABILITIES) == turn

    def test_joining_never_changes_the_order_or_loses_a_choice(self) -> None:
        before, after = Reply(text="Xem hình.", options=options("Xong rồi")), Reply(text="Áp thẻ.", media=(picture(),))
        assert fit_turn((before, after), ZALO) == (before, after)
        assert fit_turn((Reply(text="Xem hình."), after), ZALO) == (Reply(text="Xem hình."), after)

    def test_words_of_the_bot_and_of_a_person_stay_apart(self) -> None:
        turn = (Reply(text="Chị Mai trả lời:"), Reply(text="Cháu cứ ra xã nhé.", sender="person"))
        assert fit_turn(turn, ZALO) == turn


letters = st.sampled_from([*"aăđeổợƯ .!?\n-", "e\u0301", "ê\u0323", "👍", "👨‍👩‍👧", "👍🏽", "1. ", ". ", "từ ", "Xong rồi. ", "\n\n", "https://a.vn/x "])
texts = st.lists(letters, max_size=120).map("".join)
labels = st.lists(letters, min_size=1, max_size=12).map("".join).filter(str.strip)
taps = st.text("abc/ạ-", min_size=1, max_size=40)
replies = st.builds(
    Reply,
    text=texts,
    options=st.lists(st.builds(Option, label=labels, tap=taps), max_size=16).map(tuple),
    links=st.lists(st.builds(LinkButton, label=labels, url=st.sampled_from(["https://a.vn/a", "/go/vneid", "tel:18001096"])), max_size=5).map(tuple),
    media=st.lists(st.builds(Attachment, kind=st.sampled_from(["image", "audio", "video"]), url=st.just("/m.png"), alt=labels), max_size=4).map(tuple),
    handoff=st.sampled_from(["", "nfc"]),
)
any_capabilities = st.builds(
    Capabilities,
    max_text_chars=st.integers(40, 300),
    utf16=st.booleans(),
    max_quick_replies=st.integers(0, 13),
    max_title_chars=st.integers(12, 40),
    max_payload_bytes=st.integers(10, 64),
    max_link_buttons=st.integers(0, 3),
    max_text_chars_with_buttons=st.integers(30, 200),
    quick_replies_with_links=st.booleans(),
    links_count_as_options=st.booleans(),
    images=st.booleans(),
    audio=st.booleans(),
    video=st.booleans(),
    text_with_media=st.booleans(),
    buttons_with_media=st.booleans(),
    menu_with_media=st.booleans(),
    max_caption_chars=st.integers(0, 100),
    max_media=st.integers(1, 3),
    merge_bubbles=st.booleans(),
    relative_urls=st.booleans(),
    phone_buttons=st.booleans(),
)
capabilities = st.one_of(any_capabilities, st.sampled_from([messenger.CAPABILITIES, web.CAPABILITIES, ZALO, ZALO_BOT, TELEGRAM, SMS]))


def size(text: str, can: Capabilities) -> int:
    return len(text.encode("utf-16-le")) // 2 if can.utf16 else len(text)


def words_of(*texts: str) -> str:
    """All that is seen of texts: their letters with marks and emojis, without the spaces."""
    return "".join(text for one in texts for text in regex.findall(r"\X", one) if not text.isspace())


def clusters(*texts: str) -> list[str]:
    return [cluster for text in texts for cluster in regex.findall(r"\X", text) if not cluster.isspace()]


def plain(reply: Reply) -> bool:
    """No mark stands after a space: such texts are no writing, and stripping the space changes what the mark is on."""
    return not regex.search(r"\s[\p{M}‍🏽]", reply.text)


@settings(max_examples=150, deadline=None)
@given(replies, capabilities)
def test_every_piece_obeys_every_limit(reply: Reply, can: Capabilities) -> None:
    for piece in fit(reply, can, "https://danloi.example"):
        assert piece.text.strip() or piece.media
        assert size(piece.text, can) <= can.max_text_chars
        assert len(piece.options) <= can.max_quick_replies
        assert len(piece.links) <= can.max_link_buttons
        for button in (*piece.options, *piece.links):
            assert button.label.strip()
            assert size(button.label, can) <= can.max_title_chars
        assert all(len(option.tap.encode()) <= can.max_payload_bytes for option in piece.options)
        assert all({"image": can.images, "audio": can.audio, "video": can.video}[one.kind] for one in piece.media)
        assert len(piece.media) <= can.max_media
        assert not piece.links or size(piece.text, can) <= can.max_text_chars_with_buttons or not can.max_text_chars_with_buttons
        assert not (piece.links and piece.options) or can.quick_replies_with_links
        assert not can.links_count_as_options or len(piece.links) + len(piece.options) <= can.max_quick_replies or not piece.links
        if piece.media and (piece.text or piece.options or piece.links):
            assert can.text_with_media
            assert can.buttons_with_media or not (piece.options or piece.links)
            assert size(piece.text, can) <= (can.max_caption_chars or can.max_text_chars)


@settings(max_examples=150, deadline=None)
@given(replies, capabilities)
def test_no_word_is_lost_and_nothing_is_cut_inside_a_letter(reply: Reply, can: Capabilities) -> None:
    assume(plain(reply))
    pieces = fit(reply, can, "https://danloi.example")
    said = clusters(*(piece.text for piece in pieces))
    assert said[: len(clusters(reply.text))] == clusters(reply.text)
    shown = words_of(*(piece.text for piece in pieces), *(button.label for piece in pieces for button in (*piece.options, *piece.links)))
    for label in [one.label for one in (*reply.options, *reply.links)]:
        assert words_of(label) in shown
    assert [one for piece in pieces for one in piece.media] == [one for one in absolute(reply, can) if one in [m for piece in pieces for m in piece.media]]
    for one in absolute(reply, can):
        assert any(one in piece.media for piece in pieces) or words_of(f"{one.alt}: {one.url}") in shown


@settings(max_examples=150, deadline=None)
@given(replies, capabilities)
def test_every_option_and_link_stays_choosable(reply: Reply, can: Capabilities) -> None:
    pieces = fit(reply, can, "https://danloi.example")
    text = words_of(*(piece.text for piece in pieces))
    tapped = [option.tap for piece in pieces for option in piece.options]
    for number, option in enumerate(reply.options, 1):
        assert option.tap in tapped or words_of(f"{number}. {option.label}") in text
    opened = [link.url for piece in pieces for link in piece.links]
    for link in reply.links:
        url = "https://danloi.example" + link.url if link.url.startswith("/") and not can.relative_urls else link.url
        assert url in opened or words_of(f"{link.label}: {url.removeprefix('tel:')}") in text
    assert [piece.handoff for piece in pieces if piece.handoff] == [reply.handoff] * bool(reply.handoff and pieces)


@settings(max_examples=60, deadline=None)
@given(st.lists(replies, max_size=4), capabilities)
def test_a_turn_keeps_its_order_and_merging_never_costs_a_bubble(turn: list[Reply], can: Capabilities) -> None:
    assume(all(plain(reply) for reply in turn))
    pieces = fit_turn(turn, can)
    assert len(pieces) <= sum(len(fit(reply, can)) for reply in turn)
    said, at = words_of(*(piece.text for piece in pieces)), 0
    for reply in turn:
        at = said.find(words_of(reply.text), at)
        assert at >= 0
        at += len(words_of(reply.text))


@given(labels, st.integers(1, 30))
def test_a_cut_label_is_never_longer_and_begins_the_same(label: str, limit: int) -> None:
    short = cut(label, limit)
    assert 0 < len(short) <= limit
    assert " ".join(label.split()).startswith(short.removesuffix("…"))


def absolute(reply: Reply, can: Capabilities) -> list[Attachment]:
    if can.relative_urls:
        return list(reply.media)
    return [Attachment(kind=one.kind, url="https://danloi.example" + one.url, alt=one.alt) for one in reply.media]
