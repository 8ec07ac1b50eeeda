"""Pages that are shared: the landing page, the whole guide, in every state, over HTTP, with the guides that citizens get."""

from __future__ import annotations

import gzip
import html
import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import html5lib
import httpx
import pytest
import zxingcpp
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from bot.flows.loader import load
from bot.i18n.catalogue import Catalogues
from bot.service.content import guide_files
from bot.settings import MessengerSettings, Settings, TelegramSettings, ZaloOaSettings
from bot.web.app import create_app
from tests.web.conftest import Site, served
from tests.web.standin import Content, StandIn

ROOT = Path(__file__).parents[2]
KB = 1024
LANDING_BUDGET = 40 * KB
GUIDE_BUDGET = 60 * KB  # packed, with fonts; every branch and forty pictures stand in it
ANDROID_ZALO = "Mozilla/5.0 (Linux; Android 9; SM-J400) AppleWebKit/537.36 Chrome/95.0 Mobile Safari/537.36 Zalo android/12100745"
IPHONE_FACEBOOK = "Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/400.0;FBDV/iPhone10,1]"
SHARED = [
    "/go/vneid",
    "/go/khai-sinh_born_tt7k_03466",
    "/go/thanh-toan?lang=en",
    "/guide/vneid",
    "/guide/khai-sinh?lang=en",
    "/guide/thanh-toan?big=1",
    "/offline",
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path,
        messenger=MessengerSettings(page_id="1001", page_token="x", app_secret="x", verify_token="x"),
        zalo_oa=ZaloOaSettings(oa_id="2002", app_id="1", app_secret="x", oa_secret="x", refresh_token="x"),
        telegram=TelegramSettings(token="1:x", username="danloi_bot"),
        _env_file=None,
    )


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[Site]:
    behind = StandIn()
    behind.content = Content(load(guide_files(ROOT / "flows")).guides, Catalogues.load(ROOT / "locales"))
    async with served(create_app(settings, start=behind.start)) as url:
        yield Site(url, behind, settings)


@pytest.mark.parametrize("path", [*SHARED, "/go/khong-co", "/guide/khong-co"])
async def test_pages_are_valid_html_under_a_strict_policy(site: Site, path: str) -> None:
    async with site.browser() as browser:
        page = await browser.get(path)
    html5lib.HTMLParser(strict=True).parse(page.content)
    ids = re.findall(r' id="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page.text)) <= set(ids), "every step that is named is on the page"
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r'\son\w+=|\sstyle="|javascript:', page.text)
    assert not re.search(r'<svg[^>]* hidden|="data:[^"]*[ \']', page.text), "the Nu checker refuses these, the parser does not"


async def test_every_app_opens_at_the_step_with_volunteer_and_place(site: Site) -> None:
    async with site.browser() as browser:
        page = html.unescape((await browser.get("/go/vneid_scan_tt7k_03466")).text)
    assert 'href="https://zalo.me/2002?text=%23VNEID%20SCAN%20TT7K%2003466"' in page
    assert 'href="https://m.me/1001?ref=vneid_scan_tt7k_03466"' in page
    assert 'href="https://t.me/danloi_bot?start=vneid_scan_tt7k_03466"' in page
    assert 'href="/?open=vneid_scan_tt7k_03466"' in page
    assert '<strong class="code-word" id="code">#VNEID SCAN TT7K 03466</strong>' in page
    assert "Áp thẻ căn cước vào lưng điện thoại." in page
    assert "hoặc đến trung tâm hành chính công xã Bum Nưa." in page
    assert "target=" not in page, "no new windows: in-app browsers block them"


async def test_what_does_not_exist_in_a_link_is_left_out(site: Site) -> None:
    async with site.browser() as browser:
        page = (await browser.get("/go/KHAISINH_nowhere_x_99999")).text
    assert 'href="/?open=khai-sinh"' in page
    assert ">#KHAISINH</strong>" in page


async def test_the_landing_page_is_also_in_english_and_leads_on_in_it(site: Site) -> None:
    async with site.browser() as browser:
        page = (await browser.get("/go/vneid__tt7k")).text
        english = (await browser.get("/go/vneid__tt7k?lang=en")).text
    assert re.search(r'href="/go/vneid__tt7k\?lang=en" hreflang="en" lang="en">.*English</a>', page)
    assert re.search(r'href="/go/vneid__tt7k" hreflang="vi" lang="vi">.*Tiếng Việt</a>', english)
    assert 'href="/?open=vneid__tt7k&amp;lang=en"' in english
    assert 'href="/guide/vneid?lang=en"' in english


async def test_each_guide_names_its_own_hotline_and_says_whether_it_is_free(site: Site) -> None:
    async with site.browser() as browser:
        vneid, birth = (await browser.get("/go/vneid")).text, (await browser.get("/go/khai-sinh")).text
    assert re.search(r'href="tel:19000368">.*Gọi 1900 0368</a>', vneid)
    assert re.search(r'href="tel:18001096">.*Gọi 1800 1096, miễn phí</a>', birth)


@pytest.mark.parametrize("path", ["/go/vneid", "/guide/vneid"])
async def test_an_address_that_was_typed_with_a_slash_behind_shows_the_same(site: Site, path: str) -> None:
    async with site.browser() as browser:
        plain, slash = await browser.get(path), await browser.get(f"{path}/")
    assert (slash.status_code, slash.content) == (200, plain.content)


