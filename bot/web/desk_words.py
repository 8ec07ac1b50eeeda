"""How the console says times and names of apps."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

VIET_NAM = timezone(timedelta(hours=7))
APPS = {"web": "Trang web", "messenger": "Messenger", "zalo-oa": "Zalo", "zalo-bot": "Zalo", "telegram": "Telegram"}


def app_name(channel: str) -> str:
    """What people call the app; a channel that is new here by its own name."""
    return APPS.get(channel, channel.replace("-", " ").capitalize())


def since(waited: timedelta) -> str:
    """How long somebody has waited, as it is said: “12 phút”, “2 giờ 5 phút”, “3 ngày”."""
    minutes = int(waited.total_seconds()) // 60
    hours, days = minutes // 60, minutes // (24 * 60)
    if days:
        return f"{days} ngày"
    if hours:
        return f"{hours} giờ {minutes % 60} phút" if minutes % 60 else f"{hours} giờ"
    return f"{minutes} phút" if minutes else "vừa đến"


def clock_time(at: datetime) -> str:
    """The hour in Viet Nam; with the day where it is another one."""
    here, now = at.astimezone(VIET_NAM), datetime.now(VIET_NAM)
    return f"{here:%H:%M}" if here.date() == now.date() else f"{here:%H:%M, %d/%m}"
