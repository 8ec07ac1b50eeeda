"""The reference pages of the guide language and of the checks, generated from the model and the tables of sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.flows.examples import EXAMPLES, Place
from bot.flows.messages import ENGLISH, ERRORS, VIETNAMESE
from bot.flows.model import StepBase
from bot.flows.schema import PARTS, answers_schema, guide_schema, talk_schema

LANGUAGE_PAGE = "guide-language.md"
CHECKS_PAGE = "checks.md"
WIDEST = 120  # characters of a line in an example

EXAMPLE = """\
# yaml-language-server: $schema=guide.schema.json
guide: cap-the
title: Xin cấp lại thẻ
summary: Làm xong, bà con có giấy hẹn nhận thẻ.
minutes: 15
prepare:
  - Thẻ cũ, nếu còn
sources:
  - id: cong
    title: Cổng Dịch vụ công quốc gia
    url: https://dichvucong.gov.vn
    checked: 2026-11-24
start: lost
steps:
  lost:
    ask: Thẻ của bà con bị mất hay bị hỏng?
    slot: reason
    choices:
      - {label: Bị mất, value: lost, says: [rơi mất, không tìm thấy]}
      - {label: Bị hỏng, value: broken}
    next:
      - {if: slots.reason == "lost", then: when}
      - else: open
  when:
    ask: Bà con mất thẻ ngày nào?
    slot: since
    answer: date
    accept: answer <= today
    reask: "Dẫn Lối chưa hiểu ngày này. Bà con viết lại giúp, ví dụ: 5/3/2026"
    next: count
  count:
    let:
      deadline: slots.since + days(30)
      first_visit: working_days(today, 1)
    next: tell
  tell:
    say: "Bà con nên báo trước ngày {deadline}."
    next: open
  open:
    do: Mở Cổng Dịch vụ công trên điện thoại.
    link: {label: Mở Cổng, url: https://dichvucong.gov.vn}
    source: cong
    screen: {app: dichvucong.gov.vn, title: Trang chủ, highlight: Đăng nhập}
    stuck:
      - problem: Trang không mở
        says: [trang trắng, không vào được, quay mãi]
        try: Kiểm tra mạng, rồi mở lại trang.
      - {problem: Không có mạng, next: person}
    next: finished
  person:
    handoff: Để người của xã giúp bà con.
    reason: Không có mạng
  finished:
    end: Xong rồi, giỏi quá! Nhận thẻ ở công an xã.
    outcome: done
"""

_LANGUAGE_HEAD = """\
<!-- Generated from bot/flows/model.py by `danloi schema --write`. Change the model, not this page. -->
# Ngôn ngữ hướng dẫn · The guide language

Mỗi tệp `flows/*.yaml` là một hướng dẫn: một dịch vụ công, kể thành từng bước. *Each file `flows/*.yaml` is one guide: a public
service, told as steps.* Kiểm tra bằng `danloi check`; mọi lỗi có tên ở [checks.md](checks.md).

Đặt dòng này ở đầu tệp để trình soạn thảo (VS Code với phần mở rộng YAML) gợi ý từng khóa. *This first line makes editors complete keys:*

```yaml
# yaml-language-server: $schema=guide.schema.json
```

## Ví dụ · Example

```yaml
"""

_LANGUAGE_RULES = """\
```

## Cách viết · How to write

- Mỗi bước một việc, dưới 60 từ; mỗi câu dưới 20 từ. *One thing in one step, below 60 words, sentences below 20.*
- Câu có dấu hai chấm, dấu `#` hay bắt đầu bằng ký hiệu thì đặt trong ngoặc kép. *Put sentences with a colon or `#` into quotes.*
- Chỉ `true` và `false` là đúng/sai; `có`, `yes`, `no` là chữ. Số bắt đầu bằng 0 (mã xã `03388`) cũng là chữ.
  *Only `true` and `false` are booleans; numbers with a leading zero stay text.*
- Không dùng `<<`, nhãn `!…`. Neo `&` và `*` dùng được, có giới hạn. *No merges, no tags; anchors work within limits.*

## Slot trong lời · Slots in texts

`{deadline}` trong `say`, `do`, `ask`, `reask`, `end`, `handoff` và `try` được thay bằng giá trị của slot; ngày viết kiểu `5/3/2026`;
slot chưa có thì thành `…`. *`{slot}` becomes the slot's value; dates are written day first; an unfilled slot becomes `…`.*

## Biểu thức · Expressions

`if`, `accept` và `let` viết bằng CEL. *Expressions are CEL.*

| viết · write | nghĩa · meaning |
| --- | --- |
| `slots.phone == "android"` | so sánh chữ · compare text |
| `slots.phone in ["android", "ios"]` | một trong các giá trị · one of several |
| `slots.born + days(60)` | 60 ngày sau; ngày đứng trước · 60 days later; the date comes first |
| `working_days(today, 3)` | 3 ngày làm việc sau, trừ thứ bảy, chủ nhật, ngày lễ Việt Nam · 3 working days later |
| `slots.deadline < date("2027-03-01")` | so sánh ngày · compare dates |
| `today - slots.born` | số ngày đã qua · days between |
| `slots.x == null` | chưa có giá trị · not filled |
| `a && b`, `a \\|\\| b`, `!a`, `a ? b : c` | và, hoặc, không, nếu–thì · and, or, not, if–then |
| `answer` | câu trả lời vừa viết, chỉ trong `accept` · the answer, in `accept` only |
| `today`, `language` | hôm nay, ngôn ngữ · today, the language |

Câu hỏi `choices` ghi `value` vào slot; câu trả lời không có `value` thì ghi tên của nó. `answer: date` ghi ngày, `number` số, `yes_no` đúng/sai,
`place` mã xã, `text` chữ. `slots.commune` là xã của bà con, nếu đã biết. *A choice fills the slot with its `value`, or with its key;
`slots.commune` is the citizen's commune, where it is known.*

## Khi quy định đổi · When rules change

- `valid: {from: 2027-03-01}` hoặc `until` ở bước, câu trả lời, nguồn, hướng dẫn: chỉ dùng trong những ngày đó.
- Đổi tên hoặc bỏ một bước thì ghi `moved: {bước-cũ: bước-mới}`, để người đang ở bước cũ không bị lạc.
"""


def language_page() -> str:
    """`docs/guide-language.md`"""
    guide, answers, talk = guide_schema(), answers_schema(), talk_schema()
    parts = {"Guide": guide, "AnswerFile": answers, "TalkFile": talk, **talk["definitions"], **answers["definitions"], **guide["definitions"]}
    lines = [_LANGUAGE_HEAD + EXAMPLE + _LANGUAGE_RULES, "## Các khóa · Keys", ""]
    for name in PARTS:
        lines += _part(name, parts[name])
    return "\n".join(lines).rstrip() + "\n"


def checks_page() -> str:
    """`docs/checks.md`"""
    lines = [
        "<!-- Generated from bot/flows/messages.py and bot/flows/examples.py by `danloi schema --write`. -->",
        "# Kiểm tra · Checks",
        "",
        "`danloi check` in mỗi lỗi một dòng: `tệp:dòng:cột  mã  sai gì → sửa thế nào`. `--lang en` in tiếng Anh, `--format github` cho CI, `--format json` cho",
        "chương trình khác. Có lỗi thì mã thoát là 1.",
        "*One line a finding; exit code 1 if there are errors.*",
        "",
        "Hướng dẫn có **lỗi** (error) không được dùng: nó có thể chỉ sai, gây hại hoặc làm đứt cuộc trò chuyện. **Nên xem lại** (warning) thì vẫn dùng.",
        "*A guide with an error is not served; a warning does not stop it.*",
        "",
        "Mỗi mã có một chỗ viết sai và chỗ đó viết đúng; `…` là phần bỏ bớt. *Each code with a bad and a good example; `…`: left out.*",
        "",
    ]
    for title, is_error in (("Lỗi · Errors", True), ("Nên xem lại · Warnings", False)):
        codes = [code for code in VIETNAMESE if (code in ERRORS) == is_error]
        lines += [f"## {title}", "", " · ".join(f"[{code}](#{code})" for code in codes), ""]
        for code in codes:
            lines += _finding(code)
    return "\n".join(lines).rstrip() + "\n"


def _finding(code: str) -> Iterator[str]:
    """A code with its sentences, in both languages, and its examples."""
    vi, en, example = VIETNAMESE[code], ENGLISH[code], EXAMPLES[code]
    yield from (f"### {code}", "", f"{_sentence(vi.what, vi.mend)}  ", f"*{_sentence(en.what, en.mend)}*", "")
    if example.place is Place.WORLD and "\n" not in example.bad + example.good:
        yield from (f"Sai · bad: {example.bad}  ", f"Đúng · good: {example.good}", "")
        return
    kind = {Place.NLU: "yaml", Place.CATALOGUE: "po", Place.PLACES: "csv", Place.WORDS: "csv"}.get(example.place, "yaml")
    for label, text in (("Sai · bad", example.bad), ("Đúng · good", example.good)):
        yield from (f"{label}:", "", f"```{kind}", *(_cut(line) for line in text.rstrip("\n").split("\n")), "```", "")


def _cut(line: str) -> str:
    """No line longer than a page is wide; what cannot be seen is shown."""
    line = re.sub(r"[\x00-\x08\x0b-\x1f]", lambda found: f"<{ord(found[0]):02X}>", line)
    return line if len(line) <= WIDEST else line[: WIDEST - 1].rstrip() + "…"


def _sentence(what: str, mend: str) -> str:
    return f"{what} → {mend}".replace("{{", "{").replace("}}", "}").replace("](", "]\\(").replace("*", "\\*").replace("<<", "\\<\\<")


def _part(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}"
    yield ""
    yield schema["description"]
    yield ""
    if "enum" in schema:
        yield from (*(f"- `{value}`" for value in schema["enum"]), "")
        return
    required = schema.get("required", ())
    yield "| khóa · key | kiểu · type | cần · required | nghĩa · meaning |"
    yield "| --- | --- | --- | --- |"
    # What all steps share comes last, so that a step's own keys are seen first.
    for key, one in sorted(schema["properties"].items(), key=lambda item: item[0] in StepBase.model_fields and name.endswith("Step")):
        meaning = one.get("description", "") + "".join(f" Ví dụ: `{_example(value)}`" for value in one.get("examples", ())[:1])
        yield f"| `{key}` | {_kind(one)} | {'✓' if key in required else ''} | {meaning.replace('|', chr(92) + '|')} |"
    yield ""


def _example(value: Any, *, inside: bool = False) -> str:
    """As it is written in YAML, on one line."""
    if isinstance(value, list):
        return f"[{', '.join(_example(one, inside=True) for one in value)}]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{key}: {_example(one, inside=True)}" for key, one in value.items())
        return f"{{{pairs}}}" if inside or len(value) > 1 else pairs
    return f'"{value}"' if inside and isinstance(value, str) and "," in value else str(value)


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return _joined(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " \\| ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"danh sách · list: {_kind(schema['items'])}"
    if schema.get("type") == "object":
        return f"tên · name → {_kind(schema['additionalProperties'])}"
    if schema.get("format") == "date":
        return "ngày · date"
    if schema.get("pattern", "").startswith("^[a-z"):
        return "tên · name"
    return {"string": "chữ · text", "integer": "số · number", "number": "số · number", "boolean": "true/false"}[schema["type"]]


def _joined(kinds: Iterable[str]) -> str:
    return " hoặc ".join(dict.fromkeys(kinds))
