"""Loading: the good guides are served, all mistakes of all files are told at once."""

from __future__ import annotations

from datetime import date

import pytest

from bot.flows.expressions import SlotType
from bot.flows.loader import load
from bot.flows.model import Guide
from tests.flows.writing import END, SOURCES, errors, first_error, good, guide_text, loaded

ANSWER = """\
answers:
  - answer: le-phi
    question: Mất tiền không?
    text: Không mất tiền.
    source: {title: Cổng, url: https://dichvucong.gov.vn, checked: 2026-11-24}
"""


def test_good_guides_are_served_in_the_order_of_their_files() -> None:
    """A broken one between them is left out, and named."""
    result = loaded(b=guide_text(END, start="e", name="hai"), c="guide: hong\nsteps:\n", a=guide_text(END, start="e", name="mot"))
    assert list(result.guides) == ["mot", "hai"]
    assert {one.file for one in result.diagnostics} == {"c.yaml"}


def test_all_mistakes_of_all_files_come_at_once() -> None:
    """Sorted by file and place: mistakes of YAML, of the model, of references."""
    result = loaded(
        "guide: a: b\n",
        "guide: x\ntitel: y\n",
        guide_text("a: {say: Chào., next: f}\n" + END),
        guide_text("a: {say: Chào., next: e}\na: {say: Lại., next: e}\n" + END, name="kia"),
    )
    assert [(one.file, one.line, one.code) for one in result.diagnostics] == [
        ("g0.yaml", 1, "yaml-colon"),
        ("g1.yaml", 1, "missing-key"),
        ("g1.yaml", 1, "missing-key"),
        ("g1.yaml", 2, "unknown-key"),
        ("g2.yaml", 6, "unknown-step"),
        ("g3.yaml", 7, "duplicate-key"),
    ]
    assert len(result.guides) == 0


def test_mistakes_of_every_kind_in_one_file_come_at_once() -> None:
    """A mistyped key does not hide that a link is false or that a step is not there."""
    text = guide_text(
        """
        a:
          ask: Gì?
          choices: [{lable: A}, {label: B, next: nowhere}]
          nxet: b
        b:
          du: Làm.
          next: e
        c:
          say: Bà con gửi mã OTP vào đây.
          link: {label: Mở, url: https://bit.ly/x}
          source: conng
          next: [{if: slots.x =, then: e}]
        e: {end: Xong.}
        """,
        more=SOURCES.replace("2026-11-24", "hôm qua"),
    )
    assert [(one.line, one.code) for one in loaded(text).diagnostics] == [
        (3, "bad-date"),
        (8, "unknown-key"),
        (8, "unknown-step"),
        (9, "unknown-key"),
        (10, "step-kind"),
        (14, "asks-secret"),
        (15, "link-shortener"),
        (16, "unknown-source"),
        (17, "missing-else"),
        (17, "expression-equals"),
    ]
    answers = ANSWER.replace("question", "qestion").replace("Không mất tiền.", "Xem http://x.vn nhé.")
    assert {one.code for one in loaded(answers__a=answers).diagnostics} == {"unknown-key", "link-https"}


def test_other_files_are_not_ours() -> None:
    """The schema and a README may lie beside the guides."""
    assert not load({"guide.schema.json": b"{", "README.md": b"\xff", "x.txt": b""}).diagnostics


