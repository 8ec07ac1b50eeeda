"""`danloi check --online` against a server of our own, and `--watch` as a maintainer sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
import requests

from bot.flows.loader import load
from bot.service.sources import Address, addresses, dead
from tests.cli.running import ROOT
from tests.flows.writing import END, guide_text


class Pages(BaseHTTPRequestHandler):
    """`/gone` is not there, `/moved` leads to `/here`, `/closed` wants a name, `/broken` always fails, `/once` fails the first time."""

    failures: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        status = {"/gone": 404, "/closed": 403, "/broken": 500, "/moved": 302}.get(self.path, 200)
        if self.path == "/once" and "/once" not in self.failures:
            self.failures.append(self.path)
            status = 503
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/here")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests are silent."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


FINDING = load({"a.yaml": guide_text("a: {say: Chào., next: e}\n" + END).encode()}).guide_drafts[0].finding("link-dead", ("sources", 0, "url"), url="x")


def told(url: str) -> list[str]:
    with requests.Session() as session:
        return [one.params["trouble"] for one in dead(Address(url=url, findings=(FINDING,)), session)]


def test_only_pages_that_are_gone_are_told(server: str) -> None:
    """What moves, wants a name, or stumbles once is there."""
    assert {path: told(server + path) for path in ("/here", "/moved", "/closed", "/once", "/gone", "/broken")} == {
        "/here": [],
        "/moved": [],
        "/closed": [],
        "/once": [],
        "/gone": ["HTTP 404"],
        "/broken": ["HTTP 500"],
    }
    assert told("http://127.0.0.1:9/") == ["không kết nối được"]


def test_an_address_is_asked_once_and_told_wherever_it_stands() -> None:
    url = "https://dichvucong.gov.vn"
    steps = f"a: {{do: Mở., link: {{label: Mở, url: {url}}}, next: e}}\n" + END
    answers = f"answers:\n  - {{answer: le-phi, question: Gì?, text: Không., source: {{title: A, url: {url}}}, link: {{label: B, url: {url}/b}}}}\n"
    found = addresses(load({"a.yaml": guide_text(steps).encode(), "answers/b.yaml": answers.encode()}))
    assert [(one.url, [(at.file, at.line) for at in one.findings]) for one in found] == [
        (url, [("a.yaml", 3), ("a.yaml", 6), ("answers/b.yaml", 2)]),
        (f"{url}/b", [("answers/b.yaml", 2)]),
    ]
    assert found[0].findings[0].severity == "warning"


def test_our_content_has_addresses() -> None:
    files = {path.name: path.read_bytes() for path in (ROOT / "flows").glob("*.yaml")}
    assert len(addresses(load(files))) > 20


def test_a_folder_is_checked_again_when_a_file_is_saved(tmp_path: Path) -> None:
    """And ends quietly with Ctrl+C."""
    (tmp_path / "a.yaml").write_text(guide_text("a: {say: Chào., next: x}\n" + END), encoding="utf-8")
    command = [sys.executable, "-u", "-m", "bot.cli.main", "check", str(tmp_path), "--watch", "--lang", "en"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONIOENCODING": "utf-8"}
    ) as process:
        assert process.stdout
        seen = _until(process.stdout, "errors,")
        assert "unknown-step" in seen
        # The watcher starts after the first findings are out: the file is saved until it has been seen.
        saving = threading.Event()
        writer = threading.Thread(target=_save, args=(tmp_path / "a.yaml", saving))
        writer.start()
        seen = _until(process.stdout, "errors,")
        saving.set()
        writer.join()
        assert "a.yaml" in seen
        assert "0 errors, 0 warnings" in seen
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert "Traceback" not in errors
    assert process.returncode == 0


def _until(lines: Iterator[str], end: str) -> str:
    seen = ""
    for line in lines:
        seen += line
        if end in line:
            break
    return seen


def _save(path: Path, saving: threading.Event) -> None:
    good = guide_text("a: {say: Chào., next: e}\n" + END)
    while not saving.wait(0.2):
        path.write_text(good, encoding="utf-8")
