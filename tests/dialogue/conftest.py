from __future__ import annotations

import pytest

from bot.dialogue.library import Library
from tests.dialogue.guides import FILES
from tests.dialogue.talking import Chat, library

INTENTS = {
    "có mất tiền không": "hoi/mat-tien-khong",
    "em muốn làm khai sinh cho con": "khai-sinh",
    "cho hỏi cài máy thế nào": "phone",
    "chào em": "greet",
    "cảm ơn em nhé": "thanks",
    "có người gọi bảo cập nhật": "scam_report",
    "cho tôi gặp cán bộ với": "human",
}


@pytest.fixture(scope="session")
def guides() -> Library:
    return library(FILES)


@pytest.fixture
def chat(guides: Library) -> Chat:
    """Someone who has been greeted already."""
    return Chat(guides, intents=INTENTS)


@pytest.fixture
def stranger(guides: Library) -> Chat:
    """Someone who has never written."""
    return Chat(guides, greeted=False, intents=INTENTS)
