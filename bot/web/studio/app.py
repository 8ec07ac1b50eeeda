"""The studio's page and the calls that its script makes. What they do stands in `workshop` and `preview`; here it becomes markup."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.dialogue.event import Event
from bot.flows.draft import Path as ValuePath
from bot.flows.model import Guide, step_kind
from bot.i18n.dates import format_date
from bot.outreach.diagrams import NoLayout, guide_svg
from bot.service.watching import changes, text_folders
from bot.web.assets import FOLDER, Assets
from bot.web.errors import BodyTooLarge, read_body
from bot.web.media import Media
from bot.web.pictures import Pictures
from bot.web.status import json_response
from bot.web.studio.editing import NotEditable, diff
from bot.web.studio.guard import Guard
from bot.web.studio.preview import CHANNELS, Said, glance
from bot.web.studio.workshop import Conflict, Workshop
from bot.web.words import TEMPLATES, PageWords

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{hashes}; img-src 'self' data:; font-src 'self'; connect-src 'self'; media-src 'self' https:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
PING_SECONDS = 20
KEPT_DIAGRAMS = 64
MOVED_ON = "Tệp đã đổi từ lúc xem thay đổi. Xem lại rồi hãy lưu."
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class Asked(BaseModel):
    """What the script sends: where the maintainer is, how they look at it, and what they have written and not saved."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    guide: str = Field(max_length=64)
    step: str = Field("", max_length=64)
    channel: str = "web"
    language: str = Field("vi", max_length=20)
    today: date | None = None
    said: tuple[Said, ...] = Field((), max_length=60)
    texts: tuple[tuple[tuple[str | int, ...], str], ...] = Field((), max_length=100)
    token: str = ""

    @property
    def changed(self) -> dict[ValuePath, str]:
        return dict(self.texts)


