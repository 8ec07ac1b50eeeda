"""The figures on a guide's picture: what people did in real talks, counted in the database and drawn by `danloi graph`."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path

from bot.dialogue.event import Kind
from bot.store.volunteers import steps, ways
from tests.cli.running import danloi
from tests.service.test_reload import Content, Person, content, running
from tests.store.databases import dump

__all__ = ["content"]

SOURCE = "sources: [{id: s, title: S, url: https://dichvucong.gov.vn, checked: 2026-11-24}]\n"
GUIDE = (
    "guide: nop-don\ntitle: Nộp đơn\n"
    + SOURCE
    + """\
start: which
steps:
  which:
    ask: Bà con dùng máy nào?
    slot: phone
    choices: [{label: Android, value: android}, {label: iPhone, value: ios}, {label: Không có máy, next: person}]
    next:
      - {if: slots.phone == "android", then: tell}
      - else: first
  tell: {say: Máy này làm được., next: first}
  first: {call: dang-nhap, next: send}
  send: {do: Bấm gửi., stuck: [{problem: Không gửi được, next: person}], next: done}
  person: {handoff: Người của xã giúp bà con., reason: Không có máy}
  done: {end: Xong rồi., outcome: done}
"""
)
CALLED = "guide: dang-nhap\ntitle: Đăng nhập\n" + SOURCE + "start: open\nsteps:\n  open: {do: Mở Cổng., next: in}\n  in: {end: Vào được rồi., outcome: done}\n"
YEAR = timedelta(days=365)


async def test_every_way_that_people_went_is_counted_and_drawn(content: Content, data: Path, database: str) -> None:
    """Through a question, a word that nobody waits at, another guide and back; who goes away in the middle stops where they stood."""
    content.write("nop-don.yaml", GUIDE)
    content.write("dang-nhap.yaml", CALLED)
    async with running(content, data, database) as service:
        for number, taps in enumerate([("Android", "xong", "xong"), ("Android", "xong", "xong"), ("iPhone", "xong"), ("iPhone",), ("Không có máy",), ()]):
            one = Person(service, f"90{number}")
            await one.send(Kind.OPENED, "nop-don")
            for said in taps:
                await one.send(Kind.TEXT, said)
        changed = Person(service, "99")
        for said in ("#NOP-DON", "iPhone", "quay lại", "Android"):
            await changed.send(Kind.TEXT, said)
        outer, inner = await ways(service.store, "nop-don", YEAR), await ways(service.store, "dang-nhap", YEAR)
        counted = await steps(service.store, "nop-don", YEAR)
        assert await ways(service.store, "nop-don", timedelta(0)) == {}
    assert outer == {
        ("which", "tell"): 3, ("tell", "first"): 3, ("which", "first"): 3, ("which", "person"): 1, ("first", "send"): 3, ("send", "done"): 2,
    }  # fmt: skip
    assert inner == {("open", "in"): 3}
    assert counted["which"] == (7, 7), "who went back and answered again is counted twice as going on, and not as more than came"
    assert counted["send"] == (3, 2)

    env = {"DANLOI_FLOWS_DIR": str(content.flows), "DANLOI_DATABASE_URL": database, "DANLOI_DATA_DIR": str(data)}
    code, svg = await asyncio.to_thread(danloi, "graph", "nop-don", "--format", "svg", env=env)
    assert code == 0
    texts = [one.text or "" for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text") if "figure" in one.attrib.get("class", "")]
    assert sorted(texts) == ["1", "2", "3", "3", "3", "3"]
    assert "3 lượt đến, 1 dừng ở đây" in svg
    _, tree = await asyncio.to_thread(danloi, "graph", "nop-don", env=env)
    assert "Không có máy (1) → Gặp người person" in tree
    _, mermaid = await asyncio.to_thread(danloi, "graph", "nop-don", "--format", "mermaid", env=env)
    assert '-->|"Android · 3"|' in mermaid
    _, without = await asyncio.to_thread(danloi, "graph", "nop-don", "--days", "0", env=env)
    assert "lượt" not in without


async def test_figures_name_nobody(content: Content, data: Path, database: str) -> None:
    """What is counted holds steps, and neither who went nor what they wrote."""
    content.write("nop-don.yaml", GUIDE)
    content.write("dang-nhap.yaml", CALLED)
    async with running(content, data, database) as service:
        one = Person(service, "884422")
        for said in ("#NOP-DON", "iPhone", "xong"):
            await one.send(Kind.TEXT, said)
    facts = [line for line in (await dump(database)).splitlines() if line.startswith("facts ")]
    assert any("which>first" in line for line in facts)
    assert not any("884422" in line or "iPhone" in line for line in facts)


def test_a_database_that_is_away_leaves_a_picture_without_figures(content: Content) -> None:
    content.write("nop-don.yaml", GUIDE)
    content.write("dang-nhap.yaml", CALLED)
    env = {"DANLOI_FLOWS_DIR": str(content.flows), "DANLOI_DATABASE_URL": "postgresql://postgres@127.0.0.1:1/none"}
    code, shown = danloi("graph", "nop-don", env=env)
    assert code == 0
    assert "Vẽ không có số lượt" in shown
    assert "Bà con dùng máy nào?" in shown
