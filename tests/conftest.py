"""What holds for every test: no connection leaves this machine (pytest-socket, see pyproject.toml), and CI skips nothing."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile

import pytest

OWN_TEMP = pytest.StashKey[str]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Temporary folders of this run alone: another run of pytest takes the right to pass through the shared one away, and a
    PostgreSQL that runs below it as another user would stand still. And Ctrl-C is heard.
    """
    if not config.option.basetemp:
        config.option.basetemp = config.stash[OWN_TEMP] = tempfile.mkdtemp(prefix="danloi-pytest-")
    # A shell starts what runs behind it deaf to Ctrl-C, and so would be the commands that tests interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure(config: pytest.Config) -> None:
    if OWN_TEMP in config.stash:
        shutil.rmtree(config.stash[OWN_TEMP], ignore_errors=True)


def _not_run(config: pytest.Config) -> list[pytest.TestReport | pytest.CollectReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return [*reporter.stats.get("skipped", ()), *reporter.stats.get("xfailed", ())] if reporter and os.environ.get("CI") == "true" else []


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A test that was skipped, or was expected to fail, fails the run where CI=true: it proves nothing there."""
    if exitstatus == pytest.ExitCode.OK and _not_run(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not_run := _not_run(config):
        terminalreporter.section("skipped tests are failures in CI", red=True)
        for report in not_run:
            terminalreporter.write_line(report.nodeid)
