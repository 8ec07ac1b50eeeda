"""Each row of the documented error table, and that each tells the operator what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson
import pytest

from bot.channels.base import Failure
from bot.channels.messenger_errors import ERRORS, UNKNOWN, failed, retry_after, verdict

TABLE = [
    (10, 2018278, Failure.WINDOW),
    (10, 2534022, Failure.WINDOW),
    (10, 2018065, Failure.WINDOW),
    (10, 2018108, Failure.GONE),
    (551, None, Failure.GONE),
    (551, 1545041, Failure.GONE),
    (200, 1545041, Failure.GONE),
    (10, 1893063, Failure.STOP),
    (10, None, Failure.STOP),
    (10, 424242, Failure.STOP),
    (200, 2018028, Failure.STOP),
    (230, None, Failure.STOP),
    (100, 2018001, Failure.GONE),
    (100, 33, Failure.PERMANENT),
    (100, None, Failure.PERMANENT),
    (100, 2018008, Failure.MEDIA),
    (100, 2018047, Failure.MEDIA),
    (100, 2018294, Failure.MEDIA),
    (100, 2018074, Failure.MEDIA),
    (100, 2018109, Failure.MEDIA),
    (100, 2018014, Failure.PERMANENT),
    (190, None, Failure.TOKEN),
    (190, 458, Failure.TOKEN),
    (190, 460, Failure.TOKEN),
    (190, 463, Failure.TOKEN),
    (190, 467, Failure.TOKEN),
    (1, None, Failure.RETRY),
    (2, None, Failure.RETRY),
    (1200, None, Failure.RETRY),
    (4, None, Failure.RETRY),
    (17, None, Failure.RETRY),
    (32, None, Failure.RETRY),
    (613, None, Failure.RETRY),
    (613, 2534040, Failure.RETRY),
    (80001, None, Failure.RETRY),
    (80006, None, Failure.RETRY),
    (613, 2018338, Failure.GONE),
    (368, None, Failure.GONE),
    (10, 2018300, Failure.HUMAN),
    (100, 2018300, Failure.HUMAN),
    (2018300, None, Failure.HUMAN),
    (10, 2018321, Failure.RETRY),
    (2022, None, Failure.PERMANENT),
]


def body(code: object, subcode: object = None) -> bytes:
    return orjson.dumps({"error": {"message": "x", "code": code, "error_subcode": subcode}})


@pytest.mark.parametrize(("code", "subcode", "failure"), TABLE)
def test_the_table(code: int, subcode: int | None, failure: Failure) -> None:
    assert failed(400, {}, body(code, subcode)).failure is failure


def test_attempts_are_limited_where_the_platform_means_something_else_by_temporary() -> None:
    assert [failed(500, {}, body(code)).max_retries for code in (1, 2, 4)] == [3, 3, None]
    assert failed(400, {}, body(10, 2018321)).max_retries == 2


def test_an_unknown_code_is_tried_a_few_times() -> None:
    assert verdict(987654, 1) is None
    assert failed(400, {}, body(987654, 1)).max_retries == UNKNOWN.max_retries == 3


@pytest.mark.parametrize("code", [None, "x", [], True, {}])
def test_a_code_of_the_wrong_type_is_unknown(code: object) -> None:
    assert failed(400, {}, body(code, code)).failure is Failure.RETRY


def test_codes_as_text_are_read() -> None:
    assert failed(400, {}, body("190", "463")).code == "190/463"


def test_every_row_tells_the_operator_something() -> None:
    for row in ERRORS.values():
        assert row.sentence.endswith(".")
        assert 20 < len(row.sentence) < 300


def test_waiting_times() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert retry_after({"Retry-After": "12"}) == 12
    assert 80 < (retry_after({"Retry-After": later}) or 0) <= 90
    usage = {"X-Business-Use-Case-Usage": '{"1":[{"estimated_time_to_regain_access":0}],"2":[{"estimated_time_to_regain_access":3},{}]}'}
    assert retry_after(usage) == 180
    for nonsense in ("", "soon", "-5", "[]", "{}", '{"1":{}}', '{"1":[{"estimated_time_to_regain_access":"x"}]}'):
        assert retry_after({"Retry-After": nonsense, "X-Business-Use-Case-Usage": nonsense}) is None
