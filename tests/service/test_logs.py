"""Logs never stand in the way of what they tell of, and nobody who only knocks fills them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.service.wiring import Service
from bot.settings import Settings

PROGRAM = """
import structlog
from bot.service.logs import set_up
from bot.settings import load_settings

set_up(load_settings())
for number in range(3):
    structlog.get_logger().error("the disk is full", number=number)
print("goes on")
"""


def test_a_line_that_cannot_be_written_breaks_nothing() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=full, text=True, check=False)
    assert done.stdout == "goes on\n"


async def test_deliveries_that_are_not_signed_are_counted_and_told_once(database: str, data: Path) -> None:
    """A wrong secret in the settings refuses every delivery: the operator reads why, and who only knocks cannot fill the log."""
    settings = Settings(data_dir=data, database_url=SecretStr(database), _env_file=None)
    async with Service.start(settings, roles={"web"}) as service:
        with capture_logs() as logs:
            for _ in range(3):
                service.unsigned("zalo-oa", "X-ZEvent-Signature is missing or malformed")
            service.unsigned("messenger", "X-Hub-Signature-256 does not belong to this body")
        counted = service.metrics.get_sample_value("danloi_unsigned_total", {"channel": "zalo-oa"})
    assert counted == 3
    assert [(one["channel"], one["log_level"]) for one in logs] == [("zalo-oa", "warning"), ("messenger", "warning")]
