"""The operator's side of a Zalo Official Account: fetch the first tokens, and say in words what is wrong.

Zalo has no API for the webhook, its events or the OA's menu: those are done by hand, and `setup` says how.

Sources: docs.zaloplatforms.com/docs/OA, read at second hand; zaloplatform/zalo-php-sdk for `getoa`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import requests

from bot.channels.base import Failure, SendFailed
from bot.channels.calling import Answer
from bot.channels.findings import Finding, GuideItem, refused
from bot.channels.zalo_oa import signature_of, verifier_page
from bot.channels.zalo_oa_errors import UNREACHABLE, taken
from bot.channels.zalo_oa_tokens import TOKEN_FILE, FileTokenStore, Tokens, TokenState, TokenStore, TokenStoreFailed, dead_sentence
from bot.settings import Settings

WEBHOOK_PATH = "/webhooks/zalo-oa"
CONSOLE = "developers.zalo.me"
NEEDED_EVENTS = (
    "user_send_text",
    "user_send_image",
    "user_send_gif",
    "user_send_audio",
    "user_send_video",
    "user_send_sticker",
    "user_send_location",
    "user_send_file",
    "user_send_link",
    "user_send_business_card",
    "oa_send_text",
    "oa_send_image",
    "oa_send_file",
    "oa_send_sticker",
    "follow",
    "unfollow",
    "user_click_chatnow",
    "user_withdraw",
    "widget_interaction_accepted",
)
OFFICE, BUSINESS = 4, 2  # `oa_type`


def setup(settings: Settings, guides: Sequence[GuideItem] = (), *, tokens: TokenStore | None = None) -> Iterator[Finding]:
    """Fetch and keep the first pair of tokens, look at the OA, and say what is to be done by hand; one finding for each."""
    store = tokens or FileTokenStore(settings.data_dir / TOKEN_FILE)
    try:
        access_token = asyncio.run(_first_token(settings, store))
        yield Finding(level="ok", about="Mã truy cập", sentence="Zalo đã nhận; từ nay Dẫn Lối tự đổi mã trước khi hết hạn.")
        yield from _oa(settings, access_token)
    except SendFailed as failure:
        yield refused("Mã truy cập" if failure.failure is Failure.TOKEN else "Gọi Zalo", failure)
    yield from _by_hand(settings, guides)


def doctor(settings: Settings, *, tokens: TokenStore | None = None) -> Iterator[Finding]:
    """Look at everything that must be right, the cause before its effects. Changes nothing: tokens are renewed by the worker."""
    store = tokens or FileTokenStore(settings.data_dir / TOKEN_FILE)
    try:
        state = asyncio.run(store.load())
        yield from _pair(state)
        access_token = state.pair.access_token if state else settings.zalo_oa.access_token.get_secret_value()
        if access_token:
            yield from _oa(settings, access_token)
    except TokenStoreFailed as failure:
        yield Finding(level="bad", about="Mã truy cập", sentence=str(failure))
    except SendFailed as failure:
        yield refused("Mã truy cập" if failure.failure is Failure.TOKEN else "Gọi Zalo", failure)
    yield from _address(settings)
    yield from _domain(settings)
    yield from _webhook(settings)


async def _first_token(settings: Settings, store: TokenStore) -> str:
    """A good access token: the one that is there, or a new one where nobody knows how old it is, or whether the last renewal went well."""
    async with aiohttp.ClientSession() as session:
        tokens = Tokens(settings.zalo_oa, session, store, timeout_seconds=settings.send_timeout_seconds)
        with suppress(TokenStoreFailed):  # the renewal tells it in its own words
            state = await store.load()
            if state and (state.asked_at or state.dead):
                return await tokens.renew(state.pair.access_token)
        await tokens.refresh_ahead()
        return await tokens.access()


def _pair(state: TokenState | None) -> Iterator[Finding]:
    about = "Mã truy cập"
    if state is None:
        yield Finding(
            level="warning",
            about=about,
            sentence="Chưa đổi mã lần nào.",
            mend="Chạy “danloi channels setup zalo-oa”, hoặc để “danloi worker” tự đổi khi chạy.",
        )
    elif state.dead:
        yield Finding(level="bad", about=about, sentence=dead_sentence(state), mend=f"Mã lỗi của Zalo: {state.dead}.")
    elif state.asked_at:
        yield Finding(
            level="warning",
            about=about,
            sentence=f"Lần đổi mã lúc {_moment(state.asked_at)} chưa có kết quả: đang đổi dở, hoặc đã bị cắt ngang.",
            mend="Một phút sau xem lại. Nếu vẫn thế, chạy “danloi channels setup zalo-oa”: Dẫn Lối đổi lại và nói rõ mã còn sống không.",
        )
    elif state.pair.expires_at and state.pair.expires_at <= datetime.now(UTC):
        yield Finding(
            level="bad",
            about=about,
            sentence=f"Hết hạn từ {_moment(state.pair.expires_at)} mà chưa ai đổi.",
            mend="Xem “danloi worker” có đang chạy không; nó tự đổi mã.",
        )
    elif state.pair.expires_at:
        yield Finding(level="ok", about=about, sentence=f"Còn hạn đến {_moment(state.pair.expires_at)}; Dẫn Lối tự đổi trước đó.")


def _oa(settings: Settings, access_token: str) -> Iterator[Finding]:
    """Who the token speaks for, and whether that OA may."""
    oa = taken(_get(settings, f"{settings.zalo_oa.api_base.rstrip('/')}/v2.0/oa/getoa", {"access_token": access_token}))
    # Its id is `oaid` in one source and `oa_id` in others.
    id = str(oa.get("oaid") or oa.get("oa_id") or "")
    if id != settings.zalo_oa.oa_id:
        yield Finding(
            level="bad",
            about="OA",
            sentence="Mã truy cập này là của một OA khác, không phải OA trong DANLOI_ZALO_OA__OA_ID.",
            mend="Sửa DANLOI_ZALO_OA__OA_ID, hoặc cấp mã cho đúng OA.",
        )
        return
    yield Finding(level="ok", about="OA", sentence=f"“{oa.get('name', id)}”{_kind(oa)}.")
    if oa.get("is_verified") is False:
        yield Finding(
            level="bad",
            about="Xác thực OA",
            sentence="OA chưa được xác thực nên Zalo không cho gửi tin.",
            mend="Vào oa.zalo.me, mục Xác thực tài khoản, nộp giấy tờ của cơ quan.",
        )


def _kind(oa: Mapping[str, Any]) -> str:
    kind = {OFFICE: "cơ quan nhà nước", BUSINESS: "doanh nghiệp"}.get(oa.get("oa_type") or 0, "")
    package = oa.get("package_name")
    return "".join(f", {one}" for one in (kind, f"gói {package}" if isinstance(package, str) and package else "") if one)


def _by_hand(settings: Settings, guides: Sequence[GuideItem]) -> Iterator[Finding]:
    """What Zalo lets nobody do by program."""
    yield Finding(
        level="warning",
        about="Webhook (làm bằng tay)",
        sentence=f"Vào {CONSOLE}, chọn ứng dụng, mục Webhook, ghi địa chỉ {settings.base_url}{WEBHOOK_PATH}.",
        mend=f"Bật các sự kiện: {', '.join(NEEDED_EVENTS)}. Tắt “Lọc cú pháp”. Bấm Test, rồi chạy “danloi channels doctor zalo-oa”.",
    )
    if guides:
        codes = ", ".join(f"“{one.title}” gửi #{one.id.replace('-', '').upper()}" for one in guides)
        yield Finding(
            level="warning",
            about="Menu của OA (làm bằng tay)",
            sentence=f"Vào oa.zalo.me, mục Menu, mỗi hướng dẫn một mục gửi tin nhắn: {codes}.",
            mend="Tắt tin nhắn tự động và chatbot của OA Manager, kẻo bà con nhận hai câu trả lời.",
        )


def _address(settings: Settings) -> Iterator[Finding]:
    if not settings.base_url.startswith("https://"):
        yield Finding(
            level="bad",
            about="Địa chỉ https",
            sentence=f"{settings.base_url} không phải https; Zalo không gọi vào được.",
            mend="Đặt DANLOI_PUBLIC_URL là địa chỉ https mở được từ Internet, tên miền đã xác thực với Zalo.",
        )


def _domain(settings: Settings) -> Iterator[Finding]:
    """Whether our server shows the file that proves the domain."""
    code = settings.zalo_oa.site_verifier
    if not code:
        yield Finding(
            level="warning",
            about="Xác thực tên miền",
            sentence="Chưa có mã xác thực tên miền; Zalo chỉ nhận webhook của tên miền đã xác thực.",
            mend=f"Vào {CONSOLE}, mục Xác thực domain, lấy mã trong tên tệp zalo_verifier….html, đặt DANLOI_ZALO_OA__SITE_VERIFIER.",
        )
        return
    address = f"{settings.base_url}/zalo_verifier{code}.html"
    try:
        response = requests.get(address, timeout=settings.send_timeout_seconds, allow_redirects=False)
        right = response.status_code == requests.codes.ok and response.text == verifier_page(settings.zalo_oa, code)
    except requests.RequestException:
        right = False
    yield (
        Finding(level="ok", about="Xác thực tên miền", sentence=f"{address} trả lời đúng.")
        if right
        else Finding(
            level="bad",
            about="Xác thực tên miền",
            sentence=f"{address} không trả lời đúng.",
            mend="Xem “danloi serve” có đang chạy với cùng DANLOI_ZALO_OA__SITE_VERIFIER không, và tên miền có trỏ về máy chủ không.",
        )
    )


def _webhook(settings: Settings) -> Iterator[Finding]:
    """Knock at our own public address as Zalo does: signed, with an event that means nothing."""
    address = settings.base_url + WEBHOOK_PATH
    zalo, stamp = settings.zalo_oa, str(int(time.time() * 1000))
    body = orjson.dumps({"app_id": zalo.app_id, "event_name": "danloi_doctor", "oa_id": zalo.oa_id, "timestamp": stamp})
    mac = signature_of(zalo, body, stamp)
    headers = {"Content-Type": "application/json", "X-ZEvent-Signature": f"mac={mac}"}
    try:
        response = requests.post(address, data=body, headers=headers, timeout=settings.send_timeout_seconds, allow_redirects=False)
    except requests.exceptions.SSLError:
        yield Finding(
            level="bad",
            about="Webhook",
            sentence=f"Chứng chỉ https của {settings.base_url} không hợp lệ.",
            mend="Cài chứng chỉ của một tổ chức được tin cậy.",
        )
        return
    except requests.RequestException:
        yield Finding(
            level="bad",
            about="Webhook",
            sentence=f"Không mở được {address}.",
            mend="Xem “danloi serve” có đang chạy không, và tường lửa, tên miền có trỏ về máy chủ không.",
        )
        return
    if response.status_code != requests.codes.ok:
        yield Finding(
            level="bad",
            about="Webhook",
            sentence=f"{address} trả lời sai (mã {response.status_code}).",
            mend="Máy chủ đang chạy phải có cùng DANLOI_ZALO_OA__APP_ID và __OA_SECRET; đừng để máy chủ trung gian đổi nội dung hay chuyển hướng.",
        )
    elif response.elapsed.total_seconds() > 2:
        yield Finding(
            level="bad",
            about="Webhook",
            sentence=f"{address} trả lời đúng nhưng lâu hơn 2 giây; Zalo coi là hỏng.",
            mend="Xem máy chủ và cơ sở dữ liệu có quá tải không.",
        )
    else:
        yield Finding(level="ok", about="Webhook", sentence=f"{address} trả lời đúng.")


def _get(settings: Settings, url: str, headers: Mapping[str, str]) -> Answer:
    try:
        response = requests.get(url, headers=dict(headers), timeout=settings.send_timeout_seconds, allow_redirects=False)
    except requests.RequestException:
        raise SendFailed(Failure.RETRY, UNREACHABLE, code="connect") from None
    return Answer(status=response.status_code, headers=response.headers, body=response.content)


def _moment(at: datetime) -> str:
    at = at.astimezone()
    return f"{at.hour} giờ {at.minute:02} ngày {at.day}/{at.month}/{at.year}"
