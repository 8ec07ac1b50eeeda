"""What is checked in the content: safety, sources, words."""

from __future__ import annotations

from datetime import date

import pytest

from bot.flows.checks import check
from bot.flows.loader import load
from tests.flows.writing import END, SOURCES, TODAY, errors, first_error, guide_text, loaded, warnings

STUCK = "stuck: [{problem: Hỏng, try: Làm lại.}]"


def source(**values: str) -> str:
    fields = {"id": "cong", "title": "Cổng", "url": "https://dichvucong.gov.vn", "checked": "2026-11-24"} | values
    return "sources: [{" + ", ".join(f"{key}: {value}" for key, value in fields.items() if value) + "}]"


def test_a_guide_without_a_source_is_not_served() -> None:
    """Nobody could tell whether it is true."""
    assert errors(END, start="e", more="minutes: 5") == ["no-source"]
    assert errors(END, start="e", more="sources: []") == ["no-source"]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"checked": ""}, "source-unverified"),
        ({"checked": "2025-11-23"}, "source-stale"),
        ({"checked": "2026-11-25"}, "source-future"),
        ({"url": "https://thuvienphapluat.vn/van-ban"}, "source-domain"),
        ({"valid": "{until: 2026-11-23}"}, "expired"),
    ],
)
def test_a_poor_source_is_shown(how: dict[str, str], code: str) -> None:
    """Unverified, too old, in the future, not official, no longer in force."""
    assert warnings(END, start="e", more=source(**how)) == [code]


def test_a_source_may_be_a_year_old() -> None:
    """365 days, not one more."""
    assert warnings(END, start="e", more=source(checked="2025-11-24")) == []


def test_a_source_must_be_an_address() -> None:
    """Wherever it leads, it is shown to people."""
    assert errors(END, start="e", more=source(url="http://dichvucong.gov.vn")) == ["link-https"]
    assert errors(END, start="e", more=source(url="https://1.2.3.4")) == ["link-address"]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("link: {label: Mở, url: https://dichvucongs.top}", "link-domain"),
        ("link: [{label: Mở, url: https://dichvucong.gov.vn}, {label: Mở, url: https://bit.ly/x}]", "link-shortener"),
        ("media: [{kind: video, url: https://youtube.com/x, alt: Phim}]", "media-address"),
        ("media: [{kind: video, url: ../x.mp4, alt: Phim}]", "media-address"),
        ("stuck: [{problem: Hỏng, try: 'Vào https://laichau.gov.vn.xxx.com nhé.'}]", "link-domain"),
    ],
)
def test_links_lead_to_official_pages_only(step: str, code: str) -> None:
    """In buttons, media and words alike."""
    assert errors(f"a:\n  do: Làm.\n  next: e\n  {step}\n" + END) == [code]


def test_an_official_look_alike_is_shown_with_the_true_address() -> None:
    """What was probably meant."""
    found = first_error("a: {say: Chào., link: {label: Mở, url: https://dichvucongs.gov.com}, next: e}\n" + END)
    assert found.told()[1] == "có phải là dichvucong.gov.vn không?"


def test_media_may_be_a_file_or_an_official_address() -> None:
    """A file of the media folder has no slashes."""
    assert not errors("a: {say: x, media: [{kind: video, url: quet-the.mp4, alt: x}, {kind: image, url: https://vneid.gov.vn/a.png, alt: y}], next: e}\n" + END)


@pytest.mark.parametrize(
    "steps",
    [
        "a: {ask: Mật khẩu của bà con là gì?, answer: text, next: e}\n",
        "a: {ask: Gì?, slot: ma_otp, answer: number, next: e}\n",
        "a: {say: Bà con gửi mã OTP vào đây., next: e}\n",
        "a: {do: Làm., stuck: [{problem: Hỏng, try: Bà con nhắn số căn cước cho Dẫn Lối.}], next: e}\n",
        "a: {handoff: Bà con cho xin số căn cước., reason: x}\n",
    ],
)
def test_no_step_asks_for_a_secret(steps: str) -> None:
    """Neither in the question nor in what helps, nor with a person."""
    assert errors(steps + END) == ["asks-secret"]


@pytest.mark.parametrize(
    ("steps", "codes"),
    [
        ("a: {say: x, next: e}\nb: {say: y, next: e}\n" + END, ["unreachable-step"]),
        ("a: {do: Làm., next: e}\n" + END, ["do-without-stuck"]),
        (f"a: {{do: Làm., {STUCK}, next: e}}\n" + END, []),
        ("a: {ask: Gì?, choices: [{label: Đúng hai mươi chữ đó}, {label: Hơn hai mươi chữ đấy nhé}], next: e}\n" + END, ["button-too-long"]),
        ("a: {say: x, link: {label: Mở Cổng Dịch vụ công quốc gia, url: https://dichvucong.gov.vn}, next: e}\n" + END, ["button-too-long"]),
        ("a: {do: Làm., stuck: [{problem: Máy không nhận được thẻ căn cước, try: Lại.}], next: e}\n" + END, ["button-too-long"]),
        (f"a: {{say: '{'Một câu ngắn thôi. ' * 16}', next: e}}\n" + END, ["text-long"]),
        (f"a: {{say: {'từ ' * 21}, next: e}}\n" + END, ["sentence-hard"]),
        (f"a: {{say: {'từ ' * 20}, next: e}}\n" + END, []),
        ("a: {say: x, valid: {until: 2026-11-23}, next: e}\n" + END, ["expired"]),
        ("a: {say: x, valid: {until: 2026-11-24}, next: e}\n" + END, []),
        ("a: {ask: Gì?, choices: [{label: A, valid: {until: 2026-01-01}}, {label: B}], next: e}\n" + END, ["expired"]),
        ("a: {ask: Gì?, slot: x, answer: text, next: e}\n" + END, ["unused-slot"]),
        ("a: {ask: Gì?, slot: x, answer: text, keep: count, next: e}\n" + END, []),
        ("a: {ask: Gì?, slot: x, answer: text, next: b}\nb: {say: 'Là {x}.', next: e}\n" + END, []),
    ],
)
def test_what_is_only_poor_is_a_warning(steps: str, codes: list[str]) -> None:
    """The guide is served all the same."""
    assert warnings(steps) == codes


