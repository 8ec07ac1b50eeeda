"""What Messenger tells a webhook, read into events and notices.

Written for speed (one message takes a few microseconds) and for any JSON at all: what has not the promised shape is left
out, never an error, because Meta unsubscribes an app whose webhook fails for an hour.

Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks (April to June 2026).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from bot.channels.base import NotUnderstood
from bot.channels.reading import MAX_ID_CHARS, Delivery, Notice, dict_of, id_of, json_of, list_of, made_up_id, text_of, time_of
from bot.dialogue.event import Event, Kind

CHANNEL = "messenger"
GET_STARTED = "GET_STARTED"
METADATA_PREFIX = "danloi:"
PAGE_INBOX = "263902037430900"
# The pages of the documentation disagree about the inbox's id by one digit; the last one is Instagram's.
INBOXES = frozenset({PAGE_INBOX, "26390203743090", "1217981644879628"})
# The blue thumb at the right of the input line in its three sizes: people tap it for "yes, done".
THUMBS_UP = frozenset({"369239263222822", "369239343222814", "369239383222810"})

_at = attrgetter("at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads deliveries for one Page. `sent` holds ids of messages that this process sent."""

    page_id: str
    app_id: str = ""
    sent: Collection[str] = ()
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def read(self, body: bytes) -> Delivery:
        """Raises `NotUnderstood`: 400 for what is no JSON object, 404 for another `object` than a Page."""
        envelope = json_of(body)
        if type(envelope) is not dict:
            raise NotUnderstood("the body is not a JSON object")
        if envelope.get("object") != "page":
            raise NotUnderstood("the object is not a page", status=404)
        events: list[Event] = []
        notices: list[Notice] = []
        for entry in list_of(envelope.get("entry")):
            if type(entry) is dict:
                self._entry(entry, events, notices)
        if len(events) > 1:
            events.sort(key=_at)
        return Delivery(events=events, notices=notices)

    def _entry(self, entry: dict[str, Any], events: list[Event], notices: list[Notice]) -> None:
        if text_of(entry.get("id")) != self.page_id:
            notices.append(Notice(code="other-page", sentence="Có tin của một Trang khác gửi đến đây. Vào ứng dụng Meta, mục Webhooks, bỏ đăng ký Trang đó."))
            return
        for box in ("messaging", "standby"):
            for item in list_of(entry.get(box)):
                if type(item) is dict:
                    self._item(item, events, notices)

    def _item(self, item: dict[str, Any], events: list[Event], notices: list[Notice]) -> None:
        if "policy_enforcement" in item:
            notices.append(_policy(dict_of(item["policy_enforcement"])))
            return
        message = item.get("message")
        echo = type(message) is dict and message.get("is_echo") is True
        sender, recipient = item.get("sender"), item.get("recipient")
        page, person = (sender, recipient) if echo else (recipient, sender)
        contact = text_of(person.get("id")) if type(person) is dict else ""
        if (
            not contact
            or len(contact) > MAX_ID_CHARS
            or contact == self.page_id
            or (type(page) is dict and text_of(page.get("id"), self.page_id) != self.page_id)
        ):
            return
        stamp = item.get("timestamp")
        at = time_of(stamp) or self.clock()
        about = _About(self.page_id, contact, at, stamp)
        if type(message) is dict:
            events.extend(self._echo(about, message) if echo else _message(about, message))
        else:
            events.extend(self._other(about, item))

    def _echo(self, about: _About, message: dict[str, Any]) -> Iterator[Event]:
        """A person of the office answered from the Page inbox, unless the message is one of ours."""
        mid = _mid(message)
        app_id = text_of(message.get("app_id"))
        ours = text_of(message.get("metadata")).startswith(METADATA_PREFIX) or (app_id and app_id == self.app_id) or mid in self.sent
        if not ours:
            # The inbox has an id of its own, but the documentation prints two: whoever is not us is a person or another app.
            yield about.event(mid or about.made_up("echo", app_id), Kind.PERSON_REPLIED, text=text_of(message.get("text")))

    def _other(self, about: _About, item: dict[str, Any]) -> Iterator[Event]:
        """Everything but messages. Receipts, reactions and edits lead to nothing: an edit must not take a step twice."""
        if "postback" in item:
            yield from _postback(about, dict_of(item["postback"]))
        elif "referral" in item:
            yield from _referral(about, item["referral"], about.made_up)
        elif "optin" in item:
            yield from _referral(about, {"source": "OPTIN"} | dict_of(item["optin"]), about.made_up)
        elif "pass_thread_control" in item:
            yield from self._owner(about, "pass", dict_of(item["pass_thread_control"]))
        elif "take_thread_control" in item:
            yield from self._owner(about, "take", dict_of(item["take_thread_control"]))

    def _owner(self, about: _About, how: str, change: dict[str, Any]) -> Iterator[Event]:
        """The talk was passed or taken: to us, then the bot speaks again; to anybody else, then a person has it."""
        if self.app_id and how == "pass" and text_of(change.get("previous_owner_app_id")) == self.app_id:
            return  # passed by ourselves with a handoff: the session knows already, and nobody has answered yet
        owner = text_of(change.get("new_owner_app_id"))
        us = owner == self.app_id if self.app_id else bool(owner) and owner not in INBOXES
        if us and how == "take":
            return  # by ourselves, to say something: the bot, which knows that it is back, or a volunteer, whose talk it stays
        yield about.event(about.made_up(how, owner), Kind.GIVEN_BACK if us else Kind.PERSON_REPLIED)