@pytest.mark.parametrize(
    ("steps", "code", "line", "column", "near"),
    [
        ("a: {say: Chào., next: abc}\nabd: {end: Xong.}\n", "unknown-step", 6, 25, "abd"),
        ("a:\n  ask: Gì?\n  choices: [{label: A, next: ee}]\ne: {end: Xong.}\n", "unknown-step", 8, 32, "e"),
        ("a:\n  do: Làm.\n  next: e\n  stuck: [{problem: Hỏng, next: x}]\ne: {end: Xong.}\n", "unknown-step", 9, 35, ""),
        ("a:\n  say: Chào.\n  next:\n    - {if: today == today, then: x}\n    - else: y\ne: {end: Xong.}\n", "unknown-step", 9, 36, ""),
        ("a: {call: thuu, next: e}\n" + END, "unknown-guide", 6, 13, "thu"),
        ("a: {say: Chào., source: conng, next: e}\n" + END, "unknown-source", 6, 27, "cong"),
        ("a: {say: Chào., source: [cong, x], next: e}\n" + END, "unknown-source", 6, 34, ""),
        ('a: {say: "Hạn {dedline}.", next: b}\nb: {let: {deadline: today}, next: e}\n' + END, "unknown-slot", 6, 17, "deadline"),
        (
            "a: {ask: Gì?, slot: phone, answer: text, next: b}\nb: {say: x, next: [{if: slots.fone == 'x', then: e}, {else: e}]}\n" + END,
            "unknown-slot",
            7,
            27,
            "phone",
        ),
        (
            "a: {ask: Gì?, slot: phone, answer: text, next: b}\nb: {say: x, next: [{if: phone == 'x', then: e}, {else: e}]}\n" + END,
            "expression-name",
            7,
            27,
            "phone",
        ),
        ("a: {let: {x: today + dayz(3)}, next: e}\n" + END, "expression-function", 6, 24, "days"),
        ("a: {let: {x: today +}, next: e}\n" + END, "expression-syntax", 6, 23, ""),
        ("a: {let: {x: today < 5}, next: e}\n" + END, "expression-type", 6, 16, ""),
    ],
)
def test_names_that_lead_nowhere(steps: str, code: str, line: int, column: int, near: str) -> None:
    """Steps, guides, sources, slots, functions: at their place, with what was probably meant."""
    found = first_error(steps)
    assert (found.code, found.line, found.column, found.params.get("near", "")) == (code, line, column, near)


def test_start_and_moved_must_lead_somewhere() -> None:
    """People may stand on a step that was renamed."""
    assert errors(END, start="x") == ["unknown-step"]
    assert errors(END, start="e", more=f"{SOURCES}\nmoved: {{old: x}}") == ["unknown-step"]
    assert not errors(END, start="e", more=f"{SOURCES}\nmoved: {{old: e}}")


def test_two_guides_of_one_name() -> None:
    """The first stays; a name that differs only by a hyphen would have the same typed code."""
    result = loaded(guide_text(END, start="e", name="khai-sinh"), guide_text(END, start="e", name="khai-sinh"), guide_text(END, start="e", name="khaisinh"))
    assert [(one.file, one.code) for one in result.diagnostics] == [("g1.yaml", "duplicate-guide"), ("g2.yaml", "duplicate-code")]
    assert list(result.guides) == ["khai-sinh"]


def test_who_calls_a_broken_guide_is_left_out() -> None:
    """However far away the broken one is, whether it fits the model or not."""
    result = loaded(
        guide_text("a: {call: hai, next: e}\n" + END, name="mot"),
        guide_text("a: {call: ba, next: e}\n" + END, name="hai"),
        guide_text("a: {say: Chào., next: x}\n" + END, name="ba"),
        guide_text("a: {call: nam, next: e}\n" + END, name="bon"),
        guide_text("a: {sai: x}\n", name="nam"),
        guide_text(END, start="e", name="sau"),
    )
    assert list(result.guides) == ["sau"]
    assert [(one.file, one.code) for one in result.diagnostics if one.code == "call-broken"] == [
        ("g0.yaml", "call-broken"),
        ("g1.yaml", "call-broken"),
        ("g3.yaml", "call-broken"),
    ]


def test_guides_that_call_each_other_in_a_circle() -> None:
    """The way round is shown; a guide that calls into the circle is left out too."""
    result = loaded(
        guide_text("a: {call: hai, next: e}\n" + END, name="mot"),
        guide_text("a: {call: mot, next: e}\n" + END, name="hai"),
        guide_text("a: {call: mot, next: e}\n" + END, name="ba"),
    )
    assert [(one.file, one.code, one.params.get("way")) for one in result.diagnostics] == [
        ("g0.yaml", "call-cycle", "mot → hai → mot"),
        ("g1.yaml", "call-cycle", "hai → mot → hai"),
        ("g2.yaml", "call-broken", None),
    ]
    assert errors("a: {call: thu, next: e}\n" + END) == ["call-cycle"]


