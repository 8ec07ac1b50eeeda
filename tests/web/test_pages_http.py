"""Landing pages, the printed guide, pictures and static files over HTTP."""

from __future__ import annotations

import gzip
import re
from io import BytesIO

import pytest
from PIL import Image

from bot.dialogue.drawings import PICTURE_ALT, gesture_url
from bot.i18n.catalogue import Catalogues
from bot.outreach.illustrations import MAX_PNG_BYTES
from bot.web.assets import IMMUTABLE
from tests.web.conftest import Site

KB = 1024
CHAT_BUDGET = 60 * KB  # of the chat's first load with one picture, packed
GUIDE_BUDGET = 40 * KB


async def test_a_link_leads_to_every_way_to_begin(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.get("/go/vneid__tt7k")
    assert page.status_code == 200
    assert "#VNEID TT7K" in page.text
    assert 'href="/?open=vneid__tt7k"' in page.text
    assert "Thẻ căn cước gắn chip còn hạn" in page.text
    assert "Thủ tục 1.011410" in page.text
    assert "24/11/2026" in page.text
    assert "Ai hỏi là lừa đảo" in page.text
    assert "m.me" not in page.text, "Messenger is off here"


@pytest.mark.parametrize(
    "path", ["/go/khong-co", "/go/khong-co/qr.svg", "/guide/khong-co", "/go/VNeID_x_y_z", "/go/vneid_a_b_c_d", "/go/%00", "/go/%3Cscript%3E", "/go/" + "a" * 80]
)
async def test_an_unknown_guide_is_answered_kindly(site: Site, path: str) -> None:
    async with site.browser() as browser:
        page = await browser.get(path)
    assert page.status_code == 404
    assert "Chưa có hướng dẫn này" in page.text
    assert 'href="/go/vneid"' in page.text


async def test_a_page_that_is_not_there_leads_back(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.get("/nowhere", headers={"accept": "text/html"})
        bare = await browser.get("/nowhere")
    assert page.status_code == bare.status_code == 404
    assert "Về trang trò chuyện" in page.text
    assert bare.text == ""


async def test_qr_codes_lead_to_the_landing_page(site: Site) -> None:
    async with site.browser() as browser:
        svg = await browser.get("/go/vneid/qr.svg")
        png = await browser.get("/go/vneid/qr.png")
    assert svg.headers["content-type"] == "image/svg+xml"
    assert svg.text.startswith("<svg")
    assert Image.open(BytesIO(png.content)).width >= 290


async def test_the_whole_guide_stands_on_one_page(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.get("/guide/vneid")
    assert "Bấm nút “Bắt đầu”." in page.text
    assert "<strong>Không thấy nút?</strong> Kéo màn hình xuống dưới." in page.text
    assert "Android · iPhone · Không biết" in page.text
    assert page.text.count('class="qr"') == 1
    assert "sha256-" in page.headers["content-security-policy"], "the styles stand inside"


async def test_the_picture_of_a_step_is_small_and_kept_for_ever(site: Site) -> None:
    url = site.behind.content.guides["vneid"].screen_url("start")
    async with site.browser() as browser:
        png = await browser.get(url)
        again = await browser.get(url)
        svg = await browser.get(url.replace(".png", ".svg"))
    assert png.headers["cache-control"] == svg.headers["cache-control"] == IMMUTABLE
    assert Image.open(BytesIO(png.content)).size == (640, 800)
    assert len(png.content) <= MAX_PNG_BYTES
    assert again.content == png.content
    assert "Hình vẽ minh họa" in svg.text
    assert len(list((site.settings.data_dir / "cache" / "pictures").iterdir())) == 1


async def test_an_old_address_of_a_picture_leads_to_the_new_one(site: Site) -> None:
    async with site.browser() as browser:
        answer = await browser.get("/media/vneid/start-0123456789.png")
    assert answer.status_code == 302
    assert answer.headers["location"] == site.behind.content.guides["vneid"].screen_url("start")


@pytest.mark.parametrize(
    "path",
    ["vneid/nope-0123456789.png", "nope/start-0123456789.png", "vneid/phone-0123456789.png", "vneid/start.png", "picture/nope.png", "picture/ap-the.gif"],
)
async def test_what_is_no_picture_is_not_found(site: Site, path: str) -> None:
    async with site.browser() as browser:
        assert (await browser.get(f"/media/{path}")).status_code == 404


@pytest.mark.parametrize("name", sorted(PICTURE_ALT))
async def test_pictures_drawn_by_hand(site: Site, name: str) -> None:
    async with site.browser() as browser:
        png = await browser.get(f"/media/picture/{name}.png")
        svg = await browser.get(f"/media/picture/{name}.svg")
    assert Image.open(BytesIO(png.content)).size == (640, 800)
    assert len(png.content) <= MAX_PNG_BYTES
    assert len(gzip.compress(svg.content)) < 3 * KB


async def test_a_picture_is_kept_for_ever_by_the_address_that_names_its_version(site: Site) -> None:
    """Addresses from before the last change of it, or without a version, still show it, for a day."""
    current = gesture_url(Catalogues(), "vi", "ap-the")
    async with site.browser() as browser:
        now, plain, old = [await browser.get(url) for url in (current, "/media/picture/ap-the.png", "/media/picture/ap-the-0123456789.png")]
    assert now.content == plain.content == old.content
    assert now.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["cache-control"] == old.headers["cache-control"] == "public, max-age=86400"


async def test_static_files_are_fetched_once(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.get("/")
        for url in _assets(page.text):
            answer = await browser.get(url)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == IMMUTABLE
            for imported in re.findall(r'from "([^"]+)"', answer.text if url.endswith(".js") else ""):
                assert imported in page.text, "every module is named in the page, so that none is found late"
        assert (await browser.get("/static/../app.py")).status_code == 404
        assert (await browser.get("/static/chat.css")).status_code == 404, "only hashed names"


async def test_the_chat_with_a_picture_stays_within_its_weight(site: Site) -> None:
    async with site.browser(headers={"accept-encoding": "gzip"}) as browser:
        await browser.get("/?open=vneid")
        await browser.post("/chat/events", json={"tap": "vneid/phone/Android"})
        assert await _weight(browser, "/") <= CHAT_BUDGET


async def test_the_guide_and_the_landing_page_stay_within_their_weight(site: Site) -> None:
    async with site.browser(headers={"accept-encoding": "gzip"}) as browser:
        assert await _weight(browser, "/guide/vneid") <= GUIDE_BUDGET
        assert await _weight(browser, "/go/vneid") <= CHAT_BUDGET


async def _weight(browser: object, path: str) -> int:
    """Bytes over the wire of a page with everything that it loads: fonts, styles, scripts, pictures."""
    page = await browser.get(path)
    loaded = _assets(page.text)
    for url in [*loaded]:
        loaded |= set(re.findall(r'url\("(/static/[^"]+)"\)', (await browser.get(url)).text if url.endswith(".css") else ""))
    loaded |= set(re.findall(r'<img src="([^"]+)"', page.text))
    assert any("700" in url for url in loaded) or "/guide/" in path
    sizes = [int((await browser.get(url)).headers["content-length"]) for url in loaded]
    return int(page.headers["content-length"]) + sum(sizes)


def _assets(page: str) -> set[str]:
    return set(re.findall(r'"(/static/[^"]+)"', page))