class _About(NamedTuple):
    """What all events of one item have in common."""

    page_id: str
    contact: str
    at: datetime
    stamp: Any

    def event(self, id: str, kind: Kind, *, text: str = "", payload: str = "", media: tuple[str, ...] = (), source: str = "") -> Event:
        return Event(
            id=id, channel=CHANNEL, account=self.page_id, contact=self.contact, at=self.at, kind=kind, text=text, payload=payload, media=media, source=source
        )

    def made_up(self, *parts: str) -> str:
        """An id for an event that carries none, the same for every repeat of the delivery."""
        return made_up_id(parts[0], self.contact, repr(self.stamp), *parts)


def _message(about: _About, message: dict[str, Any]) -> Iterator[Event]:
    if message.get("is_deleted"):
        return
    mid = _mid(message)
    text = text_of(message.get("text"))
    if "referral" in message:
        # A link or an advertisement that was tapped together with the first words; the way in comes before the words.
        yield from _referral(about, message["referral"], lambda *parts: f"{mid}:referral" if mid else about.made_up(*parts))
    if "quick_reply" in message and (payload := text_of(dict_of(message["quick_reply"]).get("payload"))):
        yield about.event(mid or about.made_up("tap", payload), Kind.TAP, text=text, payload=payload)
        return
    kinds = _attached(message["attachments"]) if "attachments" in message else ()
    if "thumb" in kinds:
        text, kinds = text or "👍", tuple(kind for kind in kinds if kind != "thumb")
    id = mid or about.made_up("message", text, *kinds)
    if text:
        yield about.event(id, Kind.TEXT, text=text, media=kinds)
    elif kinds == ("location",):
        yield about.event(id, Kind.LOCATION, media=kinds)
    elif kinds:
        yield about.event(id, Kind.MEDIA, media=kinds)


def _attached(attachments: Any) -> tuple[str, ...]:
    """The kinds of what was attached, each once; addresses are not looked at and never fetched."""
    kinds = []
    for one in list_of(attachments):
        if type(one) is dict:
            sticker = text_of(dict_of(one.get("payload")).get("sticker_id"))
            kind = ("thumb" if sticker in THUMBS_UP else "sticker") if sticker else text_of(one.get("type"))
            kinds.append("link" if kind == "fallback" else kind[:32])
    return tuple(dict.fromkeys(kind for kind in kinds if kind))


def _postback(about: _About, postback: dict[str, Any]) -> Iterator[Event]:
    payload, title = text_of(postback.get("payload")), text_of(postback.get("title"))
    referral = dict_of(postback.get("referral"))
    id = _mid(postback) or about.made_up("postback", payload or title)
    if payload == GET_STARTED or referral:
        yield about.event(id, Kind.OPENED, payload=text_of(referral.get("ref")), source=text_of(referral.get("source")))
        id += ":tap"
    if payload and payload != GET_STARTED:
        yield about.event(id, Kind.TAP, text=title, payload=payload)
    elif not payload and title:
        # In standby a tap comes without its payload: the title is the label, and a label chooses too.
        yield about.event(id, Kind.TEXT, text=title)


def _referral(about: _About, referral: Any, id: Callable[..., str]) -> Iterator[Event]:
    referral = dict_of(referral)
    if ref := text_of(referral.get("ref")):
        yield about.event(id("referral", ref), Kind.REFERRAL, payload=ref, source=text_of(referral.get("source")))


def _policy(policy: dict[str, Any]) -> Notice:
    action = text_of(policy.get("action"))
    sentences = {
        "block": "Meta đã chặn Trang gửi tin vì vi phạm chính sách. Mở Hộp thư hỗ trợ của Trang trên Facebook để xem lý do và khiếu nại.",
        "unblock": "Meta đã bỏ chặn: Trang gửi tin được trở lại.",
    }
    warning = "Meta cảnh báo Trang về chính sách nhắn tin. Mở Hộp thư hỗ trợ của Trang trên Facebook để xem lý do và sửa ngay, kẻo bị chặn."
    level = {"block": "error", "unblock": "info"}.get(action, "warning")
    return Notice(code=f"policy-{action if action in sentences else 'warning'}", sentence=sentences.get(action, warning), level=level)


def _mid(message: dict[str, Any]) -> str:
    return id_of(message.get("mid"))
