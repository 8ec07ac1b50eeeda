"""The words on and around drawings, in each language: what the hint says, what is told to who cannot see, and under which address.

What stands on the drawn screen itself stays Vietnamese, as on the real one.
"""

from __future__ import annotations

from bot.flows.guides import CompiledGuide, picture_url, screen_hash
from bot.flows.model import Screen, StepBase
from bot.i18n.catalogue import Catalogues
from bot.i18n.phrases import PHRASES

PICTURE_ALT = {
    "ap-the": "Hình vẽ: áp thẻ căn cước vào lưng điện thoại.",
    "chup-giay": "Hình vẽ: chụp ảnh tờ giấy đặt phẳng trên bàn.",
    "cho-tin": "Hình vẽ: chờ tin nhắn trên điện thoại.",
    "den-xa": "Hình vẽ: đến cơ quan ở xã.",
    "goi-nguoi": "Hình vẽ: nói chuyện với người hỗ trợ.",
    "chuan-bi": "Hình vẽ: điện thoại, SIM và thẻ căn cước để sẵn trên bàn.",
    "chuan-bi-may": "Hình vẽ: điện thoại và SIM để sẵn trên bàn.",
    "cup-may": "Hình vẽ: người lạ gọi đến, ngón tay bấm nút cúp máy.",
    "doi-mot-luc": "Hình vẽ: đặt điện thoại xuống, đợi một lúc.",
    "giay-to": "Hình vẽ: giấy tờ và thẻ căn cước để sẵn trên bàn.",
    "quay-giao-dich": "Hình vẽ: đưa giấy tờ cho người ngồi ở quầy.",
    "tim-giay": "Hình vẽ: tìm một dòng trên tờ giấy cũ.",
    "tram-y-te": "Hình vẽ: đến trạm y tế.",
    "viet-giay": "Hình vẽ: tự viết lên tờ giấy.",
}


def drawing_note(words: Catalogues, language: str) -> str:
    """What says on each drawing that it is one."""
    return words.text(language, "bot.drawing", PHRASES["drawing"])


def screen_in(words: Catalogues, language: str, guide: CompiledGuide, step_id: str) -> Screen | None:
    """The step's screen with its hint in `language`; None where it has none."""
    screen = guide.step(step_id).screen
    if screen is None:
        return None
    if screen.hint:
        hint = words.text(language, f"{guide.id}.{step_id}.hint", screen.hint)
    elif words.speaks(language, "bot.drawing-hint", PHRASES["drawing-hint"]):
        hint = words.text(language, "bot.drawing-hint", PHRASES["drawing-hint"]).format(what=screen.highlight)
    else:
        hint = ""
    return screen.model_copy(update={"hint": hint})


def drawing_url(words: Catalogues, language: str, guide: CompiledGuide, step_id: str) -> str | None:
    """Where the step's drawing is; one in another language has an address of its own, which changes with its words."""
    url, note = guide.screen_url(step_id), drawing_note(words, language)
    if url is None or note == PHRASES["drawing"]:
        return url
    screen = screen_in(words, language, guide, step_id)
    if screen is None:
        return gesture_url(words, language, guide.step(step_id).picture or "")
    return f"/media/{guide.id}/{step_id}-{screen_hash(screen, note)}.{language}.png"


def gesture_url(words: Catalogues, language: str, name: str) -> str:
    """Where a picture that is drawn by hand is."""
    note = drawing_note(words, language)
    return picture_url(name) if note == PHRASES["drawing"] else picture_url(name, note).removesuffix("png") + f"{language}.png"


def drawing_alt(words: Catalogues, language: str, step: StepBase) -> str:
    """The words for who cannot see the drawing of a step; empty where there is none."""
    if step.screen:
        told = words.text(language, "bot.drawing-alt", PHRASES["drawing-alt"])
        return told.format(app=step.screen.app, title=step.screen.title, highlight=step.screen.highlight)
    if not step.picture:
        return ""
    known = PICTURE_ALT.get(step.picture)
    return words.text(language, f"bot.picture.{step.picture}", known) if known else drawing_note(words, language)
