"""Translations are shown only while they say what the source says."""

from __future__ import annotations

from pathlib import Path

from bot.i18n.catalogue import Catalogues

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"X-Language-Name: English\\n"

msgctxt "vneid.scan.do"
msgid "Áp thẻ vào lưng máy."
msgstr "Hold the card to the back of the phone."

#, fuzzy
msgctxt "vneid.open.do"
msgid "Mở CH Play."
msgstr "Open the App Store."

msgctxt "vneid.wait.do"
msgid "Chờ tin nhắn."
msgstr ""
"""


def test_a_text_is_translated_by_its_place(tmp_path: Path) -> None:
    words = _words(tmp_path)
    assert [(one.code, one.name) for one in words.languages] == [("vi", "Tiếng Việt"), ("en", "English")]
    assert words.text("en", "vneid.scan.do", "Áp thẻ vào lưng máy.") == "Hold the card to the back of the phone."
    assert words.text("en", "khai-sinh.scan.do", "Áp thẻ vào lưng máy.") == "Áp thẻ vào lưng máy."


def test_what_is_fuzzy_missing_or_made_from_another_sentence_stays_vietnamese(tmp_path: Path) -> None:
    words = _words(tmp_path)
    assert words.text("en", "vneid.open.do", "Mở CH Play.") == "Mở CH Play."
    assert words.text("en", "vneid.wait.do", "Chờ tin nhắn.") == "Chờ tin nhắn."
    assert words.text("en", "vneid.scan.do", "Áp thẻ sát camera.") == "Áp thẻ sát camera."
    assert words.text("hmn", "vneid.scan.do", "Áp thẻ vào lưng máy.") == "Áp thẻ vào lưng máy."


def _words(folder: Path) -> Catalogues:
    path = folder / "en/LC_MESSAGES/danloi.po"
    path.parent.mkdir(parents=True)
    path.write_text(PO, encoding="utf-8")
    return Catalogues.load(folder)
