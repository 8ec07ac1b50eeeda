"""What the documentation names exists: pages, files, commands, settings, addresses, words of a guide."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from starlette.routing import BaseRoute, Match

from bot.settings import load_settings
from bot.web.app import create_app
from tests.docs.command_line import misspelt
from tests.docs.pages import HOUSE, Page, pages
from tests.docs.settings_pages import settings

PAGES = {page.name: page for page in pages()}
EVERY_PAGE = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())

_COMMAND = re.compile(r"(?:^|[\s/|])danloi((?: +[^\s|;&<>]+)*)")
_TARGET = re.compile(r"(?:^|[\s;&])make ([a-z]+)")
_FILE = re.compile(r"(?:bot|bench|tests|docs|flows|nlu_data|locales|docker|\.ci)/[\w./-]*")
_VARIABLE = re.compile(r"\bDANLOI_[A-Z0-9_]*[A-Z0-9]")
_ROUTE = re.compile(r"/(?!(?:data|app|opt|etc|usr|var|tmp|run|dev|proc)\b)[a-z][\w/.-]*")
_LOCAL = re.compile(r"https?://(?:127\.0\.0\.1|localhost)(?::\d+)?/\S*")


def variables() -> set[str]:
    return {one.variable for group in settings().values() for one in group}


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[BaseRoute]:
    platform = {"page_id": "1", "page_token": "t", "app_secret": "s", "verify_token": "v"}
    return list(create_app(load_settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), messenger=platform)).routes)


@EVERY_PAGE
def test_links_between_pages_lead_somewhere(page: Page) -> None:
    lost = []
    for link in page.links:
        target, _, anchor = link.partition("#")
        if urlsplit(link).scheme:
            continue
        path = (page.path.parent / target).resolve() if target else page.path
        anchors = PAGES[str(path.relative_to(HOUSE))].anchors if anchor and path.suffix == ".md" and path.exists() else {anchor}
        if not path.exists() or not path.is_relative_to(HOUSE) or anchor not in anchors:
            lost.append(link)

    assert not lost


@EVERY_PAGE
def test_files_that_are_named_exist(page: Page) -> None:
    named = [span.partition(":")[0] for span in page.spans if _FILE.fullmatch(span.partition(":")[0])]

    assert not [name for name in named if not (HOUSE / name).exists()]


@EVERY_PAGE
def test_commands_and_their_options_exist(page: Page) -> None:
    wrong = [f"{line}: {why}" for line in page.shell_lines() for found in _COMMAND.finditer(line) if (why := misspelt(found[1].split()))]

    assert not wrong


@EVERY_PAGE
def test_make_targets_exist(page: Page) -> None:
    targets = set(re.findall(r"^([a-z]+):", (HOUSE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {found[1] for line in page.shell_lines() for found in _TARGET.finditer(line)}

    assert not named - targets


@EVERY_PAGE
def test_settings_exist(page: Page) -> None:
    named = set(_VARIABLE.findall(page.text))

    assert not {one for one in named - variables() if not any(known.startswith(f"{one}_") for known in variables())}


@EVERY_PAGE
def test_addresses_are_routes(page: Page, routes: list[BaseRoute]) -> None:
    named = [span for span in page.spans if _ROUTE.fullmatch(span)] + [urlsplit(found).path for line in page.shell_lines() for found in _LOCAL.findall(line)]

    assert not [path for path in named if not served(path.rstrip("\"'"), routes)]


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "Makefile", ".ci/run", ".ci/image", "docker/install.sh"])
def test_settings_in_the_house_exist(name: str) -> None:
    assert not set(_VARIABLE.findall((HOUSE / name).read_text(encoding="utf-8"))) - variables()


def test_every_page_can_be_found_from_the_map() -> None:
    map_page = PAGES["docs/index.md"]
    linked = {(map_page.path.parent / link).resolve() for link in map_page.links}

    assert not [page.name for page in PAGES.values() if page.path.parent == map_page.path.parent and page is not map_page and page.path not in linked]


def served(path: str, routes: list[BaseRoute]) -> bool:
    """Whether some route takes this path, by whichever method."""
    return any(route.matches({"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []})[0] is not Match.NONE for route in routes)


def test_the_measured_speed_is_written_down() -> None:
    assert (HOUSE / "docs/performance.md").exists()
