"""`danloi check` on what lies beside the guides: translations, and what people say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import ROOT, danloi
from tests.flows.writing import SOURCES

GUIDE = f"""\
guide: cap-the
title: Cấp thẻ
{SOURCES}
start: open
steps:
  open:
    do: Mở ứng dụng.
    stuck:
      - {{problem: Máy không mở, try: Tắt máy rồi bật lại.}}
    next: done
  done: {{end: Xong rồi.}}
"""
ANSWERS = """\
answers:
  - answer: le-phi
    question: Mất tiền không?
    text: Dạ, không mất tiền.
    source: {title: Cổng, url: https://dichvucong.gov.vn, checked: 2026-11-24}
"""
ENGLISH = {
    "cap-the.title": ("Cấp thẻ", "Get a card"),
    "cap-the.open.do": ("Mở ứng dụng.", "Open the app."),
    "cap-the.open.p1.problem": ("Máy không mở", "The phone does not open it"),
    "cap-the.open.p1.try": ("Tắt máy rồi bật lại.", "Switch it off and on."),
    "cap-the.done.end": ("Xong rồi.", "Done."),
    "answers.le-phi.question": ("Mất tiền không?", "Is there a fee?"),
    "answers.le-phi.text": ("Dạ, không mất tiền.", "No, there is none."),
}
WAYS = ["xin cấp thẻ", "làm thẻ mới", "thẻ bị mất giờ làm sao", "muốn có thẻ", "đổi thẻ cũ", "cấp lại thẻ", "làm lại cái thẻ", "thẻ hỏng rồi", "chưa có thẻ",
        "xin thẻ cho con", "cần một cái thẻ", "giúp mình làm thẻ", "thẻ căn cước mới", "xin được cấp thẻ", "thẻ của mẹ bị gãy"]  # fmt: skip
FEES = ["có mất tiền không", "hết bao nhiêu tiền", "phí thế nào", "tốn nhiều không", "miễn phí à", "lệ phí mấy đồng", "phải trả gì không", "giá bao nhiêu",
        "nộp mấy nghìn", "đóng bao nhiêu", "làm cái này có tốn tiền", "cho hỏi tiền phí", "có thu tiền không", "mất mấy trăm", "trả tiền ở đâu"]  # fmt: skip


class Province:
    """A content folder of its own, as a province would have one."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.write("flows/cap-the.yaml", GUIDE)
        self.write("flows/answers/chung.yaml", ANSWERS)
        self.say({"cap-the": WAYS, "hoi/le-phi": FEES})
        self.translate(ENGLISH)

    def write(self, name: str, text: str) -> None:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def say(self, intents: dict[str, list[str]], name: str = "chung.yml") -> None:
        blocks = "".join(f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {one}\n" for one in said) for intent, said in intents.items())
        self.write(f"nlu_data/{name}", f'version: "3.1"\nnlu:\n{blocks}')

    def translate(self, texts: dict[str, tuple[str, str]], *, language: str = "en", header: str = "", fuzzy: tuple[str, ...] = ()) -> None:
        head = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"X-Language-Name: English\\n"\n{header}\n'
        body = "".join(
            f'{"#, fuzzy" + chr(10) if place in fuzzy else ""}msgctxt "{place}"\nmsgid "{vi}"\nmsgstr "{text}"\n\n' for place, (vi, text) in texts.items()
        )
        self.write(f"locales/{language}/LC_MESSAGES/danloi.po", head + body)

    @property
    def env(self) -> dict[str, str]:
        names = {"DANLOI_FLOWS_DIR": "flows", "DANLOI_NLU_DIR": "nlu_data", "DANLOI_LOCALES_DIR": "locales", "DANLOI_DATA_DIR": "data"}
        return {name: str(self.home / folder) for name, folder in names.items()}

    def check(self, *words: str) -> list[str]:
        """What `danloi check` says, without the line that counts."""
        return danloi("check", *words, env=self.env)[1].splitlines()[:-1]


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return Province(tmp_path)


def test_a_whole_folder_gives_no_word(province: Province) -> None:
    assert province.check() == []


def test_our_own_content_is_whole() -> None:
    """Of all that is told of the guides that ship, nothing is about translations or about what people say."""
    _, shown = danloi("check", "--format", "json", env={"DANLOI_FLOWS_DIR": str(ROOT / "flows")})
    codes = {one["code"] for one in json.loads(shown)}
    assert codes <= {"source-unverified", "source-domain", "source-stale"}


# --- translations ---


def test_what_is_not_translated_is_told_once_a_file(province: Province) -> None:
    """At the first such text; three are named, all are counted."""
    province.translate({place: said for place, said in ENGLISH.items() if place == "cap-the.title"})
    assert province.check() == [
        "answers/chung.yaml:3:15  untranslated  Chưa dịch ra English: 2 câu (answers.le-phi.question, answers.le-phi.text) → chạy danloi "
        "i18n update en, rồi dịch trong locales/en/LC_MESSAGES/danloi.po; trong lúc chờ, người đọc tiếng này thấy tiếng Việt",
        "cap-the.yaml:7:9  untranslated  Chưa dịch ra English: 4 câu (cap-the.open.do, cap-the.open.p1.problem, cap-the.open.p1.try, …) → chạy "
        "danloi i18n update en, rồi dịch trong locales/en/LC_MESSAGES/danloi.po; trong lúc chờ, người đọc tiếng này thấy tiếng Việt",
    ]
    (one,) = province.check(str(province.home / "flows" / "cap-the.yaml"), "--lang", "en")
    assert one.startswith("cap-the.yaml:7:9  untranslated  4 texts are not translated into English (cap-the.open.do, ")


def test_a_changed_sentence_makes_its_translation_old(province: Province) -> None:
    """Before `danloi i18n update` has marked it, after it has, and where a slot got lost."""
    province.write("flows/cap-the.yaml", GUIDE.replace("Tắt máy rồi", "Tắt nguồn rồi"))
    (before,) = province.check()
    assert before.startswith("cap-the.yaml:9:38  translation-old  Bản dịch English không còn theo kịp: 1 câu (cap-the.open.p1.try) → ")
    province.write("flows/cap-the.yaml", GUIDE)
    province.translate(ENGLISH, fuzzy=("cap-the.done.end",))
    assert [one.split("  ")[:2] for one in province.check()] == [["cap-the.yaml:11:15", "translation-old"]]
    province.translate(ENGLISH | {"cap-the.open.do": ("Mở ứng dụng.", "Open {app}.")})
    assert [one.split("  ")[:2] for one in province.check()] == [["cap-the.yaml:7:9", "translation-old"]]


def test_drafts_and_languages_of_few_words_are_left_alone(province: Province) -> None:
    province.translate({}, language="mww", header='"X-Reviewed: no\\n"\n')
    province.translate({}, language="twh", header='"X-Scope: interface\\n"\n')
    assert province.check() == []


def test_a_catalogue_that_cannot_be_read_is_an_error(province: Province) -> None:
    province.write("locales/en/LC_MESSAGES/danloi.po", 'msgid ""\nmsgstr ""\n\nmgsid "a"\n')
    code, shown = danloi("check", "--format", "github", env=province.env)
    assert code == 1
    assert shown.startswith(f"::error file={province.home}/locales/en/LC_MESSAGES/danloi.po,line=4,col=1,title=catalogue-unreadable::")


# --- what people say ---


def test_who_asks_in_words_that_nobody_wrote_down_is_not_understood(province: Province) -> None:
    """The guide and the answer are named at their own lines; so is an intent that leads nowhere."""
    province.say({"cap-teh": WAYS, "affirm": FEES})
    shown = province.check()
    assert [one.split(" → ")[0] for one in shown] == [
        "answers/chung.yaml:2:13  answer-unheard  Bà con hỏi câu này thì máy chưa hiểu: ý định “hoi/le-phi” chưa có ví dụ",
        "cap-the.yaml:1:8  guide-unheard  Bà con nói muốn làm việc này thì máy chưa hiểu: ý định “cap-the” chưa có ví dụ",
        "nlu_data/chung.yml:5:7  nlu-unused  Không có hướng dẫn, câu trả lời hay lệnh nào tên “cap-teh”, nói đúng câu này máy cũng không làm gì",
    ]
    assert shown[-1].endswith("→ có phải là “cap-the” không?")
    province.write("flows/cap-the.yaml", GUIDE.replace("title: Cấp thẻ", "intent: cap-teh\ntitle: Cấp thẻ"))
    assert [one.split("  ")[1] for one in province.check()] == ["answer-unheard"]


def test_few_examples_are_a_warning_and_too_few_an_error(province: Province) -> None:
    province.say({"cap-the": WAYS[:14], "hoi/le-phi": FEES[:2]})
    code, shown = danloi("check", env=province.env)
    assert code == 1
    assert [one.split(" → ")[0] for one in shown.splitlines()[:-1]] == [
        "nlu_data/chung.yml:5:7  nlu-few  Ý định “cap-the” mới có 14 ví dụ, máy dễ hiểu nhầm",
        "nlu_data/chung.yml:21:7  nlu-too-few  Ý định “hoi/le-phi” chỉ có 2 ví dụ, chưa học được",
    ]


def test_one_sentence_under_two_intents(province: Province) -> None:
    """Letter for letter it is an error. Where only marks or shorthand differ, it is a warning, if it is long enough not to live by its marks."""
    province.say({"cap-the": WAYS, "hoi/le-phi": [*FEES, "Xin cấp thẻ"]})
    assert province.check()[0].split(" → ")[0] == "nlu_data/chung.yml:37:7  nlu-two-intents  Câu “Xin cấp thẻ” đã là ví dụ của “cap-the” (nlu_data/chung.yml:5)"
    province.say({"cap-the": WAYS, "hoi/le-phi": [*FEES, "xin cap the", "muon co the"]})
    assert [one.split(" → ")[0] for one in province.check()] == [
        "nlu_data/chung.yml:37:7  nlu-same-words  Câu “xin cap the” nghe giống câu ở ý định “cap-the” (nlu_data/chung.yml:5)",
        "nlu_data/chung.yml:38:7  nlu-same-words  Câu “muon co the” nghe giống câu ở ý định “cap-the” (nlu_data/chung.yml:8)",
    ]
    province.say({"cap-the": [*WAYS, "dừng"], "hoi/le-phi": [*FEES, "đúng"]})
    assert province.check() == []


def test_an_intent_that_says_what_another_says(province: Province) -> None:
    """Told at its first example, with the other's place and the two sentences that are nearest."""
    province.say({"affirm": [f"dạ {one}" for one in WAYS]}, "hai.yml")
    (found,) = province.check()
    place, code, told = found.split(" → ")[0].split("  ")
    assert (place, code) == ("nlu_data/hai.yml:5:7", "nlu-alike")
    assert told == "Ý định “affirm” giống “cap-the” quá, ví dụ “dạ thẻ bị mất giờ làm sao” và “thẻ bị mất giờ làm sao” (nlu_data/chung.yml:7)"


def test_training_data_that_cannot_be_read_is_told_like_all_else(province: Province) -> None:
    """And the guides are not blamed for what could not be read."""
    province.write("nlu_data/chung.yml", 'version: "3.1"\nnlu:\n- intent: cap-the\n  examples: |\n    xin cấp thẻ\n')
    code, shown = danloi("check", "--lang", "en", env=province.env)
    assert code == 1
    assert shown.splitlines() == [
        "nlu_data/chung.yml:5:5  nlu-line  “xin cấp thẻ” is no example → one example a line, each begins with “- ”",
        "1 errors, 0 warnings",
    ]
    (province.home / "nlu_data" / "chung.yml").unlink()
    assert [one.split("  ")[:2] for one in province.check()] == [["nlu_data:1:1", "nlu-no-files"]]


def test_another_folder_is_checked_without_them(province: Province, tmp_path: Path) -> None:
    """What lies beside the folder that is served has nothing to do with another one."""
    province.say({"affirm": WAYS, "deny": FEES})
    other = tmp_path / "other"
    other.mkdir()
    (other / "cap-the.yaml").write_text(GUIDE, encoding="utf-8")
    assert province.check(str(other)) == []
