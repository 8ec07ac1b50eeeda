"""`danloi channels setup` and `doctor`: tables on a terminal, a line each in a pipe, the same in both."""

from __future__ import annotations

import asyncio
import io
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.channels.findings import Finding
from bot.cli.findings import FailedSends, print_tables
from tests.cli.terminal import clean, on_a_terminal, read_off
from tests.journeys.running import OWN
from tests.standins.telegram import Telegram
from tests.standins.zalo_bot import ZaloBot
from tests.standins.zalo_oa import ZaloOa
from tests.store.databases import database, folder, server

__all__ = ["database", "folder", "server"]

NOBODY = "http://127.0.0.1:9"
LIMIT = "Gửi nhanh quá mức cho phép. Dẫn Lối đợi rồi gửi lại."
SAID = '{"text":"…132","chat_id":"…10","reply_markup":{"inline_keyboard":[[{"text":"…8","callback_data":"…36"}]]}}'
CALLS = f'[{{"call": "POST /bot…/sendMessage", "said": {SAID}, "status": 429, "answered": {{"ok": false}}, "ms": 12}}]'
SIGNS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z", "M"), exclude_characters="│"), min_size=1, max_size=30)
SENTENCES = st.lists(SIGNS, min_size=1, max_size=12).map(" ".join)


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram() as running:
        yield running


@pytest.fixture
def env(telegram: Telegram, tmp_path: Path) -> dict[str, str]:
    """Telegram is on, by webhook, and our own server does not run."""
    own = {f"DANLOI_TELEGRAM__{name}": value for name, value in OWN["telegram"].items()}
    ours = {"DANLOI_DATA_DIR": str(tmp_path), "DANLOI_FLOWS_DIR": str(tmp_path), "DANLOI_PUBLIC_URL": NOBODY}
    return own | ours | {"DANLOI_TELEGRAM__API_BASE": telegram.url, "DANLOI_TELEGRAM__MODE": "webhook"}


@pytest.fixture
async def failed(database: str) -> dict[str, str]:
    """Settings of a database in which sends failed."""
    connection = await asyncpg.connect(database)
    add = "INSERT INTO sends (contact_id, message_id, channel, result, code, sentence, calls, at) VALUES (1, 1, 'telegram', 'retry', $1, $2, $3::jsonb, $4)"
    for minute, (code, sentence) in enumerate([("429", LIMIT)] * 3 + [("403", "Bà con đã chặn bot.")]):
        await connection.execute(add, code, sentence, CALLS, datetime(2026, 11, 24, 1, minute, tzinfo=UTC))
    await connection.close()
    return {"DANLOI_DATABASE_URL": database, "DANLOI_SECRET_KEY": "a secret of the tests"}


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield f"http://127.0.0.1:{one.getsockname()[1]}"


