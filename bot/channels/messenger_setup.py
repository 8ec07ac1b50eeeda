"""The operator's side of Messenger: set the Page up, and say in words what is wrong with it.

Both go step by step and hand out a finding as soon as there is one, so that a command can show how far it is.

Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform, pages webhooks,
messenger-profile-api and conversation-routing (April to June 2026).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import requests

from bot.channels.base import Failure, SendFailed
from bot.channels.findings import Finding, GuideItem
from bot.channels.fit import cut
from bot.channels.messenger import SUBSCRIBED_FIELDS
from bot.channels.messenger_errors import failed
from bot.channels.messenger_events import GET_STARTED
from bot.dialogue.payload import entry_payload, own_tap
from bot.settings import MessengerSettings, Settings

WEBHOOK_PATH = "/webhooks/messenger"
GREETING = "Chào bà con. Dẫn Lối là trợ lý tự động, chỉ cách làm dịch vụ công từng bước một. Không ai được hỏi mã OTP, kể cả Dẫn Lối. Bấm “Bắt đầu” nhé."
MAX_GREETING_CHARS = 160
MAX_MENU_TITLE_CHARS = 30
MAX_MENU_GUIDES = 3  # five items are advised; two are ours
MAX_ICE_BREAKERS = 4
PROFILE_FIELDS = ("get_started", "greeting", "persistent_menu")
PERMISSIONS = ("pages_messaging", "pages_manage_metadata")


def setup(settings: Settings, guides: Sequence[GuideItem] = (), *, ice_breakers: bool = False) -> Iterator[Finding]:
    """Set the Page's profile, its webhook fields and the app's webhook address; one finding for each.

    Ice breakers hide the Get Started button, and with it what an m.me link carries for somebody new: only where asked for.
    """
    graph = _Graph(settings)
    profile = _profile(guides) | (_ice_breakers(guides) if ice_breakers and guides else {})
    yield _tried(
        "Nút Bắt đầu và menu",
        "Đã đặt lời chào, nút Bắt đầu và menu (Facebook có thể mất 24 giờ mới hiện menu).",
        lambda: graph.call("POST", "me/messenger_profile", json=profile),
    )
    yield _tried("Đăng ký sự kiện", "Trang sẽ báo tin nhắn cho Dẫn Lối.", graph.subscribe_page)
    if not settings.messenger.app_id:
        yield Finding(
            level="warning",
            about="Webhook của ứng dụng",
            sentence="Chưa đặt được vì chưa biết mã ứng dụng Meta.",
            mend=f"Đặt DANLOI_MESSENGER__APP_ID rồi chạy lại, hoặc tự ghi {settings.base_url}{WEBHOOK_PATH} vào mục Webhooks của ứng dụng.",
        )
        return
    yield _tried("Webhook của ứng dụng", f"Meta đã gọi thử và nhận địa chỉ {settings.base_url}{WEBHOOK_PATH}.", graph.subscribe_app)


def doctor(settings: Settings) -> Iterator[Finding]:
    """Look at everything that must be right, the cause before its effects."""
    graph = _Graph(settings)
    try:
        yield from _token(graph, settings.messenger)
        yield from _fields(graph)
        yield from _app_webhook(graph, settings)
        yield from _page_profile(graph)
        yield from _default_app(graph)
    except SendFailed as failure:
        yield _failed("Mã truy cập" if failure.failure is Failure.TOKEN else "Gọi Meta", failure)
    yield from _webhook(settings)


class _Graph:
    """Calls of the Graph API for an operator who waits for the answer."""

    def __init__(self, settings: Settings):
        self._settings, self.messenger = settings, settings.messenger
        self._root = f"{self.messenger.api_base.rstrip('/')}/{self.messenger.api_version}"
        self._secret = self.messenger.app_secret.get_secret_value()
        self._token = self.messenger.page_token.get_secret_value()

    def call(self, method: str, edge: str, *, as_app: bool = False, json: Any = None, **params: str) -> dict[str, Any]:
        """One call with the Page's token, or with the app's; raises `SendFailed`, whose text holds no token."""
        auth = {"access_token": f"{self.messenger.app_id}|{self._secret}"} if as_app else {"access_token": self._token, "appsecret_proof": self._proof()}
        try:
            response = requests.request(
                method, f"{self._root}/{edge}", params=auth | params, json=json, timeout=self._settings.send_timeout_seconds, allow_redirects=False
            )
            answer = response.json()
        except requests.JSONDecodeError:
            raise failed(response.status_code, response.headers, response.content) from None
        except requests.RequestException:
            # Not chained: requests writes the address into its errors, and the address holds the token.
            raise SendFailed(Failure.RETRY, "Không nối được tới Meta. Kiểm tra đường truyền, DNS và DANLOI_MESSENGER__API_BASE.", code="connect") from None
        if not isinstance(answer, dict) or "error" in answer:
            raise failed(response.status_code, response.headers, response.content)
        return answer

    def rows(self, edge: str, *, as_app: bool = False, **params: str) -> list[dict[str, Any]]:
        """The objects of an answer's `data`."""
        data = self.call("GET", edge, as_app=as_app, **params).get("data")
        return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []

    def subscribe_page(self) -> None:
        self.call("POST", f"{self.messenger.page_id}/subscribed_apps", subscribed_fields=",".join(SUBSCRIBED_FIELDS))

    def subscribe_app(self) -> None:
        """Tell Meta where to call; it calls at once with the verify token, so the server must be running."""
        self.call(
            "POST",
            f"{self.messenger.app_id}/subscriptions",
            as_app=True,
            object="page",
            callback_url=self._settings.base_url + WEBHOOK_PATH,
            verify_token=self.messenger.verify_token.get_secret_value(),
            fields=",".join(SUBSCRIBED_FIELDS),
            include_values="true",
        )

    def _proof(self) -> str:
        return hmac.digest(self._secret.encode(), self._token.encode(), "sha256").hex()


