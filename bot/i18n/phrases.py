"""What the bot says of itself, in Vietnamese; guides bring the rest. `{name}` is filled in by the engine.

One breath each, words of a villager, and after every trouble what to do next.
"""

from __future__ import annotations

PHRASES = {
    # first contact
    "greeting": "Chào bà con. Dẫn Lối là trợ lý tự động, chỉ cách làm dịch vụ công, từng bước một.",
    "privacy": "Dẫn Lối chỉ nhớ bà con đang làm đến bước nào. Muốn xóa, nhắn “xóa dữ liệu”.",
    "scam": "Không ai được hỏi mã OTP, mật khẩu hay số căn cước, kể cả Dẫn Lối.",
    # menu and moving about
    "menu": "Bà con cần làm việc gì? Bấm một nút, hoặc gõ số.",
    "menu-person": "Gặp người hỗ trợ",
    "menu-language": "Tiếng / Language",
    "menu-back": "Quay lại bước trước",
    "menu-continue": "Làm tiếp: {title}",
    "continue": "Làm tiếp",
    "to-menu": "Menu",
    "intro": "{title}.",
    "intro-minutes": "{title}. Mất khoảng {minutes} phút.",
    "prepare": "Cần có bên mình:",
    "first-step": "Đây là bước đầu tiên rồi. Mình làm từ đây nhé.",
    "nothing-to-repeat": "Mình chưa làm việc nào. Bà con chọn một việc nhé.",
    "stopped": "Mình dừng ở đây: {title}, bước {at}/{of}. Khi nào làm tiếp, bà con nhắn “làm tiếp”.",
    "stopped-idle": "Vâng. Khi nào cần, bà con nhắn “menu”.",
    "resume": "Chào bà con. {when} bà con đang làm: {title}, đến bước {at}/{of}. Mình làm tiếp nhé?",
    "resume-yes": "Làm tiếp",
    "resume-redo": "Làm lại từ đầu",
    "resume-other": "Việc khác",
    "going-on": "Mình làm tiếp nhé.",
    "redo": "Làm lại từ đầu: {title}? Các câu trả lời cũ sẽ xóa.",
    "redo-yes": "Làm lại từ đầu",
    "redo-no": "Không, làm tiếp",
    "leave": "Bà con đang làm: {title}, bước {at}/{of}. Chuyển sang: {other}? Việc đang làm vẫn được giữ.",
    "leave-yes": "Chuyển",
    "leave-no": "Không, làm tiếp",
    "parked": "Lúc nãy bà con làm dở: {title}. Mình làm tiếp nhé?",
    "guide-changed": "Cách làm vừa đổi một chút. Mình làm tiếp từ bước này nhé.",
    "guide-gone": "Hướng dẫn bà con đang làm không còn nữa. Bà con chọn việc khác, hoặc gặp người hỗ trợ.",
    "unknown-guide": "Dẫn Lối không có hướng dẫn này. Đây là những việc có thể làm.",
    "old-button": "Nút này của bước đã qua. Bước bây giờ là:",
    "changed-answer": "Mình sửa lại câu trả lời nhé.",
    # in a step
    "done": "Xong rồi",
    "stuck": "Chưa được",
    "listen": "Nghe",
    "person": "Gặp người hỗ trợ",
    "yes": "Có",
    "no": "Không",
    "stuck-where": "Không sao. Bà con vướng ở chỗ nào?",
    "stuck-other": "Chỗ khác",
    "stuck-none": "Không sao. Bà con thử lại một lần nữa, hoặc bấm “Gặp người hỗ trợ”.",
    "take-time": "Vâng, bà con cứ làm. Làm xong thì bấm “Xong rồi”.",
    "cannot-read": "Máy này chưa đọc được tiếng. Bà con nhờ người bên cạnh đọc giúp nhé.",
    "reask-choice": "Dẫn Lối chưa hiểu. Bà con chọn một số, hoặc bấm “Gặp người hỗ trợ”.",
    "reask-date": "Dẫn Lối chưa hiểu ngày này. Bà con viết lại giúp, ví dụ: 5/3/2026",
    "reask-number": "Dẫn Lối chưa hiểu. Bà con viết một số, ví dụ: 2",
    "reask-place": "Dẫn Lối chưa biết xã này. Bà con viết tên xã hoặc phường, ví dụ: Bum Nưa",
    "reask-text": "Bà con viết câu trả lời vào đây nhé.",
    "which-place": "Bà con ở nơi nào trong các nơi này?",
    "not-understood": "Dẫn Lối chưa hiểu. Bà con chọn một việc dưới đây, hoặc gặp người hỗ trợ.",
    "not-understood-step": "Dẫn Lối chưa hiểu. Bà con bấm một nút dưới đây, hoặc bấm “Gặp người hỗ trợ”.",
    "between": "Bà con muốn hỏi việc nào?",
    "many-misses": "Dẫn Lối chưa hiểu mấy lần rồi, xin lỗi bà con. Bà con gặp người hỗ trợ nhé?",
    "answer-source": "Theo: {source}.",
    "answer-source-unchecked": "Theo: {source}. Bà con hãy kiểm tra trên trang chính thức.",
    "back-to-step": "Mình làm tiếp bước đang làm nhé.",
    "open-guide": "Làm: {title}",
    "greet-again": "Dẫn Lối đây ạ.",
    "thanks": "Không có gì ạ. Chúc bà con mọi việc thuận lợi.",
    "thumb": "Dẫn Lối có giúp được bà con không?",
    "thumb-up": "👍 Có",
    "thumb-down": "👎 Chưa",
    "thumb-up-thanks": "Cảm ơn bà con. Cần gì nữa, bà con nhắn “menu”.",
    "thumb-down-thanks": "Xin lỗi bà con. Bà con bấm “Gặp người hỗ trợ” để có người giúp nhé.",
    "trouble": "Xin lỗi, hướng dẫn này đang có chỗ hỏng. Bà con gặp người hỗ trợ nhé.",
    # people
    "handoff": (
        "Bà con cần người giúp? Bà con đến Trung tâm Phục vụ hành chính công của xã, hoặc nhờ Đoàn thanh niên, Tổ công nghệ số của bản. "
        "Gọi về VNeID: 1900 0368. Gọi về Cổng Dịch vụ công: 18001096 (không mất tiền)."
    ),
    "handoff-on": "Làm tiếp với Dẫn Lối",
    "awake": "Dẫn Lối đây ạ. Mình làm tiếp nhé.",
    "help-other": "Giúp người khác",
    "next-person": "Đã xóa câu trả lời của người trước. Người tiếp theo cần làm việc gì?",
    # safety and privacy
    "secret": "Dẫn Lối không giữ mã hay số này. Bà con xóa tin đó đi, và đừng đưa mã cho ai. Ai hỏi mã là lừa đảo.",
    "secret-number": "Bà con không cần gửi số này. Dẫn Lối không giữ nó. Bà con chỉ tự gõ trên trang chính thức nhé.",
    "scam-report": (
        "Bà con cúp máy ngay, đừng bấm đường dẫn, đừng cài gì. Công an không gọi điện hay nhắn tin bảo cài, kích hoạt hay đồng bộ VNeID. "
        "Báo số lừa đảo: gọi 156, không mất tiền. Nếu đã mất tiền hoặc đã cài ứng dụng lạ: dùng máy khác gọi ngân hàng khóa tài khoản, rồi đến công an xã."
    ),
    "photo": "Dẫn Lối không xem ảnh và không giữ ảnh. Bà con đừng gửi ảnh giấy tờ vào đây nhé.",
    "voice": "Dẫn Lối chưa nghe được tiếng nói. Bà con gõ vài chữ, hoặc bấm nút giúp.",
    "media": "Dẫn Lối chưa xem được tin này. Bà con gõ vài chữ, hoặc bấm nút giúp.",
    "location": "Dẫn Lối không cần vị trí của bà con. Bà con gõ tên xã hoặc phường nhé.",
    "erase": "Xóa hết những gì Dẫn Lối nhớ về bà con? Xóa rồi không lấy lại được.",
    "erase-yes": "Xóa hết",
    "erase-no": "Không xóa",
    "erased": "Đã xóa: các câu trả lời, chỗ đang làm dở và các tin đã nhắn với Dẫn Lối. Cần gì, bà con nhắn “menu”.",
    "kept": "Vâng, Dẫn Lối không xóa gì.",
    "my-data": "Dẫn Lối đang nhớ về bà con:",
    "my-data-nothing": "Dẫn Lối chưa nhớ gì về bà con, ngoài tiếng đang dùng.",
    "my-data-language": "Tiếng: {language}",
    "my-data-guide": "Đang làm: {title}, bước {at}/{of}",
    "my-data-answers": "Số câu đã trả lời: {count}",
    "my-data-end": "Muốn xóa hết, bà con nhắn “xóa dữ liệu”.",
    "language": "Bà con muốn dùng tiếng nào?",
    "language-set": "Vâng, từ giờ dùng tiếng này.",
    "untranslated-note": "Chỗ này chưa có bản dịch, nên Dẫn Lối nói bằng tiếng Việt.",
    "offer-language": "Bà con muốn dùng tiếng này không?",
    # pictures
    "drawing": "Hình vẽ minh họa",
    "drawing-hint": "Bấm “{what}”",
    "drawing-alt": "Hình vẽ: {app}, màn hình {title}, ngón tay chỉ vào {highlight}.",
    # days ago
    "today": "Lúc nãy",
    "yesterday": "Hôm qua",
    "two-days": "Hôm kia",
    "days": "{count} hôm trước",
}

# What a language needs first: with these a citizen finds the buttons, a person, and the way back.
FEW_WORDS = frozenset({
    "greeting", "privacy", "scam", "menu", "menu-person", "menu-language", "menu-back", "continue", "to-menu", "done",
    "stuck", "listen", "person", "yes", "no", "stuck-where", "stuck-other", "not-understood", "not-understood-step",
    "language", "language-set", "untranslated-note", "offer-language",
})  # fmt: skip
