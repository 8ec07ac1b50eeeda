"""JSON Schema of guides and of short answers, for completion and hints in an editor. Generated from the model.

yaml-language-server knows draft 7 best. The schema says less than the loader checks: names, ways and expressions are for `danloi check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from bot.flows.model import AnswerFile, Guide, Part
from bot.flows.talks import ACTIONS, TalkFile

GUIDE_FILE = "guide.schema.json"
ANSWERS_FILE = "answers.schema.json"
TALK_FILE = "talk.schema.json"
DRAFT = "http://json-schema.org/draft-07/schema#"

# What a maintainer reads when hovering; the docstrings of the model are for programmers.
PARTS: Mapping[str, str] = {
    "Guide": "Một dịch vụ công, kể thành từng bước.",
    "SayStep": "say: nói một điều, rồi tự đi tiếp.",
    "DoStep": "do: một việc bà con làm bên ngoài; chờ đến khi bấm “Xong rồi”.",
    "AskStep": "ask: một câu hỏi; bấm một câu trả lời (choices) hoặc tự viết (answer).",
    "LetStep": "let: tính ra slot, rồi tự đi tiếp.",
    "CallStep": "call: làm một hướng dẫn khác, xong thì quay lại.",
    "HandoffStep": "handoff: nhờ người hỗ trợ của xã.",
    "EndStep": "end: kết thúc, nói kết quả và nhận ở đâu.",
    "Branch": "Một dòng rẽ: if với then, hoặc else ở cuối.",
    "Choice": "Một câu trả lời để bấm.",
    "Problem": "Một chỗ hay vướng: lỗi bà con gặp và cách gỡ.",
    "Link": "Nút mở trang chính thức.",
    "Screen": "Hình vẽ màn hình điện thoại: một chỗ bấm trong một hình.",
    "Media": "Ảnh, tiếng hoặc phim.",
    "Source": "Một nguồn chính thức.",
    "Validity": "Có hiệu lực từ ngày nào (from), đến ngày nào (until); tính cả hai ngày.",
    "AnswerFile": "Các câu trả lời ngắn cho câu hỏi hay gặp.",
    "Answer": "Một câu trả lời ngắn, có nguồn.",
    "AnswerSource": "Nguồn của câu trả lời.",
    "TalkFile": "Một cuộc trò chuyện để thử hướng dẫn.",
    "TalkTurn": "Một lượt: bà con làm gì (user, tap hoặc open), Dẫn Lối phải đáp gì.",
    "AnswerKind": "date: ngày; number: số; place: xã, phường; yes_no: có hoặc không; text: chữ.",
    "Keep": "session: giữ trong cuộc trò chuyện; count: chỉ đếm, không kèm tên; never: dùng xong bỏ ngay.",
    "Outcome": "done: làm xong; referred: chuyển nơi khác; gave_up: bỏ dở.",
}
_VALID = {"from": "2027-03-01"}
_PROBLEM = {"problem": "Máy không nhận thẻ", "says": ["nfc lỗi", "quét không được"], "try": "Tháo ốp lưng, đặt lại thẻ sát mép trên."}
_SCREEN = {"app": "VNeID", "title": "Quét thẻ", "highlight": "Bắt đầu quét"}
_SOURCE = {"title": "Cổng Dịch vụ công quốc gia", "url": "https://dichvucong.gov.vn", "checked": "2026-11-24"}
_LINK = {"label": "Mở Cổng", "url": "https://dichvucong.gov.vn"}
# What an editor offers to begin with, where the model itself says nothing; by key, or by part and key where a key means several things.
EXAMPLES: Mapping[str, Any] = {
    "summary": "Làm xong, bà con có tài khoản VNeID.", "minutes": 15, "Guide.intent": "vneid", "prepare": ["Thẻ căn cước gắn chip còn hạn"],
    "sources": [{"id": "cong", **_SOURCE}], "moved": {"buoc-cu": "buoc-moi"}, "valid": _VALID, "Guide.start": "phone",
    "steps": {"phone": {"ask": "Điện thoại của bà con là loại nào?", "choices": [{"label": "Android"}, {"label": "iPhone"}], "next": "open"}},
    "source": "nd69", "link": _LINK, "screen": _SCREEN, "media": [{"kind": "video", "url": "quet-the.mp4", "alt": "Cách áp thẻ vào lưng điện thoại"}],
    "say": "Công an không gọi điện bảo cài VNeID.", "do": "Áp thẻ căn cước vào lưng điện thoại. Giữ yên cho đến khi máy báo xong.",
    "ask": "Điện thoại của bà con là loại nào?", "slot": "phone",
    "AskStep.choices": [{"label": "Android", "value": "android"}, {"label": "Không biết", "next": "which-phone"}],
    "AskStep.answer": "date", "reask": "Dẫn Lối chưa hiểu ngày này. Bà con viết lại giúp, ví dụ 5/3/2026.",
    "next": "scan", "stuck": [_PROBLEM], "then": "scan", "else": "at-the-office",
    "CallStep.call": "vneid", "says": ["máy của Samsung", "máy Oppo"], "Media.url": "quet-the.mp4", "alt": "Cách áp thẻ vào lưng điện thoại",
    "try": "Tháo ốp lưng, đặt lại thẻ sát mép trên.", "handoff": "Để mình nhờ người của xã giúp bà con.", "reason": "Máy không có NFC",
    "end": "Xong rồi, giỏi quá! Nhận kết quả ở mục Ví giấy tờ.", "fields": ["Số điện thoại", "Mật khẩu"], "hint": "Áp thẻ vào đây, giữ yên.",
    "answers": [{"answer": "le-phi", "question": "Mất tiền không?", "text": "Dạ, không mất tiền.", "source": _SOURCE}], "Answer.answer": "le-phi",
    "question": "Cài VNeID có mất tiền không?", "text": "Dạ, không mất tiền.", "Answer.guide": "vneid", "Answer.source": _SOURCE,
    "AnswerSource.title": "Cổng Dịch vụ công quốc gia", "AnswerSource.url": "https://dichvucong.gov.vn", "checked": "2026-11-24",
    "turns": [{"open": "vneid"}, {"tap": "Android", "at": "vneid/install"}], "TalkTurn.choices": ["Xong rồi", "Chưa được"], "TalkTurn.outcome": "done",
    "channel": "messenger", "language": "vi",
}  # fmt: skip
# Either-or rules that the model checks in Python.
_SHAPES: Mapping[str, list[dict[str, Any]]] = {
    "Branch": [{"required": ["if", "then"], "not": {"required": ["else"]}}, {"required": ["else"], "not": {"required": ["if"]}}],
    "AskStep": [{"required": ["choices"], "not": {"required": ["answer"]}}, {"required": ["answer"], "not": {"required": ["choices"]}}],
    "Problem": [{"required": ["try"]}, {"required": ["next"]}],
    "Validity": [{"required": ["from"]}, {"required": ["until"]}],
    "TalkTurn": [{"required": [action], "not": {"anyOf": [{"required": [other]} for other in ACTIONS if other != action]}} for action in ACTIONS],
}


def guide_schema() -> dict[str, Any]:
    """JSON Schema of one guide file."""
    return _schema(Guide, "Hướng dẫn của Dẫn Lối")


def answers_schema() -> dict[str, Any]:
    """JSON Schema of one file of short answers."""
    return _schema(AnswerFile, "Câu trả lời ngắn của Dẫn Lối")


def talk_schema() -> dict[str, Any]:
    """JSON Schema of one conversation of `tests/talks/`."""
    return _schema(TalkFile, "Cuộc trò chuyện thử của Dẫn Lối")


def written(schema: dict[str, Any]) -> str:
    """The schema as it stands in its file."""
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode() + "\n"


def _schema(model: type[Part], title: str) -> dict[str, Any]:
    raw = model.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    definitions = {name: _part(name, one) for name, one in raw.pop("$defs", {}).items()}
    return {"$schema": DRAFT, "title": title, **_part(model.__name__, raw), "definitions": definitions}


def _part(name: str, raw: dict[str, Any]) -> dict[str, Any]:
    tidy: dict[str, Any] = _tidy(raw)
    tidy["description"] = PARTS[name]
    for key, one in tidy.get("properties", {}).items():
        example = EXAMPLES.get(f"{name}.{key}", EXAMPLES.get(key))
        if example is not None and "examples" not in one:
            one["examples"] = [example]
    if name in _SHAPES:
        tidy["anyOf"] = _SHAPES[name]
    return tidy


def _tidy(schema: Any) -> Any:
    """Without what editors show as noise: titles made of key names, empty defaults, "or null"."""
    if isinstance(schema, list):
        return [_tidy(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {
        key: _properties(value) if key == "properties" else _tidy(value)
        for key, value in schema.items()
        if key != "title" and not (key == "default" and value in (None, [], ""))
    }
    # With oneOf, an editor complains that several kinds of step match a half-written one; anyOf shows the nearest.
    if "oneOf" in tidy:
        tidy["anyOf"] = tidy.pop("oneOf")
    if "patternProperties" in tidy:
        ((pattern, values),) = tidy.pop("patternProperties").items()
        tidy |= {"additionalProperties": values, "propertyNames": tidy.get("propertyNames", {}) | {"pattern": pattern}}
    return _without_null(tidy)


def _properties(properties: dict[str, Any]) -> dict[str, Any]:
    # Apart from `_tidy`, because a property may be called `title` or `default`.
    return {name: _tidy(value) for name, value in properties.items()}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) == len(schema.get("anyOf", ())):
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**kinds[0], **rest} if len(kinds) == 1 else {**rest, "anyOf": kinds}
