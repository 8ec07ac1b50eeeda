"""How the service is, for those who look after it."""

from __future__ import annotations

from typing import Any

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.web.ports import Service


def json_response(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status_code=status, media_type="application/json", headers={"cache-control": "no-store"})


async def healthz(_request: Request) -> Response:
    """The process answers; nothing else is asked."""
    return PlainTextResponse("ok", headers={"cache-control": "no-store"})


async def readyz(request: Request) -> Response:
    """503 only where turns cannot be taken; what else is wrong stands in `degraded`, in words."""
    service: Service = request.app.state.service
    health = await service.health()
    state = {
        "ready": health.ready,
        "degraded": list(health.degraded),
        "database": health.database,
        "guides": health.guides,
        "worker_seconds": health.worker_seconds,  # since the last sign of life of any worker
    }
    return json_response(state, 200 if health.ready else 503)


async def metrics(request: Request) -> Response:
    service: Service = request.app.state.service
    return Response(generate_latest(service.metrics), media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})


routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
