"""`danloi i18n` as a maintainer and a translator run it, on a flows folder of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.i18n import app
from bot.i18n.catalogue import Catalogues
from tests.flows.writing import guide_text

END = "e: {end: Xong.}\n"
GUIDE = guide_text("a: {do: Làm trước ngày mai., next: e, stuck: [{problem: Hỏng, try: Chữa.}]}\n" + END)


class Work:
    """A folder with guides and translations, and the command in it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.guide = folder / "flows" / "a.yaml"
        self.guide.parent.mkdir()
        self.guide.write_text(GUIDE, encoding="utf-8")

    def run(self, *words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, list(words))
        return result.exit_code, result.output

    def po(self, language: str) -> Path:
        return self.folder / "locales" / language / "LC_MESSAGES" / "danloi.po"

    def states(self) -> list[dict[str, object]]:
        return json.loads(self.run("status", "--format", "json")[1])

    def whole(self, language: str) -> None:
        """Let the language translate all, and let citizens choose it."""
        path = self.po(language)
        path.write_text(path.read_text("utf-8").replace('"X-Reviewed: no\\n"\n', "").replace('"X-Scope: interface\\n"\n', ""), encoding="utf-8")
        self.run("update", language)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.setenv("DANLOI_FLOWS_DIR", str(tmp_path / "flows"))
    monkeypatch.setenv("DANLOI_LOCALES_DIR", str(tmp_path / "locales"))
    (tmp_path / "locales").mkdir()
    monkeypatch.chdir(tmp_path)
    return Work(tmp_path)


def test_extract_check_tells_when_the_template_is_old(work: Work) -> None:
    assert work.run("extract", "--check")[0] == 1
    assert work.run("extract")[0] == 0
    assert work.run("extract", "--check")[0] == 0
    work.guide.write_text(GUIDE.replace("Chữa.", "Sửa."), encoding="utf-8")
    code, shown = work.run("extract", "--check")
    assert code == 1
    assert "chạy danloi i18n extract" in shown


def test_a_new_language_waits_for_a_speaker(work: Work) -> None:
    assert work.run("update", "mww")[0] == 0
    [state] = work.states()
    assert (state["language"], state["name"], state["offered"], state["percent"]) == ("mww", "Mông Trắng", False, 0)
    assert "mww" not in Catalogues.load(work.folder / "locales")
    assert "X-Reviewed thành yes" in work.po("mww").read_text("utf-8")


def test_a_wrong_code_makes_no_folder(work: Work) -> None:
    code, shown = work.run("update", "../en")
    assert code == 1
    assert "không phải mã tiếng" in shown
    assert list((work.folder / "locales").glob("*/")) == []


def test_a_table_is_filled_in_and_the_citizen_reads_it(work: Work) -> None:
    work.run("update", "en")
    work.whole("en")
    assert work.run("export-csv", "en", "en.csv")[0] == 0
    table = Path("en.csv").read_text("utf-8")
    Path("en.csv").write_text(table.replace("Làm trước ngày mai.,,new", "Làm trước ngày mai.,Do it before tomorrow.,"), encoding="utf-8")
    code, shown = work.run("import-csv", "en", "en.csv")
    assert (code, shown.rstrip().endswith("đổi 1 câu")) == (0, True)
    words = Catalogues.load(work.folder / "locales")
    assert words.text("en", "thu.a.do", "Làm trước ngày mai.") == "Do it before tomorrow."
    assert work.run("export-csv", "en", "open.csv", "--open")[0] == 0
    assert "\nthu.a.do," not in Path("open.csv").read_text("utf-8").replace("\r", "")


def test_a_changed_sentence_is_shown_in_vietnamese_until_it_is_looked_at(work: Work) -> None:
    test_a_table_is_filled_in_and_the_citizen_reads_it(work)
    work.guide.write_text(GUIDE.replace("ngày mai", "thứ Hai"), encoding="utf-8")
    assert work.run("update")[0] == 0
    [state] = work.states()
    assert (state["translated"], state["fuzzy"]) == (0, 1)
    assert '#| msgid "Làm trước ngày mai."' in work.po("en").read_text("utf-8")
    assert Catalogues.load(work.folder / "locales").text("en", "thu.a.do", "Làm trước thứ Hai.") == "Làm trước thứ Hai."


def test_wrong_rows_are_named_with_file_and_line(work: Work) -> None:
    work.run("update", "en")
    work.whole("en")
    before = work.po("en").read_bytes()
    Path("en.csv").write_text("place,vietnamese,translation\nthu.a.do,Làm trước ngày mai.,Do {it}.\nx,y,z\n", encoding="utf-8")
    code, shown = work.run("import-csv", "en", "en.csv")
    assert code == 1
    assert [line.partition("  ")[0] for line in shown.splitlines()[:2]] == ["en.csv:2", "en.csv:3"]
    assert work.po("en").read_bytes() == before
    Path("en.csv").write_bytes("place,vietnamese,translation\nthu.a.do,Làm,Dö\n".encode("latin-1", "replace") + b"\xff")
    assert work.run("import-csv", "en", "en.csv") == (1, "en.csv:1  không phải UTF-8 → khi lưu, chọn “CSV UTF-8”\n")


def test_a_guide_with_an_error_puts_no_translation_aside(work: Work) -> None:
    test_a_table_is_filled_in_and_the_citizen_reads_it(work)
    before = work.po("en").read_bytes()
    work.guide.write_text(GUIDE.replace("next: e", "next: x"), encoding="utf-8")
    code, shown = work.run("update")
    assert code == 1
    assert "chạy danloi check" in shown
    assert work.po("en").read_bytes() == before


def test_status_shows_bars_and_names_unusable_translations(work: Work) -> None:
    test_a_table_is_filled_in_and_the_citizen_reads_it(work)
    code, shown = work.run("status")
    assert code == 0
    assert "English" in shown
    assert "····" in shown
    path = work.po("en")
    path.write_text(path.read_text("utf-8").replace("Do it before tomorrow.", "Do it {soon}."), encoding="utf-8")
    code, shown = work.run("status")
    assert code == 1
    line = next(number for number, one in enumerate(path.read_text("utf-8").splitlines(), 1) if "{soon}" in one)
    [fault] = [one for one in shown.splitlines() if "{soon}" in one]
    assert abs(int(fault.partition(":")[2].partition(" ")[0]) - line) <= 4  # the entry begins a few lines above


def test_a_file_that_is_no_catalogue_is_named_with_its_line(work: Work) -> None:
    work.run("update", "en")
    work.po("en").write_text('msgid "a"\nmsgstr "b"\nx\n', encoding="utf-8")
    code, shown = work.run("status")
    assert code == 1
    assert f"{work.po('en')}:3  không đọc được tệp này" in shown
    broken = Catalogues.load(work.folder / "locales")
    assert "en" not in broken
    assert broken.broken[0].startswith("en/LC_MESSAGES/danloi.po: không đọc được")
