"""`danloi nlu` as maintainers and programs use it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from bot.cli.nlu import app
from bot.nlu.rasa_yaml import TrainingData, read
from tests.nlu.conftest import HELD_OUT, NLU_DATA


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("DANLOI_DATA_DIR", str(tmp_path_factory.getbasetemp() / "cli"))  # one model for all of these tests
    monkeypatch.setenv("DANLOI_NLU_DIR", str(NLU_DATA))
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner()


def test_parse_answers_one_line_a_line(run: CliRunner) -> None:
    """The contract: intent or null, confidence, ranking and entities for each line in, empty ones too."""
    result = run.invoke(app, ["parse", "--json"], input="cài vneid\nlàm hộ chiếu\n\ntôi ở Bum Nưa muốn làm khai sinh cho con\n")
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["text"] for line in lines] == ["cài vneid", "làm hộ chiếu", "", "tôi ở Bum Nưa muốn làm khai sinh cho con"]
    assert [line["intent"] for line in lines] == ["vneid", None, None, "khai-sinh"]
    assert lines[0] == {
        "text": "cài vneid",
        "intent": "vneid",
        "confidence": 1.0,
        "ranking": [{"name": "vneid", "confidence": 1.0}],
        "entities": [{"entity": "app", "value": "VNeID"}],
    }
    assert lines[3]["entities"] == [{"entity": "place", "value": "Xã Bum Nưa"}]


def test_parse_for_people(run: CliRunner) -> None:
    """Without `--json` the guess stands first, or a question mark."""
    result = run.invoke(app, ["parse", "xong rồi", "sdkfj wieur"])
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == ["done", "?"]


def test_eval_shows_figures_and_confusions(run: CliRunner, tmp_path: Path) -> None:
    """A row for each way of writing, what is mistaken for what, and all of it as a picture."""
    picture = tmp_path / "nlu.svg"
    result = run.invoke(app, ["eval", "--wrong", "--plot", str(picture)])
    assert result.exit_code == 0
    for shown in ("có dấu", "viết tắt", "tiếng vùng", "NFD", "macro-F1", "lừa đảo nhận ra", "Hay nhầm nhất"):
        assert shown in result.stdout
    root = ElementTree.fromstring(picture.read_bytes())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "http" not in re.sub(r'xmlns(?::\w+)?="[^"]*"|<!--.*?-->', "", picture.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_eval_of_a_single_file(run: CliRunner, tmp_path: Path) -> None:
    """A maintainer's own sentences are judged as well; a wrong path is told."""
    result = run.invoke(app, ["eval", "--held-out", str(HELD_OUT / "scam.yml")])
    assert result.exit_code == 0
    result = run.invoke(app, ["eval", "--held-out", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "không có tệp .yml nào" in result.stderr


def test_eval_trains_on_the_other_folds(run: CliRunner) -> None:
    """Without a held-out file the data is split, and every example is judged once."""
    result = run.invoke(app, ["eval", "--folds", "2"])
    assert result.exit_code == 0
    assert str(len(read({path.name: path.read_bytes() for path in NLU_DATA.glob("*.yml")}).examples)) in result.stdout


def test_export_writes_one_file(run: CliRunner, tmp_path: Path, data: TrainingData) -> None:
    """It reads back as training data: all of ours, and what the guides know of how people talk."""
    out, plain = tmp_path / "nlu.yml", tmp_path / "plain.yml"
    assert run.invoke(app, ["export", str(out)]).exit_code == 0
    assert run.invoke(app, ["export", "--no-guides", str(plain)]).exit_code == 0
    ours = [(one.intent, one.text) for one in data.examples]
    exported = read({"nlu.yml": out.read_bytes()})
    assert {"vneid", "khai-sinh", "thanh-toan"} <= set(exported.intents) == set(data.intents)
    assert sorted((one.intent, one.text) for one in read({"plain.yml": plain.read_bytes()}).examples) == sorted(ours)
    added = {(one.intent, one.text) for one in exported.examples} - set(ours)
    assert len(added) > 100


def test_mistakes_in_the_data_are_sentences(run: CliRunner, tmp_path: Path) -> None:
    """File, line and how to mend it; exit 1; no stack trace."""
    (tmp_path / "a.yml").write_text('version: "3.1"\nnlu:\n- intent: a\n  examples: |\n    x\n', encoding="utf-8")
    for command in (["train"], ["export", str(tmp_path / "out.yml")], ["eval"]):
        result = run.invoke(app, [*command, "--data", str(tmp_path)])
        assert result.exit_code == 1
        assert result.stderr.startswith("a.yml:5:5  nlu-line  “x” không phải là ví dụ → mỗi ví dụ một dòng")


def test_help_imports_nothing_heavy() -> None:
    """`danloi --help` stays quick: no numpy, no scikit-learn."""
    program = "import sys, bot.cli.nlu; print(sorted({'numpy', 'sklearn', 'rich.table'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip() == "[]"
