"""What a platform has of ours: remembered for a while, and under a name that holds when our own address changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.channels.kept import Kept
from bot.channels.uploads import UNHASHED_LIFE, File, UploadsHere, life_of, name_of

DAY = timedelta(days=1)
SCAN = File("messenger", "1001", "/media/vneid/scan-0a1b2c3d4e.png")


async def test_an_id_is_forgotten_before_the_platform_forgets_it() -> None:
    days = [0.0]
    uploads = UploadsHere(Kept(lambda: days[0] * DAY.total_seconds()))
    await uploads.keep(SCAN, "9001", timedelta(days=89))
    days[0] = 88.9
    assert await uploads.known(SCAN) == "9001"
    days[0] = 89
    assert await uploads.known(SCAN) is None


async def test_one_of_many_uploads() -> None:
    """Whoever comes next sees that somebody does, until the id is there or the time is over."""
    days = [0.0]
    uploads = UploadsHere(Kept(lambda: days[0] * DAY.total_seconds()))
    assert [await uploads.claim(SCAN, DAY) for _ in range(2)] == [True, False]
    assert await uploads.known(SCAN) == ""
    days[0] = 1
    assert await uploads.claim(SCAN, DAY)


async def test_only_the_id_that_failed_is_forgotten() -> None:
    uploads = UploadsHere()
    await uploads.keep(SCAN, "9002", DAY)
    await uploads.forget(SCAN, "9001")
    assert await uploads.known(SCAN) == "9002"
    await uploads.forget(SCAN, "9002")
    assert await uploads.known(SCAN) is None


async def test_another_account_has_ids_of_its_own() -> None:
    uploads = UploadsHere()
    await uploads.keep(SCAN, "9001", DAY)
    assert await uploads.known(SCAN._replace(account="1002")) is None
    assert await uploads.known(SCAN._replace(channel="zalo-oa")) is None


def test_the_oldest_go_where_there_are_too_many() -> None:
    kept = Kept(lambda: 0.0, most=2)
    for key in ("a", "b", "a", "c"):
        kept.put(key, key, DAY)
    assert [kept.get(key) for key in ("a", "b", "c")] == ["a", None, "c"]


def test_a_file_keeps_its_name_when_our_address_changes() -> None:
    for base in ("https://danloi.example", "http://127.0.0.1:8000"):
        assert name_of(f"{base}/media/vneid/scan-0a1b2c3d4e.png", base) == "/media/vneid/scan-0a1b2c3d4e.png"
    assert name_of("https://danloi.example.evil/a.png", "https://danloi.example") == "https://danloi.example.evil/a.png"
    assert name_of("https://a.example/a.png", "") == "https://a.example/a.png"


@pytest.mark.parametrize(
    ("url", "life"),
    [
        ("/media/vneid/scan-0a1b2c3d4e.png", timedelta(days=89)),
        ("https://danloi.example/media/vneid/scan-0a1b2c3d4e.en.png", timedelta(days=89)),
        ("/media/picture/ap-the.png", UNHASHED_LIFE),
        ("/media/picture/ap-the.en.png", UNHASHED_LIFE),
        ("https://a.example/scan-0a1b2c3d4e.png?x=1", UNHASHED_LIFE),
    ],
)
def test_an_address_that_does_not_change_with_the_picture_is_believed_for_a_day(url: str, life: timedelta) -> None:
    assert life_of(url, timedelta(days=89)) == life
