"""What Zalo tells the webhook of an Official Account, read into events and notices.

One POST is one event. Who is who follows from one rule for all kinds: the id that is our OA's is the OA, the other one is the
person (sources disagree about the roles in receipts). A tapped button comes back as the person's own text, so our payloads
carry a prefix; what follows it is as untrusted as anything typed.

Sources: docs.zaloplatforms.com/docs/OA webhooks, read at second hand; captured payloads of several public programs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from bot.channels.base import NotUnderstood
from bot.channels.reading import MAX_ID_CHARS, Delivery, Notice, dict_of, id_of, json_of, list_of, made_up_id, text_of, time_of
from bot.dialogue.event import Event, Kind

CHANNEL = "zalo-oa"
TAP_PREFIX = "#dl:"
ANONYMOUS_PREFIX = "anonymous:"  # of contacts who chat from a website without logging in
# The kinds by Zalo's own names; "photo" and "gif" are seen for pictures.
MEDIA_KINDS = {"photo": "image", "gif": "image", "voice": "audio"}
ECHOES_WITHOUT_WORDS = frozenset({"oa_send_action"})  # carries no message id; not something that a person said


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads deliveries for one OA. `sent` holds ids of messages that we sent.

    `strangers_pause`: whether an echo that neither a member of staff nor we sent (OA Manager's automation, another app, perhaps the
    mobile admin app) silences the bot. UNSURE what those are, so it is a setting, and off. Which messages other processes sent, the store knows.
    """

    oa_id: str
    sent: Collection[str] = ()
    pause_tag: str = ""
    strangers_pause: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def read(self, body: bytes) -> Delivery:
        """Raises `NotUnderstood` for what is no JSON object."""
        item = json_of(body)
        if type(item) is not dict:
            raise NotUnderstood("the body is not a JSON object")
        name = text_of(item.get("event_name"))[:64]
        contacts = self._people(name, item)
        if contacts is None:
            return Delivery(events=(), notices=(_OTHER_OA,))
        stamp = item.get("timestamp")
        at = time_of(stamp) or self.clock()
        events: list[Event] = []
        for contact in dict.fromkeys(contacts):
            if contact and len(contact) <= MAX_ID_CHARS - len(ANONYMOUS_PREFIX) * 2 and contact != self.oa_id:
                events.extend(self._events(_About(self.oa_id, contact, name, at, stamp), item))
        return Delivery(events=events)

    def _people(self, name: str, item: dict[str, Any]) -> list[str] | None:
        """Whom the event is about; None where it belongs to another OA."""
        if name in ("add_user_to_tag", "remove_user_from_tag"):
            people = [text_of(one) for one in list_of(dict_of(item.get("tag")).get("user_ids"))]
        elif "sender" in item or "recipient" in item:
            # ZNS events have flat ids in the place of the objects.
            ends = [text_of(dict_of(one).get("id")) or text_of(one) for one in (item.get("sender"), item.get("recipient"))]
            if self.oa_id not in ends:
                return None
            people = [ends[1 - ends.index(self.oa_id)]]
        else:
            people = [text_of(dict_of(item.get("follower")).get("id")) or text_of(item.get("user_id")) or text_of(dict_of(item.get("data")).get("user_id"))]
        return people if text_of(item.get("oa_id")) in ("", self.oa_id) else None

    def _events(self, about: _About, item: dict[str, Any]) -> Iterator[Event]:
        """Receipts, reactions and what Zalo may add lead to nothing; neither does `user_submit_info`: we never ask for a person's data.

        UNSURE: lists of others name `user_click_button` and `user_click_link`, Zalo's own does not. A tap comes as the person's own text, so
        they would tell it twice.
        """
        name = about.name
        message = dict_of(item.get("message"))
        if name.startswith("user_send_"):
            yield from _message(about, name.removeprefix("user_send_"), message)
        elif name.startswith("anonymous_send_"):
            talk = text_of(message.get("conversation_id"))[: MAX_ID_CHARS // 3]
            somebody = about._replace(contact=f"{ANONYMOUS_PREFIX}{about.contact[: MAX_ID_CHARS // 3]}:{talk}")
            yield from _message(somebody, name.removeprefix("anonymous_send_"), message)
        elif name.startswith("oa_send_"):
            yield from self._echo(about, dict_of(item.get("sender")), message)
        elif name in ("follow", "user_click_chatnow"):
            yield about.event(about.made_up(), Kind.OPENED, source=text_of(item.get("source"))[:64] or name)
        elif name == "widget_interaction_accepted":
            payload = _entry(text_of(dict_of(item.get("data")).get("url")))
            yield about.event(about.made_up(payload), Kind.REFERRAL if payload else Kind.OPENED, payload=payload, source="widget")
        elif name == "unfollow":
            yield about.event(about.made_up(), Kind.LEFT)
        elif name == "user_withdraw":
            yield about.event(about.made_up(), Kind.ERASE)
        elif name in ("add_user_to_tag", "remove_user_from_tag") and self.pause_tag and self._tag(item) == self.pause_tag:
            yield about.event(about.made_up(), Kind.PERSON_REPLIED if name == "add_user_to_tag" else Kind.GIVEN_BACK)

    def _echo(self, about: _About, sender: dict[str, Any], message: dict[str, Any]) -> Iterator[Event]:
        """A member of staff wrote in OA Manager (only then `admin_id` is there), unless the message is one of ours."""
        id = id_of(message.get("msg_id"))
        if about.name in ECHOES_WITHOUT_WORDS or id in self.sent:
            return
        staff = bool(text_of(sender.get("admin_id")))
        if staff or self.strangers_pause:
            text = text_of(message.get("text"))
            yield replace(about.event(id or about.made_up(text), Kind.PERSON_REPLIED, text=text), maybe_ours=not staff)

    def _tag(self, item: dict[str, Any]) -> str:
        return text_of(dict_of(item.get("tag")).get("name"))


class _About(NamedTuple):
    """What all events of one delivery have in common."""

    oa_id: str
    contact: str
    name: str
    at: datetime
    stamp: Any

    def event(self, id: str, kind: Kind, *, text: str = "", payload: str = "", media: tuple[str, ...] = (), source: str = "") -> Event:
        return Event(
            id=id, channel=CHANNEL, account=self.oa_id, contact=self.contact, at=self.at, kind=kind, text=text, payload=payload, media=media, source=source
        )

    def made_up(self, *parts: str) -> str:
        return made_up_id(self.name[:32], self.contact, repr(self.stamp), *parts)


_OTHER_OA = Notice(
    code="other-oa", sentence="Có tin của một OA khác gửi đến đây. Kiểm tra DANLOI_ZALO_OA__OA_ID, hoặc gỡ OA kia khỏi ứng dụng tại developers.zalo.me."
)


def _message(about: _About, kind: str, message: dict[str, Any]) -> Iterator[Event]:
    """Words, with or without something attached; addresses of attachments are not looked at and never fetched."""
    text = text_of(message.get("text"))
    attached = _attached(kind, message.get("attachments"))
    id = id_of(message.get("msg_id")) or about.made_up(text, *attached)
    if text.startswith(TAP_PREFIX) and not attached and (payload := text.removeprefix(TAP_PREFIX).strip()):
        yield about.event(id, Kind.TAP, payload=payload)
    elif text.strip():
        yield about.event(id, Kind.TEXT, text=text, media=attached)
    elif attached == ("location",):
        yield about.event(id, Kind.LOCATION, media=attached)
    elif attached:
        yield about.event(id, Kind.MEDIA, media=attached)


def _attached(name: str, attachments: Any) -> tuple[str, ...]:
    """The kinds of what was attached, each once. A business card is attached as a link; the event's name tells it apart."""
    kinds = [text_of(one.get("type"))[:32] for one in list_of(attachments) if type(one) is dict]
    if name == "business_card":
        kinds = ["contact"]
    elif not any(kinds) and name not in ("text", ""):
        kinds = [name[:32]]
    return tuple(dict.fromkeys(MEDIA_KINDS.get(kind, kind) for kind in kinds if kind))


def _entry(url: str) -> str:
    """The deep link in the address of a page with the website widget: `…/go/PAYLOAD`, or `?ref=PAYLOAD`."""
    try:
        parts = urlsplit(url)
        ref = parse_qs(parts.query, max_num_fields=50).get("ref", [""])[0]
    except ValueError:
        return ""
    before, _, after = parts.path.rpartition("/go/")
    return (ref or ("" if before or "/" in after else after))[:64]
