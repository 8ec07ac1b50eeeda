"""A citizen asks for a person, a volunteer answers from the console, the bot is silent and comes back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.event import Event, Kind
from bot.service.desk import Secret
from bot.service.desk_people import said_to_a_person
from bot.store import retention
from bot.store.handoffs import Line
from bot.store.volunteers import counts, find, revoke
from tests.console.conftest import PA_TAN, Helper, Office
from tests.privacy.inventing import Inventor
from tests.store.databases import dump

ID_CARD = "001300012345"
IN_CARD = ("001300012345", "1300012345", "0012345")


async def test_a_person_answers_and_gives_the_talk_back(office: Office) -> None:
    """The whole road, in the web chat."""
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    assert "Chưa ai chờ" in await mai.sees()
    await bac.asks_for_a_person()
    number = await office.number()
    seen = await mai.sees()
    assert "1 người đang chờ" in seen
    assert f"Bà con số {number} Vừa đến Cài đặt và kích hoạt VNeID, bước 2/" in seen

    assert await mai.takes(number) == f"/console/{number}"
    assert await mai.answers(number, "Cháu đây ạ. Máy bác hiệu gì?") == f"/console/{number}"
    last = (await bac.reads())[-1]
    assert (last["from"], last["text"], last["choices"]) == ("person", "Chị Mai: Cháu đây ạ. Máy bác hiệu gì?", [])
    assert await bac.says("may samsung chau a") == []
    assert "may samsung chau a" in await mai.sees(f"/console/{number}")

    assert await mai.gives_back(number) == f"/console?done=back&number={number}"
    assert f"Đã trả bà con số {number} lại cho Dẫn Lối." in await mai.sees(f"/console?done=back&number={number}")
    assert [one["from"] for one in await bac.says("nói lại")] == ["bot"]
    assert "Chưa ai chờ" in await mai.sees()


async def test_the_citizen_calls_the_bot_back_and_the_console_says_so(office: Office) -> None:
    """An answer after that makes the bot silent again."""
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.asks_for_a_person()
    number = await office.number()
    await mai.takes(number)
    await mai.answers(number, "Cháu chào bác.")
    assert "Dẫn Lối đang im" in await mai.sees(f"/console/{number}")
    assert (await bac.says("menu"))[-1]["choices"]
    assert "Bà con đã gọi lại Dẫn Lối" in await mai.sees(f"/console/{number}")
    assert "Đã về với Dẫn Lối" in await mai.sees()
    await mai.answers(number, "Bác cần gì nữa không ạ?")
    assert await bac.says("khong chau oi") == []
    assert "Dẫn Lối đang im" in await mai.sees(f"/console/{number}")


async def test_closed_without_an_answer_nothing_is_told_and_the_bot_was_never_silent(office: Office) -> None:
    """Who asks again stands on the list again."""
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.asks_for_a_person()
    number, before = await office.number(), await bac.reads()
    await mai.takes(number)
    assert "Đóng lại" in await mai.sees(f"/console/{number}")
    assert await mai.gives_back(number) == f"/console?done=closed&number={number}"
    assert await bac.reads() == before
    assert await bac.says("nói lại")
    assert "Chưa ai chờ" in await mai.sees()
    await bac.says("gặp người hỗ trợ")
    assert await office.number() > number
    assert "1 người đang chờ" in await mai.sees()


async def test_of_many_who_come_at_once_one_gets_the_citizen(office: Office) -> None:
    """The others are told who has them, and can neither read nor write."""
    names = ["Chị Mai", "Anh Páo", "Chị Dua", "Anh Sinh", "Chị Lan", "Cô Hoa"]
    helpers = [await office.volunteer(name) for name in names]
    bac = await office.citizen()
    await bac.asks_for_a_person()
    await bac.agrees()
    number = await office.number()
    told = await asyncio.gather(*(helper.browser.post(f"/console/{number}/take") for helper in helpers))
    assert sorted(one.status_code for one in told) == [303, *[409] * 5]
    [winner] = [name for name, one in zip(names, told, strict=True) if one.status_code == 303]
    losers = [helper for helper, one in zip(helpers, told, strict=True) if one.status_code == 409]
    assert all(f"{winner} vừa nhận bà con số {number}" in one.text for one in told if one.status_code == 409)
    assert f"Bà con số {number}: {winner}" in await losers[0].sees()
    assert "không còn ở chỗ anh chị" in await losers[0].sees(f"/console/{number}", 404)
    await losers[1].answers(number, "Cháu đây ạ", 404)
    await losers[2].gives_back(number, 404)
    await losers[3].releases(number, 404)
    assert [one["from"] for one in await bac.reads() if one["from"] == "person"] == []


async def test_the_own_commune_stands_first_and_then_who_has_waited_longest(office: Office) -> None:
    """A commune is what the citizen said, else where the link hangs, else the commune of whoever shared it."""
    mai, pao = await office.volunteer("Chị Mai"), await office.volunteer("Anh Páo", PA_TAN)
    for opens in (f"vneid__{pao.code}", "", f"vneid__{mai.code}", f"vneid__{pao.code}_03466"):
        await (await office.citizen(opens)).says("gặp người hỗ trợ")
    first = await office.number() - 3

    async def order(helper: Helper) -> list[int]:
        words = await helper.sees()
        return sorted(range(first, first + 4), key=lambda number: words.index(f"Bà con số {number} "))

    assert await order(mai) == [first + 2, first + 3, first, first + 1]
    assert await order(pao) == [first, first + 1, first + 2, first + 3]
    assert (await mai.sees()).count("Người xã mình") == 2


async def test_who_does_nothing_for_long_keeps_nobody_from_help(office: Office) -> None:
    """After half an hour another may take them; whoever had them is told."""
    mai, pao, bac = await office.volunteer("Chị Mai"), await office.volunteer("Anh Páo"), await office.citizen()
    await bac.asks_for_a_person()
    number = await office.number()
    await mai.takes(number)
    assert "Chị Mai vừa nhận" in await pao.takes(number, 409)
    await office.fetch("UPDATE handoffs SET acted_at = acted_at - interval '31 minutes'")
    assert "1 người đang chờ" in await pao.sees()
    await pao.takes(number)
    await mai.answers(number, "Cháu đây ạ", 404)
    await pao.answers(number, "Cháu là Páo.")
    assert [one["text"] for one in await bac.reads() if one["from"] == "person"] == ["Anh Páo: Cháu là Páo."]


async def test_somebody_is_left_to_another(office: Office) -> None:
    mai, pao, bac = await office.volunteer("Chị Mai"), await office.volunteer("Anh Páo"), await office.citizen()
    await bac.asks_for_a_person()
    number = await office.number()
    await mai.takes(number)
    await mai.answers(number, "Bác chờ anh Páo nhé.")
    assert await mai.releases(number) == f"/console?done=released&number={number}"
    await pao.takes(number)
    assert "Bác chờ anh Páo nhé." in await pao.sees(f"/console/{number}")


async def test_a_revoked_volunteer_is_out_at_once(office: Office) -> None:
    """And whom they helped waits for others."""
    mai, pao, bac = await office.volunteer("Chị Mai"), await office.volunteer("Anh Páo"), await office.citizen()
    await bac.asks_for_a_person()
    number = await office.number()
    await mai.takes(number)
    assert await revoke(office.service.store, mai.code)
    for path in ("/console", "/console/news", f"/console/{number}", f"/console/{number}/news"):
        assert "Máy này chưa vào được bàn trực" in await mai.sees(path, 403)
    assert (await mai.browser.get(office.link(mai.code))).status_code == 403, "the old link opens nothing either"
    for act in ("take", "answer", "back", "release"):
        assert (await mai.browser.post(f"/console/{number}/{act}", data={"text": "a"})).status_code == 403
    assert "1 người đang chờ" in await pao.sees()
    await pao.takes(number)


async def test_without_consent_only_what_is_said_to_a_person_is_seen(office: Office) -> None:
    """Neither on the list nor in the talk is anything of what was said to the bot."""
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.says("tôi hỏi nhỏ câu đầu")
    await bac.asks_for_a_person()
    await bac.says("tôi hỏi nhỏ câu hai")
    number = await office.number()
    assert "hỏi nhỏ" not in await mai.sees()
    await mai.takes(number)
    talk = await mai.sees(f"/console/{number}")
    assert "hỏi nhỏ" not in talk
    assert "Lời đã nói không hiện: bà con chưa đồng ý cho đọc." in talk
    await mai.answers(number, "Cháu chào bác.")
    await bac.says("chào cháu, tôi bị treo máy")
    talk = await mai.sees(f"/console/{number}")
    assert "hỏi nhỏ" not in talk
    assert "tôi bị treo máy" in talk
    assert "tôi bị treo máy" in await mai.sees()
    await bac.says("menu")
    await bac.says("tôi hỏi nhỏ câu ba")
    assert "hỏi nhỏ" not in await mai.sees(f"/console/{number}") + await mai.sees()
    await bac.says("không đồng ý nữa")
    assert "Lời trước đó không hiện" in await mai.sees(f"/console/{number}")


async def test_with_consent_the_talk_is_seen_from_the_beginning(office: Office) -> None:
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.says("tôi hỏi câu đầu")
    await bac.asks_for_a_person()
    await bac.agrees()
    await bac.says("máy không nhận thẻ")
    number = await office.number()
    assert "“máy không nhận thẻ”" in await mai.sees()
    await mai.takes(number)
    talk = await mai.sees(f"/console/{number}")
    assert "tôi hỏi câu đầu" in talk
    assert "Chào bà con. Dẫn Lối là trợ lý tự động" in talk
    assert "không hiện" not in talk


@given(st.lists(st.sampled_from(["me", "bot", "person"]), max_size=12))
def test_whatever_the_order_the_bots_talk_stays_hidden(senders: list[str]) -> None:
    """Shown is a person's word, and a citizen's only where nothing of the bot's stands between it and a person's."""
    lines = [Line(id=number, sender=sender, status="sent", body={}, at=datetime.now(UTC), error="") for number, sender in enumerate(senders)]
    shown = {line.id for line in said_to_a_person(lines)}
    for line in lines:
        before = [one.sender for one in reversed(lines[: line.id]) if one.sender != "me"]
        wanted = line.sender == "person" or (line.sender == "me" and before[:1] == ["person"])
        assert (line.id in shown) == wanted


@pytest.mark.parametrize("how", ["the citizen", "the operator", "a next person"])
async def test_who_is_erased_is_gone_from_the_console(office: Office, database: str, how: str) -> None:
    """An answer that comes too late reaches nobody and is not kept."""
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.asks_for_a_person()
    number = await office.number()
    await mai.takes(number)
    await mai.answers(number, "Cháu Mai nghe đây ạ.")
    if how == "the operator":
        contact = bac.browser.cookies["danloi"].partition(".")[0]
        assert (await office.service.store.erase("web", contact))["handoffs"] == 1
    elif how == "the citizen":
        await bac.says("xóa dữ liệu")
        await bac.says("có")
    else:
        await bac.says("giúp người khác")
    assert "Chưa ai chờ" in await mai.sees()
    assert "không còn ở chỗ anh chị" in await mai.sees(f"/console/{number}", 404)
    await mai.answers(number, "Bác còn đó không ạ?", 404)
    await mai.gives_back(number, 404)
    kept = await dump(database)
    assert "Bác còn đó" not in kept
    assert "Cháu Mai nghe" not in kept


@pytest.mark.parametrize(
    "words",
    [f"Số căn cước của bác là {ID_CARD} đúng không?", "mã OTP là 482913", "482913", "48 29", "gọi cháu 0912 345 678", "thẻ 4111111111111111"],
)
async def test_a_secret_number_is_neither_kept_nor_sent(office: Office, database: str, words: str) -> None:
    """The volunteer is told, and finds the rest of the words still in the box."""
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.asks_for_a_person()
    number, before = await office.number(), await bac.reads()
    await mai.takes(number)
    page = await mai.answers(number, words, 422)
    assert "Tin chưa gửi và không được giữ" in page
    assert words not in page
    if ID_CARD in words:
        assert "Số căn cước của bác là [số đã ẩn] đúng không?" in page
    assert await bac.reads() == before
    kept = await dump(database)
    assert not [one for one in (words, "482913", *IN_CARD, "4111111111111111") if one in kept]
    assert await office.fetch("SELECT 1 FROM handoffs WHERE answered_at IS NOT NULL") == []


async def test_hundreds_of_invented_secrets_go_nowhere(office: Office) -> None:
    """Whatever a volunteer copies into the box, and however it is written: it is refused, or nothing of it is left."""
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.asks_for_a_person()
    number = await office.number()
    await mai.takes(number)
    volunteer = await find(office.service.store, mai.code)
    assert volunteer
    left = []
    secrets = list(Inventor(20261124).secrets(400))
    for place, secret in enumerate(secrets):
        try:
            await office.service.desk.answer(number, volunteer, secret.sentence, str(place))
        except Secret as error:
            left.append((secret, error.masked))
    kept = [orjson.loads(row[0])["text"] for row in await office.fetch("SELECT body FROM messages WHERE sender = 'person'")]
    assert not [(secret.sentence, text) for secret in secrets for text in kept if secret.stands_in(text)]
    assert not [(secret.sentence, masked) for secret, masked in left if secret.stands_in(masked)]
    assert len(left) > 390


async def test_what_is_sent_twice_goes_once(office: Office) -> None:
    """The same words of the same page; other words, or another page, are another answer."""
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.asks_for_a_person()
    number = await office.number()
    await mai.takes(number)
    for words, mark in (("vâng", "p1"), ("vâng", "p1"), ("dạ", "p1"), ("vâng", "p2")):
        await mai.answers(number, words, mark=mark)
    assert [one["text"] for one in await bac.reads() if one["from"] == "person"] == ["Chị Mai: vâng", "Chị Mai: dạ", "Chị Mai: vâng"]


async def test_a_citizen_who_writes_meanwhile_loses_nothing(office: Office) -> None:
    """Turns of both sides at once: each is applied once, on the session that the one before left."""
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.asks_for_a_person()
    number = await office.number()
    await mai.takes(number)
    await mai.answers(number, "Cháu chào bác.")
    said = [f"câu {place} của tôi" for place in range(10)]
    answered = [f"Cháu trả lời {place}" for place in range(10)]
    await asyncio.gather(*(bac.says(words) for words in said), *(mai.answers(number, words) for words in answered))
    texts = [one["text"] for one in await bac.reads()]
    assert sorted(one for one in texts if one in said) == sorted(said)
    assert sorted(one for one in texts if one.startswith("Chị Mai: Cháu trả lời")) == sorted(f"Chị Mai: {words}" for words in answered)
    assert await bac.says("vâng ạ") == [], "the bot is still silent"


async def test_who_was_helped_is_counted_and_nobody_is_named(office: Office) -> None:
    """By guide, volunteer and place; `/metrics` has numbers only."""
    bac, mai = await office.citizen("vneid__zz99_03388"), await office.volunteer("Chị Mai")
    await bac.says("gặp người hỗ trợ")
    number = await office.number()
    await mai.takes(number)
    await mai.answers(number, "Cháu chào bác.")
    await mai.gives_back(number)
    counted = [one for one in await counts(office.service.store, timedelta(days=1)) if one.numbers.get("helped")]
    assert [(one.guide, one.volunteer, one.place, one.numbers["helped"]) for one in counted] == [("vneid", mai.code, PA_TAN, 1)]
    assert "Được người giúp" in await mai.sees("/stats?guide=vneid")
    figures = (await mai.browser.get("/metrics")).text
    for what in ("taken", "answered", "given_back"):
        assert f'danloi_handoffs_total{{what="{what}"}} 1.0' in figures
    assert "danloi_handoffs_open" in figures
    assert mai.code not in figures
    assert "Mai" not in figures


async def test_what_is_long_over_is_deleted(office: Office) -> None:
    """Also somebody whom nobody ever helped; who waits now stays."""
    old, done, new = [await office.citizen() for _ in range(3)]
    mai = await office.volunteer("Chị Mai")
    for one in (old, done, new):
        await one.asks_for_a_person()
    last = await office.number()
    await mai.takes(last - 1)
    await mai.gives_back(last - 1)
    for column in ("asked_at", "acted_at", "closed_at"):
        await office.fetch(f"UPDATE handoffs SET {column} = {column} - interval '8 days' WHERE id < $1", last)
    await retention.delete_old(office.service.store, sessions=timedelta(days=30), messages=timedelta(days=7))
    assert [row[0] for row in await office.fetch("SELECT id FROM handoffs")] == [last]


async def test_the_page_inbox_and_the_console_do_not_hide_each_other(office: Office) -> None:
    """Somebody answered elsewhere: the console shows it where it may, and closing unanswered gives nothing back that was not ours."""
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.asks_for_a_person()
    await bac.agrees()
    number = await office.number()
    contact = bac.browser.cookies["danloi"].partition(".")[0]
    words = Event(id="x", channel="web", account="web", contact=contact, at=datetime.now(UTC), kind=Kind.PERSON_REPLIED, text="Em ở xã đây ạ")
    await office.service.turns.take([words])
    await mai.takes(number)
    assert "Em ở xã đây ạ" in await mai.sees(f"/console/{number}")
    await mai.gives_back(number)
    assert await bac.says("vâng") == [], "whoever answered elsewhere still has the talk"
