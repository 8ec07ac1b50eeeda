"""Schema and reference pages: current, and true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import jsonschema
import pytest
import yaml

from bot.cli.schema import generated
from bot.flows.checks import check
from bot.flows.diagnostics import Diagnostic
from bot.flows.loader import load
from bot.flows.messages import ENGLISH, ERRORS, VIETNAMESE
from bot.flows.reference import EXAMPLE
from bot.flows.schema import PARTS, answers_schema, guide_schema, talk_schema
from bot.flows.yaml_tree import read
from tests.flows.writing import END, TODAY, guide_text

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "flows").glob("*.yaml"))
ANSWERS = sorted((ROOT / "flows" / "answers").glob("*.yaml"))


@pytest.mark.parametrize("path", generated(Path("flows"), Path("docs")), ids=str)
def test_generated_files_are_current(path: Path) -> None:
    """After a change of the model: `danloi schema --write`."""
    assert (ROOT / path).read_text(encoding="utf-8") == generated(Path("flows"), Path("docs"))[path]


def value(text: str) -> object:
    root, _ = read(text.encode())
    assert root is not None
    return root.value


def complaints(text: str, schema: dict[str, object]) -> Iterator[str]:
    for error in jsonschema.Draft7Validator(schema).iter_errors(value(text)):
        yield error.message


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_our_guides_fit_the_schema(path: Path) -> None:
    """What the loader takes, the editor takes."""
    assert not list(complaints(path.read_text(encoding="utf-8"), guide_schema()))


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.name)
def test_our_answers_fit_the_schema(path: Path) -> None:
    """The same."""
    assert not list(complaints(path.read_text(encoding="utf-8"), answers_schema()))


@pytest.mark.parametrize(
    "steps",
    [
        "a: {sai: Chào., next: e}\n",
        "a: {say: Chào.}\n",
        "a: {say: Chào., nxet: e}\n",
        "a: {say: 5, next: e}\n",
        "a: {ask: Gì?, next: e}\n",
        "a: {ask: Gì?, answer: date, choices: [{label: A}], next: e}\n",
        "a: {say: Chào., next: [{if: x}]}\n",
        "a: {do: Làm., next: e, stuck: [{problem: Hỏng}]}\n",
        "a: {say: Chào., valid: {}, next: e}\n",
        "Bước một: {say: Chào., next: e}\n",
        "a: {let: {Ngày: today}, next: e}\n",
    ],
)
def test_the_editor_sees_mistakes_too(steps: str) -> None:
    """Kinds, keys, types, either-or, names."""
    assert list(complaints(guide_text(steps + END), guide_schema()))


def test_schemas_are_schemas_in_vietnamese() -> None:
    """Every part and every key has a description for the one who hovers, and an example or the words to choose from."""
    for schema in (guide_schema(), answers_schema(), talk_schema()):
        jsonschema.Draft7Validator.check_schema(schema)
        for name, part in schema["definitions"].items():
            assert part["description"] == PARTS[name]
            assert all(one.get("description") for one in part.get("properties", {}).values()), name
        assert '"oneOf"' not in json.dumps(schema)
        for name, part in {"": schema, **schema["definitions"]}.items():
            for key, one in part.get("properties", {}).items():
                choice = {"enum", "$ref"} & one.keys() and "enum" in {**one, **schema["definitions"].get(one.get("$ref", "").rpartition("/")[2], {})}
                assert one.get("examples") or choice or one.get("type") == "boolean", f"{name}.{key}"


@pytest.mark.parametrize("schema", [guide_schema(), answers_schema(), talk_schema()], ids=["guide", "answers", "talk"])
def test_examples_may_be_taken_as_they_are(schema: dict[str, Any]) -> None:
    for name, part in {"": schema, **schema["definitions"]}.items():
        for key, one in part.get("properties", {}).items():
            for example in one.get("examples", ()):
                own = {**one, "definitions": schema["definitions"]}
                assert not list(jsonschema.Draft7Validator(own).iter_errors(example)), f"{name}.{key}: {example}"


def test_the_example_in_the_reference_is_flawless() -> None:
    """People copy it."""
    result = load({"cap-the.yaml": EXAMPLE.encode()})
    assert [one.text() for one in check(result, today=TODAY)] == []
    assert yaml.safe_load(EXAMPLE)["guide"] == "cap-the"


def test_every_code_has_its_sentences_in_both_languages() -> None:
    """With the same values in them."""
    assert VIETNAMESE.keys() == ENGLISH.keys()
    assert VIETNAMESE.keys() >= ERRORS
    for code, vietnamese in VIETNAMESE.items():
        english = ENGLISH[code]
        assert bool(vietnamese.near) == bool(english.near), code
        names = [{name for text in sentence for _, name, _, _ in Formatter().parse(text) if name} for sentence in (vietnamese, english)]
        assert names[0] == names[1], code
        params = dict.fromkeys(names[0], "x")
        assert Diagnostic(file="a", line=1, column=1, code=code, params=params).text() != Diagnostic(file="a", line=1, column=1, code=code, params=params).text(
            "en"
        )


def test_our_content_has_no_errors() -> None:
    """What `danloi check` says of the repository."""
    files = {path.relative_to(ROOT / "flows").as_posix(): path.read_bytes() for path in [*GUIDES, *ANSWERS, ROOT / "flows" / "places.csv"]}
    assert [one.text() for one in load(files).diagnostics] == []