class Verified(BaseModel):
    """A source that somebody has looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    file: str
    path: tuple[str | int, ...]


class Studio:
    """All routes, on one workshop. `understand` reads typed words as the server does."""

    def __init__(self, workshop: Workshop, understand: Callable[[Event], Event]) -> None:
        self._workshop, self._understand = workshop, understand
        bundle = ("tokens.css", "parts.css", str(HERE / "static" / "studio.css"))
        self.assets = Assets(FOLDER, scripts=(str(HERE / "static" / "studio.js"),), bundles={"studio.css": bundle})
        self._diagrams: dict[str, str] = {}
        self._changed = asyncio.Condition()
        self._env = Environment(
            loader=ChoiceLoader([FileSystemLoader(HERE / "templates"), FileSystemLoader(TEMPLATES)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.globals["asset"] = lambda name: self.assets.url(str(HERE / "static" / name) if name.endswith(".js") else name)
        self._env.filters["day"] = lambda day: format_date(day, "vi")

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/", self.home),
            Route("/studio", self.page),
            Route("/studio/parts", self.parts),
            Route("/studio/form", self.form),
            Route("/studio/stream", self.stream),
            Route("/studio/preview", self.preview, methods=["POST"]),
            Route("/studio/diff", self.diff, methods=["POST"]),
            Route("/studio/save", self.save, methods=["POST"]),
            Route("/studio/checked", self.checked, methods=["POST"]),
        ]

    async def home(self, _request: Request) -> Response:
        return RedirectResponse("/studio", status_code=303)

    async def page(self, request: Request) -> Response:
        """The whole page at `?guide=…&step=…`."""
        workshop = self._workshop
        guide_id = request.query_params.get("guide", "")
        ids = workshop.guide_ids()
        guide_id = guide_id if guide_id in ids else ids[0] if ids else ""
        model = workshop.model(guide_id)
        asked = request.query_params.get("step", "")
        step_id = asked if model and asked in model.steps else ""
        view = await asyncio.to_thread(self._view, guide_id, step_id)
        body = self._render("studio.html", **view, channels=CHANNELS, languages=workshop.library.words.languages, today=workshop.today())
        hashes = "".join(f" 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" for style in _STYLE.findall(view["picture"]))
        headers = {"content-security-policy": POLICY.format(hashes=hashes)}
        return Response(body, media_type="text/html; charset=utf-8", headers=headers)

    async def parts(self, request: Request) -> Response:
        """What the page shows of the files, after they have changed."""
        view = await asyncio.to_thread(self._view, request.query_params.get("guide", ""), request.query_params.get("step", ""))
        names = ("guides", "badge", "problems", "map", "sources", "steps")
        return json_response({name: self._render(f"_{name}.html", **view) for name in names} | {"revision": self._workshop.revision})

    async def form(self, request: Request) -> Response:
        view = self._form_view(request.query_params.get("guide", ""), request.query_params.get("step", ""))
        return json_response({"form": self._render("_form.html", **view), "title": view["where"]})

    async def preview(self, request: Request) -> Response:
        asked = await _asked(request, Asked)
        return json_response(await asyncio.to_thread(self._preview, asked))

    def _preview(self, asked: Asked) -> dict[str, Any]:
        workshop = self._workshop
        try:
            library = workshop.trial(asked.guide, asked.changed)
        except NotEditable as error:
            return {"phone": self._render("_unseen.html", why=str(error)), "at": ""}
        if asked.guide not in library.guides or asked.channel not in CHANNELS:
            return {"phone": self._render("_unseen.html", why="hướng dẫn này đang có lỗi, bà con chưa thấy được → sửa các lỗi trước"), "at": ""}
        seen = glance(
            library,
            self._understand,
            (asked.guide, asked.step),
            asked.said,
            channel=asked.channel,
            language=asked.language,
            today=asked.today or workshop.today(),
            base_url=workshop.settings.base_url,
        )
        words = PageWords(library.words, asked.language)
        title = words.title(library.guides[asked.guide].model)
        phone = self._render("_phone.html", view=seen.view, bubbles=seen.view.bubbles, title=title, app=CHANNELS[asked.channel], _=words)
        return {"phone": phone, "at": seen.at}

    async def diff(self, request: Request) -> Response:
        """What saving would write, and what would be wrong then."""
        asked = await _asked(request, Asked)
        try:
            edit = await asyncio.to_thread(self._workshop.edit, asked.guide, asked.changed)
        except NotEditable as error:
            return json_response({"diff": self._render("_diff.html", lines=[], errors=[], why=str(error), file=""), "token": ""})
        lines = diff(edit.before, edit.after)
        shown = self._render("_diff.html", lines=lines, errors=edit.errors, why="", file=edit.file)
        return json_response({"diff": shown, "token": edit.token if lines and not edit.errors else ""})

    async def save(self, request: Request) -> Response:
        """Write what was shown. 409 where it would be something else by now."""
        asked = await _asked(request, Asked)
        try:
            edit = await asyncio.to_thread(self._workshop.save, asked.guide, asked.changed, asked.token)
        except (Conflict, NotEditable, OSError) as error:
            return json_response({"why": str(error) or MOVED_ON}, 409)
        await self._tell()
        return json_response({"file": edit.file})

    async def checked(self, request: Request) -> Response:
        """“Đã kiểm tra hôm nay”."""
        asked = await _asked(request, Verified)
        try:
            lines = await asyncio.to_thread(self._workshop.verified, asked.file, asked.path)
        except (Conflict, NotEditable, OSError) as error:
            return json_response({"why": str(error) or MOVED_ON}, 409)
        await self._tell()
        return json_response({"file": asked.file, "lines": lines})

    async def stream(self, _request: Request) -> Response:
        """A word whenever the files have changed."""
        return EventSourceResponse(self._changes(), ping=PING_SECONDS)

    async def _changes(self) -> AsyncIterator[ServerSentEvent]:
        seen = ""
        while True:
            async with self._changed:
                while seen == self._workshop.revision:
                    await self._changed.wait()
            seen = self._workshop.revision
            yield ServerSentEvent(data=seen, event="changed")

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def watch(self) -> None:
        """Read the folders again whenever something is saved in them."""
        async for _ in changes(lambda: [*text_folders(self._workshop.settings), self._workshop.settings.nlu_dir]):
            try:
                await asyncio.to_thread(self._workshop.read)
            except OSError:  # a file that is just being replaced: its next change comes at once
                continue
            await self._tell()

    # --- markup ---

    def _render(self, template: str, **values: Any) -> str:
        return self._env.get_template(template).render(**values)

    def _view(self, guide_id: str, step_id: str) -> dict[str, Any]:
        workshop = self._workshop
        model, file = workshop.model(guide_id), workshop.file_of(guide_id)
        problems = [(one, workshop.step_at(guide_id, one.line)) for one in workshop.problems_of(file)] if file else []
        return self._form_view(guide_id, step_id) | {
            "guides": [self._listed(one) for one in workshop.guide_ids()],
            "guide": guide_id,
            "title": model.title if model else "Chưa có hướng dẫn",
            "file": file,
            "model": model,
            "errors": [one for one in problems if one[0].severity == "error"],
            "warnings": [one for one in problems if one[0].severity == "warning"],
            "others": workshop.other_problems(),
            "picture": self._picture(model) if model else "",
            "kinds": {name: step_kind(step) for name, step in model.steps.items()} if model else {},
            "origins": workshop.origins(guide_id),
            "translated": workshop.translated(guide_id),
            "revision": workshop.revision,
        }

    def _form_view(self, guide_id: str, step_id: str) -> dict[str, Any]:
        workshop = self._workshop
        line = workshop.line_of(guide_id, step_id)
        where = f"{workshop.settings.flows_dir.name}/{workshop.file_of(guide_id)}:{line}"
        return {"fields": workshop.fields(guide_id, step_id), "step": step_id, "where": where, "can_edit": workshop.draft(guide_id) is not None}

    def _listed(self, guide_id: str) -> dict[str, Any]:
        workshop = self._workshop
        model, file = workshop.model(guide_id), workshop.file_of(guide_id)
        wrong = [one.severity for one in workshop.problems_of(file)]
        return {"id": guide_id, "title": model.title if model else guide_id, "errors": wrong.count("error"), "warnings": wrong.count("warning")}

    def _picture(self, model: Guide) -> str:
        """The diagram, drawn once for each version of the guide; empty where it cannot be laid out."""
        key = sha256(model.model_dump_json().encode()).hexdigest()
        if key not in self._diagrams:
            try:
                drawn = guide_svg(model)
            except NoLayout:
                drawn = ""
            if len(self._diagrams) >= KEPT_DIAGRAMS:
                self._diagrams.clear()
            self._diagrams[key] = drawn
        return self._diagrams[key]


def create_studio(workshop: Workshop, understand: Callable[[Event], Event], *, token: str = "") -> FastAPI:
    """The application; whoever is not at this machine needs the `token`."""
    studio = Studio(workshop, understand)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.service = workshop
        watching = asyncio.create_task(studio.watch(), name="watch content")
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    app = FastAPI(title="Xưởng Dẫn Lối", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    media = Media(Pictures(workshop.settings.data_dir / "cache" / "pictures"))
    app.router.routes[:0] = [*studio.routes, *media.routes, *studio.assets.routes]
    app.add_middleware(Guard, token=token)
    app.add_exception_handler(_NotAsked, _refused)
    app.add_exception_handler(BodyTooLarge, _refused)
    return app


class _NotAsked(Exception):
    """A body that our own script would not send."""


async def _asked(request: Request, model: type[Any]) -> Any:
    try:
        return model.model_validate(orjson.loads(await read_body(request)))
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise _NotAsked from error


async def _refused(_request: Request, error: Exception) -> Response:
    return PlainTextResponse("", status_code=413 if isinstance(error, BodyTooLarge) else 400)


__all__: Sequence[str] = ("Studio", "create_studio")
