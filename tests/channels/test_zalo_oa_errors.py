"""Each row of Zalo's error table, and that each tells the operator what to do."""

from __future__ import annotations

import orjson
import pytest

from bot.channels.base import Failure, SendFailed
from bot.channels.calling import Answer
from bot.channels.zalo_oa_errors import ERRORS, NIGHT_WAIT_SECONDS, UNKNOWN, failed, taken

TABLE = {
    -32: Failure.RETRY,
    -100: Failure.MEDIA,
    -124: Failure.TOKEN,
    -200: Failure.RETRY,
    -201: Failure.PERMANENT,
    -204: Failure.STOP,
    -205: Failure.STOP,
    -209: Failure.STOP,
    -210: Failure.PERMANENT,
    -211: Failure.RETRY,
    -212: Failure.STOP,
    -213: Failure.GONE,
    -216: Failure.TOKEN,
    -217: Failure.GONE,
    -218: Failure.WINDOW,
    -219: Failure.STOP,
    -220: Failure.TOKEN,
    -221: Failure.STOP,
    -223: Failure.STOP,
    -224: Failure.STOP,
    -227: Failure.GONE,
    -230: Failure.WINDOW,
    -232: Failure.WINDOW,
    -233: Failure.PERMANENT,
    -234: Failure.RETRY,
    -235: Failure.STOP,
    -240: Failure.PERMANENT,
    -242: Failure.STOP,
    -244: Failure.GONE,
    -248: Failure.PERMANENT,
    -305: Failure.WINDOW,
    -311: Failure.RETRY,
    -320: Failure.RETRY,
    -321: Failure.RETRY,
}


def told(body: object, *, status: int = 200, **headers: str) -> SendFailed:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    with pytest.raises(SendFailed) as caught:
        taken(Answer(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=raw))
    return caught.value


def test_the_table_is_complete() -> None:
    assert {code: row.failure for code, row in ERRORS.items()} == TABLE


@pytest.mark.parametrize("code", TABLE)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_body_decides_and_not_the_status(code: int, status: int) -> None:
    for written in (code, str(code)):
        failure = told({"error": written, "message": "x"}, status=status)
        assert (failure.failure, failure.code, failure.ambiguous) == (TABLE[code], str(code), False)


def test_attempts_end_where_waiting_does_not_help() -> None:
    """Money and quota only stop charged messages: such a message is given up, and never dams up the free ones."""
    assert {code: row.max_retries for code, row in ERRORS.items() if row.failure is Failure.RETRY} == {
        -32: None,
        -200: 1,
        -211: 3,
        -234: 20,
        -311: 3,
        -320: 3,
        -321: 3,
    }


def test_a_rate_limit_waits_as_long_as_it_is_told() -> None:
    assert told({"error": -32}, Retry_After="7").retry_after == 7
    assert told({"error": -32}).retry_after is None


def test_the_night_is_waited_for_in_large_steps() -> None:
    assert failed(-234).retry_after == NIGHT_WAIT_SECONDS


@pytest.mark.parametrize("code", [-999, -214, 17])
def test_an_unknown_code_is_tried_a_few_times(code: int) -> None:
    failure = told({"error": code})
    assert (failure.failure, failure.max_retries, failure.sentence) == (Failure.RETRY, 3, UNKNOWN.sentence)


@pytest.mark.parametrize("body", [b"", b"OK", b"<html>", b"[]", b"null", {}, {"error": None}, {"error": "x"}, {"error": []}, {"error": True}, {"error": "-"}])
@pytest.mark.parametrize(("status", "ambiguous"), [(200, True), (502, True), (504, True), (500, False), (503, False), (404, False)])
def test_nonsense_after_a_yes_may_have_been_taken(body: object, status: int, ambiguous: bool) -> None:
    failure = told(body, status=status, Retry_After="3")
    assert (failure.failure, failure.ambiguous, failure.retry_after) == (Failure.RETRY, ambiguous, 3.0)


@pytest.mark.parametrize("data", [None, [], "x", {}])
def test_a_success_without_data_is_an_empty_one(data: object) -> None:
    assert taken(Answer(status=200, headers={}, body=orjson.dumps({"error": 0, "data": data}))) == {}


def test_every_row_tells_the_operator_something() -> None:
    for row in ERRORS.values():
        assert row.sentence.endswith(".")
        assert 20 < len(row.sentence) < 300


def test_nothing_of_zalos_own_text_is_kept() -> None:
    """It may repeat the citizen's words."""
    assert "Chào bà con" not in repr(told({"error": -201, "message": "bad: Chào bà con"}))