def _profile(guides: Sequence[GuideItem]) -> dict[str, Any]:
    items = [("Menu", own_tap("menu")), *((one.title, entry_payload(one.id)) for one in guides[:MAX_MENU_GUIDES]), ("Gặp người hỗ trợ", own_tap("person"))]
    actions = [{"type": "postback", "title": cut(title, MAX_MENU_TITLE_CHARS), "payload": payload} for title, payload in items]
    return {
        "get_started": {"payload": GET_STARTED},
        "greeting": [{"locale": locale, "text": GREETING} for locale in ("default", "vi_VN")],
        "persistent_menu": [{"locale": "default", "composer_input_disabled": False, "call_to_actions": actions}],
    }


def _ice_breakers(guides: Sequence[GuideItem]) -> dict[str, Any]:
    actions = [{"question": one.title, "payload": entry_payload(one.id)} for one in guides[:MAX_ICE_BREAKERS]]
    return {"ice_breakers": [{"locale": "default", "call_to_actions": actions}]}


def _token(graph: _Graph, messenger: MessengerSettings) -> Iterator[Finding]:
    me = graph.call("GET", "me", fields="id,name")
    if str(me.get("id")) != messenger.page_id:
        yield Finding(
            level="bad",
            about="Mã truy cập",
            sentence="Mã truy cập này không phải của Trang trong DANLOI_MESSENGER__PAGE_ID.",
            mend="Lấy mã truy cập của đúng Trang (không phải của tài khoản cá nhân), ghi vào DANLOI_MESSENGER__PAGE_TOKEN.",
        )
        return
    yield Finding(level="ok", about="Mã truy cập", sentence=f"Dùng được, của Trang “{me.get('name', messenger.page_id)}”.")
    if messenger.app_id:
        yield from _permissions(graph.call("GET", "debug_token", as_app=True, input_token=messenger.page_token.get_secret_value()))


