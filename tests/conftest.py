"""What holds for every test: no connection leaves this machine (pytest-socket, see pyproject.toml), and CI skips nothing."""

from __future__ import annotations

import os

import pytest


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
