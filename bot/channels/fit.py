"""What an app cannot show is said another way: one function for all apps, reading nothing but `Capabilities`.

Options that do not fit become a numbered menu in the text, long text is cut between sentences, a picture that has no place
beside words goes before them, and what cannot be sent at all becomes a line with a link. No word is lost, nothing is cut
inside a letter with its marks or an emoji, and each option stays choosable: as a button, or by the number before it, which
is always its place among all options of the reply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from msgspec.structs import replace

from bot.channels.base import Capabilities
from bot.dialogue.reply import Attachment, LinkButton, Option, Reply

ELLIPSIS = "…"

# Where a long text may be cut, the best place first. A number with its full stop ("1. Android") is no end of a sentence.
_BREAKS = (r"\n\s*\n", r"\n", r"(?<=[.!?…:;][\"”’»)\]]*)(?<!\b\d+[.:;])\s+", r"(?<!(?:^|\n)\d+\.)\s+")
_CLUSTER = r"\X"

Size = Callable[[str], int]


def fit(reply: Reply, capabilities: Capabilities, base_url: str = "") -> tuple[Reply, ...]:
    """The bubbles that the app can show as they are, in order; nothing at all for a reply without content.

    `base_url` goes before links and pictures that begin with `/`, unless the app knows where it is. The options, links and the handoff are on the last bubble.
    """
    size = _utf16_units if capabilities.utf16 else len
    if _fits_as_it_is(reply, capabilities, size):
        return (reply,)
    reply = _speakable(_placed(reply, capabilities, base_url), capabilities)
    parts = _arrange(reply, capabilities, size)
    return tuple(_pieces(parts, reply, capabilities, size))


def fit_turn(replies: Iterable[Reply], capabilities: Capabilities, base_url: str = "") -> tuple[Reply, ...]:
    """The bubbles of a whole turn, in order; where the platform counts messages, words are joined while that saves one."""
    waiting: list[Reply] = []
    for reply in replies:
        if capabilities.merge_bubbles and waiting and (joined := _joined(waiting[-1], reply, capabilities, base_url)):
            waiting[-1] = joined
        else:
            waiting.append(reply)
    return tuple(piece for reply in waiting for piece in fit(reply, capabilities, base_url))


def as_link(reply: Reply, base_url: str = "") -> Reply:
    """The same without pictures and recordings: each becomes a line with its description and address."""
    reply = _absolute(reply, base_url)
    return replace(reply, text=_lines(reply.text, map(_media_line, reply.media)), media=())


def cut(label: str, limit: int, size: Size = len) -> str:
    """`label` in at most `limit` characters, cut after a word where one fits, with "…" for what is missing."""
    label = " ".join(label.split())
    if size(label) <= limit:
        return label
    room = limit - size(ELLIPSIS)
    kept = _head(label, room, size)
    at_a_word = kept if label[len(kept) : len(kept) + 1].isspace() else "".join(kept.rpartition(" ")[:1])
    return (at_a_word or kept).rstrip(" ,;:-–") + ELLIPSIS


def split(text: str, limit: int, size: Size = len) -> list[str]:
    """`text` in pieces of at most `limit`, cut between paragraphs, lines, sentences or words, else between letters.

    Only a single letter that is longer than a whole piece, its marks included, is itself cut.
    """
    pieces = []
    rest = text.strip()
    while size(rest) > limit:
        end, start = _break(rest, limit, size)
        pieces.append(rest[:end].rstrip())
        rest = rest[start:].lstrip()
    return [piece for piece in (*pieces, rest) if piece]


class _Parts(NamedTuple):
    """A reply in the app's own terms. `alone` go before the words; `beside` share their bubble."""

    alone: tuple[Attachment, ...]
    beside: tuple[Attachment, ...]
    text: str
    options: tuple[Option, ...]
    links: tuple[LinkButton, ...]


def _fits_as_it_is(reply: Reply, capabilities: Capabilities, size: Size) -> bool:
    """The common case, told quickly: words with a few short options."""
    return (
        not reply.media
        and not reply.links
        and len(reply.options) <= capabilities.max_quick_replies
        and 0 < size(reply.text) <= capabilities.max_text_chars
        and not reply.text.isspace()
        and all(size(option.label) <= capabilities.max_title_chars and len(option.tap.encode()) <= capabilities.max_payload_bytes for option in reply.options)
    )