def _permissions(answer: dict[str, Any]) -> Iterator[Finding]:
    inside = answer.get("data")
    data = inside if isinstance(inside, dict) else {}
    scopes = data.get("scopes")
    missing = [one for one in PERMISSIONS if one not in scopes] if isinstance(scopes, list) else []
    if missing:
        yield Finding(level="bad", about="Quyền", sentence=f"Thiếu quyền {', '.join(missing)}.", mend="Lấy lại mã truy cập và chọn đủ các quyền này.")
    until = data.get("expires_at")
    if isinstance(until, int) and until > 0:
        day = datetime.fromtimestamp(until, UTC)
        yield Finding(
            level="warning",
            about="Mã truy cập",
            sentence=f"Hết hạn ngày {day.day}/{day.month}/{day.year}.",
            mend="Lấy mã truy cập Trang không hết hạn (đổi từ mã người dùng dài hạn), ghi vào DANLOI_MESSENGER__PAGE_TOKEN.",
        )


def _fields(graph: _Graph) -> Iterator[Finding]:
    rows = graph.rows(f"{graph.messenger.page_id}/subscribed_apps")
    app_id = graph.messenger.app_id
    held = {field for row in rows if not app_id or str(row.get("id")) == app_id for field in row.get("subscribed_fields") or ()}
    missing = [field for field in SUBSCRIBED_FIELDS if field not in held]
    if missing:
        yield Finding(
            level="bad",
            about="Đăng ký sự kiện",
            sentence=f"Trang không báo cho Dẫn Lối: {', '.join(missing)}. Meta tự gỡ đăng ký khi webhook hỏng quá một giờ.",
            mend="Chạy “danloi channels setup messenger”.",
        )
    else:
        yield Finding(level="ok", about="Đăng ký sự kiện", sentence="Đủ cả.")
    others = [str(row.get("name") or row.get("id")) for row in rows if app_id and str(row.get("id")) != app_id]
    if others:
        yield Finding(
            level="warning",
            about="Ứng dụng khác",
            sentence=f"Trang còn nối với: {', '.join(others)}. Hai bên có thể cùng trả lời bà con.",
            mend="Gỡ ứng dụng không dùng trong Cài đặt Trang, hoặc đặt ứng dụng mặc định.",
        )


def _app_webhook(graph: _Graph, settings: Settings) -> Iterator[Finding]:
    if not settings.messenger.app_id:
        return
    wanted = settings.base_url + WEBHOOK_PATH
    pages = [row for row in graph.rows(f"{settings.messenger.app_id}/subscriptions", as_app=True) if row.get("object") == "page"]
    if not pages:
        yield Finding(
            level="bad",
            about="Webhook của ứng dụng",
            sentence="Ứng dụng Meta chưa có địa chỉ webhook.",
            mend="Chạy “danloi channels setup messenger” khi máy chủ đang chạy.",
        )
    elif pages[0].get("callback_url") != wanted or pages[0].get("active") is False:
        yield Finding(
            level="bad",
            about="Webhook của ứng dụng",
            sentence=f"Ứng dụng Meta gọi đến địa chỉ khác, hoặc đã tắt; địa chỉ đúng là {wanted}.",
            mend="Chạy “danloi channels setup messenger”, hoặc sửa DANLOI_PUBLIC_URL.",
        )
    else:
        yield Finding(level="ok", about="Webhook của ứng dụng", sentence=f"Meta gọi đến {wanted}.")


