"""The pages' own words, in Vietnamese beside where they are used and in the citizen's language where they are translated.

A template writes `{{ _("menu", "Menu") }}`: the place (`web.menu` in the catalogues) and the source, with values for `{slots}` behind.
What scripts and code say stands in `WORDS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

from bot.flows.model import Guide
from bot.i18n.catalogue import SOURCE_LANGUAGE, Catalogues, Language
from bot.i18n.sources import SourceText
from bot.outreach.reading import PLACE
from bot.outreach.reading import WORDS as READING

TEMPLATES = Path(__file__).parent / "templates"
PREFIX = "web"

WORDS = {
    # what the chat's script says
    "weak": "Mạng yếu, tin chưa đi. Sẽ tự gửi lại khi có mạng.",
    "slower": "Bà con gửi hơi nhanh. Đợi một chút, tin sẽ tự đi.",
    "refused": "Tin này chưa gửi được. Bà con viết lại giúp.",
    "later": "Dẫn Lối đang bận, tin đã nhận. Đợi một chút sẽ có trả lời.",
    "no-voice": "Máy này chưa có giọng đọc tiếng Việt. Bà con nhờ người bên cạnh đọc giúp nhé.",
    "me": "Bà con:",
    # titles that are put together
    "step-of": "Bước {at} trên {of}",
    "title-step": "{title}, bước {at}/{of}",
    # pages for when something is not as it should be
    "busy": "Dẫn Lối đang bận",
    "busy-text": "Bà con thử lại sau ít phút nhé.",
    "too-fast": "Chậm một chút nhé",
    "too-fast-text": "Bà con gửi hơi nhanh. Đợi một chút rồi gửi lại nhé.",
    "no-page": "Không có trang này",
    "no-page-text": "Đường dẫn này không còn, hoặc viết nhầm.",
    "no-volunteer": "Trang này đã đóng",
    "no-volunteer-text": "Địa chỉ viết nhầm, hoặc trang đã đóng. Bà con hỏi người quản lý ở xã nhé.",
    # figures
    "stats-started": "Đã bắt đầu",
    "stats-finished": "Làm xong",
    "stats-person": "Gặp người",
    "stats-helped": "Được người giúp",
    "stats-thumb": "Bấm hài lòng",
    "no-guide": "Chưa có hướng dẫn này",
    "no-guide-text": "Bà con xem có cần việc nào dưới đây không:",
}
SCRIPT_WORDS = ("weak", "slower", "refused", "later", "no-voice", "me")


class PageWords:
    """`_` of the templates: the words of a page in one language."""

    def __init__(self, catalogues: Catalogues, language: str = SOURCE_LANGUAGE):
        self.catalogues = catalogues
        self.language = language if language in catalogues else SOURCE_LANGUAGE

    def __call__(self, name: str, source: str = "", **values: object) -> str:
        """The words at this place, their slots filled."""
        text = self.catalogues.text(self.language, f"{PREFIX}.{name}", source or WORDS[name])
        return text.format_map(values) if values else text

    @property
    def query(self) -> str:
        """What makes a link lead to the same language."""
        return "" if self.language == SOURCE_LANGUAGE else f"?lang={self.language}"

    @property
    def others(self) -> tuple[Language, ...]:
        """The languages that this page could be in besides."""
        return tuple(one for one in self.catalogues.languages if one.code != self.language)

    def tell(self, where: str, text: str) -> str:
        """The text at another place of the catalogues."""
        return self.catalogues.text(self.language, where, text)

    def title(self, guide: Guide) -> str:
        return self.catalogues.text(self.language, f"{guide.guide}.title", guide.title)

    def summary(self, guide: Guide) -> str:
        return self.catalogues.text(self.language, f"{guide.guide}.summary", guide.summary) if guide.summary else ""

    def prepare(self, guide: Guide) -> list[str]:
        """What to have at hand."""
        return [self.catalogues.text(self.language, f"{guide.guide}.prepare.{number}", thing) for number, thing in enumerate(guide.prepare, 1)]

    def for_scripts(self) -> dict[str, str]:
        return {name: self(name) for name in SCRIPT_WORDS}


def page_sources() -> Iterator[SourceText]:
    """Every text of the pages; raises `ValueError` where one place says two things."""
    found: dict[str, SourceText] = {}
    for name, text in WORDS.items():
        _add(found, SourceText(context=f"{PREFIX}.{name}", text=text, notes=("Chữ trên trang web",), file="bot/web/words.py"))
    for name, text in READING.items():
        _add(found, SourceText(context=PLACE + name, text=text, notes=("Chữ trên trang cả hướng dẫn",), file="bot/outreach/reading.py"))
    environment = Environment(autoescape=True)
    for path in sorted(TEMPLATES.glob("*.html")):
        for call in environment.parse(path.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_" and len(call.args) == 2:
                name, text = (one.as_const() for one in call.args)
                notes = ("Chữ trên trang web",)
                _add(found, SourceText(context=f"{PREFIX}.{name}", text=text, notes=notes, file=f"bot/web/templates/{path.name}"))
    yield from found.values()


def _add(found: dict[str, SourceText], one: SourceText) -> None:
    known = found.setdefault(one.context, one)
    if known.text != one.text:
        raise ValueError(f"{one.context}: “{known.text}” in {known.file}, “{one.text}” in {one.file}")
