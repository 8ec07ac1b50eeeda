"""Whom to call about a guide: the telephone of what it is about, else that of the portal. Sources: `flows/answers/*.yaml`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotline:
    whose: str
    number: str
    free: bool  # of 1900 numbers nobody says so


PORTAL = Hotline(whose="Tổng đài Dịch vụ công", number="1800 1096", free=True)
OWN = {"vneid": Hotline(whose="Tổng đài VNeID", number="1900 0368", free=False)}


def hotline(guide: str) -> Hotline:
    return OWN.get(guide, PORTAL)
