"""Phrases that nobody uses but to tell of a fraud. They may only raise a report: never another intent, never an answer.

The model understands most of these stories by itself. But a missed one costs a family its savings, so what is certain is not
left to chance. Patterns read a normalised text: without marks, shorthand spelt out.
"""

from __future__ import annotations

import re

_CALLS = r"(?:goi|nhan tin|nhan zalo|ket ban|gui link|gui file|gui duong|tin nhan|email|sms)"
_ASKS = r"(?:bao|bat|doi|yeu cau|de nghi|huong dan|keu|doa|hoi|xin|moi|noi)"
_FOR = (
    r"(?:cap nhat|dong bo|nang cap|kich hoat|doc ma|doc so|cai (?:ung dung|app|phan mem|file)|chuyen tien|chuyen khoan|nop tien(?! ho so)|nop phi(?! ho so)|"
    r"bam link|duong link|ma otp|ma xac|mat khau|so can cuoc|so tai khoan|chup can cuoc|quet mat|khoa (?:tai khoan|sim)|"
    r"(?:tai khoan|tk|sim) (?:se )?bi khoa|sinh trac|cat dien|lam muc 2)"
)
_WANTED = (
    r"(?:otp|doc ma|ma xac|mat khau|chup (?:mat|can cuoc|hai mat)|anh can cuoc|quet mat|gio can cuoc|quet ma|so tai khoan|so the|chuyen tien|chuyen khoan|apk)"
)
_WHO = r"(?:cong an|canh sat|can bo|nhan vien|ngan hang|dien luc|uy ban|bo cong an|toa an|vien kiem sat|bao hiem|thue(?! nha)|buu dien)"

_CERTAIN = re.compile(
    "|".join(
        (
            r"\blua dao\b",
            r"\b(?:bi|so|nghi) (?:\w+ ){0,2}?(?:lua|gat)(?: |$)(?!chon)",
            r"\blua (?:tien|mat tien|het tien|lay)\b",
            r"\b(?:ke|bon|thang|dua) (?:gian|lua)\b(?! (?:doan|moc|lay trom|trom))",
            r"\b(?:gia danh|mao danh|tu xung|tu nhan la|xung la|xung danh)\b",
            rf"\b(?:xung|(?<!danh )gia(?: lam)?|noi la|bao la) (?:la )?{_WHO}\b",
            r"\b(?:file|tep|tai|cai) (?:\w+ )?apk\b",
            r"\b(?:link|duong link|duong dan|trang|web|app|ung dung) (?:la|gia)\b(?! (?:gi|chi|nao|bao|may|sao|ai|cua|trang|cai|duoc|so|mot|what))",
            r"\b(?:so|nguoi) la (?:\w+ )?(?:goi|nhan(?! lam)|gui|bao|hoi|doi|bat|ket ban|cam|den)\b",
            r"\blo (?:\w+ ){0,3}?(?:link|otp|app la|ung dung la|nguoi la|ma (?:cho|otp|roi))\b",
            r"(?<!ai )\b(?:hack(?! game)|scam|scammer|scammed|fraud|phishing)\b",
            r"\b(?:bao|bi) (?:chiem|dieu khien)\b",
            r"\bmat (?:het |sach )?tien (?:trong |o )?(?:tai khoan|ngan hang|the)\b",
            r"\btrung thuong\b",
            r"\btong tien\b",
            rf"\b(?:ho|nguoi ta|nguoi la|co nguoi|ai do) (?:\w+ )?{_ASKS}\b.{{0,40}}\b{_WANTED}\b",
            rf"\b{_CALLS}\b.{{0,60}}\b{_ASKS}\b.{{0,40}}\b{_FOR}\b",
        )
    )
)
# Who asks what is usual, what to do if it should happen, or where one's own call goes, tells of nothing that happened.
_BEGINS_SO = (
    r"^(?:neu|nho|gia su|gia du|nhuoc bang|vi du|lo) (?:ho|ai|co|mot|may|mai|nguoi|chung|me|ma|ba|ong|bo)\b",
    r"^(?:khi|can nho gi khi|canh giac khi|dan (?:me|bo|ba|ong)|nghe dai)\b",
    rf"^(?:{_WHO}|nha nuoc)(?: xa| that)? (?:co|khong goi) ",
    r"^ai (?:goi|hoi) ",
)
_IF = "neu nguoi ta|neu ho|neu duoc|neu ca|gia su|vi du|mai mot|mot ngay co|lo ho|phong khi|dan truoc|muon dan|chua bi ai"
_USUAL = "dao nay|hay lay co|thu doan|dau hieu|tuyen truyen|co hay|co bao gio|co khi nao|khi nao can|tung nha|la sao|chuyen lua"
_WHAT_TO_DO = (
    "phong tranh|phai tranh|de tranh|de phong|xu tri|ung pho|doi pho|cach tu choi|nghe theo (?:khong|hay)|tin duoc khong|nen tat may|bay nguoi|"
    "minh co phai|khong nham|so bi lua|ma otp thi co nen|hoi lai cau gi|bao ai truoc|vi sao khong|luc ho goi|cho minh may loi|khong phai bi"
)
_WHERE_TO_REPORT = (
    "goi (?:so|ai|tong dai|hotline|dau|vao so|duong day)|tong dai|duong day|hotline|co quan nao|bao nha mang|bao (?:so|duoc so)|report a|phan anh|to o|xoa di"
)
_REAL_OR_NOT = (
    "co phai (?:tu|ban|cua)|khong phai cua|phan biet|nhan ra|khac nhau|trang that|duoi (?:gi|web)|ten mien|chinh thuc|quang cao|chao moi|moi mua|rac|lop|"
    "khoa hoc|hoc o dau|to cong nghe|nop vao dau|vao dau|thanh toan loi"
)
_NO_CODE = "ma (?:khong|chua)|chua co ma|khong (?:thay|nhan duoc|co) (?:ma|tin nhan)"
_NOT = re.compile("|".join((*_BEGINS_SO, rf"\b(?:{'|'.join((_IF, _USUAL, _WHAT_TO_DO, _WHERE_TO_REPORT, _REAL_OR_NOT, _NO_CODE))})\b")))
# Who says the word itself tells of one, but for lessons against it and for where to report a number.
_ABOUT = re.compile(
    r"\b(?:lop|khoa hoc|chong lua|tranh lua|phan anh|bao (?:so|nha mang)|vao so nao|la sao|hay lay co|"
    r"chuyen lua|chieu gi|nhung dieu gi|bai tap|duong day nong)\b"
)


def tells_of_fraud(text: str) -> bool:
    """Whether a normalised text certainly tells of a fraud, tried or done."""
    found = _CERTAIN.search(text)
    return found is not None and (_ABOUT if "lua dao" in text else _NOT).search(text) is None
