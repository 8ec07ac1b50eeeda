"""What `doctor` asks of our own public address, for the platforms whose word in a header is all that proves a delivery."""

from __future__ import annotations

from collections.abc import Iterator

import requests

from bot.channels.findings import Finding

REFUSALS = (requests.codes.unauthorized, requests.codes.forbidden)


def https(base_url: str, app: str) -> Iterator[Finding]:
    """A finding only where the address is none that a platform calls."""
    if not base_url.startswith("https://"):
        yield Finding(
            level="bad",
            about="Địa chỉ https",
            sentence=f"{base_url} không phải https; {app} không gọi vào được.",
            mend="Đặt DANLOI_PUBLIC_URL là địa chỉ https mở được từ Internet, hoặc để MODE là polling.",
        )


def knock(address: str, header: str, secret: str, timeout_seconds: float) -> Iterator[Finding]:
    """Knock as the platform does, with an update of no known kind, and as a stranger does, without the word."""
    try:
        known = requests.post(address, json={}, headers={header: secret}, timeout=timeout_seconds, allow_redirects=False).status_code
        strange = requests.post(address, json={}, timeout=timeout_seconds, allow_redirects=False).status_code
    except requests.exceptions.SSLError:
        yield Finding(level="bad", about="Webhook", sentence=f"Chứng chỉ https của {address} không hợp lệ.", mend="Cài chứng chỉ của một tổ chức được tin cậy.")
        return
    except requests.RequestException:
        yield Finding(
            level="bad",
            about="Webhook",
            sentence=f"Không mở được {address}.",
            mend="Xem “danloi serve” có đang chạy không, và tường lửa, tên miền có trỏ về máy chủ không.",
        )
        return
    if known == requests.codes.ok and strange in REFUSALS:
        yield Finding(level="ok", about="Webhook", sentence=f"{address} trả lời đúng.")
        return
    yield Finding(
        level="bad",
        about="Webhook",
        sentence=f"{address} trả lời sai (mã {known} cho nền tảng, {strange} cho người lạ).",
        mend="Máy chủ đang chạy phải có cùng TOKEN và WEBHOOK_SECRET với lệnh này; đừng để máy chủ trung gian đổi câu trả lời hay chuyển hướng.",
    )