def _placed(reply: Reply, capabilities: Capabilities, base_url: str) -> Reply:
    return reply if capabilities.relative_urls else _absolute(reply, base_url)


def _absolute(reply: Reply, base_url: str) -> Reply:
    if not base_url:
        return reply
    return replace(
        reply,
        links=tuple(replace(link, url=base_url + link.url) if link.url.startswith("/") else link for link in reply.links),
        media=tuple(replace(one, url=base_url + one.url) if one.url.startswith("/") else one for one in reply.media),
    )


def _speakable(reply: Reply, capabilities: Capabilities) -> Reply:
    """Pictures, recordings and films that the app cannot show are told as links."""
    shown = {"image": capabilities.images, "audio": capabilities.audio, "video": capabilities.video}
    silent = [one for one in reply.media if not shown[one.kind]]
    if not silent:
        return reply
    return replace(reply, text=_lines(reply.text, map(_media_line, silent)), media=tuple(one for one in reply.media if shown[one.kind]))


def _arrange(reply: Reply, capabilities: Capabilities, size: Size) -> _Parts:
    """Which options and links are buttons, what is added to the words, and which pictures stand beside them."""
    if capabilities.menu_with_media and reply.media:
        menu = _arrange(reply, replace(capabilities, menu_with_media=False, max_quick_replies=0, max_link_buttons=0), size)
        if menu.beside:
            return menu
    tappable = _tappable(reply.options, capabilities)
    buttons = _link_buttons(reply, tappable, capabilities)
    text = _lines(reply.text.strip(), (_link_line(link) for link in reply.links if link not in buttons))
    text = _lines(text, (link.label for link in buttons if size(link.label) > capabilities.max_title_chars or not text))
    listed = len(tappable) < len(reply.options) or not text or any(size(option.label) > capabilities.max_title_chars for option in tappable)
    if listed:
        text = _lines(text, (f"{number}. {' '.join(option.label.split())}" for number, option in enumerate(reply.options, 1)))
    beside = _beside(reply, bool(tappable or buttons), text, capabilities, size)
    return _Parts(
        alone=reply.media[: len(reply.media) - len(beside)],
        beside=beside,
        text=text,
        options=_titled(reply.options, tappable, listed, capabilities.max_title_chars, size),
        links=tuple(replace(link, label=cut(link.label, capabilities.max_title_chars, size)) for link in buttons),
    )


def _tappable(options: Sequence[Option], capabilities: Capabilities) -> list[Option]:
    """The options that become buttons: the first ones, without those whose payload the platform would refuse. A person is always one tap away."""
    possible = [option for option in options if 0 < len(option.tap.encode()) <= capabilities.max_payload_bytes]
    shown, rest = possible[: capabilities.max_quick_replies], possible[capabilities.max_quick_replies :]
    person = next((option for option in rest if option.icon == "person"), None)
    return [*shown[:-1], person] if shown and person else shown


def _link_buttons(reply: Reply, tappable: Sequence[Option], capabilities: Capabilities) -> tuple[LinkButton, ...]:
    if tappable and not capabilities.quick_replies_with_links:
        return ()
    room = capabilities.max_link_buttons
    if capabilities.links_count_as_options:
        room = min(room, capabilities.max_quick_replies - len(tappable))
    schemes = ("https://", "http://", *(("/",) if capabilities.relative_urls else ()), *(("tel:",) if capabilities.phone_buttons else ()))
    return tuple(link for link in reply.links if link.url.startswith(schemes))[: max(room, 0)]


def _titled(options: Sequence[Option], tappable: Sequence[Option], listed: bool, limit: int, size: Size) -> tuple[Option, ...]:
    """The buttons with titles that fit; where two of a listed menu look alike, each begins with its number."""
    titles = [cut(option.label, limit, size) for option in tappable]
    if listed and len(set(titles)) < len(titles):
        titles = [cut(f"{options.index(option) + 1}. {option.label}", limit, size) for option in tappable]
    return tuple(replace(option, label=title) if title != option.label else option for option, title in zip(tappable, titles, strict=True))