async def piped(*words: str, env: dict[str, str]) -> tuple[int, str, str]:
    """The exit code, standard output and standard error, where a program reads them."""
    command = [sys.executable, "-m", "bot.cli.main", *words]
    done = await asyncio.to_thread(subprocess.run, command, env=clean() | env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


async def seen(*words: str, columns: int = 80, env: dict[str, str], until: str = "") -> tuple[int, str]:
    return await asyncio.to_thread(on_a_terminal, *words, columns=columns, env=env, until=until)


async def test_on_a_terminal_the_findings_are_a_table(env: dict[str, str]) -> None:
    """What is to be done stands under what is wrong, in lines of its own."""
    code, shown = await seen("channels", "doctor", "telegram", env=env)
    assert code == 1
    lines = read_off(shown)
    assert lines[:11] == [
        "",
        "telegram: 4 hỏng, 1 cần xem, 1 ổn",
        "╭───┬────────────────────┬─────────────────────────────────────────────────────╮",
        "│   │ xem gì             │ thấy gì → làm gì                                    │",
        "├───┼────────────────────┼─────────────────────────────────────────────────────┤",
        "│ ✓ │ Mã (token) của bot │ Dùng được, của bot @laichau_bot.                    │",
        "├───┼────────────────────┼─────────────────────────────────────────────────────┤",
        "│ ✗ │ Webhook của bot    │ Bot chưa có webhook.                                │",
        "│   │                    │ → Chạy “danloi channels setup telegram”. Mỗi nơi    │",
        "│   │                    │   chạy cần một bot riêng, kẻo giành tin của nhau.   │",
        "├───┼────────────────────┼─────────────────────────────────────────────────────┤",
    ]


async def test_on_a_narrow_screen_one_stands_over_the_other(env: dict[str, str]) -> None:
    """A telephone on its side: 40 signs."""
    _, shown = await seen("channels", "doctor", "telegram", columns=40, env=env)
    lines = read_off(shown)
    assert max(map(len, lines)) == 40
    at = lines.index("│ ✗ │ Webhook của bot                  │")
    assert lines[at + 1 : at + 4] == [
        "│   │ Bot chưa có webhook.             │",
        "│   │ → Chạy “danloi channels setup    │",
        "│   │   telegram”. Mỗi nơi chạy cần    │",
    ]


async def test_while_calls_go_out_a_terminal_shows_how_far_it_is(env: dict[str, str]) -> None:
    """And nothing of it stays."""
    _, shown = await seen("channels", "setup", "telegram", env=env)
    assert "Đang hỏi telegram: xong 0 việc" in shown
    assert not any("Đang hỏi" in line for line in read_off(shown))
    assert "telegram: 5 ổn" in read_off(shown)


async def test_a_program_reads_a_line_for_each(env: dict[str, str], failed: dict[str, str]) -> None:
    """However long; without colours, frames or signs of life."""
    code, out, err = await piped("channels", "doctor", "telegram", env=env | failed | {"FORCE_COLOR": "1", "COLUMNS": "40"})
    assert (code, err) == (1, "")
    mend = "Chạy “danloi channels setup telegram”."
    assert out.splitlines()[:3] == [
        "✓ Mã (token) của bot: Dùng được, của bot @laichau_bot.",
        "✗ Webhook của bot: Bot chưa có webhook.",
        f"    → {mend} Mỗi nơi chạy cần một bot riêng, kẻo giành tin của nhau.",
    ]
    assert out.splitlines()[-4:] == [
        "! Lần gửi hỏng gần đây: 1 lần, mới nhất 24/11 08:03: Bà con đã chặn bot.",
        "    → Mã lỗi của nền tảng: 403.",
        f"! Lần gửi hỏng gần đây: 3 lần, mới nhất 24/11 08:02: {LIMIT}",
        "    → Mã lỗi của nền tảng: 429.",
    ]


async def test_what_a_server_would_log_is_no_finding(database: str, tmp_path: Path) -> None:
    """That a token was renewed is told in words, not by a line of the log among them."""
    async with ZaloOa() as zalo:
        own = {f"DANLOI_ZALO_OA__{name}": value for name, value in OWN["zalo-oa"].items()}
        ours = {"DANLOI_DATA_DIR": str(tmp_path), "DANLOI_DATABASE_URL": database, "DANLOI_SECRET_KEY": "a secret of the tests"}
        env = own | ours | {"DANLOI_ZALO_OA__API_BASE": zalo.url, "DANLOI_ZALO_OA__OAUTH_BASE": zalo.url, "DANLOI_FLOWS_DIR": str(tmp_path)}
        code, out, err = await piped("channels", "setup", "zalo-oa", env=env)
        assert (code, err) == (0, "")
        assert out.startswith("✓ Mã truy cập: Zalo đã nhận; từ nay Dẫn Lối tự đổi mã trước khi hết hạn.\n✓ OA: ")


async def test_the_last_failures_are_a_table_of_their_own(env: dict[str, str], failed: dict[str, str]) -> None:
    _, shown = await seen("channels", "doctor", "telegram", env=env | failed)
    lines = read_off(shown)
    assert lines[lines.index("telegram: 4 lần gửi hỏng gần nhất") :] == [
        "telegram: 4 lần gửi hỏng gần nhất",
        "╭─────┬─────────────────┬──────────────────────────────────────────────────────╮",
        "│ lần │ mới nhất, mã    │ vì sao, làm gì                                       │",
        "├─────┼─────────────────┼──────────────────────────────────────────────────────┤",
        "│   1 │ 24/11 08:03 403 │ Bà con đã chặn bot.                                  │",
        "├─────┼─────────────────┼──────────────────────────────────────────────────────┤",
        "│   3 │ 24/11 08:02 429 │ Gửi nhanh quá mức cho phép. Dẫn Lối đợi rồi gửi lại. │",
        "╰─────┴─────────────────┴──────────────────────────────────────────────────────╯",
        "",
    ]


async def test_the_log_on_a_terminal_leaves_nothing_out(env: dict[str, str], failed: dict[str, str]) -> None:
    """“…” stands for hidden words there, and never for what had no room."""
    _, shown = await seen("channels", "log", "telegram", "--last", "1", env=env | failed)
    _, title, *lines = ["", *read_off(shown)]
    assert title == "Nhật ký gửi tin (… là chữ được giấu, số là số ký tự)"
    cells = [[cell.strip() for cell in line[1:-1].split("│")] for line in lines if line.startswith("│")]
    about, words = ("".join(row[at] for row in cells[1:]) for at in (1, 2))
    assert about == "24/11 08:03:00telegramsẽ gửi lại 403"
    assert words.replace(" ", "") == f'POST/bot…/sendMessage{SAID}→429{{"ok":false}}(12ms)Bàconđãchặnbot.'


async def test_the_log_in_a_pipe(env: dict[str, str], failed: dict[str, str]) -> None:
    """An attempt on a line, its calls below it."""
    _, out, _ = await piped("channels", "log", "telegram", "--last", "2", env=env | failed)
    call = f'    POST /bot…/sendMessage {SAID} → 429 {{"ok":false}} (12 ms)'
    assert out.splitlines() == [
        f"24/11 08:02:00 telegram 1: sẽ gửi lại 429: {LIMIT}",
        call,
        "24/11 08:03:00 telegram 1: sẽ gửi lại 403: Bà con đã chặn bot.",
        call,
    ]


async def test_where_no_send_failed_it_says_so(env: dict[str, str], database: str) -> None:
    """Nothing said could also mean that nobody looked."""
    _, out, _ = await piped("channels", "doctor", "telegram", env=env | {"DANLOI_DATABASE_URL": database, "DANLOI_SECRET_KEY": "a secret of the tests"})
    assert out.endswith("✓ Nhật ký gửi tin: Không có lần gửi hỏng nào.\n")


async def test_each_app_has_its_table(env: dict[str, str]) -> None:
    """And its name before each line."""
    async with ZaloBot() as zalo:
        env = (
            env
            | {f"DANLOI_ZALO_BOT__{name}": value for name, value in OWN["zalo-bot"].items()}
            | {"DANLOI_ZALO_BOT__API_BASE": zalo.url, "DANLOI_ZALO_BOT__MODE": "webhook"}
        )
        _, shown = await seen("channels", "doctor", env=env)
        assert "Đang hỏi zalo-bot (1/2)" in shown
        assert [line.partition(":")[0] for line in read_off(shown) if " hỏng" in line and "│" not in line] == ["zalo-bot", "telegram"]
        _, out, _ = await piped("channels", "doctor", env=env)
        assert "✓ telegram: Mã (token) của bot: Dùng được" in out
        assert "✗ zalo-bot: Webhook của bot: Bot chưa có webhook." in out


async def test_who_does_not_want_to_wait_sees_what_there_is(env: dict[str, str], silence: str) -> None:
    """Our own server does not answer, and the operator presses Ctrl-C."""
    slow = env | {"DANLOI_PUBLIC_URL": silence, "DANLOI_SEND_TIMEOUT_SECONDS": "300"}
    code, shown = await seen("channels", "doctor", "telegram", env=slow, until="xong 4 việc")
    assert code != 0
    assert "telegram: 3 hỏng, 1 ổn" in read_off(shown)
    assert "Traceback" not in shown


@given(about=SENTENCES, sentence=SENTENCES, mend=SENTENCES, width=st.integers(30, 120))
def test_no_word_is_lost_on_any_screen(about: str, sentence: str, mend: str, width: int) -> None:
    """Nor taken for an instruction to the terminal."""
    finding = Finding(level="bad", about=about, sentence=sentence, mend=mend)
    failed = FailedSends(times=20, last=datetime(2026, 11, 24, tzinfo=UTC), sentence=sentence, code="-216")
    paper = io.StringIO()
    print_tables(Console(file=paper, width=width, highlight=False), "zalo-oa", [finding, failed])
    rows = [line[1:-1].split("│") for line in paper.getvalue().splitlines() if line.startswith("│")]
    columns = ["".join("".join(row[at] for row in rows).split()) for at in range(len(rows[0]))]
    for words in (about, f"{sentence}→{mend}"):
        assert any("".join(words.split()) in column for column in columns)
