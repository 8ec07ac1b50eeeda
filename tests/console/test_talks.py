"""A citizen asks for a person, a volunteer answers from the console, the bot is silent and comes back."""

from __future__ import annotations

from tests.console.conftest import Office


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
