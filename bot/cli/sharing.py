"""What `link`, `poster` and `kit` have in common: which guide, which step, whose link, which commune."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from bot.cli.database import NoAnswer, asked, made, refuse
from bot.dialogue.payload import MAX_PAYLOAD_BYTES, Entry, is_volunteer
from bot.flows.guides import CompiledGuide, Guides
from bot.flows.places import Place
from bot.outreach.links import payload_of
from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Settings and guides, read once for a command."""

    settings: Settings
    guides: Guides

    def guide(self, text: str) -> CompiledGuide:
        """A guide by its id or its typed code; ends the command with a sentence where there is none."""
        found = text if text in self.guides else self.guides.by_code(text)
        if found is None:
            near = get_close_matches(text.lower(), list(self.guides), n=1)
            refuse(f"Không có hướng dẫn “{text}”. " + (f"Có phải là {near[0]}?" if near else f"Đang có: {', '.join(self.guides)}."))
        return self.guides[found]

    def entry(self, guide: CompiledGuide, *, step: str = "", volunteer: str = "", place: str = "") -> Entry:
        """Where a link to `guide` leads; ends the command with a sentence where a part of it does not exist."""
        if step and step not in guide.model.steps:
            near = get_close_matches(step, list(guide.model.steps), n=3, cutoff=0.4)
            refuse(f"Hướng dẫn {guide.id} không có bước “{step}”." + (f" Gần giống: {', '.join(near)}." if near else ""))
        volunteer = volunteer.strip().lower()
        if volunteer and not is_volunteer(volunteer):
            refuse(f"“{volunteer}” không phải mã người giúp: 4 đến 8 chữ và số, xem `danloi volunteer list`.")
        entry = Entry(guide=guide.id, step=step, volunteer=volunteer, place=self.place(place).code if place else "")
        if len(payload_of(entry)) > MAX_PAYLOAD_BYTES:
            refuse(f"Đường dẫn dài quá {MAX_PAYLOAD_BYTES} chữ: bỏ bớt --place hoặc --step, hoặc đặt tên bước ngắn hơn.")
        return entry

    def place(self, text: str) -> Place:
        """A commune by its code or its name; ends the command with a sentence where that is none or not clear."""
        by_code = self.guides.places.get(text.strip())
        found = (by_code,) if by_code else self.guides.places.match(text)
        if len(found) != 1:
            known = "; ".join(f"{one.name} ({one.code})" for one in found)
            refuse(f"“{text}” có thể là: {known}. Viết mã." if found else f"Không thấy xã, phường “{text}” trong places.csv.")
        return found[0]


def read() -> Sharing:
    """Settings and guides; a guide with an error is left out, as when it is served."""
    from bot.flows.loader import load
    from bot.service.content import guide_files
    from bot.settings import SettingsError, load_settings

    try:
        settings = load_settings()
    except SettingsError as error:
        refuse(str(error))
    if not settings.flows_dir.is_dir():
        refuse(f"Không có thư mục {settings.flows_dir}. Xem DANLOI_FLOWS_DIR.")
    return Sharing(settings=settings, guides=load(guide_files(settings.flows_dir)).guides)


def warn(sharing: Sharing, volunteer: str) -> None:
    """Say on standard error what is most likely a slip, before anything is printed on paper."""
    if sharing.settings.base_url.startswith("http://"):
        _warn(f"máy khác chưa mở được {sharing.settings.base_url}. Đặt DANLOI_PUBLIC_URL là địa chỉ https của máy chủ.")
    _warn_of_volunteer(sharing, volunteer)


def _warn_of_volunteer(sharing: Sharing, code: str) -> None:
    """Where a code belongs to nobody who helps, or where nobody could look; the link works all the same."""
    code = code.strip().lower()
    if not code:
        return
    if not made(sharing.settings):
        _warn(f"chưa có cơ sở dữ liệu để tra mã {code.upper()}; kiểm tra lại mã trước khi in.")
        return
    from bot.store.volunteers import find

    try:
        found = asked(sharing.settings, lambda store: find(store, code))
    except NoAnswer as error:
        _warn(f"chưa tra được mã {code.upper()}: {error}")
        return
    if found is None:
        _warn(f"không có người giúp nào mang mã {code.upper()}. Xem `danloi volunteer list`.")
    elif found.revoked_at:
        _warn(f"{found.name} (mã {code.upper()}) đã thôi giúp từ {found.revoked_at:%d/%m/%Y}.")


def _warn(sentence: str) -> None:
    print(f"Lưu ý: {sentence}", file=sys.stderr)


def write(path: Path, body: bytes) -> None:
    """Write a file and the folders above it; ends the command with a sentence where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    except OSError as error:
        refuse(f"Không ghi được {path}: {error.strerror}.")
