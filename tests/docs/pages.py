"""The documentation as tests read it: its files, code, links and headings."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).parents[2]
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One Markdown file. `blocks`: (info string, text) of its code blocks; `spans`: its inline code; `prose`: all but blocks."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return str(self.path.relative_to(HOUSE))

    @property
    def blocks(self) -> list[tuple[str, str]]:
        return [(found[1].strip(), found[2]) for found in _FENCE.finditer(self.text)]

    @property
    def prose(self) -> str:
        return _FENCE.sub("", self.text)

    @property
    def spans(self) -> list[str]:
        return _SPAN.findall(self.prose)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(_SPAN.sub("", self.prose)) + _LINK.findall(re.sub(r"\[`[^`]*`\]", "[]", self.prose))

    @property
    def anchors(self) -> set[str]:
        """What GitHub makes of the headings."""
        return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in _HEADING.findall(self.prose)}

    def shell_lines(self) -> list[str]:
        """Every line that a reader may type: of shell blocks, and inline code."""
        lines = [line.partition(" #")[0].strip() for info, text in self.blocks if info in ("sh", "bash", "console") for line in text.splitlines()]
        return [line.removeprefix("$ ") for line in lines if line and not line.startswith("#")] + self.spans


def tracked_files() -> list[Path]:
    """What a clone of the repository holds: tracked files, and new ones that are not ignored."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=HOUSE, check=True, capture_output=True)
    return [path for name in sorted(set(listed.stdout.decode().split("\0"))) if name and (path := HOUSE / name).is_file()]


def pages() -> list[Page]:
    return [Page(path=path, text=path.read_text(encoding="utf-8")) for path in tracked_files() if path.suffix == ".md"]
