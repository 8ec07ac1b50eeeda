"""The yardstick: a FastAPI POST that returns 200 and does nothing, served as we serve (uvloop, httptools, no access log)."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.post("/")
async def nothing() -> dict[str, str]:
    return {}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), http="httptools", loop="uvloop", ws="none", access_log=False, log_level="error")