async def test_a_share_shows_title_and_picture(site: Site) -> None:
    async with site.browser() as browser:
        page = (await browser.get("/go/vneid__tt7k")).text
        shown = dict(re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)">', page))
        picture = await browser.get(shown["image"].removeprefix(site.settings.base_url))
        again = await browser.get("/go/vneid/og.png?v=other")
    assert shown["title"] == "Cài đặt và kích hoạt VNeID"
    assert shown["url"].endswith("/go/vneid__tt7k")
    assert (shown["image:width"], shown["image:height"]) == ("1200", "630")
    assert Image.open(BytesIO(picture.content)).size == (1200, 630)
    assert "immutable" in picture.headers["cache-control"]
    assert "immutable" not in again.headers["cache-control"]
    assert len(picture.content) < 60 * KB


async def test_the_app_that_one_is_in_comes_first_and_the_phones_browser_is_offered(site: Site) -> None:
    async with site.browser() as browser:
        zalo = (await browser.get("/go/vneid", headers={"user-agent": ANDROID_ZALO})).text
        facebook = (await browser.get("/go/vneid", headers={"user-agent": IPHONE_FACEBOOK})).text
        plain = await browser.get("/go/vneid")
    assert zalo.index("zalo.me") < zalo.index("m.me")
    assert re.search(r'href="intent://[^"]+/go/vneid#Intent;scheme=http;end"', zalo)
    assert facebook.index("m.me") < facebook.index("zalo.me")
    assert "Mở bằng trình duyệt" in facebook
    assert "intent:" not in facebook
    assert "Mở bằng trình duyệt" not in plain.text
    assert "user-agent" in plain.headers["vary"]


@pytest.mark.parametrize("kind", ["png", "svg"])
async def test_the_qr_code_of_a_page_leads_to_it(site: Site, kind: str) -> None:
    async with site.browser() as browser:
        answer = await browser.get(f"/go/vneid_scan_tt7k_03466/qr.{kind}")
    assert answer.status_code == 200
    if kind == "png":
        (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(answer.content)).convert("L"))
        assert found.text == f"{site.settings.base_url}/go/vneid_scan_tt7k_03466"


@pytest.mark.parametrize("guide", ["vneid", "khai-sinh", "thanh-toan"])
async def test_the_whole_guide_has_every_step_every_picture_and_its_sources(site: Site, guide: str) -> None:
    async with site.browser() as browser:
        page = html.unescape((await browser.get(f"/guide/{guide}")).text)
    model = site.behind.content.guides[guide].model
    for step in model.steps.values():
        said = getattr(step, "do", None) or getattr(step, "ask", None)
        assert not said or said.split("\n")[0] in page
    assert page.count('class="pic"') == sum(bool(step.screen or step.picture) for step in model.steps.values())
    assert all(source.title in page for source in model.sources)
    assert "cả hướng dẫn" in page
    assert page.count('class="qr"') == 1


async def test_language_and_large_letters_are_links(site: Site) -> None:
    async with site.browser() as browser:
        plain = (await browser.get("/guide/vneid")).text
        big = (await browser.get("/guide/vneid?big=1&lang=en")).text
        odd = (await browser.get("/guide/vneid?big=<b>&lang=%22><script>")).text
    assert 'href="/guide/vneid?big=1"' in plain
    assert 'href="/guide/vneid?lang=en"' in plain
    assert '<html lang="en" class="big">' in big
    assert 'href="/guide/vneid?lang=en"' in big, "back to ordinary letters"
    assert 'href="/guide/vneid?big=1"' in big, "back to Vietnamese"
    assert odd == plain


async def test_weights(site: Site) -> None:
    async with site.browser(headers={"accept-encoding": "gzip"}) as browser:
        assert await _weight(browser, "/go/vneid_scan_tt7k_03466") <= LANDING_BUDGET
        for guide in ("vneid", "khai-sinh", "thanh-toan"):
            assert await _weight(browser, f"/guide/{guide}") <= GUIDE_BUDGET


async def _weight(browser: httpx.AsyncClient, path: str) -> int:
    """Bytes over the wire of a page with all that it loads."""
    page = await browser.get(path)
    loaded = set(re.findall(r'"(/static/[^"]+)"', page.text)) | set(re.findall(r'<img src="([^"]+)"', page.text))
    for url in [url for url in loaded if url.endswith(".css")]:
        loaded |= set(re.findall(r'url\("(/static/[^"]+)"\)', (await browser.get(url)).text))
    bodies = [await browser.get(url) for url in loaded]
    sizes = [len(one.content) if one.headers.get("content-encoding") != "gzip" else len(gzip.compress(one.content, 9)) for one in bodies]
    return int(page.headers["content-length"]) + sum(sizes)


PARTS = ["vneid", "scan", "tt7k", "03466", "", "_", "<b>", "..", "/", "//evil.example/", "%2f", "ế", "'", '"', "\x00"]
PATHS = st.tuples(
    st.sampled_from(["go", "guide", "v"]),
    st.text(max_size=80) | st.lists(st.sampled_from(PARTS), max_size=7).map("_".join),
    st.sampled_from(["", "/", "//", "/qr.svg", "/qr.png", "/qr.gif", "/og.png"]),
)


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(path=("go", "vneid", "/"), query="en")
@example(path=("guide", "//evil.example", "/"), query="")
@given(path=PATHS, query=st.text(max_size=30))
async def test_whatever_is_asked_for_ends_in_a_page_or_a_clear_refusal(site: Site, path: tuple[str, str, str], query: str) -> None:
    kind, payload, more = path
    url = f"/{kind}/{quote(payload, safe='')}{more}?lang={quote(query, safe='')}&big={quote(query, safe='')}"
    async with site.browser() as browser:
        answer = await browser.get(url, headers={"accept": "text/html", "host": "evil.example"})
    assert answer.status_code in (200, 404)
    assert "location" not in answer.headers
    if answer.headers["content-type"].startswith("text/html"):
        html5lib.HTMLParser(strict=True).parse(answer.content)
        assert "<b>" not in answer.text