def test_slots_of_a_called_guide_come_back() -> None:
    """With their types."""
    inner = guide_text("a: {ask: Ngày nào?, slot: born, answer: date, next: e}\n" + END, name="trong")
    outer = guide_text(
        "a: {call: trong, next: b}\nb: {let: {deadline: slots.born + days(60)}, next: c}\nc: {say: 'Hạn {deadline}, sinh {born}.', next: e}\n" + END,
        name="ngoai",
    )
    result = loaded(outer, inner)
    assert not result.diagnostics
    assert result.guides["ngoai"].slot_types["born"] is SlotType.DATE
    assert result.guides["ngoai"].slot_types["deadline"] is SlotType.DATE


def test_answers_are_kept_by_their_names() -> None:
    """One with a mistake is left out, the others stay."""
    bad = ANSWER.replace("le-phi", "hong").replace("Không mất tiền.", "Xem https://bit.ly/abc nhé.")
    result = loaded(answers__a=ANSWER, answers__b=bad, answers__c=ANSWER)
    assert list(result.guides.answers) == ["le-phi"]
    assert [(one.file, one.code) for one in result.diagnostics] == [("answers/b.yaml", "link-shortener"), ("answers/c.yaml", "duplicate-answer")]


def test_an_answer_may_belong_to_a_guide() -> None:
    """It stays true while its guide is being mended; then it only does not lead there."""
    answer = ANSWER + "    guide: thu\n"
    assert loaded(guide_text(END, start="e"), answers__a=answer).guides.answers["le-phi"].guide == "thu"
    broken = loaded(guide_text(END, start="x"), answers__a=answer)
    assert broken.guides.answers["le-phi"].guide is None
    assert [one.code for one in broken.diagnostics] == ["unknown-step"]
    assert [one.code for one in loaded(answers__a=answer).diagnostics] == ["unknown-guide"]


def test_places_are_read_with_the_guides() -> None:
    """A broken list is told with its line; a question for a place needs a list."""
    table = "code,name_vi,type,former_units\n03390,Xã Bình Lư,xã,Thị trấn Tam Đường (Huyện Tam Đường)\n"
    question = guide_text("a: {ask: Bà con ở xã nào?, slot: commune, answer: place, next: e}\n" + END).encode()
    assert [one.code for one in load({"a.yaml": question}).diagnostics] == ["no-places"]
    result = load({"a.yaml": question, "places.csv": table.encode()})
    assert not result.diagnostics
    assert result.guides.places.get("03390") is not None
    broken = load({"places.csv": (table + ",không mã,xã,\n").encode()})
    assert [(one.file, one.line, one.code) for one in broken.diagnostics] == [("places.csv", 3, "bad-places")]
    assert [one.code for one in load({"places.csv": b"\xff"}).diagnostics] == ["not-utf8"]
    assert [one.code for one in load({"places.csv": b"ma,ten\n"}).diagnostics] == ["bad-places"]
    assert [one.code for one in load({"places.csv": b'code,name_vi,type,former_units\n1,"mo,x,y\n'}).diagnostics] == ["bad-places"]


def test_a_guide_knows_the_types_of_its_slots() -> None:
    """Stored answers become values for expressions and texts."""
    guide = good(
        """
        a: {ask: Loại nào?, slot: phone, choices: [{label: A, value: android}, {label: Không biết, next: c}], next: b}
        b: {ask: Mấy người?, slot: count, answer: number, next: c}
        c: {ask: Ngày nào?, slot: born, answer: date, next: d}
        d: {let: {deadline: slots.born + days(60), late: slots.deadline < today}, next: e}
        e: {end: "Hạn {deadline}."}
        """
    )
    assert dict(guide.slot_types) == {"phone": "string", "count": "number", "born": "date", "commune": "string", "deadline": "date", "late": "bool"}
    assert guide.native({"born": "2026-03-05", "phone": "android", "other": "x"}) == {"born": date(2026, 3, 5), "phone": "android", "other": "x"}
    assert guide.expressions["slots.born + days(60)"].value({"born": date(2026, 3, 1)}, today=date(2026, 11, 24)) == date(2026, 4, 30)
    assert isinstance(guide.model, Guide)
    assert guide.file == "g0.yaml"


