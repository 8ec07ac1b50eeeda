"""PNGs drawn once: off the event loop, one at a time, and kept on disk by what they show."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from bot.outreach.illustrations import HEIGHT, WIDTH, png


class Pictures:
    """The PNGs in `folder`."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._drawing = asyncio.Lock()

    async def png(self, make_svg: Callable[[], str], width: int = WIDTH, height: int = HEIGHT) -> bytes:
        """What `make_svg` draws; what it raises is raised."""
        async with self._drawing:
            return await asyncio.to_thread(self._png, make_svg, width, height)

    def _png(self, make_svg: Callable[[], str], width: int, height: int) -> bytes:
        svg = make_svg()
        path = self._folder / f"{sha256(svg.encode()).hexdigest()[:32]}.png"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            body = png(svg, width, height)
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        draft.write_bytes(body)
        os.replace(draft, path)  # another process sees the whole picture or none
        return body
