"""Whether the official pages that guides stand on are still there: asked for one after another, politely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import requests

from bot.flows.diagnostics import Diagnostic
from bot.flows.draft import Path, urls_in_step
from bot.flows.loader import Loaded

TIMEOUT_SECONDS = 15.0
TRIES = 2
HEADERS = {"User-Agent": "danloi-check/1.0", "Accept": "text/html,*/*"}
# A page that wants to know who is there is there.
ALIVE = frozenset({401, 403, 405, 406, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address, and the finding to give where it is dead: it may stand in several places."""

    url: str
    findings: tuple[Diagnostic, ...]


def addresses(loaded: Loaded) -> Sequence[Address]:
    """Every address of sources, steps and answers, once each, in the order of the files."""
    found: dict[str, list[Diagnostic]] = {}
    for guide in loaded.guide_drafts:
        places: list[tuple[Path, str]] = [(("sources", number, "url"), source.url) for number, source in enumerate(guide.model.sources)]
        for step_id, step in guide.model.steps.items():
            places += urls_in_step(step_id, step)
        for path, url in places:
            found.setdefault(url, []).append(guide.finding("link-dead", path, url=url[:80]))
    for answers in loaded.answer_drafts:
        for number, answer in enumerate(answers.model.answers):
            found.setdefault(answer.source.url, []).append(answers.finding("link-dead", ("answers", number, "source", "url"), url=answer.source.url[:80]))
            if answer.link:
                found.setdefault(answer.link.url, []).append(answers.finding("link-dead", ("answers", number, "link", "url"), url=answer.link.url[:80]))
    return [Address(url=url, findings=tuple(findings)) for url, findings in found.items()]


def dead(address: Address, session: requests.Session) -> Iterator[Diagnostic]:
    """Its findings, with what happened, where the page does not answer or says that there is none."""
    trouble = _trouble(address.url, session)
    if trouble:
        for one in address.findings:
            yield Diagnostic(file=one.file, line=one.line, column=one.column, code=one.code, params={**one.params, "trouble": trouble})


def _trouble(url: str, session: requests.Session) -> str:
    """What is wrong with a page, in words; empty where it is there."""
    trouble = ""
    for _ in range(TRIES):
        try:
            with session.get(url, headers=HEADERS, timeout=TIMEOUT_SECONDS, stream=True) as response:
                if response.ok or response.status_code in ALIVE:
                    return ""
                trouble = f"HTTP {response.status_code}"
                if response.status_code < 500:
                    return trouble
        except requests.exceptions.SSLError:
            trouble = "chứng chỉ TLS sai"
        except requests.Timeout:
            trouble = f"không trả lời trong {TIMEOUT_SECONDS:.0f} giây"
        except (requests.RequestException, ValueError):
            trouble = "không kết nối được"
    return trouble
