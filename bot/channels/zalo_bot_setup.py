"""The operator's side of a Zalo bot: tell Zalo where to call, and say in words what is wrong.

Source: https://bot.zapps.me/docs (2026), at second hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import requests

from bot.channels.base import Failure, SendFailed
from bot.channels.findings import Finding, GuideItem, refused, tried
from bot.channels.own_webhook import https, knock
from bot.channels.reading import dict_of
from bot.channels.zalo_bot import SECRET_HEADER
from bot.channels.zalo_bot_errors import failed
from bot.settings import Settings

WEBHOOK_PATH = "/webhooks/zalo-bot"
NO_WEBHOOK = "404"
TOO_OFTEN = "426"


def setup(settings: Settings, guides: Sequence[GuideItem] = ()) -> Iterator[Finding]:
    """Set the webhook, or take it away where messages are asked for. A Zalo bot has no menu, so the guides have no place."""
    api = _Api(settings)
    try:
        yield _bot(api.call("getMe"))
    except SendFailed as failure:
        yield refused("Mã (token) của bot", failure)
        return
    if settings.zalo_bot.polls(settings.base_url):
        yield tried("Cách nhận tin", "Dẫn Lối tự hỏi Zalo lấy tin (polling); không cần địa chỉ công khai.", api.delete_webhook)
        return
    address = settings.base_url + WEBHOOK_PATH
    try:
        answer = api.call("setWebhook", url=address, secret_token=settings.zalo_bot.secret())
    except SendFailed as failure:
        yield refused("Webhook của bot", failure)
        return
    # Zalo keeps the address even where its first call failed.
    yield _probe(dict_of(answer.get("verification")) or {"ok": True}, address)


def doctor(settings: Settings) -> Iterator[Finding]:
    """Look at everything that must be right, the cause before its effects."""
    api = _Api(settings)
    polls = settings.zalo_bot.polls(settings.base_url)
    try:
        yield _bot(api.call("getMe"))
        yield _address(api, "" if polls else settings.base_url + WEBHOOK_PATH)
        if not polls:
            yield from _test(api, settings.base_url + WEBHOOK_PATH)
    except SendFailed as failure:
        yield refused("Mã (token) của bot" if failure.failure is Failure.TOKEN else "Gọi Zalo Bot", failure)
    if not polls:
        yield from https(settings.base_url, "Zalo")
        yield from knock(settings.base_url + WEBHOOK_PATH, SECRET_HEADER, settings.zalo_bot.secret(), settings.send_timeout_seconds)
    yield Finding(
        level="warning",
        about="Gói của bot",
        sentence="Gói miễn phí chỉ cho 50 người và 3.000 tin một tháng, không có nút bấm.",
        mend="Đủ để làm thử. Cho cả xã, cả tỉnh thì dùng Zalo OA.",
    )


class _Api:
    """Calls of the Bot Platform for an operator who waits for the answer."""

    def __init__(self, settings: Settings):
        token = quote(settings.zalo_bot.token.get_secret_value(), safe=":")
        self._root = f"{settings.zalo_bot.api_base.rstrip('/')}/bot{token}"
        self._timeout = settings.send_timeout_seconds

    def call(self, method: str, **parameters: str) -> dict[str, Any]:
        """`result` of one call; raises `SendFailed`, whose text holds no token."""
        try:
            response = requests.post(f"{self._root}/{method}", json=parameters, timeout=self._timeout, allow_redirects=False)
            answer = response.json()
        except requests.JSONDecodeError:
            raise failed(response.status_code, response.headers, response.content) from None
        except requests.RequestException:
            # Not chained: requests writes the address into its errors, and the address holds the token.
            raise SendFailed(Failure.RETRY, "Không nối được tới Zalo Bot. Kiểm tra đường truyền, DNS và DANLOI_ZALO_BOT__API_BASE.", code="connect") from None
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            raise failed(response.status_code, response.headers, response.content)
        return dict_of(answer.get("result"))

    def delete_webhook(self) -> None:
        """Also where there is none, for which Zalo may answer 404."""
        try:
            self.call("deleteWebhook")
        except SendFailed as failure:
            if failure.code != NO_WEBHOOK:
                raise


def _bot(me: dict[str, Any]) -> Finding:
    return Finding(level="ok", about="Mã (token) của bot", sentence=f"Dùng được, của bot “{me.get('account_name') or me.get('id') or '?'}”.")


def _address(api: _Api, wanted: str) -> Finding:
    """Where Zalo calls; an empty `wanted`: nowhere, because messages are asked for."""
    try:
        held = str(api.call("getWebhookInfo").get("url") or "")
    except SendFailed as failure:
        if failure.code != NO_WEBHOOK:
            raise
        held = ""
    mend = "Chạy “danloi channels setup zalo-bot”."
    if held == wanted:
        where = f"Zalo gọi đến {wanted}." if wanted else "Không có webhook; Dẫn Lối tự hỏi Zalo lấy tin (polling). Tin đến lúc máy tắt thì Zalo không giữ."
        return Finding(level="ok", about="Webhook của bot", sentence=where)
    if not wanted:
        return Finding(level="bad", about="Webhook của bot", sentence="Bot còn webhook nên không tự hỏi lấy tin được.", mend=mend)
    return Finding(level="bad", about="Webhook của bot", sentence=f"Zalo không gọi đến {wanted}." if held else "Bot chưa có webhook.", mend=mend)


def _test(api: _Api, address: str) -> Iterator[Finding]:
    try:
        yield _probe(api.call("testWebhook"), address)
    except SendFailed as failure:
        if failure.code not in (TOO_OFTEN, NO_WEBHOOK):
            raise
        if failure.code == TOO_OFTEN:
            yield Finding(level="warning", about="Zalo gọi thử", sentence=failure.sentence)


def _probe(verification: dict[str, Any], address: str) -> Finding:
    """What Zalo's own call of our webhook came to; its `hint` is Zalo's sentence about it."""
    if verification.get("ok") is True:
        return Finding(level="ok", about="Zalo gọi thử", sentence=f"Zalo gọi được {address}.")
    hint = " ".join(str(verification.get(key)) for key in ("outcome", "status_code", "hint") if verification.get(key))
    return Finding(
        level="bad",
        about="Zalo gọi thử",
        sentence=f"Zalo gọi thử {address} nhưng không được ({hint or 'không nói vì sao'}).",
        mend="Chạy “danloi serve”, kiểm tra DANLOI_PUBLIC_URL mở được từ Internet bằng https, rồi chạy lại “danloi channels setup zalo-bot”.",
    )
