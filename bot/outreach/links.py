"""Ways into a guide that can be shared: links, typed codes, QR codes. The payload in them is `dialogue.payload`'s."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.dialogue.payload import Entry, entry_payload
from bot.settings import Settings

if TYPE_CHECKING:
    from segno import QRCode

QR_BORDER = 4  # modules of quiet zone, which ISO/IEC 18004 asks for
QR_PNG_SCALE = 10  # pixels a module


@dataclass(frozen=True, slots=True, kw_only=True)
class AppLink:
    """A link into one chat app. `carries`: the app hands our payload over by itself; else the typed code has to be sent."""

    channel: str
    app: str
    url: str
    carries: bool


def payload_of(entry: Entry) -> str:
    return entry_payload(entry.guide, entry.step, entry.volunteer, entry.place)


def typed_code(entry: Entry) -> str:
    """What can be sent in any app: `#VNEID`; behind it the step, the volunteer and the commune, where there are any."""
    words = (entry.guide, entry.step, entry.volunteer, entry.place)
    return "#" + " ".join(word.replace("-", "").upper() for word in words if word)


def landing_url(base_url: str, entry: Entry) -> str:
    """The page that offers every app; this is what QR codes hold."""
    return f"{base_url}/go/{payload_of(entry)}"


def app_links(settings: Settings, entry: Entry) -> tuple[AppLink, ...]:
    """A link for each app that is on, the most usual first. Telegram and a Zalo bot need to be told their public name."""
    return tuple(_app_links(settings, entry))


def _app_links(settings: Settings, entry: Entry) -> Iterator[AppLink]:
    if settings.zalo_oa.on:
        # `text` fills the box in some versions of Zalo and is ignored by others: the code stands beside the link in any case.
        url = f"https://zalo.me/{quote(settings.zalo_oa.oa_id, safe='')}?text={quote(typed_code(entry), safe='')}"
        yield AppLink(channel="zalo-oa", app="Zalo", url=url, carries=False)
    if settings.zalo_bot.on and settings.zalo_bot.link:
        yield AppLink(channel="zalo-bot", app="Zalo Bot", url=settings.zalo_bot.link, carries=False)
    if settings.messenger.on:
        yield AppLink(channel="messenger", app="Messenger", url=messenger_url(settings.messenger.page_id, entry), carries=True)
    if settings.telegram.on and settings.telegram.username:
        yield AppLink(channel="telegram", app="Telegram", url=f"https://t.me/{settings.telegram.username}?start={payload_of(entry)}", carries=True)


def messenger_url(page_id: str, entry: Entry) -> str:
    """Opens the Page's talk and hands our payload over as the referral."""
    return f"https://m.me/{quote(page_id, safe='')}?ref={payload_of(entry)}"


def qr_svg(url: str) -> bytes:
    out = BytesIO()
    qr_code(url).save(out, kind="svg", border=QR_BORDER, xmldecl=False, svgclass=None, lineclass=None, omitsize=True, light="#fff")
    return out.getvalue()


def qr_png(url: str) -> bytes:
    out = BytesIO()
    qr_code(url).save(out, kind="png", border=QR_BORDER, scale=QR_PNG_SCALE)
    return out.getvalue()


def qr_code(url: str) -> QRCode:
    """Level M: a poster that is creased or rained on still scans."""
    import segno

    return segno.make_qr(url, error="m")
