"""Training data is read as Rasa reads it, and every mistake is told with file and line."""

from __future__ import annotations

import pytest

from bot.nlu.rasa_yaml import BadNluData, Example, Mark, TrainingData, data_hash, read, written

GOOD = """\
version: "3.1"
nlu:
- intent: vneid
  examples: |
    - cài [vneid](app)
    - cài [vn id]{"entity": "app", "value": "VNeID"} cho mẹ
- intent: hoi/may-khong-nfc
  examples:
  - text: |
      máy không có nfc
- synonym: thẻ căn cước
  examples: |
    - cccd
- regex: procedure
  examples: |
    - \\d\\.\\d{6}
- lookup: place
  examples: |
    - Xã Bum Nưa
"""


def problems(text: str | bytes, file: str = "a.yml") -> list[str]:
    with pytest.raises(BadNluData) as caught:
        read({file: text if isinstance(text, bytes) else text.encode()})
    return [problem.text() for problem in caught.value.problems]


def one(examples: str) -> str:
    return f'version: "3.1"\nnlu:\n- intent: a\n  examples: |\n{examples}'


def test_all_kinds_are_read() -> None:
    """Intents with marks in both spellings, listed examples, synonyms, expressions and lookups."""
    assert read({"a.yml": GOOD.encode()}) == TrainingData(
        examples=(
            Example(intent="vneid", text="cài vneid", marks=(Mark(entity="app", text="vneid", value="vneid"),), file="a.yml", line=5),
            Example(intent="vneid", text="cài vn id cho mẹ", marks=(Mark(entity="app", text="vn id", value="VNeID"),), file="a.yml", line=6),
            Example(intent="hoi/may-khong-nfc", text="máy không có nfc", file="a.yml", line=9),
        ),
        synonyms={"vn id": "VNeID", "cccd": "thẻ căn cước"},
        regexes=(("procedure", r"\d\.\d{6}"),),
        lookups={"place": ("Xã Bum Nưa",)},
    )


def test_what_is_written_reads_back_the_same(data: TrainingData) -> None:
    """`danloi nlu export` loses nothing, on the real data too."""
    for original in (read({"a.yml": GOOD.encode()}), data):
        back = read({"all.yml": written(original).encode()})
        assert {(one.intent, one.text, one.marks) for one in back.examples} == {(one.intent, one.text, one.marks) for one in original.examples}
        assert (back.synonyms, back.regexes, back.lookups) == (original.synonyms, original.regexes, original.lookups)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (one("    cài vneid\n"), "a.yml:5:5  nlu-line  “cài vneid” không phải là ví dụ → "),
        (one("    - cài [vneid](app\n"), "a.yml:5:7  nlu-mark-open  Dấu ngoặc"),
        (one("    - cài [vneid]()\n"), "a.yml:5:11  nlu-mark  Chỗ đánh dấu “[vneid]()” viết sai → viết"),
        (one('    - [x]{"value": 1}\n'), "a.yml:5:7  nlu-mark  Chỗ đánh dấu “[x]"),
        ('version: "3.1"\nnlu:\n- intent: Cài Đặt\n  examples: |\n    - a\n', "a.yml:3:11  nlu-name  “Cài Đặt”"),
        ('version: "3.1"\nnlu:\n- intent: a\n', "a.yml:3:3  nlu-no-examples  “a” chưa có ví dụ"),
        ('version: "3.1"\nnlu:\n- intnet: a\n  examples: |\n    - a\n', "a.yml:3:3  nlu-block  Mục này phải có đúng một trong"),
        (
            'version: "3.1"\nnlu:\n- intent: a\n  example: b\n  examples: |\n    - a\n',
            "a.yml:4:3  unknown-key  Không có khóa “example” ở đây → có phải là “examples” không?",
        ),
        ('version: "3.1"\nnlu:\n- intent: a\n  intent: b\n  examples: |\n    - a\n', "a.yml:4:3  duplicate-key  Khóa “intent” đã có ở dòng 3"),
        ('version: "3.1"\nnlu:\n- regex: a\n  examples: |\n    - (a\n', "a.yml:5:7  nlu-regex  Biểu thức “(a” hỏng"),
        ('version: "3.1"\nrules: []\n', "a.yml:2:1  unknown-key  Không có khóa “rules”"),
        ("version: [\n", "a.yml:2:1  yaml-bracket  Mở ngoặc mà chưa đóng"),
        ("- a\n", "a.yml:1:1  nlu-root  Tệp phải bắt đầu"),
        ('version: "3.1"\nnlu: {a: b}\n', "a.yml:2:6  nlu-list  nlu phải là một danh sách"),
        ('version: "3.1"\nnlu:\n- &x {intent: a, examples: "- a"}\n- *x\n', "a.yml:4:3  nlu-alias  Không dùng được tham chiếu *x"),
        ('version: "3.1"\nnlu:\n- intent: a\n  examples: |\n', "a.yml:3:3  nlu-no-examples  “a” chưa có ví dụ"),
        ('version: "3.1"\nnlu:\n\t- intent: a\n', "a.yml:3:1  yaml-tab  "),
        ('version: "3.1"\nnlu: []\n', "nlu:1:1  nlu-nothing  Không có ví dụ nào"),
        (b'version: "3.1"\nnlu:\n- \xff\n', "a.yml:3:3  not-utf8  "),
        (b"#" * (8 << 20) + b"\n", "a.yml:1:1  file-too-large  Tệp lớn hơn 8 MiB"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str | bytes, said: str) -> None:
    """One sentence with the place, what is wrong and how to mend it."""
    assert problems(text)[0].startswith(said)


def test_all_mistakes_of_all_files_are_told_at_once() -> None:
    """Nobody mends one line, runs again and finds the next."""
    with pytest.raises(BadNluData) as caught:
        read({"a.yml": one("    x\n").encode(), "b.yml": b"- a\n"})
    assert [(one.file, one.line) for one in caught.value.problems] == [("a.yml", 5), ("b.yml", 1)]


def test_one_sentence_cannot_mean_two_things() -> None:
    """The same words under two intents would only confuse the model; both places are named."""
    text = 'version: "3.1"\nnlu:\n- intent: a\n  examples: |\n    - Xin chào\n- intent: b\n  examples: |\n    - xin chào\n'
    assert problems(text) == ["a.yml:8:7  nlu-two-intents  Câu “xin chào” đã là ví dụ của “a” (a.yml:5) → chỉ để ở một ý định"]


def test_the_hash_sees_names_and_bytes() -> None:
    """A file that is renamed or changed makes another model."""
    assert data_hash({"a": b"1", "b": b"2"}) == data_hash({"b": b"2", "a": b"1"})
    assert len({data_hash(files) for files in ({"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"a": b"1", "b": b""})}) == 4
