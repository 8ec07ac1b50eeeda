"""Has a guide's picture laid out by Graphviz (`graphviz-pure` from PyPI: one program, no system package; in `danloi[studio]`)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bot.flows.diagram import NO_FIGURES, Figures, diagram, dot_source, read_layout, svg
from bot.flows.model import Guide

PROGRAM = "graphviz-pure"
TIME_LIMIT_SECONDS = 60.0


class NoLayout(Exception):
    """There is no picture; the message says why and what to do."""


def guide_svg(guide: Guide, figures: Figures = NO_FIGURES) -> str:
    """The picture of a guide as SVG. Raises `NoLayout`."""
    drawn = diagram(guide, figures)
    first = read_layout(drawn, _run(dot_source(drawn)))
    return svg(drawn, read_layout(drawn, _run(dot_source(drawn, first))))


def _run(source: str) -> bytes:
    beside = Path(sys.executable).with_name(PROGRAM)
    program = str(beside) if beside.exists() else shutil.which(PROGRAM)
    if program is None:
        raise NoLayout("chưa cài phần vẽ hình → pip install 'danloi[studio]', hoặc dùng --format mermaid hay tree")
    try:
        done = subprocess.run([program, "-Tjson"], input=source.encode(), capture_output=True, timeout=TIME_LIMIT_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoLayout(f"{PROGRAM} không vẽ được ({type(error).__name__}) → dùng --format mermaid hay tree") from error
    return done.stdout
