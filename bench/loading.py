"""How long it takes to load guides: 200 of 30 steps, which is more than a province will have."""

from __future__ import annotations

import time

from bot.flows.loader import load

GUIDES, STEPS = 200, 30


def guide_text(number: int, steps: int = STEPS) -> str:
    """A guide of ordinary content: questions with choices, things to do with problems, sums, branches, links, pictures."""
    lines = [
        f"guide: huong-dan-{number}",
        f"title: Hướng dẫn số {number}",
        "minutes: 15",
        "prepare: [Thẻ căn cước, Điện thoại có mạng]",
        "sources:",
        "  - {id: cong, title: Cổng Dịch vụ công quốc gia, url: https://dichvucong.gov.vn, checked: 2026-11-24}",
        "start: b0",
        "steps:",
    ]
    for step in range(steps - 1):
        lines += _step(number, step, f"b{step + 1}" if step < steps - 2 else "xong")
    return "\n".join([*lines, "  xong:", "    end: Xong rồi, giỏi quá! Nhận kết quả ở trung tâm hành chính công của xã.", ""])


def _step(number: int, step: int, onward: str) -> list[str]:
    kind = step % 4
    if kind == 0:
        return [
            f"  b{step}:",
            "    ask: Điện thoại của bà con là loại nào?",
            f"    slot: phone_{number}_{step}",
            "    choices:",
            "      - {label: Android, value: android, says: [máy thường, samsung]}",
            "      - {label: iPhone, value: ios}",
            "    next:",
            f'      - {{if: slots.phone_{number}_{step} == "android", then: {onward}}}',
            f"      - else: {onward}",
        ]
    if kind == 1:
        return [
            f"  b{step}:",
            "    do: Áp thẻ căn cước vào lưng điện thoại, giữ yên 10 giây.",
            "    screen: {app: VNeID, title: Quét thẻ, highlight: Bắt đầu quét}",
            "    link: {label: Mở Cổng, url: https://dichvucong.gov.vn}",
            "    source: cong",
            "    stuck:",
            "      - problem: Máy không nhận thẻ",
            "        says: [nfc lỗi, quét không được, không đọc được chip]",
            "        try: Tháo ốp lưng, bật NFC trong Cài đặt, đặt lại thẻ sát mép trên.",
            f"    next: {onward}",
        ]
    if kind == 2:
        return [
            f"  b{step}:",
            "    ask: Cháu sinh ngày nào?",
            f"    slot: born_{number}_{step}",
            "    answer: date",
            "    accept: answer <= today",
            "    reask: Dẫn Lối chưa hiểu ngày này, bà con viết lại giúp.",
            f"    next: {onward}",
        ]
    return [f"  b{step}:", "    let:", f"      deadline_{step}: slots.born_{number}_{step - 1} + days(60)", f"    next: {onward}"]


def measure_loading(guides: int = GUIDES, steps: int = STEPS) -> dict[str, float]:
    """Seconds of time and of CPU to load all guides, and how many they were; the first load, as a start does it."""
    files = {f"huong-dan-{number}.yaml": guide_text(number, steps).encode() for number in range(guides)}
    before, used = time.perf_counter(), time.process_time()
    loaded = load(files)
    seconds, cpu = time.perf_counter() - before, time.process_time() - used
    if len(loaded.guides) != guides:
        raise RuntimeError(loaded.diagnostics[0].text("en"))
    return {"guides": guides, "steps": steps, "seconds": seconds, "cpu_seconds": cpu}


if __name__ == "__main__":
    print(measure_loading())
