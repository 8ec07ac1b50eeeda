"""A bad and a good example of each finding, as `docs/checks.md` shows them. A test reads every one: the bad one is told of, the good one is not.

Each is the part of a file that matters, by where it stands; `whole` makes a file of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from textwrap import indent

from bot.flows.loader import ANSWERS_FOLDER, HARD_WORDS_FILE, PLACES_FILE


class Place(StrEnum):
    """Where an example stands, with the name of its file."""

    STEPS = "vi-du.yaml"  # steps of a guide
    HEAD = "vi-du.yaml "  # above its steps
    FILE = "vi-du.yaml  "  # the file as it is
    ANSWERS = f"{ANSWERS_FOLDER}chung.yaml"
    TALK = "tests/talks/vi-du.yaml"
    NLU = "nlu_data/chung.yml"
    PLACES = PLACES_FILE
    WORDS = HARD_WORDS_FILE
    CATALOGUE = "locales/en/LC_MESSAGES/danloi.po"
    WORLD = "…"  # what lies outside of the files, told in words

    @property
    def file(self) -> str:
        return self.value.strip()


@dataclass(frozen=True, slots=True)
class Example:
    bad: str
    good: str
    place: Place = Place.STEPS


HEAD = {
    "guide": "guide: vi-du",
    "title": "title: Một hướng dẫn ví dụ",
    "sources": "sources: [{id: cong, title: Cổng Dịch vụ công, url: https://dichvucong.gov.vn, checked: 2026-11-24}]",
}
END = "done: {end: Xong rồi.}"
_KEY = re.compile(r"^([a-z]+):", re.MULTILINE)
_STEP = re.compile(r"^([^\s#:]+|[^\s#][^:]*):", re.MULTILINE)


def whole(text: str, place: Place) -> bytes:
    """The file of which `text` is a part: for steps and heads of guides all else is as it should be."""
    if place is Place.STEPS:
        own = _STEP.findall(text)
        steps = text if "done" in own else f"{text}\n{END}"
        return ("\n".join(HEAD.values()) + f"\nstart: {own[0]}\nsteps:\n{indent(steps, '  ')}\n").encode()
    if place is Place.HEAD:
        keys = _KEY.findall(text)
        head = [line for key, line in HEAD.items() if key not in keys]
        start = [] if "start" in keys else ["start: done"]
        rest = [] if "steps" in keys else ["steps:", f"  {END}"]
        return "\n".join([*head, text, *start, *rest, ""]).encode()
    return text.encode()


def _steps(bad: str, good: str) -> Example:
    return Example(bad.strip("\n"), good.strip("\n"))


def _head(bad: str, good: str) -> Example:
    return Example(bad.strip("\n"), good.strip("\n"), Place.HEAD)


def _file(bad: str, good: str) -> Example:
    return Example(bad, good, Place.FILE)


def _nlu(bad: str, good: str) -> Example:
    begin = 'version: "3.1"\nnlu:\n'
    return Example(begin + bad.strip("\n") + "\n", begin + good.strip("\n") + "\n", Place.NLU)


def _expression(bad: str, good: str) -> Example:
    """Both as the condition of a branch behind a question that fills `phone` and one that fills `born`."""
    asks = "phone:\n  ask: Máy nào?\n  slot: phone\n  choices: [{label: Android, value: android}, {label: iPhone, value: ios}]\n  next: born\n"
    asks += "born:\n  ask: Sinh ngày nào?\n  slot: born\n  answer: date\n  next:\n"
    return Example(f"{asks}    - {{if: '{bad}', then: done}}\n    - else: done", f"{asks}    - {{if: '{good}', then: done}}\n    - else: done")


_SAY = "  say: Chào bà con.\n  next: done"
_DO = "open:\n  do: Mở ứng dụng.\n"
_STUCK = "  stuck: [{problem: Máy không mở, try: Tắt rồi bật lại.}]\n"
_ASK = "phone:\n  ask: Máy nào?\n"
_SOURCE = "source: {title: Cổng, url: https://dichvucong.gov.vn, checked: 2026-11-24}"
_ANSWER = f"  - answer: le-phi\n    question: Mất tiền không?\n    text: Không mất tiền.\n    {_SOURCE}"
_WAYS = (
    "cấp thẻ",
    "làm thẻ mới",
    "mất thẻ",
    "đổi thẻ",
    "thẻ hỏng",
    "xin thẻ",
    "làm lại thẻ",
    "thẻ hết hạn",
    "thẻ cho con",
    "thẻ của mẹ",
    "cần thẻ",
    "chưa có thẻ",
)
_ENOUGH = "\n".join(f"    - {one}" for one in (*_WAYS, "thẻ bị gãy", "muốn có thẻ", "thẻ căn cước"))

EXAMPLES: Mapping[str, Example] = {
    # Reading the file
    "file-too-large": Example("một tệp 2 MiB", "hai tệp dưới 1 MiB, tệp này gọi tệp kia bằng call", Place.WORLD),
    "not-utf8": Example("một tệp lưu bằng bảng mã cũ (Windows-1258, TCVN3)", "tệp đó, lưu lại bằng UTF-8", Place.WORLD),
    "file-empty": _file("# chưa viết gì\n", "guide: vi-du\ntitle: Một hướng dẫn ví dụ\n"),
    "yaml-syntax": _file("title: Ví dụ\n%TAG x\n", "title: Ví dụ\n"),
    "yaml-tab": _file("steps:\n  open:\n\tdo: Mở ứng dụng.\n", "steps:\n  open:\n    do: Mở ứng dụng.\n"),
    "yaml-start": _file("title: @ Cấp thẻ\n", 'title: "@ Cấp thẻ"\n'),
    "yaml-colon": _file("title: Lưu ý: mang thẻ\n", 'title: "Lưu ý: mang thẻ"\n'),
    "yaml-no-colon": _file("guide: vi-du\ntitle Cấp thẻ\nstart: open\n", "guide: vi-du\ntitle: Cấp thẻ\nstart: open\n"),
    "yaml-quote": _file('guide: vi-du\ntitle: "Cấp thẻ\n', 'guide: vi-du\ntitle: "Cấp thẻ"\n'),
    "yaml-bracket": _file("prepare: [Thẻ, Giấy\ntitle: Cấp thẻ\n", "prepare: [Thẻ, Giấy]\ntitle: Cấp thẻ\n"),
    "yaml-indent": _file("steps:\n  open: {do: Mở.}\n next: done\n", "steps:\n  open: {do: Mở.}\nstart: open\n"),
    "yaml-character": _file("title: Cấp\x01 thẻ\n", "title: Cấp thẻ\n"),
    "yaml-documents": _file("guide: vi-du\n---\nguide: hai\n", "guide: vi-du\n"),
    "yaml-alias": _file("prepare: *giay-to\n", "prepare: [Thẻ căn cước]\n"),
    "yaml-merge": _file("open: &mau {do: Mở.}\nlai:\n  <<: *mau\n", "open: {do: Mở.}\nlai: {do: Mở.}\n"),
    "yaml-tag": _file("title: !!str 113\n", 'title: "113"\n'),
    "yaml-key": _file("? [mở, đóng]\n: Cấp thẻ\n", "title: Cấp thẻ\n"),
    "yaml-deep": _file(f"title: {'[' * 60}{']' * 60}\n", "title: Cấp thẻ\n"),
    "yaml-large": Example("một tệp có hơn 50.000 giá trị, nhân lên bằng *", "viết thẳng ra, chia làm nhiều tệp", Place.WORLD),
    "duplicate-key": _steps(f"open:\n{_SAY}\nopen:\n{_SAY}", f"open:\n  say: Chào bà con.\n  next: again\nagain:\n{_SAY}"),
    # Words of the language
    "unknown-key": _steps("open:\n  say: Chào bà con.\n  nxet: done\n  next: done", f"open:\n{_SAY}"),
    "missing-key": _steps("open:\n  say: Chào bà con.", f"open:\n{_SAY}"),
    "step-kind": _steps("open:\n  sai: Chào bà con.\n  next: done", f"open:\n{_SAY}"),
    "two-kinds": _steps(
        "open:\n  say: Chào bà con.\n  do: Mở máy.\n  next: done", "open:\n  say: Chào bà con.\n  next: start\nstart:\n  do: Mở máy.\n  next: done"
    ),
    "wrong-text": _steps("open:\n  say: 113\n  next: done", 'open:\n  say: "113"\n  next: done'),
    "wrong-number": _head("minutes: mười lăm", "minutes: 15"),
    "wrong-list": _head("prepare: Thẻ căn cước", "prepare:\n  - Thẻ căn cước"),
    "wrong-mapping": _steps(
        "open:\n  say: Chào.\n  link: https://dichvucong.gov.vn\n  next: done",
        "open:\n  say: Chào.\n  link: {label: Mở Cổng, url: https://dichvucong.gov.vn}\n  next: done",
    ),
    "wrong-value": _steps(f"{_ASK}  answer: dat\n  next: done", f"{_ASK}  answer: date\n  next: done"),
    "wrong-type": _steps("open:\n  say: [Chào, bà con]\n  next: done", f"open:\n{_SAY}"),
    "empty-value": _steps("open:\n  say:\n  next: done", f"open:\n{_SAY}"),
    "too-long": _expression(" || ".join(['slots.phone == "android"'] * 20), 'slots.phone == "android"'),
    "too-many": _steps(
        f"{_ASK}  choices: [{', '.join(f'{{label: Máy {number}}}' for number in range(1, 14))}]\n  next: done",
        f"{_ASK}  choices: [{{label: Máy mới}}, {{label: Máy cũ}}]\n  next: done",
    ),
    "too-few": _steps("count:\n  let: {}\n  next: done", "count:\n  let: {deadline: today + days(30)}\n  next: done"),
    "out-of-range": _head("minutes: 0", "minutes: 5"),
    "bad-id": _steps("Mở máy: {say: Chào., next: done}", "mo-may: {say: Chào., next: done}"),
    "bad-slot-name": _steps(
        "born:\n  ask: Sinh ngày nào?\n  slot: Ngày sinh\n  answer: date\n  next: done",
        "born:\n  ask: Sinh ngày nào?\n  slot: born\n  answer: date\n  next: done",
    ),
    "bad-date": _head(HEAD["sources"].replace("2026-11-24", "24/11/2026"), HEAD["sources"]),
    "next-shape": _steps("open:\n  say: Chào.\n  next: {x: done}", f"open:\n{_SAY}"),
    "branch-shape": _steps(
        "open:\n  say: Chào.\n  next:\n    - {then: done}\n    - else: done",
        "open:\n  say: Chào.\n  next:\n    - {if: 'language == \"vi\"', then: done}\n    - else: done",
    ),
    "ask-shape": _steps(f"{_ASK}  next: done", f"{_ASK}  choices: [{{label: Android}}, {{label: iPhone}}]\n  next: done"),
    "problem-helpless": _steps(f"{_DO}  stuck: [{{problem: Máy không mở}}]\n  next: done", f"{_DO}{_STUCK}  next: done"),
    "valid-empty": _steps("open:\n  say: Chào.\n  valid: {}\n  next: done", "open:\n  say: Chào.\n  valid: {from: 2027-03-01}\n  next: done"),
    "valid-reversed": _steps(
        "open:\n  say: Chào.\n  valid: {from: 2027-03-02, until: 2027-03-01}\n  next: done",
        "open:\n  say: Chào.\n  valid: {from: 2027-03-01, until: 2027-03-02}\n  next: done",
    ),
    "bad-value": Example("một giá trị mà không câu nào ở trên nói đúng", "xem guide-language.md", Place.WORLD),
    "turn-shape": Example(
        "talk: Thử\ntoday: 2026-11-24\nturns:\n  - {open: vi-du, user: xong}\n",
        "talk: Thử\ntoday: 2026-11-24\nturns:\n  - open: vi-du\n  - user: xong\n",
        Place.TALK,
    ),
    "bad-later": Example(
        "talk: Thử\ntoday: 2026-11-24\nturns:\n  - {open: vi-du, later: mai}\n",
        "talk: Thử\ntoday: 2026-11-24\nturns:\n  - {open: vi-du, later: 1 ngày}\n",
        Place.TALK,
    ),
    "bad-places": Example("mã,tên\n03388,Phường Đoàn Kết\n", "code,name_vi,type,former_units\n03388,Phường Đoàn Kết,phường,\n", Place.PLACES),
    # What the guides name
    "duplicate-guide": Example("hai tệp cùng ghi guide: cap-the", "guide: cap-the và guide: doi-the", Place.WORLD),
    "duplicate-code": Example("guide: cap-the ở một tệp, guide: capthe ở tệp khác", "guide: cap-the và guide: doi-the", Place.WORLD),
    "duplicate-answer": Example(f"answers:\n{_ANSWER}\n{_ANSWER}\n", f"answers:\n{_ANSWER}\n{_ANSWER.replace('le-phi', 'le-phi-2')}\n", Place.ANSWERS),
    "duplicate-source": _head(
        "sources:\n  - {id: cong, title: Cổng, url: https://dichvucong.gov.vn, checked: 2026-11-24}\n"
        "  - {id: cong, title: Bộ Công an, url: https://bocongan.gov.vn, checked: 2026-11-24}",
        "sources:\n  - {id: cong, title: Cổng, url: https://dichvucong.gov.vn, checked: 2026-11-24}\n"
        "  - {id: bo, title: Bộ Công an, url: https://bocongan.gov.vn, checked: 2026-11-24}",
    ),
    "people-stand-here": Example("bỏ bước scan trong khi 3 người đang đứng ở đó", "bỏ bước scan, và ghi moved: {scan: scan-again}", Place.WORLD),
    "unknown-step": _steps("open:\n  say: Chào.\n  next: doen", f"open:\n{_SAY}"),
    "unknown-guide": _steps("open:\n  call: vneit\n  next: done", f"open:\n{_SAY}"),
    "unknown-source": _steps("open:\n  say: Chào.\n  source: luat\n  next: done", "open:\n  say: Chào.\n  source: cong\n  next: done"),
    "unknown-slot": _steps(
        'open:\n  say: "Hạn là {deadline}."\n  next: done',
        'count:\n  let: {deadline: today + days(30)}\n  next: open\nopen:\n  say: "Hạn là {deadline}."\n  next: done',
    ),
    "call-cycle": _steps("open:\n  call: vi-du\n  next: done", f"open:\n{_SAY}"),
    "call-broken": Example("call: vneid, trong khi vneid.yaml có lỗi", "sửa vneid.yaml trước", Place.WORLD),
    "missing-else": _steps(
        "open:\n  say: Chào.\n  next:\n    - {if: 'language == \"vi\"', then: done}",
        "open:\n  say: Chào.\n  next:\n    - {if: 'language == \"vi\"', then: done}\n    - else: done",
    ),
    "else-not-last": _steps(
        "open:\n  say: Chào.\n  next:\n    - else: done\n    - {if: 'language == \"vi\"', then: done}",
        "open:\n  say: Chào.\n  next:\n    - {if: 'language == \"vi\"', then: done}\n    - else: done",
    ),
    "dead-end": _steps(
        f"{_ASK}  choices:\n    - {{label: Android, next: done}}\n    - label: iPhone",
        f"{_ASK}  choices:\n    - {{label: Android, next: done}}\n    - {{label: iPhone, next: done}}",
    ),
    "never-ends": _steps(
        f"{_DO}{_STUCK}  next: again\nagain:\n  do: Đóng lại.\n{_STUCK}  next: open",
        f"{_DO}{_STUCK}  next: again\nagain:\n  do: Đóng lại.\n{_STUCK}  next: done",
    ),
    "loop-without-wait": _steps(
        "open:\n  say: Chào.\n  next: again\nagain:\n  say: Chào lại.\n  next: open",
        "open:\n  say: Chào.\n  next: again\nagain:\n  say: Chào lại.\n  next: done",
    ),
    "valid-no-way": _steps("open:\n  end: Xong rồi.\n  valid: {from: 2027-03-01}", "open:\n  say: Luật mới.\n  valid: {from: 2027-03-01}\n  next: done"),
    "duplicate-choice": _steps(
        f"{_ASK}  choices: [{{label: Android}}, {{label: android}}]\n  next: done", f"{_ASK}  choices: [{{label: Android}}, {{label: iPhone}}]\n  next: done"
    ),
    "slot-types": _steps(
        f"{_ASK}  slot: phone\n  choices: [{{label: Android, value: android}}, {{label: iPhone, value: 2}}]\n  next: done",
        f"{_ASK}  slot: phone\n  choices: [{{label: Android, value: android}}, {{label: iPhone, value: ios}}]\n  next: done",
    ),
    "slot-not-kept": _steps(
        'name:\n  ask: Tên gì?\n  slot: name\n  answer: text\n  keep: never\n  next: tell\ntell:\n  say: "Chào {name}."\n  next: done',
        'name:\n  ask: Tên gì?\n  slot: name\n  answer: text\n  next: tell\ntell:\n  say: "Chào {name}."\n  next: done',
    ),
    "no-places": _steps(
        "where:\n  ask: Bà con ở xã nào?\n  slot: commune\n  answer: place\n  next: done",
        "where:\n  ask: Bà con ở đâu?\n  choices: [{label: Trong tỉnh}, {label: Tỉnh khác}]\n  next: done",
    ),
    # Expressions
    "expression-syntax": _expression("slots.phone ==", 'slots.phone == "ios"'),
    "expression-equals": _expression('slots.phone = "ios"', 'slots.phone == "ios"'),
    "expression-name": _expression('phone == "ios"', 'slots.phone == "ios"'),
    "expression-function": _expression("slots.born < today + day(3)", "slots.born < today + days(3)"),
    "expression-slots": _expression('slots["phone"] == "ios"', 'slots.phone == "ios"'),
    "expression-has": _expression("has(slots.phone)", "slots.phone != null"),
    "expression-type": _expression("slots.phone < 3", 'slots.phone == "ios"'),
    "expression-not-bool": _expression("slots.phone", 'slots.phone == "ios"'),
    "expression-null": _steps("count:\n  let: {deadline: 'null'}\n  next: done", "count:\n  let: {deadline: today + days(30)}\n  next: done"),
    "accept-slots": _steps(
        "born:\n  ask: Sinh ngày nào?\n  slot: born\n  answer: date\n  accept: slots.born < today\n  next: done",
        "born:\n  ask: Sinh ngày nào?\n  slot: born\n  answer: date\n  accept: answer < today\n  next: done",
    ),
    "compared-types": _expression("slots.phone == true", 'slots.phone == "ios"'),
    "value-never": _expression('slots.phone == "andoid"', 'slots.phone == "android"'),
    # Safety
    "no-source": _head("sources: []", HEAD["sources"]),
    "link-https": _steps(
        "open:\n  say: Chào.\n  link: {label: Mở Cổng, url: http://dichvucong.gov.vn}\n  next: done",
        "open:\n  say: Chào.\n  link: {label: Mở Cổng, url: https://dichvucong.gov.vn}\n  next: done",
    ),
    "link-address": _steps(
        "open:\n  say: Chào.\n  link: {label: Mở Cổng, url: https://dichvucong.gov.vn@1.2.3.4}\n  next: done",
        "open:\n  say: Chào.\n  link: {label: Mở Cổng, url: https://dichvucong.gov.vn}\n  next: done",
    ),
    "link-shortener": _steps(
        "open:\n  say: Chào.\n  link: {label: Mở Cổng, url: https://bit.ly/abc}\n  next: done",
        "open:\n  say: Chào.\n  link: {label: Mở Cổng, url: https://dichvucong.gov.vn}\n  next: done",
    ),
    "link-domain": _steps(
        "open:\n  say: Chào.\n  link: {label: Mở VNeID, url: https://vneid-gov.vn.com}\n  next: done",
        "open:\n  say: Chào.\n  link: {label: Mở VNeID, url: https://vneid.gov.vn}\n  next: done",
    ),
    "media-address": _steps(
        "open:\n  say: Chào.\n  media: [{kind: video, url: https://youtube.com/x, alt: Cách mở}]\n  next: done",
        "open:\n  say: Chào.\n  media: [{kind: video, url: cach-mo.mp4, alt: Cách mở}]\n  next: done",
    ),
    "asks-secret": _steps(
        "open:\n  say: Bà con gửi mã OTP cho Dẫn Lối.\n  next: done", "open:\n  say: Bà con tự gõ mã OTP vào VNeID, không đưa cho ai.\n  next: done"
    ),
    "screen-too-long": _steps(
        f"open:\n  say: Chào.\n  screen: {{app: VNeID, title: Quét thẻ, highlight: {'Bấm vào đây ' * 20}}}\n  next: done",
        "open:\n  say: Chào.\n  screen: {app: VNeID, title: Quét thẻ, highlight: Bắt đầu}\n  next: done",
    ),
    "unknown-picture": _steps("open:\n  say: Chào.\n  picture: ap-te\n  next: done", "open:\n  say: Chào.\n  picture: ap-the\n  next: done"),
    # What people say, translations
    "nlu-no-files": Example("thư mục nlu_data không có tệp .yml nào", "có ít nhất một tệp .yml", Place.WORLD),
    "nlu-nothing": Example('version: "3.1"\nnlu: []\n', f'version: "3.1"\nnlu:\n- intent: cap-the\n  examples: |\n{_ENOUGH}\n', Place.NLU),
    "nlu-root": Example("- intent: cap-the\n", 'version: "3.1"\nnlu:\n- intent: cap-the\n  examples: |\n    - cấp thẻ\n', Place.NLU),
    "nlu-list": Example('version: "3.1"\nnlu:\n  intent: cap-the\n', 'version: "3.1"\nnlu:\n- intent: cap-the\n  examples: |\n    - cấp thẻ\n', Place.NLU),
    "nlu-block": _nlu("- intnet: cap-the\n  examples: |\n    - cấp thẻ", "- intent: cap-the\n  examples: |\n    - cấp thẻ"),
    "nlu-pairs": _nlu("- cap-the", "- intent: cap-the\n  examples: |\n    - cấp thẻ"),
    "nlu-alias": _nlu("- &mau {intent: cap-the, examples: '- cấp thẻ'}\n- *mau", "- intent: cap-the\n  examples: |\n    - cấp thẻ"),
    "nlu-no-examples": _nlu("- intent: cap-the\n  examples: |", "- intent: cap-the\n  examples: |\n    - cấp thẻ"),
    "nlu-name": _nlu("- intent: Cấp thẻ\n  examples: |\n    - cấp thẻ", "- intent: cap-the\n  examples: |\n    - cấp thẻ"),
    "nlu-regex": _nlu("- regex: ma\n  examples: |\n    - (\\d+", "- regex: ma\n  examples: |\n    - (\\d+)"),
    "nlu-mark": _nlu("- intent: cap-the\n  examples: |\n    - cấp [thẻ]()", "- intent: cap-the\n  examples: |\n    - cấp [thẻ](giay)"),
    "nlu-mark-open": _nlu("- intent: cap-the\n  examples: |\n    - cấp [thẻ](giay", "- intent: cap-the\n  examples: |\n    - cấp [thẻ](giay)"),
    "nlu-line": _nlu("- intent: cap-the\n  examples: |\n    cấp thẻ", "- intent: cap-the\n  examples: |\n    - cấp thẻ"),
    "nlu-empty": _nlu("- intent: cap-the\n  examples:\n  - text:", "- intent: cap-the\n  examples:\n  - text: cấp thẻ"),
    "nlu-two-intents": _nlu(
        "- intent: cap-the\n  examples: |\n    - mất thẻ\n- intent: doi-the\n  examples: |\n    - mất thẻ",
        "- intent: cap-the\n  examples: |\n    - mất thẻ\n- intent: doi-the\n  examples: |\n    - đổi thẻ",
    ),
    "nlu-too-few": _nlu(
        f"- intent: cap-the\n  examples: |\n{_ENOUGH}\n- intent: greet\n  examples: |\n    - chào",
        f"- intent: cap-the\n  examples: |\n{_ENOUGH}\n- intent: greet\n  examples: |\n    - chào\n    - xin chào\n    - chào em",
    ),
    "nlu-one-intent": _nlu(
        f"- intent: cap-the\n  examples: |\n{_ENOUGH}",
        f"- intent: cap-the\n  examples: |\n{_ENOUGH}\n- intent: greet\n  examples: |\n    - chào\n    - xin chào\n    - chào em",
    ),
    "catalogue-unreadable": Example('mgsid "Xong rồi."\nmsgstr "Done."\n', 'msgid "Xong rồi."\nmsgstr "Done."\n', Place.CATALOGUE),
    # Warnings
    "link-dead": Example("một trang trong sources không mở được nữa (danloi check --online)", "địa chỉ mới của trang đó", Place.WORLD),
    "unreachable-step": _steps(
        "open:\n  say: Chào.\n  next: done\nextra:\n  say: Không ai đến đây.\n  next: done",
        "open:\n  say: Chào.\n  next: extra\nextra:\n  say: Ai cũng đến đây.\n  next: done",
    ),
    "moved-still-there": _head("moved: {done: done}", "moved: {finished: done}"),
    "slot-maybe-empty": _steps(
        "which:\n  ask: Có con chưa?\n  choices: [{label: Có, next: born}, {label: Chưa, next: tell}]\n"
        "born:\n  ask: Sinh ngày nào?\n  slot: born\n  answer: date\n  next: tell\n"
        "tell:\n  say: Vâng.\n  next:\n    - {if: slots.born < today, then: done}\n    - else: done",
        "which:\n  ask: Có con chưa?\n  choices: [{label: Có, next: born}, {label: Chưa, next: tell}]\n"
        "born:\n  ask: Sinh ngày nào?\n  slot: born\n  answer: date\n  next: tell\n"
        "tell:\n  say: Vâng.\n  next:\n    - {if: slots.born != null && slots.born < today, then: done}\n    - else: done",
    ),
    "slot-maybe-unsaid": _steps(
        "which:\n  ask: Có con chưa?\n  choices: [{label: Có, next: born}, {label: Chưa, next: tell}]\n"
        "born:\n  ask: Sinh ngày nào?\n  slot: born\n  answer: date\n  next: tell\n"
        'tell:\n  say: "Cháu sinh {born}."\n  next: done',
        "which:\n  ask: Có con chưa?\n  choices: [{label: Có, next: born}, {label: Chưa, next: done}]\n"
        "born:\n  ask: Sinh ngày nào?\n  slot: born\n  answer: date\n  next: tell\n"
        'tell:\n  say: "Cháu sinh {born}."\n  next: done',
    ),
    "says-twice": _steps(
        f"{_ASK}  choices:\n    - {{label: Android, says: [máy cũ]}}\n    - {{label: iPhone, says: [máy cũ]}}\n  next: done",
        f"{_ASK}  choices:\n    - {{label: Android, says: [máy cũ]}}\n    - {{label: iPhone, says: [máy táo]}}\n  next: done",
    ),
    "unused-slot": _steps(f"{_ASK}  slot: phone\n  answer: text\n  next: done", f"{_ASK}  slot: phone\n  keep: count\n  answer: text\n  next: done"),
    "source-unverified": _head(HEAD["sources"].replace(", checked: 2026-11-24", ""), HEAD["sources"]),
    "source-stale": _head(HEAD["sources"].replace("2026-11-24", "2024-11-24"), HEAD["sources"]),
    "source-future": _head(HEAD["sources"].replace("2026-11-24", "2062-11-24"), HEAD["sources"]),
    "source-domain": _head(HEAD["sources"].replace("dichvucong.gov.vn", "thuvienphapluat.vn"), HEAD["sources"]),
    "expired": _steps(
        "open:\n  say: Luật cũ.\n  valid: {until: 2026-01-31}\n  next: done", "open:\n  say: Luật cũ.\n  valid: {until: 2027-01-31}\n  next: done"
    ),
    "button-too-long": _steps(
        f"{_ASK}  choices: [{{label: Điện thoại chạy hệ điều hành Android}}, {{label: iPhone}}]\n  next: done",
        f"{_ASK}  choices: [{{label: Android}}, {{label: iPhone}}]\n  next: done",
    ),
    "do-without-stuck": _steps(f"{_DO}  next: done", f"{_DO}{_STUCK}  next: done"),
    "text-long": _steps(f"open:\n  say: {'Bà con mở máy lên. ' * 16}\n  next: done", "open:\n  say: Bà con mở máy lên.\n  next: done"),
    "sentence-hard": _steps(
        "open:\n  say: Bà con mở máy lên rồi tìm ứng dụng có hình con dấu ở màn hình đầu hay màn hình sau rồi bấm vào đó và đợi.\n  next: done",
        "open:\n  say: Bà con mở máy lên. Tìm ứng dụng có hình con dấu.\n  next: done",
    ),
    "word-hard": _steps("open:\n  say: Bà con truy cập Cổng.\n  next: done", "open:\n  say: Bà con mở Cổng.\n  next: done"),
    "bad-hard-words": Example("word,say\ntruy cập\n", "word,say\ntruy cập,mở; vào\n", Place.WORDS),
    "untranslated": Example("câu mới trong hướng dẫn, chưa có trong danloi.po", 'msgctxt "vi-du.done.end"\nmsgid "Xong rồi."\nmsgstr "Done."', Place.WORLD),
    "translation-old": Example(
        '#, fuzzy\nmsgctxt "vi-du.done.end"\nmsgid "Xong rồi."\nmsgstr "Finished."', 'msgctxt "vi-du.done.end"\nmsgid "Xong rồi."\nmsgstr "Done."', Place.WORLD
    ),
    "guide-unheard": _nlu(
        f"- intent: greet\n  examples: |\n    - chào\n    - xin chào\n    - chào em\n- intent: thanks\n  examples: |\n{_ENOUGH}",
        f"- intent: vi-du\n  examples: |\n{_ENOUGH}\n- intent: greet\n  examples: |\n    - chào\n    - xin chào\n    - chào em",
    ),
    "answer-unheard": Example(
        "flows/answers có answer: le-phi, nlu_data không có hoi/le-phi",
        "- intent: hoi/le-phi\n  examples: |\n    - có mất tiền không\n    - phí bao nhiêu",
        Place.WORLD,
    ),
    "nlu-few": _nlu(
        f"- intent: vi-du\n  examples: |\n{_ENOUGH}\n- intent: greet\n  examples: |\n    - chào\n    - xin chào\n    - chào em",
        f"- intent: vi-du\n  examples: |\n{_ENOUGH}\n- intent: greet\n  examples: |\n"
        + "\n".join(
            f"    - chào {one}"
            for one in ("em", "anh", "chị", "cô", "chú", "bác", "ông", "bà", "bạn", "mọi người", "cán bộ", "nhà mình", "buổi sáng", "buổi chiều", "nhé")
        ),
    ),
    "nlu-unused": _nlu(
        f"- intent: vi-duu\n  examples: |\n{_ENOUGH}\n- intent: greet\n  examples: |\n    - chào\n    - xin chào\n    - chào em",
        f"- intent: vi-du\n  examples: |\n{_ENOUGH}\n- intent: greet\n  examples: |\n    - chào\n    - xin chào\n    - chào em",
    ),
    "nlu-same-words": _nlu(
        f"- intent: vi-du\n  examples: |\n{_ENOUGH}\n- intent: thanks\n  examples: |\n    - lam the moi\n    - cảm ơn\n    - tốt quá",
        f"- intent: vi-du\n  examples: |\n{_ENOUGH}\n- intent: thanks\n  examples: |\n    - cảm ơn nhé\n    - cảm ơn\n    - tốt quá",
    ),
    "nlu-alike": _nlu(
        f"- intent: vi-du\n  examples: |\n{_ENOUGH}\n- intent: thanks\n  examples: |\n" + _ENOUGH.replace("\n", " ạ\n") + " ạ",
        f"- intent: vi-du\n  examples: |\n{_ENOUGH}\n- intent: thanks\n  examples: |\n    - cảm ơn nhé\n    - cảm ơn\n    - tốt quá",
    ),
}