def _beside(reply: Reply, buttons: bool, text: str, capabilities: Capabilities, size: Size) -> tuple[Attachment, ...]:
    """The last pictures, if the words and buttons may stand beside them."""
    if not capabilities.text_with_media or (buttons and not capabilities.buttons_with_media):
        return ()
    if size(text) > (capabilities.max_caption_chars or capabilities.max_text_chars):
        return ()
    return reply.media[-capabilities.max_media :] if text else ()


def _pieces(parts: _Parts, reply: Reply, capabilities: Capabilities, size: Size) -> Iterator[Reply]:
    step = capabilities.max_media if capabilities.text_with_media else 1
    bubbles = [replace(reply, text="", media=parts.alone[at : at + step], options=(), links=()) for at in range(0, len(parts.alone), step)]
    words = split(parts.text, capabilities.max_text_chars, size)
    limit = capabilities.max_text_chars_with_buttons
    if words and parts.links and limit and size(words[-1]) > limit:
        words[-1:] = split(words[-1], limit, size)
    bubbles += [replace(reply, text=one, media=(), options=(), links=()) for one in words]
    for bubble in bubbles[:-1]:
        yield replace(bubble, handoff="")
    if bubbles:
        yield replace(bubbles[-1], media=parts.beside or bubbles[-1].media, options=parts.options, links=parts.links)


def _joined(first: Reply, second: Reply, capabilities: Capabilities, base_url: str) -> Reply | None:
    """Both in one, if that saves a bubble and changes no order: nothing to choose in the first, no picture in the second."""
    after = _speakable(_placed(second, capabilities, base_url), capabilities)
    if first.options or after.media or first.sender != second.sender:
        return None
    before = _speakable(_placed(first, capabilities, base_url), capabilities)
    text = "\n\n".join(text for text in (before.text, after.text) if text)
    one = replace(
        after,
        text=text,
        links=(*before.links, *after.links),
        media=before.media,
        handoff=after.handoff or before.handoff,
        takes_back=after.takes_back or before.takes_back,
    )
    saved = len(fit(first, capabilities, base_url)) + len(fit(second, capabilities, base_url)) - len(fit(one, capabilities, base_url))
    return one if saved > 0 else None


def _lines(text: str, more: Iterable[str]) -> str:
    return "\n".join(line for line in (text, *more) if line)


def _link_line(link: LinkButton) -> str:
    return f"{link.label}: {link.url.removeprefix('tel:')}"


def _media_line(media: Attachment) -> str:
    return f"{media.alt}: {media.url}" if media.alt else media.url


@cache
def _compiled(pattern: str) -> Any:
    import regex  # 3 MB, for the few texts that are cut

    return regex.compile(pattern)


def _break(text: str, limit: int, size: Size) -> tuple[int, int]:
    """Where the first piece ends and where the rest begins. Breaks in the first third are left: they make many small bubbles."""
    head = len(_head(text, limit, size)) or _code_points(text, limit, size)
    whole = {match.end() for match in _compiled(_CLUSTER).finditer(text, 0, min(len(text), head + 64))} | {0}
    for pattern in _BREAKS:
        earliest = 0 if pattern is _BREAKS[-1] else head // 3
        places = [match.span() for match in _compiled(pattern).finditer(text, 0, head + 1)]
        for end, start in reversed(places):
            # A mark that follows a space belongs to it (" ́"): there the two are one letter, and no place to cut.
            if earliest < end <= head and end in whole and start in whole:
                return end, start
    return head, head


def _head(text: str, limit: int, size: Size) -> str:
    """The longest beginning of whole letters that is not longer than `limit`."""
    used = end = 0
    for match in _compiled(_CLUSTER).finditer(text):
        used += size(match.group())
        if used > limit:
            break
        end = match.end()
    return text[:end]


def _code_points(text: str, limit: int, size: Size) -> int:
    """For a letter that has more marks than a bubble has room: as many code points as fit, and at least one."""
    end = 1
    while end < len(text) and size(text[: end + 1]) <= limit:
        end += 1
    return end


def _utf16_units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
