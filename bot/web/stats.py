"""`/stats`: how many began, finished, asked for a person; where people stop. No citizen is in it, and no small number with a place."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.flows.guides import CompiledGuide, Guides
from bot.outreach.reading import Tell, lay_out
from bot.store.volunteers import LEAST, Counted, counts, shown, steps
from bot.web.pages import Pages, page_words
from bot.web.ports import Service

DAYS = (7, 30, 90, 365)
USUAL_DAYS = 30
KINDS = (("started", "Đã bắt đầu"), ("finished", "Làm xong"), ("person", "Gặp người"), ("helped", "Được người giúp"), ("thumb", "Bấm hài lòng"))
VIET_NAM = timedelta(hours=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One step: how many talks came to it, and that in percent of the first."""

    number: int
    text: str
    people: int
    percent: int
    worst: int = 0  # how many did not go on, where that is most


class Stats:
    """The route."""

    def __init__(self, pages: Pages):
        self._pages = pages

    @property
    def routes(self) -> list[Route]:
        return [Route("/stats", self.page)]

    async def page(self, request: Request) -> Response:
        """`?guide=`, `?days=`; with `?csv` the same as a table for a spreadsheet."""
        service: Service = request.app.state.service
        guides = service.content.library.guides
        guide = guides.get(request.query_params.get("guide", "")) or next(iter(guides.values()), None)
        asked = request.query_params.get("days", "")
        days = int(asked) if asked in map(str, DAYS) else USUAL_DAYS
        since = timedelta(days=days)
        counted = await counts(service.store, since)
        if "csv" in request.query_params:
            headers = {"cache-control": "no-store", "content-disposition": 'attachment; filename="danloi.csv"', "x-content-type-options": "nosniff"}
            return Response(table(guides, counted), media_type="text/csv; charset=utf-8", headers=headers)
        words = page_words(request)
        return self._pages.respond(
            request,
            "stats.html",
            words=words,
            guides=[one.model for one in guides.values()],
            guide=guide.model if guide else None,
            days=days,
            choices=DAYS,
            figures=[(words(f"stats-{kind}", label), _sum(counted, kind, guide.id if guide else "")) for kind, label in KINDS],
            bars=bars(guide, await steps(service.store, guide.id, since), words.tell) if guide else [],
            places=places(guides, counted, guide.id) if guide else [],
            least=LEAST,
        )


def bars(guide: CompiledGuide, people: Mapping[str, tuple[int, int]], tell: Tell) -> list[Bar]:
    """The steps to which anybody came, in the order of the page of the whole guide; the one at which most stopped is marked."""
    laid_out = lay_out(guide, (datetime.now(UTC) + VIET_NAM).date(), tell)
    stops = [stop for part in laid_out for stop in part.stops if stop.number and people.get(stop.id, (0, 0))[0]]
    most = max((people[stop.id][0] for stop in stops), default=0)
    stopped = {stop.id: people[stop.id][0] - people[stop.id][1] for stop in stops}
    worst = max(stopped, key=lambda step: stopped[step], default="")
    return [
        Bar(
            number=stop.number,
            text=stop.text,
            people=people[stop.id][0],
            percent=round(100 * people[stop.id][0] / most),
            worst=stopped[stop.id] if stop.id == worst and stopped[stop.id] >= LEAST else 0,
        )
        for stop in stops
    ]


def places(guides: Guides, counted: Sequence[Counted], guide: str) -> list[tuple[str, int | None]]:
    """Who began, by commune; None where the number is not shown."""
    numbers: Counter[str] = Counter()
    for one in counted:
        if one.guide == guide and guides.places.get(one.place):
            numbers[one.place] += one.numbers.get("started", 0)
    told = shown(numbers)
    named = [(place.name, told[code]) for code in told if (place := guides.places.get(code)) and numbers[code]]
    return sorted(named, key=lambda row: (-(row[1] or 0), row[0]))


def table(guides: Guides, counted: Sequence[Counted]) -> bytes:
    """Guide, place and numbers for a spreadsheet; what is not shown on the page is empty here too."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["guide", "place", *(kind for kind, _ in KINDS)])
    for guide in guides:
        rows.writerow([guide, "", *(_sum(counted, kind, guide) for kind, _ in KINDS)])
        for name, number in places(guides, counted, guide):
            rows.writerow([guide, name, "" if number is None else number, *[""] * (len(KINDS) - 1)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()  # the mark tells Excel that this is UTF-8


def _sum(counted: Sequence[Counted], kind: str, guide: str) -> int:
    return sum(one.numbers.get(kind, 0) for one in counted if one.guide == guide)
