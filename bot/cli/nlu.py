"""`danloi nlu`: train, judge, try and export what the bot understands. Heavy imports wait until a command needs them."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.gaps import gaps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.table import Table

    from bot.dialogue.event import Parse
    from bot.nlu.classifier import Classifier
    from bot.nlu.e5 import Cascade
    from bot.nlu.evaluate import Report

app = typer.Typer(help="Hiểu lời bà con: huấn luyện, đánh giá, thử, xuất dữ liệu.", no_args_is_help=True)

HELD_OUT = "tests/nlu/held_out"  # beside the folder of the training data, in a checkout
DataOption = Annotated[Path | None, typer.Option("--data", help="Thư mục dữ liệu huấn luyện; bỏ trống thì theo DANLOI_NLU_DIR.")]


app.command()(gaps)


@app.command()
def train(
    data: DataOption = None,
    keep: Annotated[bool, typer.Option("--keep", help="Cất mô hình cạnh dữ liệu, cho những máy không cài phần huấn luyện.")] = False,
    e5: Annotated[bool, typer.Option("--e5", help="Học cả lớp trên của e5 (lần đầu mất vài phút) và cất cạnh dữ liệu.")] = False,
) -> None:
    """Huấn luyện nếu dữ liệu đã đổi, và in nơi cất mô hình."""
    from bot.nlu.model_cache import keep_beside_data

    model = _model(data)
    typer.echo(keep_beside_data(model, _data_dir(data)) if keep else model)
    if e5:
        typer.echo(_learnt_by_e5(_data_dir(data)))


def _learnt_by_e5(nlu_dir: Path) -> Path:
    """Learn the layer on top of e5; where it is kept."""
    from bot.settings import load_settings

    with _told():
        from bot.nlu.e5 import FOLDER, HEAD, Embedder
        from bot.nlu.e5_train import learn
        from bot.nlu.rasa_yaml import read_folder

        embedder = Embedder()
        learn(read_folder(nlu_dir), load_settings().data_dir / "cache" / "e5.npz", embedder).save(nlu_dir / FOLDER / HEAD)
    return nlu_dir / FOLDER / HEAD


@app.command()
def parse(
    texts: Annotated[list[str] | None, typer.Argument(help="Câu nói; bỏ trống thì đọc mỗi dòng một câu từ đầu vào.")] = None,
    json: Annotated[bool, typer.Option("--json", help="In mỗi câu một dòng JSON.")] = False,
    data: DataOption = None,
) -> None:
    """Cho biết bot hiểu mỗi câu là gì; "intent": null là chưa chắc."""
    import orjson

    from bot.nlu.privacy import mask

    classifier = _reader(data)
    for line in texts or _lines():
        found = classifier.parse(mask(line).text)
        text = orjson.dumps(parsed(line, found)).decode() if json else f"{found.intent or '?'}\t{_ranked(found)}\t{line}"
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def parsed(text: str, parse: Parse) -> dict[str, object]:
    """The contract of `danloi nlu parse --json` for one utterance."""
    return {
        "text": text,
        "intent": parse.intent,
        "confidence": round(parse.ranking[0][1], 4) if parse.ranking else 0.0,
        "ranking": [{"name": intent, "confidence": round(confidence, 4)} for intent, confidence in parse.ranking],
        "entities": [{"entity": entity, "value": value} for entity, value in parse.entities],
    }


@app.command(name="eval")
def evaluate(
    held_out: Annotated[Path | None, typer.Option("--held-out", help="Thư mục hay tệp câu để riêng; bỏ trống thì là tests/nlu/held_out.")] = None,
    folds: Annotated[int | None, typer.Option(min=2, max=20, help="Thử chéo: chia dữ liệu làm mấy phần, lần lượt giấu một phần.")] = None,
    wrong: Annotated[bool, typer.Option("--wrong", help="In cả những câu hiểu sai.")] = False,
    plot: Annotated[Path | None, typer.Option("--plot", help="Tệp .svg để vẽ các con số.")] = None,
    data: DataOption = None,
) -> None:
    """Đánh giá theo cách viết trên những câu để riêng, hoặc thử chéo trên chính dữ liệu (--folds)."""
    from rich.console import Console

    from bot.settings import load_settings

    with _told():
        from bot.nlu import evaluate
        from bot.nlu.rasa_yaml import read_folder

        if folds:
            reports = {f"thử chéo {folds} phần": evaluate.judge_k_fold(read_folder(_data_dir(data)), folds)}
        else:
            reports = evaluate.judge_held_out(_reader(data), held_out or load_settings().nlu_dir.parent / HELD_OUT)
    console = Console()
    console.print(_figures(reports))
    whole = reports.get(evaluate.ALL) or next(iter(reports.values()))
    console.print(_confusions(whole))
    if wrong:
        for one in whole.judged:
            if one.guess != one.intent:
                console.print(f"{one.confidence:.2f}  {one.intent} → {one.guess}: {one.text}", markup=False, highlight=False)
    if plot:
        plot.write_bytes(evaluate.plot(reports))
        console.print(str(plot), markup=False, highlight=False)


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="Tệp .yml để ghi.")],
    guides: Annotated[bool, typer.Option("--guides/--no-guides", help="Thêm lời trong các hướng dẫn: lỗi hay gặp, cách trả lời.")] = True,
    data: DataOption = None,
) -> None:
    """Ghi toàn bộ dữ liệu vào một tệp theo định dạng Rasa 3.1, để huấn luyện trong máy chủ Rasa."""
    from bot.nlu.rasa_yaml import read_folder, written

    with _told():
        training = read_folder(_data_dir(data))
    if guides:
        from bot.flows.loader import load
        from bot.nlu.guide_phrases import with_guide_phrases
        from bot.service.content import guide_files
        from bot.settings import load_settings

        training = with_guide_phrases(training, load(guide_files(load_settings().flows_dir)).guides, _classifier(data).parse)
    out.write_text(written(training), encoding="utf-8")
    typer.echo(f"{out}: {len(training.examples)} câu, {len(training.intents)} ý định")


@contextmanager
def _told() -> Iterator[None]:
    """Mistakes in the data are told as they are, without a stack trace, and end the command with 1."""
    from bot.nlu.e5 import E5Missing
    from bot.nlu.model_cache import TrainingFailed
    from bot.nlu.rasa_yaml import BadNluData

    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in ("pygal", "scipy", "sklearn"):
            raise
        typer.echo("Máy này chưa cài phần huấn luyện → cài danloi[train]", err=True)
        raise typer.Exit(1) from None
    except (BadNluData, E5Missing, TrainingFailed) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _data_dir(data: Path | None) -> Path:
    from bot.settings import load_settings

    return data or load_settings().nlu_dir


def _model(data: Path | None) -> Path:
    from bot.nlu.model_cache import ensure_model
    from bot.settings import load_settings

    with _told():
        return ensure_model(_data_dir(data), load_settings().data_dir / "cache")


def _classifier(data: Path | None) -> Classifier:
    from bot.nlu.classifier import Classifier

    return Classifier.load(_model(data))


def _reader(data: Path | None) -> Classifier | Cascade:
    """The classifier as the server would use it: with e5 behind it where `DANLOI_E5` is set."""
    from bot.settings import load_settings

    classifier = _classifier(data)
    if not load_settings().e5:
        return classifier
    from bot.nlu.e5 import Cascade

    with _told():
        return Cascade.beside(classifier, _data_dir(data))


def _lines() -> Iterator[str]:
    for line in sys.stdin:
        yield line.rstrip("\r\n")


def _ranked(parse: Parse) -> str:
    return ", ".join(f"{intent} {confidence:.2f}" for intent, confidence in parse.ranking[:3])


def _figures(reports: Mapping[str, Report]) -> Table:
    from rich.table import Table

    from bot.nlu.evaluate import SHARES

    table = Table(title="Hiểu đúng bao nhiêu")
    for heading in ("cách viết", "số câu", *SHARES):
        table.add_column(heading, justify="left" if heading == "cách viết" else "right")
    for name, report in reports.items():
        shares = (of(report) for of in SHARES.values())
        table.add_row(name, str(len(report.judged)), *("" if share is None else f"{share:.3f}" for share in shares))
    return table


def _confusions(report: Report) -> Table:
    from rich.table import Table

    table = Table(title="Hay nhầm nhất")
    for heading in ("ý của bà con", "bot hiểu là", "số lần"):
        table.add_column(heading)
    for meant, understood, times in report.confusions():
        table.add_row(meant, understood, str(times))
    return table