def _page_profile(graph: _Graph) -> Iterator[Finding]:
    rows = graph.rows("me/messenger_profile", fields=",".join((*PROFILE_FIELDS, "ice_breakers")))
    profile = rows[0] if rows else {}
    names = {"get_started": "nút Bắt đầu", "greeting": "lời chào", "persistent_menu": "menu"}
    missing = [names[field] for field in PROFILE_FIELDS if not profile.get(field)]
    if missing:
        mend = "Chạy “danloi channels setup messenger”."
        yield Finding(level="bad", about="Nút Bắt đầu và menu", sentence=f"Trang chưa có {', '.join(missing)}.", mend=mend)
    else:
        yield Finding(level="ok", about="Nút Bắt đầu và menu", sentence="Đủ cả.")
    if profile.get("ice_breakers"):
        yield Finding(
            level="warning",
            about="Câu hỏi gợi ý",
            sentence="Trang có câu hỏi gợi ý (ice breakers): chúng che nút Bắt đầu, nên người mới vào bằng mã QR không đến thẳng được hướng dẫn.",
            mend="Tắt câu hỏi gợi ý trong Meta Business Suite, trừ khi đã thử và thấy ổn.",
        )


def _default_app(graph: _Graph) -> Iterator[Finding]:
    status = graph.call("GET", "me", fields="messaging_feature_status").get("messaging_feature_status")
    if isinstance(status, dict) and status.get("msgr_multi_app"):
        yield Finding(
            level="warning",
            about="Ứng dụng mặc định",
            sentence="Trang dùng định tuyến cuộc trò chuyện: chỉ ứng dụng mặc định được nhắn trước. Meta không cho đọc ứng dụng nào là mặc định.",
            mend="Vào Cài đặt Trang, mục Định tuyến cuộc trò chuyện, xem ứng dụng này đã là mặc định chưa.",
        )


def _webhook(settings: Settings) -> Iterator[Finding]:
    """Ask our own public address what Meta asks."""
    address = settings.base_url + WEBHOOK_PATH
    if not address.startswith("https://"):
        yield Finding(
            level="bad",
            about="Địa chỉ https",
            sentence=f"{settings.base_url} không phải https; Meta không gọi vào được.",
            mend="Đặt DANLOI_PUBLIC_URL là địa chỉ https mở được từ Internet.",
        )
    challenge = str(secrets.randbelow(10**9))
    asked = {"hub.mode": "subscribe", "hub.verify_token": settings.messenger.verify_token.get_secret_value(), "hub.challenge": challenge}
    try:
        response = requests.get(address, params=asked, timeout=settings.send_timeout_seconds, allow_redirects=False)
    except requests.exceptions.SSLError:
        yield Finding(
            level="bad",
            about="Webhook",
            sentence=f"Chứng chỉ https của {settings.base_url} không hợp lệ.",
            mend="Cài chứng chỉ của một tổ chức được tin cậy; chứng chỉ tự ký thì Meta không nhận.",
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
    if response.status_code == requests.codes.ok and response.text == challenge:
        yield Finding(level="ok", about="Webhook", sentence=f"{address} trả lời đúng.")
        return
    yield Finding(
        level="bad",
        about="Webhook",
        sentence=f"{address} trả lời sai (mã {response.status_code}).",
        mend="Máy chủ đang chạy phải có cùng DANLOI_MESSENGER__VERIFY_TOKEN; đừng để máy chủ trung gian đổi câu trả lời hay chuyển hướng.",
    )


def _tried(about: str, done: str, attempt: Callable[[], object]) -> Finding:
    try:
        attempt()
    except SendFailed as failure:
        return _failed(about, failure)
    return Finding(level="ok", about=about, sentence=done)


def _failed(about: str, failure: SendFailed) -> Finding:
    if failure.code.startswith("2200"):
        return Finding(
            level="bad",
            about=about,
            sentence="Meta gọi thử webhook nhưng không nhận được câu trả lời đúng.",
            mend="Chạy “danloi serve”, kiểm tra DANLOI_PUBLIC_URL mở được từ Internet bằng https, rồi chạy lại lệnh này.",
        )
    return Finding(level="bad", about=about, sentence=failure.sentence, mend=f"Mã lỗi của Meta: {failure.code}.")
