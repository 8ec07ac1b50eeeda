"""Logs never stand in the way of what they tell of."""

from __future__ import annotations

import subprocess
import sys

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
