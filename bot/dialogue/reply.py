"""What the bot wants to show, before any app's limits."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tap. `main` is the likeliest answer; `icon` is one of the few that pages draw beside the words."""

    label: str
    tap: str
    icon: str = ""
    main: bool = False

    def as_choice(self) -> dict[str, Any]:
        """A choice of MESSAGE; what is empty is left out."""
        choice: dict[str, Any] = {"label": self.label, "tap": self.tap}
        if self.icon:
            choice["icon"] = self.icon
        if self.main:
            choice["main"] = True
        return choice


class LinkButton(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    url: str


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, recording or film. `url` is absolute, or starts with `/` and is then below the public address."""

    kind: Literal["image", "audio", "video"]
    url: str
    alt: str


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """`at` of `of` steps, the shortest way left; `title` names the guide."""

    title: str
    at: int
    of: int


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One bubble. Options stay choosable by number, label or payload on every channel.

    `key` groups replies of one place in a guide (`vneid/scan`); a page shows the progress, an app may not.
    """

    text: str
    options: tuple[Option, ...] = ()
    links: tuple[LinkButton, ...] = ()
    media: tuple[Attachment, ...] = ()
    progress: Progress | None = None
    key: str = ""
    sender: Literal["bot", "person"] = "bot"
    handoff: str = ""  # the reason why a person of the office is wanted; an app may bring one in with this message
    language: str = ""  # where it is not Vietnamese
    takes_back: bool = False  # the bot speaks again after a person held the talk: where the app knows owners, it takes the talk back

    def as_message(self) -> dict[str, Any]:
        """MESSAGE of the contract without its `id`: what the web chat, `danloi chat --json` and the outbox carry."""
        message: dict[str, Any] = {
            "text": self.text,
            "choices": [
                {"label": option.label, "tap": option.tap} | ({"icon": option.icon} if option.icon else {}) | ({"main": True} if option.main else {})
                for option in self.options
            ],
            "links": [{"label": link.label, "url": link.url} for link in self.links],
            "media": [{"kind": one.kind, "url": one.url, "alt": one.alt} for one in self.media],
            "from": self.sender,
        }
        if self.progress:
            message["progress"] = {"title": self.progress.title, "at": self.progress.at, "of": self.progress.of}
        if self.key:
            message["key"] = self.key
        if self.handoff:
            message["handoff"] = self.handoff
        if self.takes_back:
            message["takes_back"] = True
        if self.language:
            message["language"] = self.language
        return message

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> Reply:
        """The reply that `as_message` wrote down."""
        progress = message.get("progress")
        return cls(
            text=message["text"],
            options=tuple(Option(**choice) for choice in message.get("choices", ())),
            links=tuple(LinkButton(label=one["label"], url=one["url"]) for one in message.get("links", ())),
            media=tuple(Attachment(kind=one["kind"], url=one["url"], alt=one["alt"]) for one in message.get("media", ())),
            progress=Progress(**progress) if progress else None,
            key=message.get("key", ""),
            sender=message.get("from", "bot"),
            handoff=message.get("handoff", ""),
            takes_back=message.get("takes_back", False),
            language=message.get("language", ""),
        )


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth counting, without anybody's identity: entered, answered, stuck, left, finished, asked a person…

    `data["ways"]` are the moves in this guide since its fact before: “open>which which>scan”, one for each arrow of its picture.
    """

    kind: str
    guide: str = ""
    step: str = ""
    detail: str = ""
    data: dict[str, str] = {}