def test_a_slot_that_may_be_empty_is_shown() -> None:
    """Where a way leads past the question; not where the expression copes with it."""
    way = "a: {ask: Gì?, choices: [{label: A, next: b}, {label: B, next: c}]}\nb: {ask: Ngày nào?, slot: born, answer: date, next: c}\n"
    assert warnings(way + "c: {say: x, next: [{if: slots.born < today, then: e}, {else: e}]}\n" + END) == ["slot-maybe-empty"]
    assert warnings(way + "c: {say: x, next: [{if: slots.born != null && slots.born < today, then: e}, {else: e}]}\n" + END) == []
    assert warnings(way.replace("next: c}]", "next: b}]") + "c: {say: x, next: [{if: slots.born < today, then: e}, {else: e}]}\n" + END) == []
    assert warnings("a: {let: {x: today, y: slots.x + days(1)}, next: [{if: slots.y < today, then: e}, {else: e}]}\n" + END) == []
    assert warnings("a: {ask: Ngày nào?, slot: born, answer: date, next: [{if: slots.born < today, then: e}, {else: e}]}\n" + END) == []


def test_a_gap_in_a_text_is_shown() -> None:
    """Where people would read "Hạn …"."""
    way = "a: {ask: Gì?, choices: [{label: A, next: b}, {label: B, next: c}]}\nb: {ask: Ngày nào?, slot: born, answer: date, next: c}\n"
    assert warnings(way + "c: {say: 'Sinh ngày {born}.', next: e}\n" + END) == ["slot-maybe-unsaid"]


def test_words_that_mean_two_things_are_shown() -> None:
    """Between choices, problems, and both; twice for the same thing does no harm."""
    choices = "a: {ask: Gì?, choices: [{label: A, says: [máy cũ, Máy CŨ]}, {label: B, says: [may cu]}], next: e}\n"
    assert warnings(choices + END) == ["says-twice"]
    problems = "a: {do: Làm., stuck: [{problem: Hỏng, says: [hong], try: x}, {problem: Mất mạng, says: [không vào được, hỏng], try: y}], next: e}\n"
    assert warnings(problems + END) == ["says-twice"]


def test_moved_steps_must_be_gone() -> None:
    """Else nobody would ever be moved."""
    assert warnings(END, start="e", more=f"{SOURCES}\nmoved: {{e: e}}") == ["moved-still-there"]


def test_answers_are_checked_like_guides() -> None:
    """Source, words, button, days."""
    text = f"""
answers:
  - answer: le-phi
    question: Mất tiền không?
    text: {"từ " * 21}
    link: {{label: Mở Cổng Dịch vụ công quốc gia, url: https://dichvucong.gov.vn}}
    source: {{title: Cổng, url: https://dichvucong.gov.vn}}
    valid: {{until: 2026-01-01}}
"""
    result = loaded(answers__chung=text)
    assert not result.diagnostics
    assert [(one.line, one.code) for one in check(result, today=TODAY)] == [
        (5, "sentence-hard"),
        (6, "button-too-long"),
        (7, "source-unverified"),
        (8, "expired"),
    ]


@pytest.mark.parametrize("text", ["Cho Dẫn Lối xin mã OTP.", "Hạn là {deadline}.", "Vào http://vneid.gov.vn nhé."])
def test_an_answer_with_an_error_is_not_given(text: str) -> None:
    """It has no slots, asks for nothing and leads nowhere else."""
    result = loaded(answers__a=f'answers:\n  - {{answer: x, question: y, text: "{text}", source: {{title: z, url: https://moj.gov.vn}}}}\n')
    assert len(result.diagnostics) == 1
    assert not result.guides.answers


def test_check_tells_errors_and_warnings_together() -> None:
    """By file and line."""
    result = load({"b.yaml": guide_text("a: {do: Làm., next: x}\n" + END).encode(), "a.yaml": b"guide: [\n"})
    assert [(one.file, one.code, one.severity) for one in check(result, today=date(2026, 11, 24))] == [
        ("a.yaml", "yaml-bracket", "error"),
        ("b.yaml", "do-without-stuck", "warning"),
        ("b.yaml", "unknown-step", "error"),
    ]
