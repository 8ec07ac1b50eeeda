"""Which addresses a guide may lead to: official pages over https, and nothing that looks like one.

A host is accepted if it ends with `.gov.vn`, which only authorities get. Look-alikes (`dichvucongs.top`,
`laichau.gov.vn.xxx.com`, `dichvucong-gov.vn`), shorteners, IP addresses, user names and encoded names are not.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from urllib.parse import urlsplit

OFFICIAL_SUFFIX = "gov.vn"
# For "did you mean": the pages that guides are about.
OFFICIAL_HOSTS = (
    "dichvucong.gov.vn", "lienthong.dichvucong.gov.vn", "vneid.gov.vn", "sso.dancuquocgia.gov.vn", "dancuquocgia.gov.vn", "bocongan.gov.vn",
    "congan.laichau.gov.vn", "laichau.gov.vn", "dichvucong.laichau.gov.vn", "moj.gov.vn", "dichvucongnganhtuphap.moj.gov.vn",
    "tokhaidientu.moj.gov.vn", "binhdanhocvuso.gov.vn", "thongbaorac.ais.gov.vn", "hokinhdoanh.dkkd.gov.vn", "gdt.gov.vn", "baohiemxahoi.gov.vn",
)  # fmt: skip
_SHORTENERS = """
    adf.ly bit.ly bom.so buff.ly by.com.vn byvn.net cutt.ly goo.gl is.gd ow.ly rb.gy rebrand.ly s.id shope.ee shorturl.at t.co t.ly
    tiny.cc tinyurl.com v.gd
"""
SHORTENERS = frozenset(_SHORTENERS.split())
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_ADDRESS = re.compile(r"https?://[^\s<>\"“”‘’()\[\]{}]+", re.IGNORECASE)


def fault(url: str) -> tuple[str, dict[str, str]] | None:
    """The code and params of what is wrong with a link to `url`; None if it leads to an official page."""
    wrong = shape_fault(url)
    if wrong:
        return wrong
    host = host_of(url)
    if host in SHORTENERS or host.removeprefix("www.") in SHORTENERS:
        return "link-shortener", {"host": host}
    if not official(host):
        close = get_close_matches(host, OFFICIAL_HOSTS, n=1, cutoff=0.75)
        return "link-domain", {"host": host, "near": close[0] if close else ""}
    return None


def shape_fault(url: str) -> tuple[str, dict[str, str]] | None:
    """What is wrong with the form of `url`, wherever it leads."""
    shown = {"url": url if len(url) <= 80 else f"{url[:79]}…"}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "link-address", shown
    if parts.scheme.lower() != "https":
        return "link-https", shown
    # Browsers read a backslash as a slash and skip control characters, so what they open is not what stands here.
    strange = re.search(r"[\\\s\x00-\x1f\x7f]", url) or "@" in parts.netloc or port is not None or "%" in parts.netloc
    host = (parts.hostname or "").lower()
    if strange or not _HOST.fullmatch(host) or any(label.startswith("xn--") for label in host.split(".")):
        return "link-address", shown
    return None


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def official(host: str) -> bool:
    return host.endswith(f".{OFFICIAL_SUFFIX}")


def addresses(text: str) -> tuple[str, ...]:
    """The addresses that a text spells out, without the punctuation after them."""
    return tuple(address.rstrip(".,;:!?…") for address in _ADDRESS.findall(text))
