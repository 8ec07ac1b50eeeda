"""Which addresses are official."""

from __future__ import annotations

import pytest

from bot.flows.links import OFFICIAL_HOSTS, addresses, fault


@pytest.mark.parametrize("host", OFFICIAL_HOSTS)
def test_official_pages_are_accepted(host: str) -> None:
    """All of the fact sheet, with any path."""
    assert fault(f"https://{host}") is None
    assert fault(f"https://{host}/a/b?c=d#e") is None
    assert fault(f"HTTPS://WWW.{host.upper()}/") is None


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://laichau.gov.vn.xxx.com", "link-domain"),
        ("https://dichvucongs.top", "link-domain"),
        ("https://dichvucong-gov.vn", "link-domain"),
        ("https://vneid.vn-dichvucong.com", "link-domain"),
        ("https://xgov.vn", "link-domain"),
        ("https://gov.vn", "link-domain"),
        ("https://www.evn.com.vn", "link-domain"),
        ("https://bit.ly/vneid", "link-shortener"),
        ("https://www.tinyurl.com/x", "link-shortener"),
        ("http://vneid.gov.vn", "link-https"),
        ("vneid.gov.vn", "link-https"),
        ("javascript:alert(1)", "link-https"),
        ("//vneid.gov.vn", "link-https"),
        ("https://vneid.gov.vn@evil.com", "link-address"),
        ("https://evil.com\\@vneid.gov.vn", "link-address"),
        ("https://evil.com\\.gov.vn", "link-address"),
        ("https://evil.com#.gov.vn", "link-domain"),
        ("https://evil.com?.gov.vn", "link-domain"),
        ("https://evil.com/.gov.vn", "link-domain"),
        ("https://1.2.3.4", "link-address"),
        ("https://[::1]/", "link-address"),
        ("https://2130706433", "link-address"),
        ("https://xn--vnid-jza.gov.vn", "link-address"),
        ("https://vneíd.gov.vn", "link-address"),
        ("https://vneid.gov.vn:8443", "link-address"),
        ("https://vneid.gov.vn:x", "link-address"),
        ("https://vneid.gov.vn.", "link-address"),
        ("https://vneid%2egov.vn", "link-address"),
        ("https://vneid.gov.vn/a b", "link-address"),
        ("https://.gov.vn", "link-address"),
        ("https://", "link-address"),
        ("https://[", "link-address"),
        ("", "link-https"),
    ],
)
def test_look_alikes_are_not(url: str, code: str) -> None:
    """Suffixes, user names, backslashes, IP addresses, encoded names, ports, shorteners."""
    found = fault(url)
    assert found is not None
    assert found[0] == code


def test_addresses_in_words_are_found() -> None:
    """Without the punctuation after them."""
    assert addresses("Vào https://vneid.gov.vn/a, hoặc (http://x.vn). “https://y.vn”") == ("https://vneid.gov.vn/a", "http://x.vn", "https://y.vn")
