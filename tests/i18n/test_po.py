"""A catalogue follows the guides: what changed is looked at again, what moved stays, and nothing that translators did is lost."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n import po
from bot.i18n.sources import SourceText

SCAN = SourceText(context="vneid.scan.do", text="Áp thẻ vào lưng máy.", notes=("VNeID · một việc phải làm",), file="flows/vneid.yaml")
COLD = SourceText(context="vneid.scan.p1.problem", text="Máy không nhận thẻ")
LATE = SourceText(context="khai-sinh.late.say", text="Hạn là ngày {deadline}.")
NONE: frozenset[str] = frozenset()


def catalogue(*texts: SourceText, **translations: str) -> polib.POFile:
    """A catalogue for `texts`, with what is translated by the last word of its place."""
    made = po.merge(po.new_catalogue("en", "English", interface_only=False), texts)
    for entry in made:
        entry.msgstr = translations.get(entry.msgctxt.rpartition(".")[2], "")
    return made


def moved(text: SourceText, context: str) -> SourceText:
    return SourceText(context=context, text=text.text, notes=text.notes, file=text.file)


def changed(text: SourceText, words: str) -> SourceText:
    return SourceText(context=text.context, text=words, notes=text.notes, file=text.file)


def entry_of(file: polib.POFile, context: str) -> polib.POEntry:
    return next(entry for entry in file if entry.msgctxt == context and not entry.obsolete)


def test_the_template_tells_translators_where_a_text_stands() -> None:
    assert str(po.template([SCAN])).endswith(
        "#. VNeID · một việc phải làm\n"
        "#: flows/vneid.yaml\n"
        'msgctxt "vneid.scan.do"\n'
        'msgid "Áp thẻ vào lưng máy."\n'
        'msgstr ""\n'
    )  # fmt: skip


def test_a_changed_sentence_is_fuzzy_and_keeps_the_old_one() -> None:
    """Twice changed, it still keeps the sentence that its translation was made from."""
    old = catalogue(SCAN, do="Hold the card to the phone.")
    once = po.merge(old, [changed(SCAN, "Áp thẻ sát camera.")])
    twice = po.merge(once, [changed(SCAN, "Áp thẻ sát camera sau.")])
    for merged, words in ((once, "Áp thẻ sát camera."), (twice, "Áp thẻ sát camera sau.")):
        entry = entry_of(merged, "vneid.scan.do")
        assert (entry.msgid, entry.msgstr, entry.fuzzy, entry.previous_msgid) == (words, "Hold the card to the phone.", True, SCAN.text)


def test_a_problem_that_moved_down_keeps_its_translation() -> None:
    """Another problem stands in its place now, and that one is looked at again."""
    old = catalogue(COLD, problem="Card is not read")
    merged = po.merge(old, [changed(COLD, "Máy không có NFC"), moved(COLD, "vneid.scan.p2.problem")])
    second = entry_of(merged, "vneid.scan.p2.problem")
    assert (second.msgstr, second.fuzzy) == ("Card is not read", False)
    first = entry_of(merged, "vneid.scan.p1.problem")
    assert (first.msgstr, first.fuzzy, first.previous_msgid) == ("Card is not read", True, "Máy không nhận thẻ")


def test_the_same_words_in_another_guide_are_not_taken_over() -> None:
    """There they may mean something else."""
    old = catalogue(SCAN, do="Hold the card to the phone.")
    merged = po.merge(old, [SCAN, moved(SCAN, "khai-sinh.scan.do")])
    assert entry_of(merged, "khai-sinh.scan.do").msgstr == ""


def test_what_is_no_longer_asked_for_is_kept_aside_and_comes_back(tmp_path: Path) -> None:
    gone = po.merge(catalogue(SCAN, LATE, do="Hold the card.", say="By {deadline}."), [LATE])
    path = po.path_of(tmp_path, "en")
    po.save(gone, path)
    read = po.read(path)
    assert [entry.msgctxt for entry in read.obsolete_entries()] == ["vneid.scan.do"]
    back = po.merge(read, [SCAN, LATE])
    assert entry_of(back, "vneid.scan.do").msgstr == "Hold the card."
    assert not back.obsolete_entries()


def test_updating_twice_changes_nothing(tmp_path: Path) -> None:
    path = po.path_of(tmp_path, "en")
    po.save(po.merge(catalogue(SCAN, COLD, LATE, do="Hold."), [changed(SCAN, "Áp thẻ."), LATE]), path)
    once = path.read_bytes()
    po.save(po.merge(po.read(path), [changed(SCAN, "Áp thẻ."), LATE]), path)
    assert path.read_bytes() == once


def test_the_state_is_measured_against_the_texts_of_today() -> None:
    """A catalogue that nobody has updated yet does not look complete."""
    file = catalogue(SCAN, LATE, do="Hold.", say="By {deadline}.")
    before = po.state(file, "en", [SCAN, LATE])
    assert (before.translated, before.fuzzy, before.missing, before.percent) == (2, 0, 0, 100)
    now = po.state(file, "en", [changed(SCAN, "Áp thẻ."), LATE, COLD])
    assert (now.translated, now.fuzzy, now.missing, now.percent) == (1, 1, 1, 33)


def test_a_new_language_is_not_offered_and_has_only_the_few_words() -> None:
    new = po.new_catalogue("mww", "Mông Trắng")
    assert po.wanted(new, [SCAN, LATE], frozenset({LATE.context})) == [LATE]
    state = po.state(new, "mww", [LATE])
    assert (state.name, state.offered, state.missing) == ("Mông Trắng", False, 1)


def test_other_slots_than_the_source_has_are_a_fault() -> None:
    """`{deadline}` would be shown as it stands, or break the sentence."""
    file = catalogue(LATE, say="By {date}.")
    assert [one.text for one in po.faults(file)] == [
        "khai-sinh.late.say: thiếu {deadline}, thừa {date} → giữ nguyên chữ trong ngoặc nhọn như câu gốc"
    ]  # fmt: skip
    assert po.state(file, "en", [LATE]).translated == 0


# ---- tables


def test_a_table_goes_out_and_comes_back() -> None:
    file = catalogue(SCAN, LATE, do="Hold the card.")
    table = po.to_csv(file, [SCAN, LATE])
    assert table.startswith("\ufeffplace,note,vietnamese,translation,state\r\n")
    filled = table.replace("Hạn là ngày {deadline}.,,new", "Hạn là ngày {deadline}.,By {deadline}.,new")
    assert po.from_csv(file, filled, [SCAN, LATE]) == (1, [])
    assert entry_of(file, LATE.context).msgstr == "By {deadline}."


def test_what_had_to_be_looked_at_again_counts_only_when_it_was() -> None:
    """The same words, still marked `check`, stay fuzzy; other words are taken, and so is the old sentence without the mark."""
    new = changed(SCAN, "Áp thẻ sát camera.")
    fuzzy = po.merge(catalogue(SCAN, do="Hold the card."), [new])
    table = po.to_csv(fuzzy, [new])
    assert po.from_csv(fuzzy, table, [new]) == (0, [])
    assert entry_of(fuzzy, SCAN.context).fuzzy
    assert po.from_csv(fuzzy, table.replace(",check", ","), [new]) == (1, [])
    assert not entry_of(fuzzy, SCAN.context).fuzzy


def test_semicolons_and_several_lines_are_read_as_excel_writes_them() -> None:
    two = SourceText(context="a.b.say", text="Một.\nHai.")
    file = catalogue(two)
    table = 'place;note;vietnamese;translation;state\r\na.b.say;;"Một.\r\nHai.";"One.\r\nTwo.";new\r\n'
    assert po.from_csv(file, table, [two]) == (1, [])
    assert entry_of(file, "a.b.say").msgstr == "One.\nTwo."


@pytest.mark.parametrize(
    ("row", "line", "why"),
    [
        ("vneid.scan.do,,Áp thẻ vào lưng máy.,Hold {it}.,", 4, "vneid.scan.do: thừa {it}"),
        ("vneid.scan.do,,Áp thẻ.,Hold.,", 4, "vneid.scan.do: câu tiếng Việt đã khác"),
        ("vneid.gone.do,,Áp thẻ.,Hold.,", 4, "không có chỗ “vneid.gone.do”"),
        ('vneid.scan.do,"x"y,Áp thẻ.,Hold.,', 4, "không đọc được dòng này"),
    ],
)
def test_a_wrong_row_is_named_with_its_line_and_nothing_changes(row: str, line: int, why: str) -> None:
    """The row before it spans two lines and is good."""
    two = SourceText(context="a.b.say", text="Một.\nHai.")
    file = catalogue(SCAN, two)
    table = f'place,note,vietnamese,translation,state\na.b.say,,"Một.\nHai.",One. Two.,\n{row}\n'
    count, [fault] = po.from_csv(file, table, [SCAN, two])
    assert (count, fault.line) == (0, line)
    assert fault.text.startswith(why)
    assert entry_of(file, "a.b.say").msgstr == ""


def test_a_table_without_its_head_is_refused() -> None:
    _, [fault] = po.from_csv(catalogue(SCAN), "a,b\n1,2\n", [SCAN])
    assert (fault.line, fault.text) == (1, "thiếu cột place, vietnamese, translation → giữ nguyên dòng đầu của tệp đã xuất")


@given(st.text())
def test_no_table_breaks_it(table: str) -> None:
    """Whatever somebody takes for a table."""
    po.from_csv(catalogue(SCAN), table, [SCAN])


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(str.strip)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,3}\.[a-z]{1,3}\.do", fullmatch=True), st.tuples(words, words), max_size=5))
def test_any_text_survives_the_file(tmp_path_factory: pytest.TempPathFactory, texts: dict[str, tuple[str, str]]) -> None:
    """Quotes, strokes, brackets and other scripts."""
    sources = [SourceText(context=context, text=text) for context, (text, _) in texts.items()]
    file = po.merge(po.new_catalogue("en", "English", interface_only=False), sources)
    for entry in file:
        entry.msgstr = texts[entry.msgctxt][1]
    path = tmp_path_factory.mktemp("po") / "danloi.po"
    po.save(file, path)
    assert {entry.msgctxt: (entry.msgid, entry.msgstr) for entry in po.read(path)} == texts
