"""Ways into a guide that can be shared: links, typed codes, QR codes. The payload in them is `dialogue.payload`'s."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import quote

import segno

from bot.dialogue.payload import Entry, entry_payload

QR_BORDER = 4  # modules of quiet zone, which ISO/IEC 18004 asks for
QR_PNG_SCALE = 10  # pixels a module


def payload_of(entry: Entry) -> str:
    return entry_payload(entry.guide, entry.step, entry.volunteer)


def typed_code(entry: Entry) -> str:
    """What can be sent in any app: `#VNEID`, with a volunteer `#VNEID TT7K`."""
    code = "#" + entry.guide.replace("-", "").upper()
    return f"{code} {entry.volunteer.upper()}" if entry.volunteer else code


def landing_url(base_url: str, entry: Entry) -> str:
    """The page that offers every app; this is what QR codes hold."""
    return f"{base_url}/go/{payload_of(entry)}"


def messenger_url(page_id: str, entry: Entry) -> str:
    """Opens the Page's talk and hands our payload over as the referral."""
    return f"https://m.me/{quote(page_id)}?ref={payload_of(entry)}"


def qr_svg(url: str) -> bytes:
    out = BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="svg", border=QR_BORDER, xmldecl=False, svgclass=None, lineclass=None, omitsize=True, light="#fff")
    return out.getvalue()


def qr_png(url: str) -> bytes:
    out = BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="png", border=QR_BORDER, scale=QR_PNG_SCALE)
    return out.getvalue()