@pytest.mark.parametrize(
    ("steps", "codes"),
    [
        ("a: {say: x, next: [{if: today == today, then: e}]}\n" + END, ["missing-else"]),
        ("a: {say: x, next: [{else: e}, {if: today == today, then: e}]}\n" + END, ["else-not-last"]),
        ("a: {say: x, next: []}\n" + END, ["missing-else"]),
        ("a: {ask: Gì?, choices: [{label: A, next: e}, {label: B}]}\n" + END, ["dead-end"]),
        ("a: {ask: Gì?, answer: text}\n" + END, ["missing-key"]),
        ("a: {do: Làm., next: b}\nb: {do: Làm nữa., next: a}\n" + END, ["never-ends"]),
        ("a: {say: x, next: b}\nb: {say: y, next: a}\n" + END, ["loop-without-wait", "never-ends"]),
        ("a: {say: x, next: [{if: today == today, then: a}, {else: e}]}\n" + END, ["loop-without-wait"]),
        ("a: {let: {x: '1'}, next: b}\nb: {say: y, next: [{if: slots.x == 1, then: a}, {else: e}]}\n" + END, ["loop-without-wait"]),
        ("a: {handoff: Nhờ người., reason: x, next: a}\n" + END, []),
        ("a: {do: Làm., next: b}\nb: {say: y, next: [{if: today == today, then: a}, {else: e}]}\n" + END, []),
        ("a: {end: Xong., valid: {from: 2027-01-01}}", ["valid-no-way"]),
        ("a: {ask: Gì?, choices: [{label: A, next: e}], valid: {from: 2027-01-01}}\n" + END, ["valid-no-way"]),
        ("a: {ask: Gì?, choices: [{label: Có}, {label: CÓ!}], next: e}\n" + END, ["duplicate-choice"]),
        ("a: {ask: Gì?, choices: [{label: A, value: 1}, {label: B, value: 1}], next: e}\n" + END, ["duplicate-choice"]),
        ("a: {ask: Gì?, choices: [{label: A, valid: {until: 2027-01-01}}, {label: A, valid: {from: 2027-01-02}}], next: e}\n" + END, []),
        ("a: {ask: Gì?, choices: [{label: A, value: true}, {label: B, value: 1}], next: e}\n" + END, []),
    ],
)
def test_every_way_goes_on_and_ends(steps: str, codes: list[str]) -> None:
    """What would leave a citizen standing, or the bot talking to itself."""
    assert errors(steps) == codes


def test_a_silent_loop_shows_its_way() -> None:
    """Beginning with the step that stands first in the file."""
    found = first_error(
        "a: {do: x, next: b}\nb: {say: x, next: c}\nc: {let: {y: '1'}, next: d}\nd: {say: x, next: [{if: slots.y == 1, then: b}, {else: e}]}\n" + END
    )
    assert (found.code, found.params["way"], found.line) == ("loop-without-wait", "b → c → d → b", 7)


def test_calling_a_guide_that_waits_is_waiting() -> None:
    """A loop through a called guide is a loop through its questions."""
    outer = "a: {call: trong, next: b}\nb: {say: x, next: [{if: today == today, then: a}, {else: e}]}\n" + END
    waiting, silent = guide_text("a: {do: Làm., next: e}\n" + END, name="trong"), guide_text(END, start="e", name="trong")
    assert not loaded(guide_text(outer), waiting).diagnostics
    assert [one.code for one in loaded(guide_text(outer), silent).diagnostics] == ["loop-without-wait"]


ASK_PHONE = "a: {ask: Gì?, slot: phone, choices: [{label: A, value: android}, {label: B, value: ios}, {label: C}], next: b}\n"


