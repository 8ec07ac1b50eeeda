"""What Telegram can show and what it wants to be told, without its library: a server without Telegram never loads that.

Source: https://core.telegram.org/bots/api, /bots/faq (2026), and the constants of python-telegram-bot 22.8.
"""

from __future__ import annotations

from bot.channels.base import Capabilities

CHANNEL = "telegram"
MAX_CALLBACK_BYTES = 64
CAPABILITIES = Capabilities(
    max_text_chars=4096,
    utf16=True,  # how Telegram counts a text is not said; entities are counted in UTF-16 units, the longest way
    max_quick_replies=20,  # 100 are allowed; more than 20 rows nobody reads on a small screen
    max_title_chars=32,  # no limit is published; clients cut what is wider than the screen
    max_payload_bytes=1000,  # more than 64 bytes are kept here and sent as a short key
    max_link_buttons=8,
    quick_replies_with_links=True,
    links_count_as_options=True,
    images=True,
    audio=True,
    video=True,
    text_with_media=True,
    max_caption_chars=1024,
    typing=True,
    merge_bubbles=True,  # a chat may have about one message a second
)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

# A command's name at Telegram (lower-case letters, digits, _), our own command, and what the menu says about it.
COMMANDS = (
    ("menu", "menu", "Xem các việc làm được"),
    ("quaylai", "back", "Quay lại bước trước"),
    ("noilai", "repeat", "Nói lại bước này"),
    ("lamlai", "redo", "Làm lại từ đầu"),
    ("dung", "stop", "Dừng lại, để sau làm tiếp"),
    ("nguoi", "person", "Gặp người hỗ trợ"),
    ("giupnguoikhac", "help-other", "Xong cho người này, giúp người khác"),
    ("tieng", "language", "Đổi tiếng nói"),
    ("dulieu", "my-data", "Xem dữ liệu của mình"),
    ("xoa", "erase", "Xóa dữ liệu của mình"),
)
COMMAND_OF = {name: command for name, command, _ in COMMANDS}