@pytest.mark.parametrize(
    ("steps", "codes"),
    [
        (ASK_PHONE + "b: {say: x, next: [{if: slots.phone == 'andriod', then: e}, {else: e}]}\n" + END, ["value-never"]),
        (ASK_PHONE + "b: {say: x, next: [{if: \"slots.phone in ['ios', 'nokia']\", then: e}, {else: e}]}\n" + END, ["value-never"]),
        (ASK_PHONE + "b: {say: x, next: [{if: slots.phone == 'c3', then: e}, {else: e}]}\n" + END, []),  # the key of the choice without a value
        (ASK_PHONE + "b: {say: x, next: [{if: slots.phone == 3, then: e}, {else: e}]}\n" + END, ["compared-types"]),
        ("a: {ask: Gì?, slot: x, answer: yes_no, next: [{if: slots.x == 'yes', then: e}, {else: e}]}\n" + END, ["compared-types"]),
        ("a: {ask: Gì?, slot: x, answer: yes_no, next: [{if: slots.x == true, then: e}, {else: e}]}\n" + END, []),
        ("a: {ask: Gì?, slot: x, answer: date, next: [{if: slots.x == '2026-11-24', then: e}, {else: e}]}\n" + END, ["compared-types"]),
        (
            "a: {ask: Gì?, slot: x, choices: [{label: A, value: 1}, {label: B, value: 2}], next: [{if: slots.x == 3, then: e}, {else: e}]}\n" + END,
            ["value-never"],
        ),
        (ASK_PHONE + "b: {say: x, next: [{if: slots.phone, then: e}, {else: e}]}\n" + END, ["expression-not-bool"]),
        (ASK_PHONE + "b: {say: x, next: [{if: slots.phone < 3, then: e}, {else: e}]}\n" + END, ["expression-type"]),
        (ASK_PHONE + "b: {say: x, next: [{if: slots.phone == 'ios' && slots.phone + 1 == 2, then: e}, {else: e}]}\n" + END, ["expression-type"]),
        (ASK_PHONE + "b: {ask: Gì nữa?, slot: phone, answer: number, next: e}\n" + END, ["slot-types"]),
        ("a: {ask: Gì?, slot: x, choices: [{label: A, value: 1}, {label: B, value: hai}], next: e}\n" + END, ["slot-types"]),
        ("a: {let: {x: today}, next: b}\nb: {let: {x: '1'}, next: e}\n" + END, ["slot-types"]),
        ("a: {let: {x: 'null'}, next: e}\n" + END, ["expression-null"]),
        ("a: {let: {x: slots.y, y: slots.x}, next: e}\n" + END, ["unknown-slot", "unknown-slot"]),
        ("a: {ask: Gì?, answer: number, accept: answer > 'x', next: e}\n" + END, ["expression-type"]),
        ("a: {ask: Gì?, answer: number, accept: answer + 1, next: e}\n" + END, ["expression-not-bool"]),
        ("a: {ask: Gì?, answer: date, accept: answer <= today, next: e}\n" + END, []),
        ("a: {ask: Gì?, slot: n, answer: number, next: b}\nb: {ask: Gì?, answer: number, accept: answer > slots.n, next: e}\n" + END, ["accept-slots"]),
        ("a: {ask: Gì?, slot: n, answer: number, next: b}\nb: {let: {m: slots.n * 2}, next: e}\n" + END, []),
        ("a: {ask: Gì?, slot: n, keep: never, answer: text, next: [{if: slots.n == 'x', then: e}, {else: e}]}\n" + END, []),
        (
            "a: {ask: Gì?, slot: n, keep: never, answer: text, next: b}\nb: {say: '{n}', next: [{if: slots.n == 'x', then: e}, {else: e}]}\n" + END,
            ["slot-not-kept"] * 2,
        ),
        ("a: {say: x, next: [{if: slots.commune == '03388', then: e}, {else: e}]}\n" + END, []),
    ],
)
def test_expressions_fit_the_slots(steps: str, codes: list[str]) -> None:
    """Each is tried with values of every kind that its slots can hold."""
    assert errors(steps) == codes


def test_the_values_with_which_an_expression_fails_are_shown() -> None:
    """So that a maintainer understands why."""
    found = first_error(ASK_PHONE + "b: {say: x, next: [{if: slots.phone < 3, then: e}, {else: e}]}\n" + END)
    assert found.told()[0] == "Biểu thức không tính được khi slots.phone = android"
    assert first_error("a: {let: {x: today < 5}, next: e}\n" + END).told("en")[0] == "The expression has no result when today = 2026-01-15"
